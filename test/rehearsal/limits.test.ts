/**
 * The harness bites: a worker that breaks each limit is stopped under it, and is not stopped without it. Whatever passes
 * under these limits has kept to them.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Limits, NO_LIMITS, PLATFORM } from '../../rehearsal/limits.ts';
import { type RehearsedEdge, startRehearsedEdge } from '../../rehearsal/rehearsed-edge.ts';
import { buildUpload, type Upload } from '../../rehearsal/upload.ts';

const VIOLATOR = path.join(import.meta.dirname, '../../rehearsal/violator/wrangler.toml');
/** Short, so that its end can be seen. */
const WAIT_UNTIL_MS = 1_500;

let folder: string;
let slow: Server;
let slowUrl: string;
let openNow = 0;
let openMost = 0;
const edges: RehearsedEdge[] = [];
let limited: RehearsedEdge;
let free: RehearsedEdge;

async function start(upload: Upload, limits: Limits): Promise<RehearsedEdge> {
  const storageDir = path.join(folder, crypto.randomUUID());
  const edge = await startRehearsedEdge({ upload, limits, storageDir, log: (line) => console.error('%s', line) });
  edges.push(edge);
  return edge;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-violator-'));
  // Answers when as many are open as can be, or a while after.
  slow = createServer((_, response) => {
    openNow += 1;
    openMost = Math.max(openMost, openNow);
    setTimeout(() => {
      openNow -= 1;
      response.end('late');
    }, 300);
  }).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  slowUrl = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
  const upload = await buildUpload({ configFile: VIOLATOR });
  [limited, free] = await Promise.all([
    start(upload, { ...PLATFORM, waitUntilMs: WAIT_UNTIL_MS }),
    start(upload, NO_LIMITS),
  ]);
});

