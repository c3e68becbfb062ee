/** The package as installed from the file: an empty folder, the Node of the system, no network. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltCli, buildCli } from '../../scripts/build-cli.ts';
import { VERSION } from '../../shared/version.ts';
import { run } from '../cli/vrfy.ts';
import { type Loopback, startLoopback } from '../edge/loopback.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Without the folders that npm puts in front for the scripts of a project: they have the project's own Node. */
const SYSTEM_PATH = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(path.delimiter);

/** Far from every node_modules. */
const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-build-cli-'));
const empty = path.join(folder, 'empty');
const installed = path.join(empty, 'node_modules/vrfy');
const env = {
  PATH: SYSTEM_PATH,
  HOME: folder,
  npm_config_cache: path.join(folder, 'cache'),
  npm_config_update_notifier: 'false',
};
let built: BuiltCli;
let edge: Loopback;

beforeAll(async () => {
  edge = await startLoopback(({ path: asked, body }, response) => {
    const { email } = asked === '/v1/verify' ? JSON.parse(new TextDecoder().decode(body)) : { email: '' };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answerOf(email)));
  });
  built = await buildCli(path.join(folder, 'dist'), ROOT);
  mkdirSync(empty);
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', built.file], {
    cwd: empty,
    env,
    stdio: 'pipe',
  });
});

afterAll(async () => {
  await edge.close();
  rmSync(folder, { recursive: true, force: true });
});

function answerOf(email: string): object {
  const flags = { disposable: false, role: false, free: false, alias: false, catch_all: null, mailbox_full: null };
  return {
    ...{ email, address: email, canonical: email, verdict: 'deliverable', reason: 'accepted', flags, steps: [] },
    ...{
      detail: 'The mail server accepts the mailbox.',
      did_you_mean: null,
      mx: null,
      smtp: null,
      second_opinion: null,
    },
    ...{ retry_after: null, checked_at: '2026-01-01T00:00:00.000Z', cached: false },
  };
}

const vrfy = (args: readonly string[], input = '') => run('npx', ['vrfy', ...args], env, input, empty);

/** With the Node of the project. */
const vrfyOnNewNode = (args: readonly string[]) =>
  run(process.execPath, [path.join(installed, 'vrfy.mjs'), ...args], env, '', empty);

describe('the installed package', () => {
  test('the installed package prints its version', async () => {
    expect(await vrfy(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  test('the installed package classifies a reply', async () => {
    const { code, stdout, stderr } = await vrfy(['classify', '550 5.1.1 User unknown']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^invalid \(mailbox_not_found\)\n/);
  });

  test('the installed package verifies named addresses and those of a pipe', async () => {
    const named = await vrfy(['verify', 'ada@good.test', '--edge', edge.url.href]);
    expect(named).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^deliverable ada@good\.test/) });
    const { stdout } = await vrfy(['verify', '--json', '--edge', edge.url.href], 'a@good.test\r\n\r\nb@good.test\n');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).email),
    ).toEqual(['a@good.test', 'b@good.test']);
  });

  test('the installed package completes commands, and leaves out those that need the repository', async () => {
    const { stdout } = await vrfy(['completion', 'bash']);
    expect(stdout).toContain('complete -o default -F _vrfy vrfy\n');
    expect(stdout).not.toContain('setup');
    expect(await vrfy(['setup', '--dry-run'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('in a clone of the vrfy repository only'),
    });
  });

  test('the installed package runs and examines a probe node on Node 22, and refuses on an older one', async () => {
    const join = [
      'node',
      'join',
      '--edge',
      edge.url.href,
      '--token',
      `vrfy_join_${'x'.repeat(43)}`,
      '--helo',
      'no name',
    ];
    for (const args of [join, ['node', 'doctor']]) {
      const { code, stderr } = await vrfyOnNewNode(args);
      expect([code, stderr]).toEqual([78, expect.stringContaining('PROBE_HELO: ')]);
    }
    const major = Number.parseInt(execFileSync('node', ['--version'], { env, encoding: 'utf8' }).slice(1), 10);
    const { code, stderr } = await vrfy(['node', 'doctor']);
    expect([code, stderr]).toEqual([78, expect.stringContaining(major < 22 ? 'needs Node 22' : 'PROBE_HELO: ')]);
  });

  test('the installed package needs no other package, and names the licence of each that is inside', () => {
    expect(readdirSync(path.join(empty, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['vrfy']);
    const notice = ['LICENSE', 'probe-node.mjs']
      .map((name) => readFileSync(path.join(installed, name), 'utf8'))
      .join('');
    expect(built.packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['commander', 'zod', 'pino']));
    for (const { name, version, texts } of built.packages) {
      expect(notice).toContain(`${name} ${version} (`);
      for (const text of texts) expect(notice).toContain(text);
    }
  });
});

test('the package is the same to the octet when built again, and when built in another folder', async () => {
  const copy = path.join(folder, 'another place');
  const packages = built.packages.map(({ name }) => `node_modules/${name}`);
  const rest = ['LICENSE', 'package.json', 'tsconfig.base.json', 'cli', 'client', 'probe-node', 'shared'];
  for (const entry of [...rest, ...packages, 'node_modules/@commander-js/extra-typings']) {
    cpSync(path.join(ROOT, entry), path.join(copy, entry), { recursive: true });
  }
  const again = await buildCli(path.join(folder, 'again'), ROOT);
  const elsewhere = await buildCli(path.join(copy, 'dist'), copy);
  expect([again.sha256, elsewhere.sha256]).toEqual([built.sha256, built.sha256]);
  const contents = [built, again, elsewhere].map(({ file }) => readFileSync(file));
  expect(contents.every((content) => content.equals(contents[0] ?? Buffer.of()))).toBe(true);
  expect(path.basename(built.file)).toBe(`vrfy-${VERSION}.tgz`);
  expect(existsSync(path.join(ROOT, 'vrfy.mjs'))).toBe(false);
});
