/**
 * `vrfy node join`: joins this machine to an edge as a probe node, and runs the node in the foreground.
 *
 * Its options are the PROBE_* settings of the same names. They go before the lines of `--settings FILE`, those before the
 * environment, and that before what the state folder remembers. When it has joined, the same node starts from its state folder alone:
 * `vrfy node join --state DIR`, or a service that runs probe-node/main.ts with PROBE_STATE.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ask } from '../client/exchange.ts';
import { VrfyError } from '../client/vrfy-error.ts';
import { environmentOf, type JoinOptions, OptionsError } from '../probe-node/edge-link/join-options.ts';
import { noEdge, refuseNoUrl } from './client.ts';
import { UsageError } from './exit.ts';
import { isPackage } from './installation.ts';
import { whenOrphaned } from './orphan.ts';

/** The package has the node as one file, which serves when called without a command. */
const NODE_FILE = isPackage ? './probe-node.mjs' : '../probe-node/main.ts';
const MAIN = fileURLToPath(new URL(NODE_FILE, import.meta.url));
/** See docs/RUNBOOK.md: what thousands of sessions need of the space for young objects. */
const NODE_FLAGS = ['--max-semi-space-size=8'];
/** Milliseconds for an edge to say that it is one. */
const EDGE_TIMEOUT_MS = 10_000;

export async function joinNode(options: JoinOptions): Promise<number> {
  // A person watches: what goes well is said by ourselves.
  const environment = readEnvironment(options, { LOG_LEVEL: 'warn', ...process.env });
  if (environment['PROBE_EDGE'] !== undefined) await refuseNoEdge(environment['PROBE_EDGE']);
  return run(environment);
}

function readEnvironment(options: JoinOptions, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  try {
    return environmentOf(options, given);
  } catch (error) {
    if (error instanceof OptionsError) throw new UsageError(error.message);
    throw error;
  }
}

/** A node tries an edge that is late again and again; a person who has mistyped its URL wants to know at once. */
async function refuseNoEdge(edge: string): Promise<void> {
  refuseNoUrl(edge);
  await ask({ edge, timeoutMs: EDGE_TIMEOUT_MS }, { path: '/healthz', repeatable: false }, () => null).catch(
    (fault) => {
      // An edge that is ill is one.
      if (!(fault instanceof VrfyError) || fault.status === 0) throw noEdge(edge, fault);
    },
  );
}

/**
 * The node as a child whose life is ours: its end is our own, and the IPC channel ends it where we are killed. It has a process
 * group of its own, because a Ctrl-C goes to every process of ours, and the node takes a second signal for "at once".
 */
async function run(environment: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, [...NODE_FLAGS, MAIN], {
    env: environment,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal));
  }
  whenOrphaned(() => child.kill('SIGTERM'));
  child.on('message', (message) => {
    if (typeof message !== 'object' || !('kind' in message) || message.kind !== 'joined') return;
    const { id, region, url } = message as { id?: unknown; region?: unknown; url?: unknown };
    process.stdout.write(`joined as ${id} in ${region}, serving at ${url}\n`);
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
