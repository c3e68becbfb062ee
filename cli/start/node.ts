/**
 * Runs one probe node as a process of its own, as an operator would: it joins the edge with a token on the first run,
 * and from its state folder on every later one.
 *
 * Every PROBE_* variable of this environment reaches it; with several nodes, we set the variables that must differ
 * (name, region, address). An IPC channel ties its life to ours.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { ask, readJson } from '../../client/exchange.ts';
import { EXIT } from '../../shared/exit-codes.ts';

const MAIN = fileURLToPath(new URL('../../probe-node/main.ts', import.meta.url));
/** A small young generation keeps the memory of a node with thousands of sessions low; see docs/RUNBOOK.md. */
const NODE_FLAGS = ['--max-semi-space-size=8'];
/** Milliseconds for a node to join. Generous, for a busy machine: the limit only ends a start that hangs. */
const START_TIMEOUT_MS = 90_000;
/** Milliseconds for it to end: it first waits until the edge sends it no more jobs. */
const STOP_TIMEOUT_MS = 15_000;

/** Pretend locations, so that a person can tell the nodes apart by name. */
const PLACES = [
  ['fra1', 'eu-central'],
  ['iad1', 'us-east'],
  ['sin1', 'ap-southeast'],
  ['gru1', 'sa-east'],
  ['syd1', 'ap-south'],
  ['lhr1', 'eu-west'],
  ['sfo1', 'us-west'],
  ['jnb1', 'af-south'],
] as const;

/** The node rejected its settings; its own output says which. */
export class NodeSettingsError extends Error {}

export type RunningNode = {
  readonly id: string;
  readonly region: string;
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
};

export type NodeOptions = {
  readonly index: number;
  readonly port: number;
  readonly edgeUrl: string;
  /** Admin token of the edge; makes the token with which the node joins. */
  readonly adminToken: string;
  /** Folder that holds one state folder per node. */
  readonly stateDir: string;
  /** Mail hosts of the sandbox, in the form of PROBE_ROUTES. */
  readonly routes: string;
  readonly isQuiet: boolean;
  /** Receives the node's stderr; if left out, it goes to our own. */
  readonly log?: (text: string) => void;
  /** Settings of this node alone, which win over all others; for drills. */
  readonly settings?: Readonly<Record<string, string>>;
};

export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { index, port, edgeUrl, adminToken, stateDir, routes, isQuiet, log, settings = {} } = options;
  const own: NodeJS.ProcessEnv = { ...(index === 0 ? process.env : {}), ...settings };
  const [place, placeRegion] = PLACES[index] ?? [`node${index}`, 'local'];
  const id = own['PROBE_ID'] ?? place;
  const region = own['PROBE_REGION'] ?? placeRegion;
  const listen = own['PROBE_LISTEN'] ?? `127.0.0.1:${port}`;
  // The admin token belongs to this edge; never send it to another one.
  const token = process.env['PROBE_TOKEN'] ?? (await makeJoinToken(edgeUrl, adminToken, region));
  const child = spawn(process.execPath, [...NODE_FLAGS, MAIN], {
    env: {
      LOG_LEVEL: isQuiet ? 'error' : 'warn',
      PROBE_HELO: `${place}.vrfy.test`,
      ...process.env,
      ...settings,
      PROBE_ID: id,
      PROBE_REGION: region,
      PROBE_LISTEN: listen,
      PROBE_STATE: own['PROBE_STATE'] ?? path.join(stateDir, 'nodes', id),
      PROBE_URL: own['PROBE_URL'] ?? `http://${listen}`,
      PROBE_EDGE: process.env['PROBE_EDGE'] ?? edgeUrl,
      PROBE_TOKEN: token,
      PROBE_ROUTES: [process.env['PROBE_ROUTES'], routes].filter(Boolean).join(','),
    },
    stdio: ['ignore', 'ignore', log === undefined ? 'inherit' : 'pipe', 'ipc'],
  });
  if (log !== undefined) child.stderr?.setEncoding('utf8').on('data', log);
  await joined(child, id);
  return { id, region, url: own['PROBE_URL'] ?? `http://${listen}`, pid: child.pid ?? -1, close: () => stop(child) };
}

const joinTokenSchema = z.object({ token: z.string() });

/** A join token, made as an operator makes it. If the state folder makes it needless, it expires by itself. */
async function makeJoinToken(edge: string, adminToken: string, region: string): Promise<string> {
  const call = { method: 'POST', path: '/v1/nodes/tokens', json: { region, ttl_s: 600 } } as const;
  return joinTokenSchema.parse(await ask({ edge, key: adminToken }, call, readJson)).token;
}

/** Waits until the edge has accepted a heartbeat of the node, and so sends it jobs. */
async function joined(child: ChildProcess, id: string): Promise<void> {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  try {
    await Promise.race([
      joinedMessage(child, signal),
      once(child, 'exit', { signal }).then(([code]) => {
        if (code === EXIT.config)
          throw new NodeSettingsError('a setting of the probe node is missing or wrong (see above)');
        throw new Error(`probe node ${id} ended at once with exit code ${code}`);
      }),
    ]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    abort.abort();
  }
}

async function joinedMessage(child: ChildProcess, signal: AbortSignal): Promise<void> {
  for await (const [message] of on(child, 'message', { signal })) {
    if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'joined') return;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
