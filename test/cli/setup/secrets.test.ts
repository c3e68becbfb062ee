import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importJWK } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  makeSecret,
  RETIRED_KEY_SECONDS,
  readVault,
  rotateSigningKey,
  writeVault,
} from '../../../cli/setup/secrets.ts';
import { parseEdgeSettings } from '../../../edge/env.ts';
import { createHolders } from '../../edge/keys/holders.ts';
import { noLists } from '../../edge/lists/no-lists.ts';
import { mapStore } from '../../edge/memory/map-store.ts';
import { noQuota, noRegistry } from '../../edge/nodes/registry-world.ts';

const NOW_MS = 1_800_000_000_000;
const NOW_S = NOW_MS / 1000;

type Jwk = { readonly kid: string; readonly exp?: number };

const keysOf = (text: string): readonly Jwk[] => JSON.parse(text).keys;

describe('a new secret', () => {
  test('a new secret is accepted by the edge', async () => {
    const [PROBE_SIGNING_KEY, CACHE_KEY] = [await makeSecret('PROBE_SIGNING_KEY'), await makeSecret('CACHE_KEY')];
    const settings = parseEdgeSettings({
      MEMORY: mapStore(),
      RECHECKS: { send: async () => null },
      REGISTRY: noRegistry(),
      QUOTA: noQuota(),
      KEY_HOLDERS: createHolders(() => 0),
      ...noLists(),
      ASSETS: { fetch: async () => new Response(null, { status: 404 }) },
      PROBE_SIGNING_KEY,
      CACHE_KEY,
    });
    expect(settings.cacheKey.length).toBeGreaterThanOrEqual(32);
    await importJWK(JSON.parse(PROBE_SIGNING_KEY), 'EdDSA');
  });

  test('a new secret is different each time', async () => {
    expect(await makeSecret('ADMIN_TOKEN')).not.toBe(await makeSecret('ADMIN_TOKEN'));
    expect(await makeSecret('PROBE_SIGNING_KEY')).not.toBe(await makeSecret('PROBE_SIGNING_KEY'));
  });
});

describe('a rotated signing key', () => {
  test('a rotated signing key comes first, and the old one stays behind it until it expires', async () => {
    const old = await makeSecret('PROBE_SIGNING_KEY');
    const keys = keysOf(await rotateSigningKey(old, NOW_MS));
    expect(keys).toHaveLength(2);
    expect(keys[0]).not.toHaveProperty('exp');
    expect(keys[0]?.kid).not.toBe(keys[1]?.kid);
    expect(keys[1]).toEqual({ ...JSON.parse(old), exp: NOW_S + RETIRED_KEY_SECONDS });
  });

  test('a rotated signing key keeps the expiry of an older key, and drops expired keys', async () => {
    const once = await rotateSigningKey(await makeSecret('PROBE_SIGNING_KEY'), NOW_MS);
    const twice = keysOf(await rotateSigningKey(once, NOW_MS + 60_000));
    expect(twice.map(({ exp }) => exp)).toEqual([
      undefined,
      NOW_S + 60 + RETIRED_KEY_SECONDS,
      NOW_S + RETIRED_KEY_SECONDS,
    ]);
    const later = keysOf(await rotateSigningKey(once, NOW_MS + RETIRED_KEY_SECONDS * 1000));
    expect(later.map(({ kid }) => kid).slice(1)).toEqual([keysOf(once)[0]?.kid]);
  });

  test('a signing key that was rotated many times still fits into a secret', async () => {
    let key = await makeSecret('PROBE_SIGNING_KEY');
    for (let times = 0; times < 20; times += 1) key = await rotateSigningKey(key, NOW_MS + times);
    expect(key.length).toBeLessThan(5_000);
  });
});

describe('the file of secrets', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vrfy-setup-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('the file of secrets is read back as it was written, and only its owner can read it', async () => {
    const file = path.join(folder, 'production/secrets.json');
    expect(await readVault(file)).toEqual({ secrets: {}, pending: [] });
    await writeVault(file, { secrets: { ADMIN_TOKEN: 'one' }, pending: ['ADMIN_TOKEN'] });
    await writeVault(file, { secrets: { ADMIN_TOKEN: 'two' }, pending: [] });
    expect(await readVault(file)).toEqual({ secrets: { ADMIN_TOKEN: 'two' }, pending: [] });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    expect(await readdir(path.dirname(file))).toEqual(['secrets.json']);
  });

  test('the file of secrets is refused if it holds anything else, without quoting it', async () => {
    const file = path.join(folder, 'secrets.json');
    await writeFile(file, '{"secrets":{"PROBE_SIGNING_KEY":{"d":"hush"}}}');
    await expect(readVault(file)).rejects.toThrow(/secrets\.json does not hold the secrets of an edge/);
    await expect(readVault(file)).rejects.not.toThrow(/hush/);
  });
});
