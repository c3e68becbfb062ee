/**
 * The registry object gone while the edge and its nodes live on: an isolate that begins now knows the nodes by the copy in
 * KV, and verifies as before.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEdge, startEdge } from '../../cli/start/edge.ts';
import { type Keys, loadKeys } from '../../cli/start/keys.ts';
import { type RunningNode, startNode } from '../../cli/start/node.ts';
import { type Sandbox, startSandbox } from '../../probe-node/sandbox/server.ts';
import { freePortRun, logOfNode } from './system.ts';

const WORKER = fileURLToPath(new URL('../../edge/worker.ts', import.meta.url));

let stateDir: string;
let port: number;
let keys: Keys;
let sandbox: Sandbox;
let node: RunningNode;

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-dead-registry-'));
  port = await freePortRun(2);
  keys = await loadKeys(stateDir);
  sandbox = await startSandbox();
  const edge = await openEdge();
  const { routes } = sandbox;
  const shared = { edgeUrl: edge.url, adminToken: keys.ADMIN_TOKEN, stateDir, routes, isQuiet: true, log: logOfNode };
  node = await startNode({ ...shared, index: 0, port: port + 1 });
  // The heartbeat has told the registry, and the registry the copy; with this the node knows the keys of the edge as well.
  expect(await verify(edge)).toMatchObject({ reason: 'accepted' });
  await edge.close();
});

afterAll(async () => {
  await node.close();
  await sandbox.close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

function openEdge(entrypoint?: string): Promise<RunningEdge> {
  const options = { port, stateDir, keys, sandboxDohUrl: sandbox.dohUrl };
  return startEdge(entrypoint === undefined ? options : { ...options, entrypoint });
}

async function verify({ url }: RunningEdge): Promise<unknown> {
  return (await fetch(`${url}/v1/verify?email=ada@good.test&max_age=0`)).json();
}

/** The worker as it is, but for an object whose every call does this. */
async function edgeWithRegistry(call: string): Promise<RunningEdge> {
  const entrypoint = path.join(stateDir, `worker-${crypto.randomUUID()}.ts`);
  await writeFile(
    entrypoint,
    `import { DurableObject } from 'cloudflare:workers';
import worker from ${JSON.stringify(WORKER)};
export class RegistryObject extends DurableObject {
  async roster() { ${call} }
  async list() { ${call} }
}
export { KeyHolderObject, ListObject, QuotaObject } from ${JSON.stringify(WORKER)};
export default worker;
`,
  );
  return openEdge(entrypoint);
}

describe('with a registry object that', () => {
  test.each([
    ['throws', "throw new Error('reset');"],
    ['hangs', 'return new Promise(() => {});'],
  ])('mailboxes are verified as before with a registry object that %s', async (_, call) => {
    const edge = await edgeWithRegistry(call);
    try {
      // One after the other and many at once: nothing of one request is waited for by another.
      expect(await verify(edge)).toMatchObject({ reason: 'accepted', smtp: { node: 'fra1' } });
      const answers = await Promise.all(Array.from({ length: 20 }, () => verify(edge)));
      for (const answer of answers) expect(answer).toMatchObject({ reason: 'accepted', smtp: { node: 'fra1' } });
      const nodes = await fetch(`${edge.url}/v1/nodes`, { headers: { authorization: `Bearer ${keys.ADMIN_TOKEN}` } });
      expect([nodes.status, await nodes.json()]).toMatchObject([503, { code: 'registry_unavailable' }]);
    } finally {
      await edge.close();
    }
  });
});
