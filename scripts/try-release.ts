/**
 * Tries the built artefacts as somebody who has only them (`npm run try:release`): in an empty folder, without network, under
 * every Node that they support, against a system that runs from the sources. The folder of the artefacts may be named.
 *
 * The versions of Node come from npm, into `.cache/`. Exit code 1 with the first thing that does not work.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../bench/free-port.ts';
import { EXIT } from '../shared/exit-codes.ts';
import { VERSION } from '../shared/version.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = path.resolve(process.argv[2] ?? path.join(ROOT, 'dist'));
/** Majors of Node: the command line and the client run on all of them, the probe node from the second on. */
const SUPPORTED = [20, 22, 24];
const FIRST_FOR_NODES = 22;
const TRIES_OF_PORTS = 5;

type Ended = { readonly code: number; readonly output: string };

await main();

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-release-'));
  const system = await startSystem(path.join(folder, 'state'));
  try {
    for (const major of SUPPORTED) {
      const empty = path.join(folder, `node${major}`);
      await mkdir(empty);
      await tryUnder(major, await nodeFolder(major), empty, system.url);
    }
  } finally {
    system.child.kill('SIGTERM');
    await system.ended;
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param bin folder with the program `node` */
async function tryUnder(major: number, bin: string, empty: string, edge: string): Promise<void> {
  const env = {
    PATH: `${bin}${path.delimiter}${pathOfSystem()}`,
    HOME: empty,
    npm_config_cache: path.join(empty, '.npm'),
    npm_config_update_notifier: 'false',
  };
  const run = (command: string, ...args: readonly string[]) => ended(command, args, empty, env);
  const { output: node } = await run('node', '--version');
  expect(node.startsWith(`v${major}.`), `the Node in use is ${node}, and not ${major}`);

  const tarballs = (await readdir(DIST)).filter((name) => name.endsWith(`${VERSION}.tgz`));
  expect(tarballs.length === 2, `${DIST} has not the two packages of version ${VERSION}: run \`npm run build\``);
  const packages = tarballs.map((name) => path.join(DIST, name));
  await succeeds(run('npm', 'install', '--offline', '--no-audit', '--no-fund', ...packages));

  const version = await succeeds(run('npx', 'vrfy', '--version'));
  expect(version.trim() === VERSION, `vrfy --version says ${version}`);
  const rule = await succeeds(run('npx', 'vrfy', 'classify', '550 5.1.1 User unknown'));
  expect(rule.startsWith('invalid (mailbox_not_found)'), `vrfy classify says ${rule}`);
  const found = await succeeds(run('npx', 'vrfy', 'verify', 'ada@good.test', '--edge', edge));
  expect(found.startsWith('deliverable ada@good.test'), `vrfy verify says ${found}`);

  const program = `import { createClient } from 'vrfy-client';
    console.log((await createClient({ edge: '${edge}' }).verify('nobody@good.test')).reason);`;
  await writeFile(path.join(empty, 'program.mjs'), program);
  const reason = await succeeds(run('node', 'program.mjs'));
  expect(reason.trim() === 'mailbox_not_found', `the client says ${reason}`);

  if (major >= FIRST_FOR_NODES) await tryProbe(run);
  process.stdout.write(`Node ${node.trim()}: the artefacts work\n`);
}

async function tryProbe(run: (command: string, ...args: readonly string[]) => Promise<Ended>): Promise<void> {
  const file = path.join(DIST, 'probe-node.mjs');
  const version = await succeeds(run('node', file, '--version'));
  expect(version.trim() === VERSION, `probe-node.mjs --version says ${version}`);
  const { code, output } = await run('node', file);
  const isRefused = code === EXIT.config && output.includes('PROBE_EDGE: ');
  expect(isRefused, `probe-node.mjs without settings ended with ${code}: ${output}`);
}

/** The newest Node of a major version: the folder of its program, fetched once. */
async function nodeFolder(major: number): Promise<string> {
  const folder = path.join(ROOT, '.cache/node', String(major));
  await mkdir(folder, { recursive: true });
  // Without a manifest npm would install into the project.
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }\n');
  await succeeds(ended('npm', ['install', '--no-audit', '--no-fund', `node@${major}`], folder, process.env));
  return path.join(folder, 'node_modules/node/bin');
}

type System = { readonly url: string; readonly child: ChildProcess; readonly ended: Promise<unknown> };

/** Edge, node and sandbox from the sources, on ports that are free. */
async function startSystem(state: string): Promise<System> {
  for (let tries = 1; ; tries += 1) {
    const args = ['cli/start.ts', '--quiet', '--state', state, '--port', String(await freePort())];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    const end = once(child, 'exit');
    const url = await Promise.race([readyLine(child), end.then(() => null)]);
    if (url !== null) return { url, child, ended: end };
    expect(child.exitCode === EXIT.unreachable && tries < TRIES_OF_PORTS, `npm start ended with ${child.exitCode}`);
  }
}

async function readyLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the output of npm start is not a pipe');
  for await (const line of createInterface({ input: stdout })) {
    const [, url] = /^ready (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  return new Promise(() => {});
}

/** Without the folders that npm puts in front for the scripts of a project: they have the project's own Node. */
function pathOfSystem(): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.filter((folder) => !folder.includes('node_modules')).join(path.delimiter);
}

async function ended(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, env });
    return { code: 0, output: stdout };
  } catch (fault) {
    const { code, stdout, stderr } = fault as {
      readonly code: unknown;
      readonly stdout: string;
      readonly stderr: string;
    };
    if (typeof code !== 'number') throw fault;
    return { code, output: `${stdout}${stderr}` };
  }
}

async function succeeds(run: Promise<Ended>): Promise<string> {
  const { code, output } = await run;
  expect(code === 0, `ended with ${code}: ${output}`);
  return output;
}

function expect(isTrue: boolean, otherwise: string): asserts isTrue {
  if (!isTrue) throw new Error(otherwise);
}
