/** Counters as real Durable Objects in workerd: concurrent callers, the alarm at midnight, stored rows. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEdge, startEdge } from '../../../cli/start/edge.ts';
import { loadKeys } from '../../../cli/start/keys.ts';
import { freePortRun } from '../../flow/system.ts';

const WORKER = fileURLToPath(new URL('../../../edge/worker.ts', import.meta.url));

/**
 * The object as it is, with a clock that is a number of milliseconds before midnight when it begins, and the names of its tables
 * to look at.
 */
const TEST_WORKER = `
import worker, { KeyHolderObject, QuotaObject as Real, ListObject, RegistryObject } from ${JSON.stringify(WORKER)};
export { KeyHolderObject, ListObject, RegistryObject };
export class QuotaObject extends Real {
  #beganMs = Date.now();
  #tables;
  constructor(ctx, env) {
    super(ctx, env);
    this.#tables = () => [...ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('days', 'vain', 'minutes')")].length;
  }
  nowMs() {
    return Date.UTC(2026, 0, 2) - 1_500 + (Date.now() - (this.#beganMs ?? Date.now()));
  }
  tables() {
    return this.#tables();
  }
}
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const counter = env.QUOTA.getByName(searchParams.get('name') ?? 'x');
    const number = (name) => Number(searchParams.get(name));
    if (pathname === '/reserve') return Response.json(await counter.reserve(number('units'), number('limit'), number('minute') || null));
    if (pathname === '/release') return Response.json((await counter.release(number('units'), number('day'), number('vain'))) ?? null);
    if (pathname === '/tables') return Response.json(await counter.tables());
    return worker.fetch(request, env, { waitUntil() {}, passThroughOnException() {} });
  },
};
`;

let stateDir: string;
let edge: RunningEdge;

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-quota-'));
  const entrypoint = path.join(stateDir, 'worker.ts');
  await writeFile(entrypoint, TEST_WORKER);
  const keys = await loadKeys(stateDir);
  edge = await startEdge({ port: await freePortRun(1), stateDir, keys, sandboxDohUrl: null, entrypoint });
});

afterAll(async () => {
  await edge.close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

async function ask(route: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${edge.url}${route}?${new URLSearchParams(parameters)}`);
  return response.json();
}

type Reserved = { readonly granted: number; readonly remaining: number; readonly day: number };

async function reserve(name: string, units: number, limit: number): Promise<Reserved> {
  return (await ask('/reserve', { name, units: String(units), limit: String(limit) })) as Reserved;
}

describe('the counter of a caller', () => {
  test('the counter of a caller never grants more than the limit to concurrent requests', async () => {
    const name = 'at once';
    const granted = await Promise.all(Array.from({ length: 60 }, () => reserve(name, 1, 25)));
    const dayOne = granted.filter(({ day }) => day === granted[0]?.day);
    expect(dayOne.reduce((sum, one) => sum + one.granted, 0)).toBeLessThanOrEqual(25);
    expect(granted.reduce((sum, one) => sum + one.granted, 0)).toBeGreaterThanOrEqual(25);
  });

  test('the counter of a caller is separate for each name', async () => {
    await reserve('one', 3, 3);
    expect(await reserve('another', 1, 3)).toMatchObject({ granted: 1, remaining: 2 });
  });

  test('the counter of a caller takes back units that were reserved on its day', async () => {
    const { day } = await reserve('back', 2, 5);
    await ask('/release', { name: 'back', units: '1', day: String(day - 1) });
    await ask('/release', { name: 'back', units: '1', day: String(day) });
    const { remaining, day: today } = await reserve('back', 0, 5);
    expect(remaining).toBe(today === day ? 4 : 5);
  });

  test('the counter of a caller keeps the number of fruitless probes until its day is over', async () => {
    const name = 'in vain';
    const { day } = await reserve(name, 1, 5);
    await ask('/release', { name, units: '1', day: String(day), vain: '100' });
    const { granted, day: today } = await reserve(name, 1, 5);
    expect(granted).toBe(today === day ? 0 : 1);
    await expect.poll(async () => (await reserve(name, 0, 5)).remaining).toBeGreaterThan(0);
  });

  test('the counter of a caller keeps the units of a minute beside the day, and grants no more than the minute has', async () => {
    const asked = { name: 'visitor', units: '1', limit: '5', minute: '1' };
    const first = await ask('/reserve', asked);
    expect(first).toMatchObject({ granted: 1, remaining: 4 });
    expect(await ask('/tables', { name: 'visitor' })).toBe(2);
    const { day } = first as Reserved;
    const second = (await ask('/reserve', asked)) as Reserved;
    // A second later it is midnight, for this clock.
    if (second.day === day)
      expect(second).toMatchObject({ granted: 0, remaining: 4, pausedSeconds: expect.any(Number) });
  });

  test('the counter of a caller stores nothing if it is only read', async () => {
    expect(await reserve('looked at', 0, 5)).toMatchObject({ granted: 0, remaining: 5 });
    expect(await ask('/tables', { name: 'looked at' })).toBe(0);
  });

  test('the counter of a caller is whole again after midnight, when its alarm has deleted its contents', async () => {
    const name = 'midnight';
    const { granted, day } = await reserve(name, 5, 5);
    expect([granted, await ask('/tables', { name })]).toEqual([5, 1]);
    await expect.poll(() => ask('/tables', { name })).toBe(0);
    expect(await reserve(name, 1, 5)).toEqual({ granted: 1, remaining: 4, vainLeft: 100, day: day + 1 });
    expect(await ask('/tables', { name })).toBe(1);
  });
});
