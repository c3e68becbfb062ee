import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIST_OCTETS_MAX } from '../../../edge/disposable/list-intake.ts';
import { OVERLAY_KEY, readOverlay } from '../../../edge/disposable/overlay.ts';
import { type RefreshLine, type RefreshPorts, refreshOverlay } from '../../../edge/disposable/refresh.ts';
import { type Loopback, refusedUrl, startLoopback } from '../loopback.ts';
import { type MapStore, mapStore } from '../memory/map-store.ts';

let store: MapStore;
let lines: RefreshLine[];
let server: Loopback;
/** The server's answer for each path. */
let pages: Record<string, string | ((response: ServerResponse) => void)>;

beforeEach(async () => {
  store = mapStore();
  lines = [];
  pages = {};
  server = await startLoopback(({ path }, response) => {
    const page = pages[path];
    if (typeof page === 'function') return page(response);
    response.statusCode = page === undefined ? 404 : 200;
    response.end(page ?? 'not here');
  });
});

afterEach(() => server.close());

function refresh(paths: readonly string[], parts: Partial<RefreshPorts> = {}): Promise<void> {
  const urls = paths.map((path) => new URL(path, server.url));
  return refreshOverlay(urls, {
    store,
    fetch,
    nowMs: () => Date.UTC(2026, 0, 1),
    log: (line) => lines.push(line),
    faultOf: () => null,
    isKnown: (name) => name === 'known.example',
    ...parts,
  });
}

async function names(): Promise<readonly string[]> {
  return (await readOverlay(store)).flatMap((list) => list.names);
}

describe('a refresh of the overlay', () => {
  test('a refresh of the overlay takes the names that the compiled set lacks, and logs it', async () => {
    pages = { '/a.txt': 'known.example\none.example\n', '/b.json': '["two.example"]' };
    await refresh(['/a.txt', '/b.json']);
    expect(await names()).toEqual(['one.example', 'two.example']);
    expect(lines).toMatchObject([
      { host: server.url.host, outcome: 'taken', names: 2, added: 1 },
      { host: server.url.host, outcome: 'taken', names: 1, added: 1 },
    ]);
  });

  const broken: Record<string, [page: string | ((response: ServerResponse) => void), why: string]> = {
    'an error page': ['<html>', 'not_a_list'],
    'an empty file': ['', 'empty'],
    'a server error': [(response) => response.writeHead(500).end('one.example'), 'http_500'],
    'a redirect': [(response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'http_302'],
    'a connection that breaks': [(response) => response.destroy(), 'unreachable'],
    'not UTF-8': [(response) => response.end(Buffer.of(0xff, 0xfe, 0x0a)), 'not_utf8'],
    'more than it may have': [(response) => response.end(Buffer.alloc(LIST_OCTETS_MAX + 1, 'a')), 'too_large'],
    'a fraction of itself': ['t0.example\n', 'shrunk'],
  };

  test.each(Object.keys(broken))(
    'a refresh of the overlay keeps the last good list if the new one is %s',
    async (kind) => {
      const [page, why] = broken[kind] ?? ['', ''];
      const good = Array.from({ length: 20 }, (_, at) => `t${at}.example`).sort();
      pages = { '/a.txt': good.join('\n'), '/b.txt': 'two.example' };
      await refresh(['/a.txt', '/b.txt']);
      pages = { '/a.txt': page, '/b.txt': 'three.example' };
      lines = [];
      await refresh(['/a.txt', '/b.txt']);
      expect(await names()).toEqual([...good, 'three.example']);
      expect(lines).toMatchObject([{ outcome: 'refused', why }, { outcome: 'taken' }]);
    },
  );

  test('a refresh of the overlay leaves out a list that was never good', async () => {
    await refreshOverlay([await refusedUrl()], {
      store,
      fetch,
      nowMs: () => 0,
      log: (line) => lines.push(line),
      faultOf: () => null,
      isKnown: () => false,
    });
    expect(lines).toMatchObject([{ outcome: 'refused', why: 'unreachable' }]);
    expect(store.entries.size).toBe(0);
  });

  test('a refresh of the overlay drops a list that is no longer configured, so that one that shrank for good can be accepted anew', async () => {
    pages = { '/a.txt': 'one.example', '/b.txt': 'two.example' };
    await refresh(['/a.txt', '/b.txt']);
    await refresh(['/b.txt']);
    expect(await names()).toEqual(['two.example']);
    await refresh([]);
    expect(await names()).toEqual([]);
  });

  test('a refresh of the overlay writes nothing if no list is or was configured', async () => {
    await refresh([]);
    expect(store.entries.size).toBe(0);
  });

  test('a refresh of the overlay never logs a whole URL, which may contain a secret', async () => {
    pages = { '/a.txt?key=hunter2': 'one.example' };
    await refresh(['/a.txt?key=hunter2', '/gone?key=hunter2']);
    expect(JSON.stringify([...store.entries, ...lines])).not.toContain('hunter2');
    expect(await names()).toEqual(['one.example']);
  });

  test('a refresh of the overlay fails as a whole if the store fails, and leaves the overlay as it was', async () => {
    pages = { '/a.txt': 'one.example' };
    await refresh(['/a.txt']);
    const before = store.entries.get(OVERLAY_KEY)?.value;
    pages = { '/a.txt': 'two.example' };
    const put = (): Promise<never> => Promise.reject(new Error('KV is away'));
    await expect(refresh(['/a.txt'], { store: { ...store, put } })).rejects.toThrow('KV is away');
    expect(store.entries.get(OVERLAY_KEY)?.value).toBe(before);
  });
});
