import { describe, expect, test } from 'vitest';
import { type Env, parseEdgeSettings } from '../../edge/env.ts';
import { Problem } from '../../shared/problem.ts';
import { createHolders } from './keys/holders.ts';
import { noLists } from './lists/no-lists.ts';
import { mapStore } from './memory/map-store.ts';
import { noQuota, noRegistry } from './nodes/registry-world.ts';

// Made for this test and known to the world: it signs nothing.
const JWK = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
};

const ENV: Env = {
  MEMORY: mapStore(),
  RECHECKS: { send: async () => null },
  REGISTRY: noRegistry(),
  QUOTA: noQuota(),
  KEY_HOLDERS: createHolders(() => 0),
  ...noLists(),
  ASSETS: { fetch: async () => new Response(null, { status: 404 }) },
  PROBE_SIGNING_KEY: JSON.stringify(JWK),
  CACHE_KEY: 'a-secret-of-the-edge',
};

function problemOf(settings: Partial<Record<keyof Env, string | undefined>>): Problem {
  try {
    parseEdgeSettings({ ...ENV, ...settings } as Env);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('the settings were taken');
}

describe('the settings', () => {
  test('the settings require nothing but the two secrets', () => {
    const settings = parseEdgeSettings(ENV);
    expect(settings.dohUrls.map(({ href }) => href)).toEqual([
      'https://cloudflare-dns.com/dns-query',
      'https://dns.google/dns-query',
    ]);
    expect(settings).toMatchObject({ sandboxDohUrl: null, allowsLoopbackNodes: false, signingJwks: [JWK] });
    expect(new TextDecoder().decode(settings.cacheKey)).toBe('a-secret-of-the-edge');
  });

  test('the settings hold several resolvers in their order, spaces between them allowed', () => {
    const DOH_URLS =
      'https://one.example/dns-query , http://127.0.0.1:5353/dns-query,http://[::1]:53/,http://localhost/';
    expect(parseEdgeSettings({ ...ENV, DOH_URLS }).dohUrls.map(({ host }) => host)).toEqual([
      'one.example',
      '127.0.0.1:5353',
      '[::1]:53',
      'localhost',
    ]);
  });

  test('the settings hold several signing keys in their order, with their expiry', () => {
    const older = { ...JWK, x: JWK.x.replace('1', '2'), kid: 'older', exp: 1_800_000_000 };
    const PROBE_SIGNING_KEY = JSON.stringify({ keys: [JWK, older] });
    expect(parseEdgeSettings({ ...ENV, PROBE_SIGNING_KEY }).signingJwks).toEqual([JWK, older]);
  });

  test('the settings allow nodes on loopback only on request', () => {
    expect(parseEdgeSettings({ ...ENV, NODE_URLS: 'loopback' }).allowsLoopbackNodes).toBe(true);
    expect(parseEdgeSettings(ENV).registryLocation).toBe('enam');
    expect(parseEdgeSettings({ ...ENV, REGISTRY_LOCATION: 'apac' }).registryLocation).toBe('apac');
  });

  test('the settings hold no list of disposable domains by default', () => {
    expect(parseEdgeSettings(ENV).disposableListUrls).toEqual([]);
    expect(parseEdgeSettings({ ...ENV, DISPOSABLE_LIST_URLS: ' ' }).disposableListUrls).toEqual([]);
    const DISPOSABLE_LIST_URLS = 'https://one.example/a.txt, http://127.0.0.1:8080/b.json';
    expect(parseEdgeSettings({ ...ENV, DISPOSABLE_LIST_URLS }).disposableListUrls.map(({ href }) => href)).toEqual([
      'https://one.example/a.txt',
      'http://127.0.0.1:8080/b.json',
    ]);
  });

  test('the settings hold the resolver of a sandbox if there is one', () => {
    const SANDBOX_DOH_URL = 'http://127.0.0.1:9053/dns-query';
    expect(parseEdgeSettings({ ...ENV, SANDBOX_DOH_URL }).sandboxDohUrl?.href).toBe(SANDBOX_DOH_URL);
  });
});

const WRONG: readonly (readonly [keyof Env, string, string | undefined])[] = [
  ['PROBE_SIGNING_KEY', 'missing', undefined],
  ['PROBE_SIGNING_KEY', 'empty', ''],
  ['PROBE_SIGNING_KEY', 'no JSON', `{"d": ${JWK.d}`],
  ['PROBE_SIGNING_KEY', 'a list', '[]'],
  ['PROBE_SIGNING_KEY', 'a public key', JSON.stringify({ ...JWK, d: undefined })],
  ['PROBE_SIGNING_KEY', 'a key of another curve', JSON.stringify({ ...JWK, crv: 'X25519' })],
  ['PROBE_SIGNING_KEY', 'a key that is too short', JSON.stringify({ ...JWK, d: JWK.d.slice(1) })],
  ['PROBE_SIGNING_KEY', 'a key with an id that is none', JSON.stringify({ ...JWK, kid: 7 })],
  ['CACHE_KEY', 'missing', undefined],
  ['CACHE_KEY', 'empty', ''],
  ['CACHE_KEY', 'short enough to guess', 'fifteen-letters'],
  ['DISPOSABLE_LIST_URLS', 'plain HTTP to the outside', 'http://lists.example/names.txt'],
  ['DISPOSABLE_LIST_URLS', 'a list with a gap', 'https://one.example/,,https://two.example/'],
  ['DISPOSABLE_LIST_URLS', 'more than eight', Array.from({ length: 9 }, (_, at) => `https://l${at}.example/`).join()],
  ['ADMIN_TOKEN', 'short enough to guess', 'fifteen-letters'],
  ['ADMIN_TOKEN', 'of two words', 'sixteen letters and more'],
  ['ADMIN_TOKEN', 'with characters that no bearer token has', 'sixteen!letters!and!more'],
  ['DOH_URLS', 'empty', ''],
  ['DOH_URLS', 'no URL', 'cloudflare'],
  ['DOH_URLS', 'a list with a gap', 'https://one.example/,,https://two.example/'],
  ['DOH_URLS', 'plain HTTP to the outside', 'http://dns.example/dns-query'],
  ['DOH_URLS', 'plain HTTP to what only looks like loopback', 'http://127.0.0.1.example/dns-query'],
  ['DOH_URLS', 'another scheme', 'file:///dns-query'],
  ['SANDBOX_DOH_URL', 'empty', ''],
  ['SANDBOX_DOH_URL', 'plain HTTP to the outside', 'http://sandbox.example/dns-query'],
  ['PROBE_SIGNING_KEY', 'a set without a key', JSON.stringify({ keys: [] })],
  ['PROBE_SIGNING_KEY', 'a set with a public key', JSON.stringify({ keys: [JWK, { ...JWK, d: undefined }] })],
  ['PROBE_SIGNING_KEY', 'a set with one key twice', JSON.stringify({ keys: [JWK, { ...JWK, kid: 'again' }] })],
  ['PROBE_SIGNING_KEY', 'a key with an end that is none', JSON.stringify({ ...JWK, exp: 'soon' })],
  ['NODE_URLS', 'a word of its own', 'private'],
  ['REGISTRY_LOCATION', 'a word of its own', 'europe'],
];

describe('a setting that is wrong', () => {
  test.each(WRONG)('a setting that is wrong is named: %s, %s', (name, _, value) => {
    const problem = problemOf({ [name]: value });
    expect(problem.code).toBe('misconfigured');
    expect(problem.status).toBe(500);
    expect(problem.detail).toBe(`The edge cannot work: ${name} is missing or wrong.`);
    expect(problem.errors.every(({ field }) => field === name || field.startsWith(`${name}.`))).toBe(true);
    expect(problem.errors.every(({ detail }) => detail.length > 10)).toBe(true);
  });

  test.each(WRONG)('a setting that is wrong is never quoted: %s, %s', async (name, _, value) => {
    const problem = problemOf({ [name]: value });
    const told = `${await problem.toResponse().text()} ${problem.message} ${problem.stack} ${String(problem.cause)}`;
    expect(told).not.toContain(JWK.d.slice(1));
    if (value !== undefined && value.length > 2) expect(told).not.toContain(value);
  });

  test('a setting that is wrong is named together with every other one', () => {
    const { detail } = problemOf({ PROBE_SIGNING_KEY: undefined, CACHE_KEY: 'short', DOH_URLS: 'http://dns.example/' });
    for (const name of ['PROBE_SIGNING_KEY', 'CACHE_KEY', 'DOH_URLS']) expect(detail).toContain(name);
  });

  test('the settings allow ten probes a day without a key and a hundred with one by default', () => {
    expect(parseEdgeSettings(ENV)).toMatchObject({ anonymousDailyQuota: 10, keyDailyQuota: 100 });
    const said = parseEdgeSettings({ ...ENV, ANONYMOUS_DAILY_QUOTA: '0', EMAIL_KEY_DAILY_QUOTA: 'unlimited' });
    expect(said).toMatchObject({ anonymousDailyQuota: 0, keyDailyQuota: null });
  });

  test.each(['', '-1', '1.5', '1e3', ' 5', 'none', '1000000001'])('the settings refuse a quota of %j', (quota) => {
    for (const name of ['ANONYMOUS_DAILY_QUOTA', 'EMAIL_KEY_DAILY_QUOTA'] as const) {
      expect(problemOf({ [name]: quota }).errors).toMatchObject([
        { field: name, detail: 'must be a whole number, or unlimited' },
      ]);
    }
  });

  test('send no mail without a sender, and take one that is an address', () => {
    expect(parseEdgeSettings(ENV)).toMatchObject({ mailFrom: null, outboxUrl: null });
    expect(parseEdgeSettings({ ...ENV, MAIL_FROM: 'keys@Firm.example' }).mailFrom).toBe('keys@firm.example');
    expect(problemOf({ MAIL_FROM: 'keys@' }).errors).toMatchObject([{ field: 'MAIL_FROM' }]);
  });

  test('have an outbox on this machine only', () => {
    expect(parseEdgeSettings({ ...ENV, OUTBOX_URL: 'http://127.0.0.1:1/x' }).outboxUrl?.port).toBe('1');
    expect(problemOf({ OUTBOX_URL: 'https://mail.example/' }).errors).toMatchObject([{ field: 'OUTBOX_URL' }]);
  });
});
