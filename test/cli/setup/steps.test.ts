import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readVault, SECRET_NAMES } from '../../../cli/setup/secrets.ts';
import { type Account, createAccount, takeSteps } from './account.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-setup-'));
  file = path.join(folder, 'secrets.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function setUp(account: Account, rotatesSigningKey = false): Promise<readonly string[]> {
  const looks = await takeSteps(account, file, { rotatesSigningKey });
  return looks.map(({ title, outcome }) => `${title.split(',')[0]}: ${outcome.told}`);
}

const ALL = SECRET_NAMES.map((name) => `secret ${name}`);

describe('the set-up', () => {
  test('the set-up creates the queue, the bucket, the namespace and the secrets of a new account, and prints no secret', async () => {
    const account = createAccount();
    const said = await setUp(account);
    const namespace = 'namespace vrfy-edge-production-memory';
    expect(account.changes).toEqual(['queue q', 'queue q-dead', 'bucket b', namespace, ...ALL]);
    expect((await readVault(file)).secrets).toEqual(Object.fromEntries(account.secrets));
    expect(said).toEqual([
      'account: Ada’s\ufffd',
      'domain of vrfy-edge-production: vrfy.example.com',
      'queue q: made',
      'queue q-dead: made',
      'R2 bucket b: made',
      'KV namespace MEMORY: made; its id is in wrangler.toml now: commit that file',
      'secrets PROBE_SIGNING_KEY: PROBE_SIGNING_KEY made, CACHE_KEY made, ADMIN_TOKEN made',
      'mail sender of free keys: example.com may not send yet',
      'edge at its domain: not known without a custom domain',
      'nodes: not known without a custom domain',
    ]);
  });

  test('the set-up changes nothing if it runs a second time', async () => {
    const account = createAccount();
    await setUp(account);
    const kept = await readVault(file);
    account.changes.length = 0;
    expect((await setUp(account)).find((line) => line.startsWith('secrets'))).toMatch(
      /PROBE_SIGNING_KEY kept, CACHE_KEY kept, ADMIN_TOKEN kept$/,
    );
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
    const said = (await setUp(account, true)).find((line) => line.startsWith('secrets'));
    expect(said).toMatch(/wrangler secret bulk .* failed:\nSecrets failed to upload/);
    const { secrets } = await readVault(file);
    account.isBroken = false;
    await setUp(account);
    expect(account.secrets.get('PROBE_SIGNING_KEY')).toBe(secrets.PROBE_SIGNING_KEY);
    expect((await readVault(file)).pending).toEqual([]);
  });

  test('the set-up takes the steps after one that Cloudflare has refused, and says which is left', async () => {
    const account = createAccount();
    account.hasR2 = false;
    const looks = await takeSteps(account, file);
    expect(looks.filter(({ outcome }) => outcome.isFault).map(({ title }) => title)).toEqual(['R2 bucket b']);
    expect(looks.find(({ title }) => title === 'R2 bucket b')?.outcome).toMatchObject({
      told: expect.stringContaining('Please enable R2'),
      left: 'switch R2 on (dashboard: R2 Object Storage), then: npx vrfy setup --env production',
    });
    expect([...account.secrets.keys()]).toEqual([...SECRET_NAMES]);
    account.hasR2 = true;
    account.changes.length = 0;
    await takeSteps(account, file);
    expect(account.changes).toEqual(['bucket b']);
  });

  test('the set-up names the permissions if the token lacks one', async () => {
    const account = createAccount();
    account.mayUseQueues = false;
    const looks = await takeSteps(account, file);
    expect(looks.find(({ title }) => title === 'queue q')?.outcome).toMatchObject({
      isFault: true,
      left: 'give the token the permissions of docs/OPERATORS.md, step 3, then: npx vrfy setup --env production',
    });
  });

  test('the set-up changes nothing while it does not know which of several accounts is meant', async () => {
    const account = createAccount();
    account.accounts = [...account.accounts, { id: '2', name: 'Bob’s' }];
    await expect(setUp(account)).rejects.toThrow(/export CLOUDFLARE_ACCOUNT_ID=[\s\S]*2 {2}Bob’s/);
    expect(account.changes).toEqual([]);
    const [first] = await takeSteps(account, file, { accountId: '2' });
    expect(first?.outcome).toEqual({ told: 'Bob’s', left: null });
  });

  test('the set-up quotes wrangler if that fails for another reason than the login', async () => {
    const account = createAccount();
    account.whoamiFault = 'Unable to resolve Cloudflare’s API hostname';
    await expect(setUp(account)).rejects.toThrow(/whoami failed:\nUnable to resolve/);
  });

  test('the set-up ends at the first step if wrangler is not logged in', async () => {
    const account = createAccount();
    account.isLoggedIn = false;
    await expect(setUp(account)).rejects.toThrow(/npx wrangler login/);
    expect(account.changes).toEqual([]);
  });
});
