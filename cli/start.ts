/**
 * `npm start`: runs the whole system on this machine, from a fresh clone, without internet and without port 25.
 *
 * It starts the sandbox (in this process), the probe nodes (a process each) and the edge (workerd, through wrangler),
 * makes keys on the first run, prints a command to try, and on Ctrl-C ends everything that it started. Exit codes: 0
 * ended on request, 2 wrong use, 69 a port is taken or a part did not come up, 78 a setting is wrong.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, Option } from '@commander-js/extra-typings';
import { ask } from '../client/exchange.ts';
import { VrfyError } from '../client/vrfy-error.ts';
import { type Sandbox, startSandbox } from '../probe-node/sandbox/server.ts';
import { EXIT } from '../shared/exit-codes.ts';
import { isLoopbackHost } from '../shared/loopback.ts';
import { run, setUp, wholeNumber } from './harness.ts';
import { whenOrphaned } from './orphan.ts';
import { type RunningEdge, startEdge } from './start/edge.ts';
import { adminTokenFile, loadKeys } from './start/keys.ts';
import { NodeSettingsError, type RunningNode, startNode } from './start/node.ts';
import { startOutbox } from './start/outbox.ts';
import { refuseTakenPort } from './start/ports.ts';
import { writeSandboxSettings } from './start/sandbox-settings.ts';

const ENVIRONMENT = `
Environment: every PROBE_* variable goes to the nodes. DOH_URLS, DISPOSABLE_LIST_URLS, PROBE_SIGNING_KEY, CACHE_KEY, ADMIN_TOKEN,
ANONYMOUS_DAILY_QUOTA (here unlimited), EMAIL_KEY_DAILY_QUOTA and MAIL_FROM go to the edge; its mail lands in the folder "outbox" of the state. LOG_LEVEL is that of the nodes (warn); with
info, debug or trace the edge logs every request as well.

Example:
  npm start -- --port 9000 --nodes 3`;

type Options = {
  readonly port: number;
  readonly nodes: number;
  readonly hasSandbox: boolean;
  readonly stateDir: string;
  readonly isQuiet: boolean;
};

/** Parts in the order of their start; they end in reverse order. */
type Parts = { close: () => Promise<void> }[];

function createProgram() {
  return setUp(new Command('npm start'))
    .usage('-- [options]')
    .description('Starts the whole system on this machine: the edge, probe nodes and the sandbox. Ctrl-C ends it.')
    .addOption(
      new Option('--port <n>', 'port of the edge; the probe nodes take the ports after it')
        .argParser(wholeNumber(1, 65_000))
        .default(8_787),
    )
    .addOption(
      new Option('--nodes <n>', 'probe nodes, in different pretend regions, 0 to 8')
        .argParser(wholeNumber(0, 8))
        .default(1),
    )
    .option('--no-sandbox', 'leave out the pretend internet under .test')
    .option('--state <dir>', 'folder that keeps keys and memory', '.vrfy')
    .option('--quiet', 'print only the line "ready <url>"')
    .addHelpText('after', ENVIRONMENT)
    .action(async ({ port, nodes, sandbox, state, quiet }) => {
      await main({ port, nodes, hasSandbox: sandbox, stateDir: path.resolve(state), isQuiet: quiet === true });
    });
}

async function start(options: Options, parts: Parts, takeSignals: () => void): Promise<void> {
  const { port, nodes: count, stateDir, isQuiet } = options;
  const edgeUrl = `http://127.0.0.1:${port}`;
  const keys = await loadKeys(stateDir);
  for (let offset = 0; offset <= count; offset += 1) await refuseTakenPort(port + offset);
  const sandbox = options.hasSandbox ? await startSandbox({ forwardTo: loopbackResolvers() }) : null;
  if (sandbox !== null) parts.push(sandbox, await writeSandboxSettings(stateDir, sandbox.routes));
  const outbox = await startOutbox(path.join(stateDir, 'outbox'), logMail);
  parts.push(outbox);
  const edge = await startEdge({
    port,
    stateDir,
    keys,
    sandboxDohUrl: sandbox?.dohUrl ?? null,
    outboxUrl: outbox.url,
  });
  parts.push(edge);
  takeSignals();
  await refuseIllEdge(edge.url);
  const routes = sandbox?.routes ?? '';
  const shared = { edgeUrl, adminToken: keys.ADMIN_TOKEN, stateDir, routes, isQuiet };
  const starts = Array.from({ length: count }, async (_, index) => {
    const node = await startNode({ ...shared, index, port: port + 1 + index });
    // The edge ends first: a node whose edge is gone need not wait until the edge stops sending jobs.
    parts.splice(parts.indexOf(edge), 0, node);
    return node;
  });
  const nodes = await Promise.all(starts);
  announce(edge, nodes, sandbox, options);
}

