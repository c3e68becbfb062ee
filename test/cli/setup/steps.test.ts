import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCloud, type Wrangler } from '../../../cli/setup/cloud.ts';
import { readVault, SECRET_NAMES } from '../../../cli/setup/secrets.ts';
import { setupSteps } from '../../../cli/setup/steps.ts';

const NOW_MS = 1_800_000_000_000;
const ENV = 'production';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-setup-'));
  file = path.join(folder, 'secrets.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

type Account = {
  readonly queues: Set<string>;
  readonly buckets: Set<string>;
  readonly secrets: Map<string, string>;
  /** Changes, in order. */
  readonly changes: string[];
  isLoggedIn: boolean;
  isBroken: boolean;
  readonly wrangler: Wrangler;
};

/** An account at Cloudflare, and a wrangler that answers for it in the words of the real one. */
function createAccount(): Account {
  const fine = (stdout = '') => ({ code: 0, stdout, stderr: '' });
  const fault = (stderr: string) => ({ code: 1, stdout: '', stderr });
  const account: Account = {
    queues: new Set(),
    buckets: new Set(),
    secrets: new Map(),
    changes: [],
    isLoggedIn: true,
    isBroken: false,
    wrangler: async ([noun, verb, ...rest], input = '') => {
      if (!account.isLoggedIn) return fault('You are not authenticated.');
      const [name = ''] = rest;
      if (noun === 'whoami') return fine('{"loggedIn":true,"accounts":[{"name":"Ada’s\\u001b","id":"1"}]}');
      if (noun === 'queues' && verb === 'info') {
        return account.queues.has(name) ? fine(`Queue Name: ${name}`) : fault(`Queue "${name}" does not exist.`);
      }
      if (noun === 'queues' && verb === 'create') {
        account.queues.add(name);
        account.changes.push(`queue ${name}`);
        return fine();
      }
      if (noun === 'r2') {
        const [bucket = ''] = rest.slice(1);
        if (rest[0] === 'info') {
          return account.buckets.has(bucket) ? fine() : fault('The specified bucket does not exist. [code: 10006]');
        }
        account.buckets.add(bucket);
        account.changes.push(`bucket ${bucket}`);
        return fine();
      }
      if (rest.at(-1) !== ENV) return fault('another environment');
      if (verb === 'list') {
        if (account.secrets.size === 0) return fault('Worker "vrfy-edge-production" (env: production) not found.');
        return fine(JSON.stringify([...account.secrets.keys()].map((key) => ({ name: key, type: 'secret_text' }))));
      }
      if (account.isBroken) return fault('Secrets failed to upload');
      for (const [key, value] of Object.entries(JSON.parse(input))) {
        account.secrets.set(key, String(value));
        account.changes.push(`secret ${key}`);
      }
      return fine();
    },
  };
  return account;
}

async function setUp(account: Account, rotatesSigningKey = false): Promise<readonly string[]> {
  const plan = {
    env: ENV,
    queues: ['q'],
    buckets: ['b'],
    namespaces: ['MEMORY'],
    secretsFile: file,
    rotatesSigningKey,
  };
  const said: string[] = [];
  for (const { title, run } of setupSteps(plan, { cloud: createCloud(account.wrangler, ENV), nowMs: () => NOW_MS })) {
    said.push(`${title.split(',')[0]}: ${await run()}`);
  }
  return said;
}

const ALL = SECRET_NAMES.map((name) => `secret ${name}`);

describe('the set-up', () => {
  test('the set-up creates the queue, the bucket and the secrets of a new account, and prints no secret', async () => {
    const account = createAccount();
    const said = await setUp(account);
    expect(account.changes).toEqual(['queue q', 'bucket b', ...ALL]);
    expect((await readVault(file)).secrets).toEqual(Object.fromEntries(account.secrets));
    expect(said).toEqual([
      'account: Ada’s\ufffd',
      'queue q: made',
      'R2 bucket b: made',
      'KV namespace MEMORY: the first deploy will create it',
      'secrets PROBE_SIGNING_KEY: PROBE_SIGNING_KEY made, CACHE_KEY made, ADMIN_TOKEN made',
    ]);
  });

  test('the set-up changes nothing if it runs a second time', async () => {
    const account = createAccount();
    await setUp(account);
    const kept = await readVault(file);
    account.changes.length = 0;
    expect((await setUp(account)).at(-1)).toMatch(/PROBE_SIGNING_KEY kept, CACHE_KEY kept, ADMIN_TOKEN kept$/);
    expect(account.changes).toEqual([]);
    expect(await readVault(file)).toEqual(kept);
  });

  test('the set-up restores a secret that the edge has lost', async () => {
    const account = createAccount();
    await setUp(account);
    const before = account.secrets.get('CACHE_KEY');
    account.secrets.delete('CACHE_KEY');
    account.changes.length = 0;
    await setUp(account);
    expect(account.changes).toEqual(['secret CACHE_KEY']);
    expect(account.secrets.get('CACHE_KEY')).toBe(before);
  });

  test('the set-up keeps secrets that another person has set', async () => {
    const account = createAccount();
    account.secrets.set('CACHE_KEY', 'theirs');
    await setUp(account);
    expect(account.secrets.get('CACHE_KEY')).toBe('theirs');
  });

  test('the set-up rotates the signing key alone, and the old one stays in the set', async () => {
    const account = createAccount();
    await setUp(account);
    const old = JSON.parse(account.secrets.get('PROBE_SIGNING_KEY') ?? '');
    account.changes.length = 0;
    await setUp(account, true);
    expect(account.changes).toEqual(['secret PROBE_SIGNING_KEY']);
    const { keys } = JSON.parse(account.secrets.get('PROBE_SIGNING_KEY') ?? '');
    expect(keys.map(({ kid }: { kid: string }) => kid)).toEqual([expect.not.stringContaining(old.kid), old.kid]);
  });

  test('the set-up does not rotate a key that it does not have', async () => {
    const account = createAccount();
    account.secrets.set('PROBE_SIGNING_KEY', 'theirs');
    await expect(setUp(account, true)).rejects.toThrow(/not in .*secrets\.json/);
    expect(account.secrets.get('PROBE_SIGNING_KEY')).toBe('theirs');
  });

  test('the set-up that broke off during the upload uploads the same secrets the next time', async () => {
    const account = createAccount();
    await setUp(account);
    account.isBroken = true;
    await expect(setUp(account, true)).rejects.toThrow(/wrangler secret bulk .* failed:\nSecrets failed to upload/);
    const { secrets } = await readVault(file);
    account.isBroken = false;
    await setUp(account);
    expect(account.secrets.get('PROBE_SIGNING_KEY')).toBe(secrets.PROBE_SIGNING_KEY);
    expect((await readVault(file)).pending).toEqual([]);
  });

  test('the set-up ends at the first step if wrangler is not logged in', async () => {
    const account = createAccount();
    account.isLoggedIn = false;
    await expect(setUp(account)).rejects.toThrow(/npx wrangler login/);
    expect(account.changes).toEqual([]);
  });
});
