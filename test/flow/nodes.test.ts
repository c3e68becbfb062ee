/**
 * A node's life in the whole system: a token, `vrfy node join` as its operator types it, the first probe, a drain under
 * traffic, its removal; the registry is the Durable Object in workerd.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type NodeReport, nodeReportSchema } from '../../shared/enrolment.ts';
import { vrfy } from '../cli/vrfy.ts';
import { freePortRun, type System, startSystem } from './system.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** Longer than a node takes to leave. */

let system: System;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  // One domain is asked again and again: pacing is for servers of others.
  vi.stubEnv('PROBE_PACE', 'off');
  system = await startSystem(1);
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-joined-'));
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  vi.unstubAllEnvs();
  await system.close();
  await rm(folder, { recursive: true, force: true });
});

/** The command line with the edge and the admin token of the system. */
function admin(...args: readonly string[]) {
  return vrfy(args, { VRFY_EDGE: system.url, VRFY_ADMIN_TOKEN: system.adminToken });
}

async function listed(): Promise<Readonly<Record<string, NodeReport>>> {
  const { stdout } = await admin('nodes', '--json');
  const nodes = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => nodeReportSchema().parse(JSON.parse(line)));
  return Object.fromEntries(nodes.map((node) => [node.id, node]));
}

type Joining = { readonly child: ChildProcess; readonly lines: string[]; readonly errors: string[] };

