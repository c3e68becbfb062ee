/**
 * Time from `vrfy node join` to the first probe of that node: the whole system on loopback, the command line as an
 * operator types it, and a verify that only the new node can answer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Figure, showSpread, spreadOf } from '../figure.ts';

const START = fileURLToPath(new URL('../../cli/start.ts', import.meta.url));
const VRFY = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const TARGET_MS = 5_000;
const RUNS = 5;
const START_TIMEOUT_MS = 60_000;
/** Milliseconds between two looks for a probe of the node. */
const LOOK_MS = 20;

export async function measureJoin(): Promise<readonly Figure[]> {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'vrfy-bench-join-'));
  const port = await freePort();
  const system = spawn(process.execPath, [START, '--port', String(port), '--state', stateDir, '--quiet'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await ready(system);
    const edge = new System(`http://127.0.0.1:${port}`, stateDir);
    await edge.ask('PATCH', '/v1/nodes/fra1', { state: 'draining' });
    const samples: number[] = [];
    for (let run = 0; run < RUNS; run += 1) samples.push(await joinOnce(edge, `bench${run}`, stateDir));
    const spread = spreadOf(samples);
    return [
      {
        figure: '`vrfy node join` to the first probe carried, ms',
        ours: showSpread(spread, 0),
        baseline: '-',
        target: `< ${TARGET_MS}`,
        isReached: spread.max < TARGET_MS,
        measured: { samples },
      },
    ];
  } finally {
    await end(system);
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** The system, as an operator reaches it. */
class System {
  readonly url: string;
  readonly #adminToken: string;

  constructor(url: string, stateDir: string) {
    this.url = url;
    this.#adminToken = readFileSync(path.join(stateDir, 'admin-token'), 'utf8').trim();
  }

  async ask(method: string, route: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}${route}`, {
      method,
      headers: { authorization: `Bearer ${this.#adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return text === '' ? {} : JSON.parse(text);
  }
}

async function joinOnce(edge: System, id: string, stateDir: string): Promise<number> {
  const { token } = await edge.ask('POST', '/v1/nodes/tokens', { region: 'bench' });
  const startMs = performance.now();
  const node = spawn(
    process.execPath,
    [
      ...[VRFY, 'node', 'join', '--settings', path.join(stateDir, 'sandbox.env'), '--token', String(token), '--id', id],
      ...['--edge', edge.url, '--helo', `${id}.vrfy.test`],
      ...['--listen', `127.0.0.1:${await freePort()}`, '--state', path.join(stateDir, id)],
    ],
    { env: { ...process.env, LOG_LEVEL: 'error' }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  try {
    for (;;) {
      const { smtp } = await edge.ask('GET', '/v1/verify?email=ada@good.test&max_age=0');
      if (typeof smtp === 'object' && smtp !== null && 'node' in smtp && smtp.node === id) break;
      if (node.exitCode !== null) throw new Error(`the node ended with ${node.exitCode}`);
      await delay(LOOK_MS);
    }
    return performance.now() - startMs;
  } finally {
    await edge.ask('DELETE', `/v1/nodes/${id}`);
    await end(node);
  }
}

async function ready(system: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  system.stdout?.on('data', (text) => {
    said += String(text);
    if (/^ready /m.test(said)) resolve();
  });
  system.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
  const timer = setTimeout(() => reject(new Error('npm start is not ready')), START_TIMEOUT_MS);
  await promise.finally(() => clearTimeout(timer));
}

/** A second signal: do not wait for the node's orderly shutdown. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  child.kill('SIGINT');
  await exited;
}

/** The first of two consecutive free ports, below the range for outgoing connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
