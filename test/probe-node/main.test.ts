import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Internet, startInternet } from './doctor/internet.ts';
import { emptyState, joinedState } from './joined-state.ts';

const MAIN = fileURLToPath(new URL('../../probe-node/main.ts', import.meta.url));
const LEAST = {
  PROBE_EDGE: 'http://127.0.0.1:1',
  PROBE_HELO: 'probe1.example.com',
  PROBE_LISTEN: '127.0.0.1:0',
  PROBE_DOCTOR: 'off',
};
const children: ChildProcess[] = [];
/** Of a node that has joined, although no edge answers. */
let SETTINGS: Readonly<Record<string, string>>;

beforeAll(async () => {
  SETTINGS = { ...LEAST, PROBE_STATE: await joinedState('eu-1') };
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

type Node = {
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly listening: Promise<number>;
  readonly stderr: () => string;
  readonly child: ChildProcess;
};

function start(environment: Readonly<Record<string, string>>): Node {
  const child = fork(MAIN, { env: { ...environment }, execPath: process.execPath, execArgv: [], silent: true });
  children.push(child);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const readToEnd = new Promise((resolve) => child.stderr?.once('end', resolve));
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal)),
  );
  return {
    child,
    stderr: () => stderr,
    ended: Promise.all([exit, readToEnd]).then(([ending]) => ending),
    listening: new Promise((resolve) =>
      child.once('message', (message) => {
        if (typeof message === 'object' && 'port' in message) resolve(Number(message.port));
      }),
    ),
  };
}

describe('a node that cannot start', () => {
  test('a node that cannot start for its settings ends with 78 and names each bad one, without a stack', async () => {
    const node = start({ ...SETTINGS, PROBE_HELO: 'not a name', PROBE_SMTP_PORT: 'smtp' });
    expect(await node.ended).toBe(78);
    expect(node.stderr()).toMatch(/^PROBE_HELO: must be a host name/m);
    expect(node.stderr()).toMatch(/^PROBE_SMTP_PORT: /m);
    expect(node.stderr()).not.toMatch(/^\s+at /m);
  });

  test('a node that cannot start for want of settings ends with 78', async () => {
    const node = start({});
    expect(await node.ended).toBe(78);
    expect(node.stderr()).toMatch(/^PROBE_EDGE: .*\nPROBE_HELO: /m);
  });

  test('a node that cannot start for a state folder that cannot be used ends with 78', async () => {
    const node = start({ ...LEAST, PROBE_STATE: '/dev/null/state', PROBE_TOKEN: `vrfy_join_${'x'.repeat(43)}` });
    expect(await node.ended).toBe(78);
    expect(node.stderr()).toMatch(/^PROBE_STATE: .*cannot be read \(ENOTDIR\)$/m);
    expect(node.stderr()).not.toMatch(/^\s+at /m);
  });

  test('a node that cannot start for a state folder that is another node ends with 78', async () => {
    const node = start({ ...SETTINGS, PROBE_ID: 'eu-2' });
    expect(await node.ended).toBe(78);
    expect(node.stderr()).toMatch(/^PROBE_ID: the state folder belongs to eu-1/m);
  });

  test('a node that cannot start for addresses and ports that are none ends with 78', async () => {
    const node = start({ ...SETTINGS, PROBE_DNS: '999.0.0.1:53', PROBE_ROUTES: 'mx.test=127.0.0.1:70000' });
    expect(await node.ended).toBe(78);
    expect(node.stderr()).toMatch(/^PROBE_DNS: .*\nPROBE_ROUTES: /m);
  });

  test('a node that cannot start for a certificate that cannot be read ends with 78, without a stack', async () => {
    const node = start({ ...SETTINGS, PROBE_TLS_CERT: '/nowhere/cert.pem', PROBE_TLS_KEY: '/nowhere/key.pem' });
    expect(await node.ended).toBe(78);
    expect(node.stderr()).toMatch(/^PROBE_TLS_CERT, PROBE_TLS_KEY: cannot be read \(ENOENT\)/m);
    expect(node.stderr()).not.toMatch(/^\s+at /m);
  });

  test('a node that cannot start for a port that is taken ends with 69', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const node = start({ ...SETTINGS, PROBE_LISTEN: `127.0.0.1:${address.port}` });
    expect(await node.ended).toBe(69);
    expect(node.stderr()).toContain('EADDRINUSE');
    await new Promise((resolve) => holder.close(resolve));
  });
});