function runNode(...args: readonly string[]): Joining {
  const child = spawn(process.execPath, [MAIN, 'node', 'join', ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PROBE_ROUTES: system.sandbox.routes,
      PROBE_PACE: 'off',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  return { child, lines, errors };
}

async function joined({ child, lines, errors }: Joining): Promise<void> {
  await expect.poll(() => child.exitCode !== null || lines.length > 0).toBe(true);
  expect({ exitCode: child.exitCode, errors }).toEqual({ exitCode: null, errors: [] });
}

/** Asks about one mailbox without end; each answer must be the mail server's. */
function traffic(): { stop: () => Promise<readonly string[]> } {
  let isOver = false;
  const answers: string[] = [];
  const ask = async (): Promise<void> => {
    while (!isOver) {
      const { reason, smtp } = await system.ask('ada@good.test', { max_age: '0' });
      answers.push(`${reason} by ${smtp?.node}`);
    }
  };
  const work = Promise.all([ask(), ask(), ask()]);
  return {
    stop: async () => {
      isOver = true;
      await work;
      return answers;
    },
  };
}

async function nodeThatAnswers(): Promise<string> {
  return (await system.ask('ada@good.test', { max_age: '0' })).smtp?.node ?? 'none';
}

describe('a node', () => {
  let node: Joining;
  let port: number;
  const state = (): string => path.join(folder, 'us1');

  test('a node joins with a token in one command, and carries probes from its first heartbeat on', async () => {
    const { stdout, code } = await admin('nodes', 'token', 'us-east');
    expect(code).toBe(0);
    port = await freePortRun(1);
    const startedMs = performance.now();
    node = runNode(
      ...['--edge', system.url, '--token', stdout.trim(), '--state', state()],
      ...['--id', 'us1', '--helo', 'us1.vrfy.test', '--listen', `127.0.0.1:${port}`],
    );
    await joined(node);
    expect(node.lines).toEqual([`joined as us1 in us-east, serving at http://127.0.0.1:${port}/`]);
    expect((await listed())['us1']).toMatchObject({ region: 'us-east', state: 'active', network: 'us-east' });
    // The other node steps back, so that this one must carry the next probe.
    await admin('nodes', 'drain', 'fra1');
    await expect.poll(nodeThatAnswers).toBe('us1');
    console.log(`from vrfy node join to a probe carried: ${Math.round(performance.now() - startedMs)} ms`);
  });

  test('a node that is drained by its operator is empty soon, and no request fails', async () => {
    await admin('nodes', 'activate', 'fra1');
    await expect.poll(async () => (await listed())['fra1']?.state).toBe('active');
    const requests = traffic();
    const { stdout } = await admin('nodes', 'drain', 'us1');
    expect(stdout).toBe('us1 is draining\n');
    await expect.poll(nodeThatAnswers).toBe('fra1');
    const answers = await requests.stop();
    expect(new Set(answers)).toEqual(new Set(['accepted by us1', 'accepted by fra1']));
  });

  test('a node starts again from its state folder alone, drained as it was', async () => {
    node.child.kill('SIGTERM');
    expect(await once(node.child, 'exit')).toEqual([0, null]);
    node = runNode('--state', state());
    await joined(node);
    expect((await listed())['us1']?.state).toBe('draining');
    expect(JSON.parse(await readFile(path.join(state(), 'node.json'), 'utf8'))).toMatchObject({
      membership: { id: 'us1', region: 'us-east' },
    });
  });

  test('a node that gets a SIGTERM under traffic leaves without one failed request', async () => {
    await admin('nodes', 'activate', 'us1');
    await admin('nodes', 'drain', 'fra1');
    await expect.poll(nodeThatAnswers).toBe('us1');
    await admin('nodes', 'activate', 'fra1');
    await expect.poll(nodeThatAnswers).toMatch(/^(?:us1|fra1)$/);
    const faults = vi.spyOn(process.stderr, 'write');
    const requests = traffic();
    node.child.kill('SIGTERM');
    expect(await once(node.child, 'exit')).toEqual([0, null]);
    const answers = await requests.stop();
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.filter((answer) => !answer.startsWith('accepted by '))).toEqual([]);
    // Nor was a job passed on to another node: no request reached this one after it stopped listening.
    expect(faults.mock.calls.filter(([text]) => String(text).includes('node_fault'))).toEqual([]);
    faults.mockRestore();
    expect((await listed())['us1']?.state).toBe('draining');
  });

  test('a node that has moved to another port is challenged there, and serves', async () => {
    port = await freePortRun(1);
    node = runNode('--state', state(), '--listen', `127.0.0.1:${port}`);
    await joined(node);
    expect((await listed())['us1']).toMatchObject({ state: 'active', url: `http://127.0.0.1:${port}/` });
  });

  test('a node that is removed gets no more jobs and ends with 78, and its reports are forgotten', async () => {
    await admin('nodes', 'drain', 'fra1');
    await expect.poll(nodeThatAnswers).toBe('us1');
    const remembered = async (): Promise<unknown> => {
      const { cached, smtp } = await system.ask('ada@good.test');
      return { cached, node: smtp?.node };
    };
    await expect.poll(remembered).toEqual({ cached: true, node: 'us1' });
    await admin('nodes', 'activate', 'fra1');
    const ended = once(node.child, 'exit');
    const since = new Date(Date.now() - 3_600_000).toISOString();
    expect((await admin('nodes', 'remove', 'us1', '--forget-since', since)).stdout).toBe('us1 is removed\n');
    expect((await listed())['us1']).toBeUndefined();
    await expect.poll(remembered).toMatchObject({ node: 'fra1' });
    await expect.poll(nodeThatAnswers).toBe('fra1');
    expect(await ended).toEqual([78, null]);
    expect(node.errors.join('\n')).toContain('node_removed');
    const again = runNode('--state', state());
    expect(await once(again.child, 'exit')).toEqual([78, null]);
    expect(again.errors.join('\n')).toContain('PROBE_TOKEN: is missing');
  });
});

describe('a node that may not join', () => {
  const refusedJoin = async (token: string, ...more: readonly string[]): Promise<string> => {
    const listen = `127.0.0.1:${await freePortRun(1)}`;
    const { child, errors } = runNode(
      ...['--edge', system.url, '--token', token, '--helo', 'eu9.vrfy.test', '--listen', listen],
      ...['--state', path.join(folder, crypto.randomUUID()), ...more],
    );
    expect(await once(child, 'exit')).toEqual([78, null]);
    return errors.join('\n');
  };

  test('a node that may not join is told the reason in one sentence, and its token stays valid if the URL was wrong', async () => {
    const token = (await admin('nodes', 'token', 'eu-west')).stdout.trim();
    expect(await refusedJoin(token, '--region', 'us-east')).toContain(
      'The token is for eu-west, the node says us-east.',
    );
    expect(await refusedJoin(token, '--url', 'http://10.0.0.1/')).toContain('must begin with https://');
    expect(await refusedJoin(token, '--url', `http://127.0.0.1:${await freePortRun(1)}/`)).toContain(
      'could not be reached',
    );
    expect(await refusedJoin(token, '--url', system.nodes[0]?.url ?? '')).toContain('live node fra1');
    const port = await freePortRun(1);
    const node = runNode(
      ...['--edge', system.url, '--token', token, '--id', 'eu9', '--helo', 'eu9.vrfy.test'],
      ...['--listen', `127.0.0.1:${port}`, '--state', path.join(folder, 'eu9')],
    );
    await joined(node);
    expect(await refusedJoin(token)).toContain('A token is good for one node.');
  });

  test('a node that is removed while its settings hold the token it joined with is told so once, and how to join again', async () => {
    const token = (await admin('nodes', 'token', 'eu-west')).stdout.trim();
    const settings = [
      ...['--edge', system.url, '--token', token, '--id', 'eu8', '--helo', 'eu8.vrfy.test'],
      ...['--listen', `127.0.0.1:${await freePortRun(1)}`, '--state', path.join(folder, 'eu8')],
    ];
    const node = runNode(...settings);
    await joined(node);
    const ended = once(node.child, 'close');
    await admin('nodes', 'remove', 'eu8');
    expect(await ended).toEqual([78, null]);
    expect(node.errors).toEqual([expect.stringContaining('"code":"node_removed"')]);
    expect(node.errors[0]).toContain('vrfy nodes token REGION');
    const again = runNode(...settings);
    expect(await once(again.child, 'close')).toEqual([78, null]);
    expect(again.errors.join('\n')).toContain(
      'PROBE_TOKEN: has been used, and the edge has removed this node; make one to join again with: vrfy nodes token REGION',
    );
    expect(again.errors.join('\n')).not.toContain('join_token_used');
    const fresh = (await admin('nodes', 'token', 'eu-west')).stdout.trim();
    await joined(runNode(...settings, '--token', fresh));
  });
});
