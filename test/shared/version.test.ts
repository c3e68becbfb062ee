import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../edge/openapi.ts';
import { VERSION } from '../../shared/version.ts';

test('the version of the program is that of the package', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version: VERSION });
});

test('the version of the OpenAPI document is that of the program', () => {
  expect(openApiDocument('https://edge.example').info.version).toBe(VERSION);
});
