/**
 * `vrfy node join`: joins this machine to an edge as a probe node, and runs the node in the foreground.
 *
 * Its options are the PROBE_* settings of the same names. Precedence: options, then the lines of `--settings FILE`,
 * then the environment, then the state folder. Once joined, the node starts from its state folder alone: `vrfy node
 * join --state DIR`, or a service that runs probe-node/main.ts with PROBE_STATE.
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

/** The package ships the node as one file, which serves if called without a command. */
const NODE_FILE = isPackage ? './probe-node.mjs' : '../probe-node/main.ts';
const MAIN = fileURLToPath(new URL(NODE_FILE, import.meta.url));
/** A small young generation keeps the memory of a node with thousands of sessions low; see docs/RUNBOOK.md. */
const NODE_FLAGS = ['--max-semi-space-size=8'];
/** Milliseconds for the edge to answer a first request. */
const EDGE_TIMEOUT_MS = 10_000;

export async function joinNode(options: JoinOptions): Promise<number> {
  // A person watches, so that the node logs warnings only; this command reports success itself.
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

/** A node retries an edge that is late for ever; a person with a mistyped URL wants to know at once. */
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
 * Runs the node as a child that lives as long as this process: its exit code becomes ours, and the IPC channel ends it
 * if we are killed. It has a process group of its own, because Ctrl-C reaches every process of ours, and the node takes
 * a second signal for "at once".
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
