/** `vrfy node join` as its user ends it: signals to a process group, as a terminal or a supervisor sends them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Heartbeat, heartbeatSchema } from '../../shared/enrolment.ts';
import { type Loopback, startLoopback } from '../edge/loopback.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

let edge: Loopback;
let stateDir: string;
let heartbeats: Heartbeat[];
let child: ChildProcess;
let written: string;
let logged: string;

/** An edge that takes in any node and hears its heartbeats. */
beforeEach(async () => {
  heartbeats = [];
  edge = await startLoopback(({ path: asked, body }, response) => {
    if (asked === '/v1/nodes/heartbeat')
      heartbeats.push(heartbeatSchema().parse(JSON.parse(new TextDecoder().decode(body))));
    const answers: Readonly<Record<string, object>> = {
      '/v1/nodes/enrol': { id: 'iad1', region: 'us-east' },
      '/v1/nodes/heartbeat': { state: 'active', is_protocol_known: true, key_ids: [] },
    };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[asked] ?? { keys: [] }));
  });
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-join-'));
  const options = ['--edge', edge.url.href, '--token', `vrfy_join_${'x'.repeat(43)}`, '--id', 'iad1'];
  const place = ['--helo', 'iad1.vrfy.test', '--listen', '127.0.0.1:0', '--state', stateDir];
  child = spawn(process.execPath, [MAIN, 'node', 'join', ...options, ...place], {
    env: { PATH: process.env['PATH'] ?? '', PROBE_DOCTOR: 'off', LOG_LEVEL: 'info' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  written = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  logged = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  await expect.poll(() => written, { timeout: TIMEOUT_MS }).toContain('joined as iad1 in us-east');
});

afterEach(async () => {
  if (child.exitCode === null) child.kill('SIGKILL');
  await edge.close();
  await rm(stateDir, { recursive: true, force: true });
});

/** To the command and to whatever else is in its group. */
function signalGroup(): void {
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
}

const isLeaving = (): boolean => heartbeats.at(-1)?.is_draining === true;

describe('a Ctrl-C to vrfy node join', { timeout: TIMEOUT_MS }, () => {
  test('a Ctrl-C drains the node: it tells the edge, serves until no job can come any more, and ends with 0', async () => {
    const nodeUrl = /serving at (\S+)/.exec(written)?.[1] ?? '';
    const ended = once(child, 'close');
    signalGroup();
    await expect.poll(isLeaving, { timeout: TIMEOUT_MS }).toBe(true);
    expect((await fetch(new URL('/healthz', nodeUrl))).status).toBe(200);
    expect(await ended).toEqual([0, null]);
    expect(logged).toContain('"draining"');
  });

  test('a second Ctrl-C ends the node at once', async () => {
    const ended = once(child, 'close');
    signalGroup();
    await expect.poll(isLeaving, { timeout: TIMEOUT_MS }).toBe(true);
    signalGroup();
    expect(await ended).toEqual([0, null]);
    expect(logged).not.toContain('"draining"');
  });
});
