/** The package as installed from the file: an empty folder, no network, and the runtimes that it supports. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unstable_startWorker as startWorker } from 'wrangler';
import { buildClient } from '../../scripts/build-client.ts';
import type { BuiltPackage } from '../../scripts/npm-package.ts';
import { VERSION } from '../../shared/version.ts';
import { run } from '../cli/vrfy.ts';
import { OUTCOME, PROGRAM, type SmallEdge, startSmallEdge } from '../client/exercise.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Without the folders that npm puts in front for the scripts of a project: they have the project's own Node. */
const SYSTEM_PATH = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(path.delimiter);

/** Far from every node_modules. */
const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-build-client-'));
const empty = path.join(folder, 'empty');
const installed = path.join(empty, 'node_modules/vrfy-client');
const env = {
  PATH: SYSTEM_PATH,
  HOME: folder,
  npm_config_cache: path.join(folder, 'cache'),
  npm_config_update_notifier: 'false',
};
let built: BuiltPackage;
let edge: SmallEdge;

beforeAll(async () => {
  edge = await startSmallEdge();
  built = await buildClient(path.join(folder, 'dist'), ROOT);
  mkdirSync(empty);
  const args = ['install', '--offline', '--no-audit', '--no-fund', built.file];
  execFileSync('npm', args, { cwd: empty, env, stdio: 'pipe' });
  writeFileSync(path.join(empty, 'exercise.mjs'), PROGRAM);
});

afterAll(async () => {
  await edge.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the client package works in the Node of the system', async () => {
  const main = `import { exercise } from './exercise.mjs';
    process.stdin.on('data', async (text) => console.log(JSON.stringify(await exercise(JSON.parse(text)))));`;
  writeFileSync(path.join(empty, 'main.mjs'), main);
  const ended = await run('node', ['main.mjs'], env, JSON.stringify(await edge.given()), empty);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ended.stdout)).toEqual(OUTCOME);
});

test('the client package works in a Worker', async () => {
  const entrypoint = path.join(empty, 'worker.mjs');
  writeFileSync(
    entrypoint,
    `import { exercise } from './exercise.mjs';
    export default { fetch: async (request) => Response.json(await exercise(await request.json())) };`,
  );
  process.env['WRANGLER_SEND_METRICS'] = 'false';
  const worker = await startWorker({
    name: 'exercise',
    entrypoint,
    config: '',
    compatibilityDate: '2025-01-01',
    dev: { server: { hostname: '127.0.0.1', port: 0 }, inspector: false, watch: false, logLevel: 'none' },
  });
  try {
    await worker.ready;
    const url = await worker.url;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(await edge.given()) });
    expect(await response.json()).toEqual(OUTCOME);
  } finally {
    await worker.dispose();
  }
});

test('the types of the client package hold for a strictly checked program, with the libraries of a page and with those of Node', () => {
  const source = `import { createClient, type Answer, type Verdict, VrfyError, verify, verifyToken } from 'vrfy-client';
    const client = createClient({ edge: 'https://edge.example', key: 'k', fetch });
    export const answer: Promise<Answer> = client.verify('a@good.test', { deadline_ms: 5 });
    export const verdict = async (): Promise<Verdict> => (await verify({ edge: '' }, '')).verdict;
    export const rate = async (): Promise<number | undefined> => (await client.lists.get('x')).expected_bounce_rate?.before;
    export const claims = verifyToken(null, { edge: '', audience: '', address: '' });
    export const isSlow = (fault: unknown): boolean => fault instanceof VrfyError && fault.code === 'timeout';
    // @ts-expect-error: there is no such option
    void client.verify('a@good.test', { deadline: 5 });
    for await (const event of client.stream('')) if (event.event === 'verdict') event.data.reason satisfies string;
  `;
  writeFileSync(path.join(empty, 'program.mts'), source);
  cpSync(path.join(ROOT, 'node_modules/@types/node'), path.join(empty, 'types/node'), { recursive: true });
  cpSync(path.join(ROOT, 'node_modules/undici-types'), path.join(empty, 'node_modules/undici-types'), {
    recursive: true,
  });
  const common = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', 'program.mts'];
  for (const libraries of [
    ['--lib', 'es2022,dom,dom.asynciterable'],
    ['--lib', 'es2022', '--typeRoots', 'types', '--types', 'node', '--skipLibCheck'],
  ]) {
    execFileSync(path.join(ROOT, 'node_modules/.bin/tsc'), [...common, ...libraries], { cwd: empty, encoding: 'utf8' });
  }
});

test('the client package needs no other package, and carries its licence, its README and the version of the project', () => {
  const packages = readdirSync(path.join(empty, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(packages.filter((name) => name !== 'undici-types')).toEqual(['vrfy-client']);
  const manifest = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: 'vrfy-client', version: VERSION, sideEffects: false });
  expect(manifest).not.toHaveProperty('dependencies');
  expect(readFileSync(path.join(installed, 'LICENSE'), 'utf8')).toContain('MIT');
  expect(readFileSync(path.join(installed, 'README.md'), 'utf8')).toContain('npm install vrfy-client');
});

test('the client package is the same to the octet when built again', async () => {
  const again = await buildClient(path.join(folder, 'again'), ROOT);
  expect(again.sha256).toBe(built.sha256);
  expect(path.basename(built.file)).toBe(`vrfy-client-${VERSION}.tgz`);
});