/** A line of the log, as the edge writes its own. */
function logMail(file: string): void {
  process.stderr.write(`${JSON.stringify({ event: 'mail', file: path.relative('', file) })}\n`);
}

/** Fails if the edge rejects one of its settings: `/healthz` names it, and the message appears on this terminal. */
async function refuseIllEdge(url: string): Promise<void> {
  await ask({ edge: url }, { path: '/healthz' }, () => null).catch((fault) => {
    if (!(fault instanceof VrfyError) || fault.status === 0) throw fault;
    throw new SettingsError(
      [fault.message, ...fault.errors.map(({ field, detail }) => `${field}: ${detail}`)].join('\n'),
    );
  });
}

/** A setting of this environment does not fit; the message says which. */
class SettingsError extends Error {}

/** Resolvers on this machine from DOH_URLS: the sandbox forwards .test names to them that it does not know. */
function loopbackResolvers(): readonly string[] {
  const urls = (process.env['DOH_URLS'] ?? '').split(',').map((url) => url.trim());
  return urls.filter((url) => isLoopbackHost(URL.parse(url)?.hostname ?? ''));
}

function announce(edge: RunningEdge, nodes: readonly RunningNode[], sandbox: Sandbox | null, options: Options): void {
  if (!options.isQuiet) {
    const lines = [
      `edge    ${edge.url}`,
      ...nodes.map(({ id, url, region }) => `node    ${url}  ${id}, ${region}`),
      ...(sandbox === null ? [] : [`sandbox ${sandbox.dohUrl}  answers for .test`]),
      '',
      `page    ${edge.url}/  try an address, clean a list, get a key`,
      `try     curl '${edge.url}/v1/verify?email=${sandbox === null ? 'you@example.com' : 'ada@good.test'}'`,
      `console ${edge.url}/console  nodes, lists and keys, with the admin token`,
      `admin   ${adminHint(options.stateDir)}`,
      'stop    Ctrl-C',
      '',
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  process.stdout.write(`ready ${edge.url}\n`);
}

/** How to send the admin token; never the token itself. */
function adminHint(stateDir: string): string {
  if (process.env['ADMIN_TOKEN']) return 'Authorization: Bearer with the ADMIN_TOKEN of this environment';
  const file = adminTokenFile(stateDir);
  return `curl -H "Authorization: Bearer $(cat '${path.relative('', file) || file}')" …`;
}

async function main(options: Options): Promise<void> {
  const parts: Parts = [];
  let isEnding = false;
  const end = async (exitCode: number): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    for (const part of parts.reverse()) await part.close().catch(() => {});
    await childrenGone();
    process.exit(exitCode);
  };
  // Wrangler installs signal handlers that exit at once; replace them, so that everything ends in order.
  const takeSignals = (): void => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => void end(EXIT.fine));
    }
  };
  takeSignals();
  whenOrphaned(() => void end(EXIT.fine));
  try {
    await start(options, parts, takeSignals);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`npm start: ${message}\n`);
    await end(error instanceof SettingsError || error instanceof NodeSettingsError ? EXIT.config : EXIT.unreachable);
  }
}

/**
 * Ends the children that wrangler leaves running (its bundler waits for our end) and waits until none is left. Without
 * /proc the children end by themselves a moment after us.
 */
async function childrenGone(): Promise<void> {
  const file = `/proc/self/task/${process.pid}/children`;
  const children = async (): Promise<readonly number[]> =>
    (await readFile(file, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);
  for (const pid of await children()) process.kill(pid);
  for (let waits = 0; waits < 100 && (await children()).length > 0; waits += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

await run(createProgram(), process.argv.slice(2), 'npm start --');
