// Versions of edge and node that are one apart: an operator rolls out, and back, in any order. The edges and the nodes are those
// that each version builds and starts itself; the sandbox of this version answers for DNS and mail.
//
// The previous version is the last tag (interop/lab/previous-version.ts), so that a release needs no change here. After the first tag,
// delete the file interop/previous-version, which names a commit until then, and the lines that read it.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../probe-node/sandbox/server.ts';
import { type Answer, answerSchema } from '../../shared/answer.ts';
import { type NodeReport, nodeReportSchema } from '../../shared/enrolment.ts';
import { freePortRun } from '../flow/system.ts';
import { type Child, labFolder, startChild } from './lab/child.ts';
import { checkOutPrevious } from './lab/previous-version.ts';
import { until } from './lab/until.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';
const VERSIONS = ['previous', 'present'] as const;
type Version = (typeof VERSIONS)[number];

/** What the sandbox has behind each address, of every kind of evidence. */
const REASONS = {
  'ada@good.test': 'accepted',
  'nobody@good.test': 'mailbox_not_found',
  'anyone@catchall.test': 'catch_all',
  'ada@blocked.test': 'blocked',
  'full@good.test': 'mailbox_full',
} as const;

let scratch: Awaited<ReturnType<typeof labFolder>>;
let folders: Readonly<Record<Version, string>>;
let sandbox: Sandbox;
let ports: readonly [edge: number, first: number, second: number];
let url: string;
let edge: Child | null = null;
const nodes = new Map<string, Child>();
let key: string;

beforeAll(async () => {
  scratch = await labFolder('versions');
  const { folder } = await checkOutPrevious(join(scratch.path, 'previous'));
  folders = { previous: folder, present: join(import.meta.dirname, '../..') };
  for (const version of VERSIONS) {
    await script(version, 'scripts/build-assets.ts');
    await script(version, 'scripts/build-probe.ts');
  }
  sandbox = await startSandbox();
  const port = await freePortRun(3);
  ports = [port, port + 1, port + 2];
  url = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  for (const node of nodes.values()) await node.stop();
  await edge?.stop();
  await sandbox?.close();
  await scratch?.remove();
});

const script = (version: Version, file: string) =>
  promisify(execFile)(process.execPath, [file], { cwd: folders[version] });

/** Ends the edge that runs and starts one of this version over the same storage. */
async function runEdge(version: Version): Promise<void> {
  await edge?.stop();
  const child = startChild({
    name: `the ${version} edge`,
    command: process.execPath,
    args: [
      ...['cli/start.ts', '--no-sandbox', '--quiet', '--nodes', '0', '--port', String(ports[0])],
      ...['--state', join(scratch.path, 'state')],
    ],
    env: { ...process.env, DOH_URLS: sandbox.dohUrl, ADMIN_TOKEN },
    cwd: folders[version],
    endSignal: 'SIGINT',
    graceMs: 20_000,
  });
  edge = child;
  await child.ready('"ready <url>"', () => /^ready http\S+$/m.test(child.output()), 90_000);
}

/** Ends the node that runs and starts one of this version over the same state, with a token the first time. */
async function runNode(id: string, version: Version): Promise<void> {
  const before = nodes.get(id);
  await before?.stop();
  const { token } = await admin('POST', '/v1/nodes/tokens', { region: 'eu-central' });
  const listen = `127.0.0.1:${id === 'first' ? ports[1] : ports[2]}`;
  const child = startChild({
    name: `the ${version} node ${id}`,
    command: process.execPath,
    args: ['dist/probe-node.mjs'],
    cwd: folders[version],
    env: {
      PATH: process.env['PATH'],
      PROBE_ID: id,
      PROBE_REGION: 'eu-central',
      PROBE_EDGE: url,
      PROBE_URL: `http://${listen}`,
      PROBE_LISTEN: listen,
      PROBE_HELO: `${id}.vrfy.test`,
      PROBE_STATE: join(scratch.path, id),
      PROBE_ROUTES: sandbox.routes,
      PROBE_PACE: 'off',
      // Only the first time: later it starts out of its state folder.
      ...(before === undefined ? { PROBE_TOKEN: token } : {}),
    },
    graceMs: 40_000,
  });
  nodes.set(id, child);
  const startedAt = new Date().toISOString();
  await child.ready('its first heartbeat', async () => {
    const node = (await listed()).find((one) => one.id === id);
    return node?.state === 'active' && (node.last_heartbeat_at ?? '') >= startedAt;
  });
}

async function admin(method: string, path: string, body?: object) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

