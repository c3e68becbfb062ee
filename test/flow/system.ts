/**
 * The whole system for tests, of the parts that `npm start` is made of: sandbox in this process, a node as a process,
 * the edge in workerd. Every port is a free one.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEdge } from '../../cli/start/edge.ts';
import { loadKeys } from '../../cli/start/keys.ts';
import { type RunningNode, startNode } from '../../cli/start/node.ts';
import { startOutbox } from '../../cli/start/outbox.ts';
import { type Sandbox, startSandbox } from '../../probe-node/sandbox/server.ts';
import { type Answer, answerSchema } from '../../shared/answer.ts';

export type System = {
  readonly url: string;
  /** Opens the routes that administer. */
  readonly adminToken: string;
  readonly sandbox: Sandbox;
  /** Folder of the edge's files; its mail is in `outbox` below it. */
  readonly stateDir: string;
  /** Folder through which Workers on this machine find each other. */
  readonly registryDir: string;
  /** Asks for a verdict; the answer is checked against its schema. */
  ask(email: string, parameters?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Jobs that the nodes are at work on. */
  runningJobs(): Promise<number>;
  /** The probe nodes: names, and processes to do something to. */
  readonly nodes: readonly Pick<RunningNode, 'id' | 'pid' | 'url'>[];
  /** Ends the probe nodes alone. */
  stopNodes(): Promise<void>;
  close(): Promise<void>;
};

/** Below the range from which systems take the ports of outgoing connections: those of other tests must not meet ours. */
const PORT_MIN = 10_000;
const PORT_MAX = 30_000;

/** Each worker of Vitest has a range of its own, since a port is bound some time after it is chosen. */
const RANGES = 8;
const RANGE_SIZE = (PORT_MAX - PORT_MIN) / RANGES;
const RANGE_MIN = PORT_MIN + (Number(process.env['VITEST_POOL_ID'] ?? 0) % RANGES) * RANGE_SIZE;

/** The first of `count` ports in a row that are free at this moment. */
export async function freePortRun(count: number): Promise<number> {
  for (;;) {
    const first = RANGE_MIN + Math.floor(Math.random() * (RANGE_SIZE - count));
    const ports = Array.from({ length: count }, (_, offset) => first + offset);
    if ((await Promise.all(ports.map(isFreePort))).every(Boolean)) return first;
  }
}

export function isFreePort(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Mailboxes that these nodes have reported on. */
export async function evidenceOf(nodes: readonly Pick<RunningNode, 'url'>[]): Promise<number> {
  const pages = await Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const counts = pages.flatMap((page) => [...page.matchAll(/^vrfy_evidence_total\{[^}]*\} ([0-9]+)$/gm)]);
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The log of a node is shown if the test fails (test/captured-output.ts), and kept apart from the log of the edge. */
export function logOfNode(text: string): void {
  console.error('%s', text.trimEnd());
}

/**
 * @param isAlone true to have the sandbox answer for every name, so that no resolver outside is asked
 * @param entrypoint another worker than that of wrangler.toml, with the same bindings
 */
export async function startSystem(nodeCount = 1, isAlone = false, entrypoint?: string): Promise<System> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-flow-'));
  const port = await freePortRun(1 + nodeCount);
  const nodePorts = Array.from({ length: nodeCount }, (_, index) => port + 1 + index);
  const sandbox = await startSandbox();
  const keys = await loadKeys(stateDir);
  const outbox = await startOutbox(path.join(stateDir, 'outbox'), () => {});
  // Handed through to the edge by its name.
  if (isAlone) process.env['DOH_URLS'] = sandbox.dohUrl;
  const edge = await startEdge({
    port,
    stateDir,
    keys,
    sandboxDohUrl: sandbox.dohUrl,
    outboxUrl: outbox.url,
    ...(entrypoint === undefined ? {} : { entrypoint }),
  });
  const edgeUrl = edge.url;
  const shared = {
    edgeUrl,
    adminToken: keys.ADMIN_TOKEN,
    stateDir,
    routes: sandbox.routes,
    isQuiet: true,
    log: logOfNode,
  };
  const nodes = await Promise.all(nodePorts.map((nodePort, index) => startNode({ ...shared, index, port: nodePort })));
  const stopNodes = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()));
  };
  return {
    url: edge.url,
    adminToken: keys.ADMIN_TOKEN,
    sandbox,
    stateDir,
    registryDir: edge.registryDir,
    ask: async (email, parameters = {}) => {
      const response = await fetch(`${edge.url}/v1/verify?${new URLSearchParams({ email, ...parameters })}`);
      return answerSchema().parse(await response.json());
    },
    runningJobs: async () => {
      const pages = await Promise.all(nodes.map(async (node) => (await fetch(`${node.url}/metrics`)).text()));
      const counts = pages.map((page) => Number(/^vrfy_running_jobs ([0-9]+)$/m.exec(page)?.[1]));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    nodes,
    stopNodes,
    close: async () => {
      await edge.close();
      await stopNodes();
      await sandbox.close();
      await outbox.close();
      // Wrangler may still be writing its log.
      await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Everything that the edge has on its disk, its log left out. */
export async function storedBytes(stateDir: string): Promise<string> {
  const root = path.join(stateDir, 'storage');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}
