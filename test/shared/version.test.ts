import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../edge/openapi/document.ts';
import { VERSION } from '../../shared/version.ts';

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
}

test('there is one version: that of package.json', async () => {
  expect(readJson('package.json')).toMatchObject({ version: VERSION });
  expect(readJson('package-lock.json')).toMatchObject({ version: VERSION, packages: { '': { version: VERSION } } });
  expect((await openApiDocument()).info.version).toBe(VERSION);
});
