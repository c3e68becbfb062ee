/** One probe node in a process of its own, exactly as an operator runs it, and a client that posts jobs to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleNode } from './bundle.ts';
import { type EdgeStandIn, NODE_ID, type SignedJob } from './edge-stand-in.ts';
import { type Answered, ask } from './http-client.ts';
import type { Machine } from './machine.ts';

/** MiB of the young generation, as docs/RUNBOOK.md tells operators. */
const NODE_FLAGS = ['--max-semi-space-size=8'];
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 8_000;
/** Any token of the right form: the edge of the bench accepts every one. */
const JOIN_TOKEN = `vrfy_join_${'x'.repeat(43)}`;
const PAGE_OCTETS = 4096;
const MIB = 1024 * 1024;

export type NodeUnderTest = {
  readonly pid: number;
  /** URL on which it listens. */
  readonly port: number;
  /** Answered by NDJSON. */
  readonly post: (job: SignedJob) => Promise<Answered>;
  /** Value of a metric, summed over the series whose labels contain the text. */
  readonly metric: (name: string, labels?: string) => Promise<number>;
  readonly rssMib: () => number;
  /** Processor time of all its threads so far. */
  readonly cpuMs: () => number;
  /** Open TCP sockets of the process, at either end. */
  readonly sockets: () => number;
  readonly hasEnded: () => boolean;
  /** Its output on stderr: empty unless something failed. */
  readonly complaints: () => string;
  readonly stop: () => Promise<void>;
};

export async function startNode(
  machine: Machine,
  edge: EdgeStandIn,
  settings: Readonly<Record<string, string>>,
): Promise<NodeUnderTest> {
  // For a profile: BENCH_NODE_FLAGS=--cpu-prof
  const flags = process.env['BENCH_NODE_FLAGS']?.split(' ') ?? [];
  const [command, args] = machine.onOwnCore(process.execPath, [...NODE_FLAGS, ...flags, await bundleNode()]);
  const stateDir = mkdtempSync(path.join(tmpdir(), 'vrfy-bench-node-'));
  const child = spawn(command, args, {
    env: {
      LOG_LEVEL: 'error',
      PROBE_ID: NODE_ID,
      PROBE_HELO: 'probe.bench.test',
      PROBE_EDGE: edge.url,
      PROBE_LISTEN: '127.0.0.1:0',
      PROBE_PACE: 'off',
      PROBE_TOKEN: JOIN_TOKEN,
      PROBE_STATE: stateDir,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-20_000);
  });
  const port = await joined(child, () => complaints);
  // taskset execs the program, so the child's process id is the node's.
  const pid = child.pid ?? -1;
  const agent = new Agent({ keepAlive: true, maxSockets: 5_000 });
  return {
    pid,
    port,
    post: (job) => post(agent, port, job),
    metric: async (name, labels = '') => sumOf(await scrape(agent, port), name, labels),
    rssMib: () => (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_OCTETS) / MIB,
    cpuMs: () => cpuMsOf(pid),
    sockets: () => countSockets(pid),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    complaints: () => complaints,
    stop: async () => {
      agent.destroy();
      await stop(child);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Port of the node, once it has joined and accepts jobs. */
async function joined(child: ChildProcess, complaints: () => string): Promise<number> {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  try {
    return await Promise.race([
      joinedPort(child, signal),
      once(child, 'exit', { signal }).then(() => {
        throw new Error(`the node ended at once: ${complaints()}`);
      }),
    ]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    abort.abort();
  }
}

async function joinedPort(child: ChildProcess, signal: AbortSignal): Promise<number> {
  for await (const [message] of on(child, 'message', { signal })) if (message.kind === 'joined') return message.port;
  throw new Error('the node has closed its channel');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  // A second signal skips the wait for further jobs, since none will come.
  child.kill('SIGTERM');
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

function post(agent: Agent, port: number, { body, token }: SignedJob): Promise<Answered> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return ask(agent, `http://127.0.0.1:${port}/v1/probe`, headers, body);
}

async function scrape(agent: Agent, port: number): Promise<string> {
  return (await ask(agent, `http://127.0.0.1:${port}/metrics`)).text;
}

function sumOf(text: string, name: string, labels: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
  return lines
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** The first number of a thread's schedstat: nanoseconds on a processor. */
function cpuMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return threads.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

function countSockets(pid: number): number {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[([0-9]+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // Closed between the listing and the look.
        return [];
      }
    }),
  );
  const table = readFileSync(`/proc/${pid}/net/tcp`, 'utf8') + readFileSync(`/proc/${pid}/net/tcp6`, 'utf8');
  return table.split('\n').filter((line) => inodes.has(line.trim().split(/\s+/)[9] ?? '')).length;
}
