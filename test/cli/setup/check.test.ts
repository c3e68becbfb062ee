/** `vrfy setup --check`: what is left, of the account and of the deployed edge. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StepOutcome } from '../../../cli/setup/step-outcome.ts';
import type { SetupPlan } from '../../../cli/setup/steps.ts';
import type { NodeReport } from '../../../shared/enrolment.ts';
import { type Loopback, startLoopback } from '../../edge/loopback.ts';
import { type Account, createAccount, takeSteps } from './account.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-setup-'));
  file = path.join(folder, 'secrets.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Outcomes by the first word of the title; of two queues that of the last. */
async function check(
  account: Account,
  changes: Partial<SetupPlan> = {},
): Promise<Readonly<Record<string, StepOutcome>>> {
  const looks = await takeSteps(account, file, changes, true);
  return Object.fromEntries(looks.map(({ title, outcome }) => [title.split(/[ ,]/)[0], outcome]));
}

describe('a check', () => {
  test('a check of a new account changes nothing and names the command for everything that is missing', async () => {
    const account = createAccount();
    const outcomes = await check(account, { customDomains: [] });
    expect(account.changes).toEqual([]);
    expect(Object.entries(outcomes).flatMap(([name, { left }]) => (left === null ? [] : [[name, left]]))).toEqual([
      ['domain', expect.stringContaining('[[env.production.routes]]')],
      ['queue', 'npx vrfy setup --env production'],
      ['R2', 'npx vrfy setup --env production'],
      ['KV', 'npx vrfy setup --env production'],
      ['secrets', 'npx vrfy setup --env production'],
      ['mail', 'npx wrangler email sending enable example.com'],
      ['edge', 'npm run deploy -- --env production'],
      ['nodes', expect.stringContaining('npx vrfy nodes token REGION')],
    ]);
  });

  test('a check finds a worker that is reachable below workers.dev, past the rules of the zone', async () => {
    const { domain } = await check(createAccount(), { isOnWorkersDev: true });
    expect(domain?.left).toContain('workers_dev = false');
  });

  test('a check finds an id in wrangler.toml that another account made', async () => {
    const namespaces = [{ binding: 'MEMORY', id: 'f'.repeat(32) }];
    const { KV } = await check(createAccount(), { namespaces });
    expect(KV?.left).toContain('take the id of MEMORY out');
  });

  test('a check after the set-up finds queues, bucket, namespace and secrets whole', async () => {
    const account = createAccount();
    account.senders.add('example.com');
    await takeSteps(account, file);
    const outcomes = await check(account);
    const names = ['domain', 'queue', 'R2', 'KV', 'secrets', 'mail'];
    expect(names.map((name) => [name, outcomes[name]?.left])).toEqual(names.map((name) => [name, null]));
  });

  test('a check warns if the secrets file of another machine is not here', async () => {
    const account = createAccount();
    await takeSteps(account, file);
    await rm(file);
    const { secrets } = await check(account);
    expect(secrets).toMatchObject({ isOptional: true, left: expect.stringContaining(file) });
  });

  test('a check says that free keys by mail are optional, and what they need', async () => {
    const { mail } = await check(createAccount(), { mail: { sender: null, hasBinding: false } });
    expect(mail).toMatchObject({ isOptional: true, left: expect.stringContaining('[[env.production.send_email]]') });
  });
});

describe('the look at a deployed edge', () => {
  const TOKEN = 'the-token-of-this-edge';
  let edge: Loopback;
  let health: readonly [number, unknown];
  let nodes: readonly NodeReport[];

  beforeEach(async () => {
    health = [200, { status: 'ok' }];
    nodes = [];
    await writeFile(file, JSON.stringify({ secrets: { ADMIN_TOKEN: TOKEN }, pending: [] }));
    edge = await startLoopback(({ path: target, headers }, response) => {
      const isAdmin = headers.authorization === `Bearer ${TOKEN}`;
      const [status, body] =
        target === '/healthz' ? health : isAdmin ? ([200, { nodes }] as const) : ([401, {}] as const);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  afterEach(() => edge.close());

  const look = async () => {
    const { edge: service, nodes: known } = await check(createAccount(), { edge: edge.url.origin });
    return [service, known] as const;
  };

  const nodeOf = (id: string, region: string, changes: Partial<NodeReport> = {}): NodeReport => ({
    id,
    url: `https://${id}.example/`,
    region,
    network: 'AS64500',
    state: 'active',
    enrolled_at: '2026-01-01T00:00:00.000Z',
    last_heartbeat_at: null,
    sources: [],
    standings: [],
    phases: null,
    findings: [],
    ...changes,
  });

  test('the look finds nothing left of an edge with nodes in two regions', async () => {
    nodes = [nodeOf('fra1', 'eu-central'), nodeOf('iad1', 'us-east')];
    expect(await look()).toMatchObject([
      { told: 'well', left: null },
      { told: 'fra1 (eu-central) active, iad1 (us-east) active', left: null },
    ]);
  });

  test.each<[string, readonly NodeReport[], RegExp]>([
    ['no node', [], /vrfy nodes token REGION/],
    ['no active node', [nodeOf('fra1', 'eu', { state: 'lost' })], /vrfy nodes token REGION/],
    ['a resting node beside an active one', [nodeOf('fra1', 'eu'), nodeOf('iad1', 'us', { state: 'resting' })], /iad1/],
    [
      'a node whose doctor has found a fault',
      [nodeOf('fra1', 'eu', { findings: [{ check: 'ptr', level: 'fault', detail: 'No PTR.', fix: null }] })],
      /fra1/,
    ],
  ])('the look says what is left of an edge with %s', async (_, list, said) => {
    nodes = list;
    const [, outcome] = await look();
    expect(outcome?.left).toMatch(said);
    expect(outcome?.isOptional).toBeUndefined();
  });

  test('the look calls a second region optional', async () => {
    nodes = [nodeOf('fra1', 'eu-central'), nodeOf('fra2', 'eu-central')];
    expect((await look())[1]).toMatchObject({ isOptional: true, left: expect.stringContaining('second region') });
  });

  test('the look quotes the setting that an edge complains about', async () => {
    health = [500, { code: 'misconfigured', detail: 'CACHE_KEY is missing.' }];
    const told = '500: CACHE_KEY is missing.';
    expect((await look())[0]).toMatchObject({
      told,
      left: expect.stringContaining('npm run deploy -- --env production'),
    });
  });

  test('the look tells a page of somebody else from an edge', async () => {
    health = [200, 'hello'];
    const left = 'npm run deploy -- --env production';
    expect((await look())[0]).toMatchObject({ told: '200, not from an edge', left });
  });

  test('the look tells a wrong admin token from a missing one', async () => {
    await writeFile(file, JSON.stringify({ secrets: { ADMIN_TOKEN: 'another-token-than-that' }, pending: [] }));
    expect((await look())[1]?.told).toContain('refuses the ADMIN_TOKEN');
    await rm(file);
    expect((await look())[1]?.told).toContain('without ADMIN_TOKEN');
  });

  test('the look says that nothing answers before the first deploy', async () => {
    const { origin } = edge.url;
    await edge.close();
    const { edge: service, nodes: known } = await check(createAccount(), { edge: origin });
    const told = 'no answer (ECONNREFUSED)';
    expect([service, known]).toMatchObject([{ told, left: 'npm run deploy -- --env production' }, { told }]);
    edge = await startLoopback((_, response) => response.end());
  });
});
