import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SETTING_MEANINGS } from '../../probe-node/setting-meanings.ts';

test('every setting that a node reads has a meaning, and no other', () => {
  const source = readFileSync(new URL('../../probe-node/settings.ts', import.meta.url), 'utf8');
  const read = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name);
  expect(SETTING_MEANINGS.flatMap(({ names }) => names).sort()).toEqual(read.sort());
});
