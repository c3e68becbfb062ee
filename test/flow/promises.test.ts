/**
 * One request awaits work of another, in workerd: a verdict from KV ends its request while the DNS is still being
 * asked, and another request about the domain joins that question. Edge in workerd, a node as a process, the sandbox on
 * loopback, and before its DNS a gate that is opened by hand.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decode } from 'dns-packet';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type RunningEdge, startEdge } from '../../cli/start/edge.ts';
import { type Keys, loadKeys } from '../../cli/start/keys.ts';
import { type RunningNode, startNode } from '../../cli/start/node.ts';
import { type Sandbox, startSandbox } from '../../probe-node/sandbox/server.ts';
import { type Arrived, type Loopback, startLoopback } from '../edge/loopback.ts';
import { gate } from '../edge/small-world.ts';
import { freePortRun, logOfNode, storedBytes } from './system.ts';

const MEDIA_TYPE = 'application/dns-message';
const POLL = { interval: 20 };

let stateDir: string;
let keys: Keys;
let port: number;
let sandbox: Sandbox;
let node: RunningNode;
let dns: Loopback;
let edge: RunningEdge;
/** Names that the DNS was asked about, oldest first. */
const asked: string[] = [];
/** The gate that DNS questions wait for. */
let door = gate<null>();

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-promises-'));
  port = await freePortRun(2);
  keys = await loadKeys(stateDir);
  sandbox = await startSandbox();
  dns = await startLoopback(async ({ body }: Arrived, response) => {
    asked.push(decode(Buffer.from(body)).questions?.[0]?.name ?? '');
    await door.passed;
    const headers = { 'content-type': MEDIA_TYPE };
    const answer = await fetch(sandbox.dohUrl, { method: 'POST', headers, body });
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  door.open(null);
  edge = await openEdge();
  const { routes } = sandbox;
  const shared = { edgeUrl: edge.url, adminToken: keys.ADMIN_TOKEN, stateDir, routes, isQuiet: true, log: logOfNode };
  node = await startNode({ ...shared, index: 0, port: port + 1 });
  expect(await verify('nobody@good.test')).toMatchObject({ reason: 'mailbox_not_found' });
  await vi.waitFor(async () => expect(await storedBytes(stateDir)).toContain('mailbox_not_found'), POLL);
});

afterAll(async () => {
  door.open(null);
  await edge?.close();
  await node?.close();
  await sandbox?.close();
  await dns?.close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

/** A new isolate over the same KV has no answer at hand, and no DNS. */
beforeEach(async () => {
  await edge.close();
  edge = await openEdge();
  asked.splice(0);
  door = gate<null>();
});

function openEdge(): Promise<RunningEdge> {
  return startEdge({ port, stateDir, keys, sandboxDohUrl: dns.url.href });
}

async function verify(email: string): Promise<unknown> {
  return (await fetch(`${edge.url}/v1/verify?email=${email}`)).json();
}

const isAskedAbout = (name: string) => expect.poll(() => asked, POLL).toContain(name);

test('a DNS question that its own request no longer needs is answered to a request that joins it', async () => {
  expect(await verify('nobody@good.test')).toMatchObject({ reason: 'mailbox_not_found', cached: true });
  await isAskedAbout('good.test');
  const others = Promise.all(['ada@good.test', 'alan@good.test'].map(verify));
  const stream = fetch(`${edge.url}/v1/verify/stream?email=grace@good.test`).then((response) => response.text());
  const body = JSON.stringify({ emails: ['x', 'bob@good.test', 'ada@catchall.test'] });
  const headers = { 'content-type': 'application/json' };
  const batch = fetch(`${edge.url}/v1/verify/batch`, { method: 'POST', headers, body }).then((it) => it.text());
  // The last of them has come to its questions, and waits at the door as well.
  await isAskedAbout('catchall.test');
  door.open(null);
  expect(await others).toMatchObject([{ reason: 'accepted' }, { reason: 'accepted' }]);
  expect((await stream).match(/^event: [a-z]+$/gm)?.at(-1)).toBe('event: verdict');
  expect((await batch).trim().split('\n')).toHaveLength(3);
  expect(asked.toSorted()).toEqual(['catchall.test', 'good.test']);
});
