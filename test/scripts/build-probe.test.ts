import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltProbe, buildProbe } from '../../scripts/build-probe.ts';
import { VERSION } from '../../shared/version.ts';
import { startMailServer } from '../probe-node/mail-server.ts';
import { startNodeProcess } from '../probe-node/node-process.ts';
import { jobFor } from '../probe-node/node-world.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NODE_FLAGS = ['--max-semi-space-size=8'];

/** Far from every node_modules. */
const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-build-'));
const file = path.join(folder, 'file/probe-node.mjs');
const empty = path.join(folder, 'empty');
let built: BuiltProbe;

beforeAll(async () => {
  mkdirSync(empty);
  built = await buildProbe(file);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The built file in an empty folder, with nothing else in its environment. */
function runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    cwd: empty,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const run = (...args: readonly string[]) => runWith({}, ...args);

describe('the built file', () => {
  test('the built file answers /healthz and a probe without any installed package, and ends with 0 on SIGTERM', async () => {
    const server = await startMailServer();
    const node = await startNodeProcess({ args: [...NODE_FLAGS, file], cwd: empty, mailPort: server.port });
    try {
      expect((await fetch(`${node.url}/healthz`)).status).toBe(200);
      const evidence = await node.probe(jobFor(['ada', 'nobody']));
      expect(evidence).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ id: 0, reply: expect.objectContaining({ code: 250 }) }),
          expect.objectContaining({ id: 1, reply: expect.objectContaining({ code: 550 }) }),
        ]),
      );
    } finally {
      expect(await node.stop()).toBe(0);
      await server.close();
    }
    expect(readdirSync(empty)).toEqual([]);
  });

  test('the built file prints its version and its usage', () => {
    expect(run('--version')).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
    const help = run('--help');
    expect([help.status, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(/^ {2}probe-node serve .*\n(?:.*\n)*? {2}PROBE_EDGE +URL of the edge/m);
  });

  test('the built file without settings ends with 78, and with an unknown command with 2', () => {
    expect(run()).toMatchObject({ status: 78, stderr: expect.stringContaining('PROBE_EDGE: ') });
    expect(run('frobnicate')).toMatchObject({ status: 2, stderr: expect.stringContaining('"frobnicate"') });
    expect(run('serve', '--port')).toMatchObject({ status: 2, stderr: expect.stringContaining('"--port"') });
  });

  test('the built file contains the doctor, with the settings of the node', () => {
    const settings = {
      PROBE_EDGE: 'http://127.0.0.1:1',
      PROBE_HELO: 'probe1.example.com',
      PROBE_ROUTES: 'a=127.0.0.1:1',
    };
    const { status, stdout } = runWith(settings, 'doctor', '--json');
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { faults: 0, findings: [{ level: 'skipped' }] }]);
    expect(run('doctor')).toMatchObject({ status: 78, stderr: expect.stringContaining('PROBE_HELO: ') });
    expect(run('doctor', '--now')).toMatchObject({ status: 2, stderr: expect.stringContaining('"--now"') });
  });

  test('the built file joins with options, and refuses unknown ones with 2', () => {
    const { status, stderr } = run(
      ...['join', '--edge', 'http://127.0.0.1:1', '--token', `vrfy_join_${'x'.repeat(43)}`, '--helo', 'not a name'],
    );
    expect([status, stderr]).toEqual([78, expect.stringContaining('PROBE_HELO: ')]);
    expect(stderr).not.toContain('PROBE_EDGE');
    expect(run('join')).toMatchObject({ status: 2, stderr: expect.stringContaining('join needs --token') });
    expect(run('join', '--frob')).toMatchObject({ status: 2, stderr: expect.stringContaining("'--frob'") });
  });

  test('the built file names every package inside, with its licence', () => {
    const text = readFileSync(file, 'utf8');
    const notice = text.slice(text.lastIndexOf('/*!'));
    // Esbuild writes the path of each source above it.
    const inside = new Set(
      [...text.matchAll(/^(?: {2})?\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name),
    );
    expect(inside.size).toBeGreaterThan(5);
    for (const name of inside)
      expect(notice).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([A-Za-z0-9.-]+\\)$`, 'm'));
    expect(notice.startsWith('/*!\nvrfy\n\nMIT License')).toBe(true);
    expect(built.packages.filter(({ texts }) => texts.length === 0)).toEqual([]);
    for (const licence of built.packages.flatMap(({ texts }) => texts)) expect(notice).toContain(licence);
  });

  test('the built file is the same to the octet when made again, and when made in another folder', async () => {
    const copy = path.join(folder, 'another place');
    const packages = built.packages.map(({ name }) => `node_modules/${name}`);
    const rest = ['LICENSE', 'package.json', 'tsconfig.base.json', 'probe-node', 'shared'];
    for (const entry of [...rest, ...packages]) {
      cpSync(path.join(ROOT, entry), path.join(copy, entry), { recursive: true });
    }
    const again = path.join(folder, 'again.mjs');
    const elsewhere = path.join(copy, 'dist/probe-node.mjs');
    expect((await buildProbe(again)).sha256).toBe(built.sha256);
    expect((await buildProbe(elsewhere, copy)).sha256).toBe(built.sha256);
    const contents = [file, again, elsewhere].map((name) => readFileSync(name));
    expect(contents[1]?.equals(contents[0] ?? Buffer.of())).toBe(true);
    expect(contents[2]?.equals(contents[0] ?? Buffer.of())).toBe(true);
  });
});
