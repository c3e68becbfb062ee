/** `npm start` as its user meets it: a process, its output, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePortRun, isFreePort } from '../flow/system.ts';

const START = fileURLToPath(new URL('../../cli/start.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

type Running = { readonly child: ChildProcess; readonly lines: string[]; readonly errors: string[] };

let stateDir: string;

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-start-'));
});

afterAll(async () => {
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

function run(...args: string[]): Running {
  return runWith({}, ...args);
}

function runWith(settings: Readonly<Record<string, string>>, ...args: string[]): Running {
  const child = spawn(process.execPath, [START, '--state', stateDir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...settings },
  });
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  return { child, lines, errors };
}

/** Waits for the line that says so; a process that ends before it says why. */
async function ready({ child, lines, errors }: Running, url: string): Promise<void> {
  const isOver = (): boolean => child.exitCode !== null || lines.includes(`ready ${url}`);
  await expect.poll(isOver, { timeout: TIMEOUT_MS }).toBe(true);
  expect({ exitCode: child.exitCode, errors, lines }).toMatchObject({ exitCode: null });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Every process below this one, by /proc; elsewhere none is found and the ports alone tell. */
async function descendants(pid: number): Promise<readonly number[]> {
  const file = `/proc/${pid}/task/${pid}/children`;
  const text = await readFile(file, 'utf8').catch(() => '');
  const children = text.split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

describe('npm start', () => {
  test('npm start is ready at the first request, keeps its keys, and on Ctrl-C leaves no process and no port behind', {
    timeout: 2 * TIMEOUT_MS,
  }, async () => {
    const port = await freePortRun(2);
    const url = `http://127.0.0.1:${port}`;
    const keyIds: string[] = [];
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const running = run('--port', String(port), '--quiet');
      await ready(running, url);
      expect(running.lines).toEqual([`ready ${url}`]);
      const verdict = (await (await fetch(`${url}/v1/verify?email=ada@good.test&max_age=0`)).json()) as object;
      expect(verdict).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
      const jwks = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
      keyIds.push(jwks.keys[0]?.kid ?? '');
      expect(JSON.stringify(jwks)).not.toContain('"d"');
      const pids = await descendants(running.child.pid ?? 0);
      running.child.kill(signal);
      const [code] = await once(running.child, 'exit');
      expect(code).toBe(0);
      await expect.poll(() => pids.filter(isAlive)).toEqual([]);
      expect([await isFreePort(port), await isFreePort(port + 1)]).toEqual([true, true]);
    }
    expect(keyIds[0]).not.toBe('');
    expect(keyIds[1]).toBe(keyIds[0]);
    for (const name of ['keys.json', 'admin-token']) {
      expect((await stat(path.join(stateDir, name))).mode & 0o077).toBe(0);
    }
  });

  test('npm start is ready without a node as well, and then an address is no_node', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const port = await freePortRun(1);
    const url = `http://127.0.0.1:${port}`;
    const running = run('--port', String(port), '--nodes', '0');
    await ready(running, url);
    expect(running.lines.filter((line) => line.startsWith('node '))).toEqual([]);
    const verdict = (await (await fetch(`${url}/v1/verify?email=alan@good.test`)).json()) as object;
    expect(verdict).toMatchObject({ verdict: 'unknown', reason: 'no_node' });
    running.child.kill('SIGINT');
    await once(running.child, 'exit');
  });

  test('npm start puts the mail with a free key into the outbox, and the log names the file', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const port = await freePortRun(1);
    const url = `http://127.0.0.1:${port}`;
    const running = run('--port', String(port), '--nodes', '0');
    await ready(running, url);
    const init = { headers: { 'content-type': 'application/json' }, body: '{"email":"ada@good.test"}' };
    expect((await fetch(`${url}/v1/keys/request`, { method: 'POST', ...init })).status).toBe(202);
    const logged = (): { readonly event?: unknown; readonly file?: string }[] =>
      running.errors.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    await expect.poll(() => logged().some(({ event }) => event === 'mail'), { timeout: TIMEOUT_MS }).toBe(true);
    const file = logged().find(({ event }) => event === 'mail')?.file ?? '';
    expect(path.dirname(path.resolve(file))).toBe(path.join(stateDir, 'outbox'));
    expect(await readFile(file, 'utf8')).toContain(`\r\n${url}/keys/confirm?link=`);
    running.child.kill('SIGINT');
    await once(running.child, 'exit');
  });

  test('npm start runs several nodes in different regions', { timeout: TIMEOUT_MS }, async () => {
    const port = await freePortRun(4);
    const running = run('--port', String(port), '--nodes', '3');
    await ready(running, `http://127.0.0.1:${port}`);
    const regions = running.lines.filter((line) => line.startsWith('node ')).map((line) => line.split(', ')[1]);
    expect(new Set(regions).size).toBe(3);
    // The file of the admin token, and never the token.
    const token = (await readFile(path.join(stateDir, 'admin-token'), 'utf8')).trim();
    expect(running.lines.join('\n')).toContain(path.basename(stateDir));
    expect(running.lines.join('\n')).not.toContain(token);
    running.child.kill('SIGINT');
    await once(running.child, 'exit');
  });

  test('npm start reports a taken port in one clear sentence, with exit code 69', { timeout: TIMEOUT_MS }, async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const running = run('--port', String(port));
    const [code] = await once(running.child, 'exit');
    expect(code).toBe(69);
    expect(running.errors.join('\n')).toMatch(new RegExp(`^npm start: port ${port} is taken`));
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ['ADMIN_TOKEN', 'short'],
    ['DISPOSABLE_LIST_URLS', 'http://lists.example/names.txt'],
    ['DOH_URLS', 'cloudflare'],
  ])(
    'npm start names a setting that the edge rejects, with exit code 78: %s',
    { timeout: TIMEOUT_MS },
    async (name, value) => {
      const port = await freePortRun(2);
      const running = runWith({ [name]: value }, '--port', String(port));
      const [code] = await once(running.child, 'exit');
      expect(code).toBe(78);
      expect(running.errors.join('\n')).toContain(`${name} is missing or wrong`);
      expect(running.errors.join('\n')).not.toContain(value);
      expect(running.lines.join('\n')).not.toContain('ready ');
    },
  );

  test('npm start takes an unknown option for wrong use, and suggests the intended one and the help', async () => {
    const running = run('--prot', '9000');
    const [code] = await once(running.child, 'exit');
    expect(code).toBe(2);
    expect(running.errors).toEqual([
      "npm start: unknown option '--prot'",
      '(Did you mean --port?)',
      'Try: npm start -- --help',
    ]);
  });
});