describe('a node that is examined', () => {
  let internet: Internet;

  beforeEach(async () => {
    internet = await startInternet();
  });

  afterEach(async () => {
    await internet.close();
  });

  const readyz = async (port: number): Promise<Response> => fetch(`http://127.0.0.1:${port}/readyz`);

  test('a node that is examined is ready once port 25 has been seen open, and shows its findings', async () => {
    const node = start({ ...SETTINGS, ...internet.environment });
    const port = await node.listening;
    await expect.poll(async () => (await readyz(port)).status).toBe(200);
    const { findings } = await (await readyz(port)).json();
    expect(findings).toContainEqual(expect.objectContaining({ check: 'port_25', level: 'fine' }));
    const refused = await fetch(`http://127.0.0.1:${port}/v1/probe`, { method: 'POST', body: '{}' });
    expect(await refused.json()).toMatchObject({ code: 'token_missing' });
  });

  test('a node that is examined is never ready with port 25 closed, and the log says what to do', async () => {
    await internet.closePort();
    const node = start({ ...SETTINGS, ...internet.environment });
    const port = await node.listening;
    await expect
      .poll(async () => (await (await readyz(port)).json()).findings)
      .toContainEqual(expect.objectContaining({ check: 'port_25', level: 'fault' }));
    expect((await readyz(port)).status).toBe(503);
    await expect.poll(node.stderr).toContain('"check":"port_25"');
    expect(node.stderr()).toMatch(/"check":"port_25","fix":"Allow TCP to port 25/);
  });
});

describe('a node that runs', () => {
  test('a node that runs tells its parent the port, answers there and takes no job without a token', async () => {
    const node = start(SETTINGS);
    const url = `http://127.0.0.1:${await node.listening}`;
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok', node: 'eu-1' });
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
      status: 'ready',
      node: 'eu-1',
      findings: [{ check: 'port_25', level: 'skipped' }],
    });
    const refused = await fetch(`${url}/v1/probe`, { method: 'POST', body: '{}' });
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'token_missing' }]);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('a node that runs ends with 0 on %s', async (signal) => {
    const node = start(SETTINGS);
    await node.listening;
    node.child.kill(signal);
    expect(await node.ended).toBe(0);
  });

  test('a node that runs ends with 0 when its parent goes', async () => {
    const node = start(SETTINGS);
    await node.listening;
    node.child.disconnect();
    expect(await node.ended).toBe(0);
  });

  test('a node that runs starts from its state folder alone, with the settings it joined with', async () => {
    const node = start({ PROBE_STATE: await joinedState('eu-3', LEAST) });
    const response = await fetch(`http://127.0.0.1:${await node.listening}/healthz`);
    expect(await response.json()).toEqual({ status: 'ok', node: 'eu-3' });
  });

  test('a node that runs without a token, if it has never joined, is ready, says that its edge does not know of it, and drains at once', async () => {
    const node = start({ ...LEAST, PROBE_ID: 'alone', PROBE_STATE: emptyState() });
    const url = `http://127.0.0.1:${await node.listening}`;
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
    const refused = await fetch(`${url}/v1/probe`, { method: 'POST', body: '{}' });
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'token_missing' }]);
    node.child.kill('SIGTERM');
    expect(await node.ended).toBe(0);
    expect(node.stderr()).toMatch(/"msg":"no PROBE_TOKEN, and never joined/);
  });

  test('a node that runs that is joining answers, is not ready and takes no job; a signal ends it', async () => {
    const node = start({ ...LEAST, PROBE_STATE: emptyState(), PROBE_TOKEN: `vrfy_join_${'x'.repeat(43)}` });
    const url = `http://127.0.0.1:${await node.listening}`;
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'joining' });
    expect((await fetch(`${url}/v1/probe`, { method: 'POST', body: '{}' })).status).toBe(503);
    node.child.kill('SIGTERM');
    expect(await node.ended).toBe(0);
  });

  test('a node that runs logs JSON to stderr and nothing to stdout', async () => {
    const node = start(SETTINGS);
    let stdout = '';
    node.child.stdout?.on('data', (chunk) => {
      stdout += String(chunk);
    });
    await node.listening;
    node.child.kill('SIGTERM');
    await node.ended;
    expect(stdout).toBe('');
    expect(JSON.parse(node.stderr().split('\n')[0] ?? '')).toMatchObject({ name: 'probe-node', msg: 'listening' });
  });
});