async function listed(): Promise<readonly NodeReport[]> {
  const { nodes: list } = await admin('GET', '/v1/nodes');
  return list.map((node: unknown) => nodeReportSchema().parse(node));
}

async function ask(email: string, maxAge: string | null = '0'): Promise<Answer> {
  const query = new URLSearchParams({ email, deadline_ms: '20000', ...(maxAge === null ? {} : { max_age: maxAge }) });
  const response = await fetch(`${url}/v1/verify?${query}`, { headers: { authorization: `Bearer ${key}` } });
  return answerSchema().parse(await response.json());
}

/** An answer by this node: the edge's list of nodes, with the state of the other one, is some seconds old. */
function askUntilBy(id: string, email: string): Promise<Answer> {
  const askBy = async () => {
    const answer = await ask(email);
    return answer.smtp?.node === id ? answer : undefined;
  };
  return until(`an answer of ${id} about ${email}`, askBy, { timeoutMs: 30_000, everyMs: 200 });
}

/** Verdicts one by one and of a batch, through this node. */
async function serves(id: string): Promise<void> {
  for (const [email, reason] of Object.entries(REASONS)) {
    expect([email, (await askUntilBy(id, email)).reason]).toEqual([email, reason]);
  }
  const response = await fetch(`${url}/v1/verify/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ emails: Object.keys(REASONS), max_age: 0 }),
  });
  const lines = (await response.text()).trim().split('\n');
  const answers = lines.map((line) => answerSchema().loose().parse(JSON.parse(line)));
  expect(Object.fromEntries(answers.map(({ email, reason }) => [email, reason]))).toEqual(REASONS);
}

/** Drains the one, which leaves the other, and takes it back. */
async function drains(drained: string, other: string): Promise<void> {
  expect(await admin('PATCH', `/v1/nodes/${drained}`, { state: 'draining' })).toMatchObject({ state: 'draining' });
  await serves(other);
  expect(await admin('PATCH', `/v1/nodes/${drained}`, { state: 'active' })).toMatchObject({ state: 'active' });
}

// The tests follow one another, as the steps of a roll-out do.
describe('an edge and nodes that are one version apart', () => {
  it('a node of this version joins the previous edge with a token, serves, drains and is taken back', async () => {
    await runEdge('previous');
    ({ key } = await admin('POST', '/v1/keys', { kind: 'secret', name: 'Shop', daily_quota: null }));
    await admin('PUT', '/v1/domains/marked.example', { mark: 'disposable' });
    await runNode('first', 'present');
    await serves('first');
    await runNode('second', 'previous');
    await drains('first', 'second');
    await drains('second', 'first');
  });

  it('the edge is updated under both nodes: they stay, and so do key, mark and remembered verdicts', async () => {
    expect(await ask('ada@good.test', null)).toMatchObject({ reason: 'accepted' });
    await runEdge('present');
    await until('both nodes', async () => ((await areActive('first', 'second')) ? true : undefined), {
      timeoutMs: 40_000,
    });
    expect(await ask('ada@good.test', null)).toMatchObject({ reason: 'accepted', cached: true });
    expect(await ask('ada@marked.example')).toMatchObject({ reason: 'disposable' });
    await drains('first', 'second');
    await drains('second', 'first');
  });

  it('a node of the previous version joins this edge with a token, and serves', async () => {
    await admin('DELETE', '/v1/nodes/second');
    await until('the end of the removed node', () => (nodes.get('second')?.ended() === undefined ? undefined : true), {
      timeoutMs: 40_000,
    });
    nodes.delete('second');
    await runNode('third', 'previous');
    await drains('first', 'third');
  });

  it('nodes are updated and rolled back over their state folder, without a token', async () => {
    await runNode('third', 'present');
    await runNode('first', 'previous');
    await drains('third', 'first');
    await drains('first', 'third');
  });

  it('the edge is rolled back under both nodes, and nothing is lost', async () => {
    await runEdge('previous');
    await until('both nodes', async () => ((await areActive('first', 'third')) ? true : undefined), {
      timeoutMs: 40_000,
    });
    expect(await ask('ada@marked.example')).toMatchObject({ reason: 'disposable' });
    expect(await ask('ada@good.test', null)).toMatchObject({ reason: 'accepted', cached: true });
    await drains('first', 'third');
    await drains('third', 'first');
  });
});

async function areActive(...ids: readonly string[]): Promise<boolean> {
  const active = (await listed()).filter(({ state }) => state === 'active').map(({ id }) => id);
  return ids.every((id) => active.includes(id));
}
