/**
 * The harness bites: a worker that breaks each limit is stopped under it, and is not stopped without it. Whatever passes
 * under these limits has kept to them.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fate, type Limits, NO_LIMITS, PLATFORM } from '../../rehearsal/limits.ts';
import { type RehearsedEdge, startRehearsedEdge } from '../../rehearsal/rehearsed-edge.ts';
import { buildUpload, type Upload } from '../../rehearsal/upload.ts';

const VIOLATOR = path.join(import.meta.dirname, '../../rehearsal/violator/wrangler.toml');
/** Short, so that its end can be seen. */
const WAIT_UNTIL_MS = 1_500;
/** Milliseconds for a connection that should not come. */
const SEVENTH_MS = 200;
const LOST = 'Network connection lost';

let folder: string;
let upload: Upload;
let slow: Server;
let slowUrl: string;
/** Requests that the server has not answered yet; it answers when there are as many as it waits for, and all later ones at once. */
const open = new Set<ServerResponse>();
let openMost = 0;
let waitsFor = 0;
const edges: RehearsedEdge[] = [];
let limited: RehearsedEdge;
let free: RehearsedEdge;

async function start(limits: Limits): Promise<RehearsedEdge> {
  const storageDir = path.join(folder, crypto.randomUUID());
  const edge = await startRehearsedEdge({ upload, limits, storageDir, log: (line) => console.error('%s', line) });
  edges.push(edge);
  return edge;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-violator-'));
  slow = createServer((_, response) => {
    open.add(response);
    openMost = Math.max(openMost, open.size);
    // A moment later: one more than are allowed would come in it.
    if (openMost >= waitsFor) setTimeout(answerAll, SEVENTH_MS);
  }).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  slowUrl = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
  upload = await buildUpload({ configFile: VIOLATOR });
  [limited, free] = await Promise.all([start({ ...PLATFORM, waitUntilMs: WAIT_UNTIL_MS }), start(NO_LIMITS)]);
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

/** Messages end in their number. */
function byNumber(one: string, other: string): number {
  return Number(one.split(' ')[1]) - Number(other.split(' ')[1]);
}

function isWritten(edge: RehearsedEdge, key: string): boolean {
  return edge.platform.kv.list({ prefix: key }).keys.length > 0;
}

function answerAll(): void {
  for (const response of open) response.end('late');
  open.clear();
}

/** Connections of twenty that were open at once, to a server that answers none before there are so many. */
async function mostOpen(edge: RehearsedEdge, count: number): Promise<number> {
  [openMost, waitsFor] = [0, count];
  await act(edge, 'connections', { n: '20', url: slowUrl });
  return openMost;
}

describe('a worker that breaks a limit', () => {
  test('has six connections at once, and the others wait', async () => {
    expect(await mostOpen(limited, 6)).toBe(6);
    expect(await mostOpen(free, 20)).toBe(20);
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
    expect(await act(limited, 'late', { n: '1', key: 'in time' })).toBe('answered');
    await expect.poll(() => isWritten(limited, 'in time'), { interval: 50 }).toBe(true);
    await act(limited, 'late', { n: String(WAIT_UNTIL_MS * 2), key: 'too late' });
    await act(free, 'late', { n: String(WAIT_UNTIL_MS * 2), key: 'too late' });
    await expect.poll(() => isWritten(free, 'too late'), { interval: 50 }).toBe(true);
    expect(isWritten(limited, 'too late')).toBe(false);
    const cutOff = () => [...limited.platform.usages.values()].filter(({ isCutOff }) => isCutOff);
    await expect.poll(cutOff).toHaveLength(1);
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
    expect((await act(limited, 'add', { key: 'a' })).count).toContain(LOST);
    platform.fateOf = () => 'arrives';
    expect((await act(limited, 'add', { key: 'a' })).count).toBe(2);
    platform.fateOf = () => 'lost_after';
    expect((await act(limited, 'add', { key: 'a' })).count).toContain(LOST);
    platform.fateOf = () => 'arrives';
    expect((await act(limited, 'add', { key: 'a' })).count).toBe(4);
  });

  test('has a stub that stays broken, once a call over it was lost', async () => {
    const { platform } = limited;
    const fates: Fate[] = ['lost_before'];
    platform.fateOf = () => fates.shift() ?? 'arrives';
    const lost = expect.stringContaining(LOST);
    expect(await act(limited, 'addTwice', { key: 'c' })).toEqual([lost, lost]);
    expect(await act(limited, 'addTwice', { key: 'c' })).toEqual([1, 2]);
    platform.fateOf = () => 'arrives';
  });

  test('loses a call of another Worker, or the rest of the stream that it returns', async () => {
    const { platform } = limited;
    const whole = { octets: 64 * 4_096, error: null };
    expect(await act(limited, 'read')).toEqual(whole);
    for (const fate of ['lost_before', 'lost_after'] as const) {
      platform.fateOf = ({ kind }) => (kind === 'entrypoint' ? fate : 'arrives');
      expect(await act(limited, 'read')).toEqual({ octets: 0, error: expect.stringContaining(LOST) });
    }
    platform.fateOf = ({ kind }) => (kind === 'entrypoint' ? 'cut' : 'arrives');
    const { octets, error } = await act(limited, 'read');
    expect(error).toContain('disconnected prematurely');
    expect(octets).toBeGreaterThan(0);
    expect(octets).toBeLessThan(whole.octets);
    platform.fateOf = () => 'arrives';
    expect(await act(free, 'read')).toEqual(whole);
  });

  test('has each alarm twice', async () => {
    for (const edge of [limited, free]) await act(edge, 'wake', { key: 'b' });
    await expect.poll(() => act(free, 'alarms', { key: 'b' }), { interval: 100 }).toBe(1);
    await expect.poll(() => act(limited, 'alarms', { key: 'b' }), { interval: 100 }).toBe(2);
  });

  test('has each message of the queue twice, and in no order', async () => {
    for (const edge of [limited, free]) await act(edge, 'send', { n: '30' });
    const batches = ({ platform: { kv } }: RehearsedEdge): readonly (readonly string[])[] =>
      kv.list({ prefix: 'batch-' }).keys.map(({ name }) => kv.get('test', name)?.value.split(',') ?? []);
    const isInOrder = (batch: readonly string[]): boolean => batch.join() === batch.toSorted(byNumber).join();
    await expect.poll(() => limited.platform.queue.counts()).toMatchObject({ delivered: 60, waiting: 0 });
    await expect.poll(() => free.platform.queue.counts()).toMatchObject({ delivered: 30, waiting: 0 });
    const times = Object.values(Object.groupBy(batches(limited).flat(), (body) => body)).map((same) => same?.length);
    expect([times.length, new Set(times)]).toEqual([30, new Set([2])]);
    expect(batches(limited).every(isInOrder)).toBe(false);
    expect(new Set(batches(free).flat()).size).toBe(30);
    expect(batches(free).every(isInOrder)).toBe(true);
  });
});

describe('the Cache API', () => {
  test('keeps an answer in the location where it was put, and nothing on workers.dev', async () => {
    expect(await act(limited, 'cache')).toBe('kept');
    expect(await act(limited, 'cached')).toBe('kept');
    expect(await act(limited, 'cached', {}, 'elsewhere')).toBeNull();
    const dropping = await start({ ...PLATFORM, cache: 'none' });
    expect(await act(dropping, 'cache')).toBeNull();
  });
});
