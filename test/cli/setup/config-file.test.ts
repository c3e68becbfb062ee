import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { unstable_readConfig as readConfig } from 'wrangler';
import * as z from 'zod';
import { withNamespaceId } from '../../../cli/setup/config-file.ts';

const ID = '0123456789abcdef0123456789abcdef';
const TEXT = readFileSync(new URL('../../../wrangler.toml', import.meta.url), 'utf8');

const shape = z.object({ kv_namespaces: z.array(z.object({ id: z.string().optional() })) });

test('the id of a namespace lands in its environment alone, as wrangler reads the file', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-config-'));
  const config = path.join(folder, 'wrangler.toml');
  await writeFile(config, withNamespaceId(TEXT, 'production', 'MEMORY', ID) ?? '');
  const idsOf = (env: string) => shape.parse(readConfig({ config, env }, { hideWarnings: true })).kv_namespaces;
  expect([idsOf('production'), idsOf('staging')]).toEqual([[{ id: ID }], [{}]]);
  await rm(folder, { recursive: true, force: true });
});

test('the rest of the file stays as it was, and an id is never written twice', () => {
  const once = withNamespaceId(TEXT, 'production', 'MEMORY', ID) ?? '';
  expect(once.replace(`id = "${ID}"\n`, '')).toBe(TEXT);
  expect(withNamespaceId(once, 'production', 'MEMORY', ID)).toBeNull();
});

test.each([
  ['moon', 'MEMORY'],
  ['production', 'OTHER'],
])('there is no place in the file for an id of %s and %s', (env, binding) => {
  expect(withNamespaceId(TEXT, env, binding, ID)).toBeNull();
});