afterAll(async () => {
  await Promise.all(edges.map((edge) => edge.close()));
  slow.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

async function act(edge: RehearsedEdge, name: string, query: Readonly<Record<string, string>> = {}, location = 'here') {
  const response = await fetch(`${edge.url}/${name}?${new URLSearchParams(query)}`, {
    headers: { 'x-rehearsal-location': location },
  });
  expect(response.status).toBe(200);
  return response.json();
}

function isWritten(edge: RehearsedEdge, key: string): boolean {
  return edge.platform.kv.list({ prefix: key }).keys.length > 0;
}

/** Connections that were open at once. */
async function mostOpen(edge: RehearsedEdge): Promise<number> {
  openMost = 0;
  await act(edge, 'connections', { n: '20', url: slowUrl });
  return openMost;
}

describe('a worker that breaks a limit', () => {
  test('has six connections at once, and the others wait', async () => {
    expect(await mostOpen(limited)).toBe(6);
    expect(await mostOpen(free)).toBeGreaterThan(6);
    await expect
      .poll(() => [...limited.platform.usages.values()].find(({ name }) => name === 'GET /connections'))
      .toMatchObject({ subrequests: 20, connectionsMost: 6, queued: 14 });
  });

  test('has its subrequests counted, and the one beyond them throws', async () => {
    const n = String(PLATFORM.subrequests);
    expect(await act(limited, 'subrequests', { n })).toEqual({ made: PLATFORM.subrequests, error: null });
    const beyond = String((PLATFORM.subrequests ?? 0) + 1);
    expect(await act(limited, 'subrequests', { n: beyond })).toMatchObject({
      made: PLATFORM.subrequests,
      error: expect.stringContaining('Too many subrequests'),
    });
    expect(await act(free, 'subrequests', { n: beyond })).toMatchObject({ error: null });
  });

  test('goes on after its answer for the time of waitUntil and no longer', async () => {
    expect(await act(limited, 'late', { n: '200', key: 'in time' })).toBe('answered');
    await expect.poll(() => isWritten(limited, 'in time'), { interval: 50 }).toBe(true);
    await act(limited, 'late', { n: String(WAIT_UNTIL_MS * 2), key: 'too late' });
    await act(free, 'late', { n: String(WAIT_UNTIL_MS * 2), key: 'too late' });
    await expect.poll(() => isWritten(free, 'too late'), { interval: 50 }).toBe(true);
    expect(isWritten(limited, 'too late')).toBe(false);
    expect([...limited.platform.usages.values()].filter(({ isCutOff }) => isCutOff)).toHaveLength(1);
  });

  test('sees a clock that stands still until it waits for something', async () => {
    expect(await act(limited, 'clock')).toMatchObject({ spun: 0 });
    expect((await act(limited, 'clock')).afterIo).toBeGreaterThan(0);
    expect((await act(limited, 'clock')).dated).toBeGreaterThan(0);
    expect((await act(free, 'clock')).spun).toBeGreaterThan(0);
  });

  test('finds its module as new for each request', async () => {
    expect([await act(limited, 'state'), await act(limited, 'state')]).toEqual([1, 1]);
    expect([await act(free, 'state'), await act(free, 'state')]).toEqual([1, 2]);
  });

  test('is refused a second write to a key within a second', async () => {
    expect(await act(limited, 'write', { key: 'twice' })).toEqual([
      'written',
      expect.stringContaining('KV PUT failed: 429'),
    ]);
    expect(await act(free, 'write', { key: 'twice' })).toEqual(['written', 'written']);
  });

  test('goes on to read that a key is not there for a minute, in the place that has read it', async () => {
    for (const edge of [limited, free]) expect(await act(edge, 'get', { key: 'new' })).toBeNull();
    expect(await act(limited, 'put', { key: 'new' })).toBeNull();
    expect(await act(limited, 'get', { key: 'new' })).toBeNull();
    expect(await act(limited, 'get', { key: 'new' }, 'elsewhere')).toBe('there');
    expect(await act(free, 'put', { key: 'new' })).toBe('there');
  });

  test('waits a tenth of a second for an object, and its call may break before or after it is carried out', async () => {
    const { platform } = limited;
    const distant = await act(limited, 'add', { key: 'a' });
    expect(distant.count).toBe(1);
    expect(distant.ms).toBeGreaterThanOrEqual(PLATFORM.objectMs - 1);
    platform.fateOf = () => 'lost_before';
    expect((await act(limited, 'add', { key: 'a' })).count).toContain('Network connection lost');
    platform.fateOf = () => 'arrives';
    expect((await act(limited, 'add', { key: 'a' })).count).toBe(2);
    platform.fateOf = () => 'lost_after';
    expect((await act(limited, 'add', { key: 'a' })).count).toContain('Network connection lost');
    platform.fateOf = () => 'arrives';
    expect((await act(limited, 'add', { key: 'a' })).count).toBe(4);
  });

  test('has each alarm twice', async () => {
    for (const edge of [limited, free]) await act(edge, 'wake', { key: 'b' });
    await expect.poll(() => act(free, 'alarms', { key: 'b' }), { interval: 100 }).toBe(1);
    await expect.poll(() => act(limited, 'alarms', { key: 'b' }), { interval: 100 }).toBe(2);
  });

  test('has each message of the queue twice, and in no order', async () => {
    for (const edge of [limited, free]) await act(edge, 'send', { n: '30' });
    const bodies = (edge: RehearsedEdge): readonly string[] =>
      edge.platform.kv
        .list({ prefix: 'batch-' })
        .keys.flatMap(({ name }) => edge.platform.kv.get('test', name)?.value.split(',') ?? []);
    await expect.poll(() => limited.platform.queue.counts()).toMatchObject({ delivered: 60, waiting: 0 });
    await expect.poll(() => free.platform.queue.counts()).toMatchObject({ delivered: 30, waiting: 0 });
    const times = Object.values(Object.groupBy(bodies(limited), (body) => body)).map((same) => same?.length);
    expect([times.length, new Set(times)]).toEqual([30, new Set([2])]);
    expect(new Set(bodies(free)).size).toBe(30);
  });
});

describe('the Cache API', () => {
  test('keeps an answer where it was put, and nothing on workers.dev', async () => {
    expect(await act(limited, 'cache')).toBe('kept');
    const upload = await buildUpload({ configFile: VIOLATOR });
    const dropping = await start(upload, { ...PLATFORM, cache: 'none' });
    expect(await act(dropping, 'cache')).toBeNull();
  });
});
