/** A list whose edge ends in the middle, with its probe node, and begins anew on the same disk; and what a webhook is told. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEdge, startEdge } from '../../cli/start/edge.ts';
import { type Keys, loadKeys } from '../../cli/start/keys.ts';
import { type RunningNode, startNode } from '../../cli/start/node.ts';
import { type ListSummary, listSummarySchema } from '../../edge/lists/summary.ts';
import { type Sandbox, startSandbox } from '../../probe-node/sandbox/server.ts';
import { freePortRun, logOfNode } from './system.ts';

/** One server is asked about 10 addresses a second, so that the list is in its middle when its edge ends. */
const ROWS = 300;

let stateDir: string;
let port: number;
let keys: Keys;
let sandbox: Sandbox;
let edge: RunningEdge;
let node: RunningNode;
let receiver: Server;
const told: { readonly headers: Record<string, string>; readonly body: string }[] = [];

async function open(): Promise<void> {
  edge = await startEdge({ port, stateDir, keys, sandboxDohUrl: sandbox.dohUrl });
  node = await startNode({
    edgeUrl: edge.url,
    adminToken: keys.ADMIN_TOKEN,
    stateDir,
    routes: sandbox.routes,
    isQuiet: true,
    log: logOfNode,
    index: 0,
    port: port + 1,
  });
}

async function close(): Promise<void> {
  await node.close();
  await edge.close();
}

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-lists-'));
  port = await freePortRun(2);
  sandbox = await startSandbox();
  keys = await loadKeys(stateDir);
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    told.push({ headers: request.headers as Record<string, string>, body });
    response.end();
    receiver.emit('told');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  await open();
});

afterAll(async () => {
  await close();
  await sandbox.close();
  receiver.close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

/** Reads the events of a list until one of them is as it should be. */
async function watch(id: string, isThere: (summary: ListSummary) => boolean) {
  const events = await fetch(`${edge.url}/v1/lists/${id}/events`);
  let text = '';
  for await (const chunk of events.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const last = [...text.matchAll(/^data: (.*)\n/gm)].at(-1)?.[1];
    const summary = last === undefined ? null : listSummarySchema().parse(JSON.parse(last));
    if (summary !== null && isThere(summary)) return summary;
  }
  throw new Error('the stream ended before');
}

test('a list goes on after the edge has ended in the middle, and tells its webhook when it is done', async () => {
  const rows = Array.from({ length: ROWS }, (_, row) => `${row},${row % 2 === 0 ? 'good' : 'nobody'}${row}@good.test`);
  const { port: hookPort } = receiver.address() as AddressInfo;
  const query = new URLSearchParams({ webhook: `http://127.0.0.1:${hookPort}/hook` });
  const response = await fetch(`${edge.url}/v1/lists?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: `id,email\n${rows.join('\n')}\n`,
  });
  const { id, webhook_secret } = (await response.json()) as { id: string; webhook_secret: string };
  const before = await watch(id, ({ done }) => done > 0);
  await close();
  await open();
  const after = await watch(id, ({ state }) => state === 'done');
  expect(before.done).toBeLessThanOrEqual(after.done);
  expect(after).toMatchObject({ rows: ROWS, distinct: ROWS, done: ROWS });
  const results = (await (await fetch(`${edge.url}/v1/lists/${id}/results`)).text()).trim().split('\n').slice(1);
  expect(results.map((line) => line.split(',').slice(0, 2).join(','))).toEqual(rows);
  expect(results.filter((line) => line.split(',')[2] === '')).toEqual([]);

  if (told.length === 0) await once(receiver, 'told');
  const [{ headers, body } = { headers: {}, body: '' }] = told;
  const event = new Webhook(webhook_secret).verify(body, headers);
  expect(event).toMatchObject({ type: 'list.done', data: { id, state: 'done', rows: ROWS } });
  expect(told).toHaveLength(1);
});
