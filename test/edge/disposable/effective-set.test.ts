import { beforeEach, describe, expect, test } from 'vitest';
import { createEffectiveSet, type EffectiveSet, REFRESH_MS } from '../../../edge/disposable/effective-set.ts';
import { type MarkStore, putMark } from '../../../edge/disposable/mark.ts';
import { writeOverlay } from '../../../edge/disposable/overlay.ts';
import { type MapStore, mapStore } from '../memory/map-store.ts';
import { gate } from '../small-world.ts';

const START_MS = Date.UTC(2026, 0, 1);

let store: MapStore;
let reads: number;
let nowMs: number;
let faults: string[];
let isAway: boolean;
let names: EffectiveSet;
let behind: Promise<unknown>[];

beforeEach(() => {
  store = mapStore(2);
  reads = 0;
  nowMs = START_MS;
  faults = [];
  behind = [];
  isAway = false;
  const list: MarkStore['list'] = (options) => {
    reads += 1;
    return isAway ? Promise.reject(new TypeError('KV is away')) : store.list(options);
  };
  names = createEffectiveSet({
    store: { ...store, list },
    isListed: (domain) => /(^|\.)listed\.example$/.test(domain),
    nowMs: () => nowMs,
    waitUntil: (work) => behind.push(work),
    log: ({ error }) => faults.push(error),
  });
});

/** One request: it waits if it has to, and then for the work behind it. */
async function request(): Promise<void> {
  await names.freshen();
  await Promise.all(behind.splice(0));
}

async function overlay(...added: readonly string[]): Promise<void> {
  const taken_at = new Date(START_MS).toISOString();
  await writeOverlay(store, [{ url_hash: 'x', taken_at, total: added.length, names: [...added] }]);
}

describe('the disposable names in force', () => {
  test("the disposable names in force are the compiled set, the overlay and the operator's marks, with every name below them", async () => {
    await overlay('fresh.example');
    await putMark(store, 'marked.example', 'disposable', nowMs);
    await request();
    for (const domain of ['listed.example', 'fresh.example', 'marked.example']) {
      expect([names.isDisposable(domain), names.isDisposable(`a.b.${domain}`)]).toEqual([true, true]);
      expect(names.isDisposable(`not${domain}`)).toBe(false);
    }
    expect(names.isDisposable('firm.example')).toBe(false);
  });

  test("the operator's marks overrule every list, below the domain as well", async () => {
    await overlay('fresh.example');
    for (const domain of ['listed.example', 'fresh.example']) await putMark(store, domain, 'allow', nowMs);
    await request();
    for (const domain of ['listed.example', 'a.listed.example', 'fresh.example', 'a.fresh.example']) {
      expect([domain, names.isDisposable(domain), names.isAllowed(domain)]).toEqual([domain, false, true]);
    }
  });

  test('the nearest mark counts if two marks lie above each other', async () => {
    await putMark(store, 'host.example', 'allow', nowMs);
    await putMark(store, 'bad.host.example', 'disposable', nowMs);
    await request();
    expect(names.isDisposable('ada.host.example')).toBe(false);
    expect(names.isDisposable('x.bad.host.example')).toBe(true);
    expect(names.isAllowed('x.bad.host.example')).toBe(false);
  });

  test('the disposable names in force include all marks, however many pages the store has', async () => {
    for (const name of 'abcde') await putMark(store, `${name}.example`, 'disposable', nowMs);
    await request();
    expect(reads).toBe(3);
    for (const name of 'abcde') expect(names.isDisposable(`${name}.example`)).toBe(true);
  });

  test('the disposable names in force are read once in a while and not at every request', async () => {
    await request();
    for (let at = 0; at < 100; at += 1) await request();
    expect(reads).toBe(1);
    await putMark(store, 'late.example', 'disposable', nowMs);
    nowMs += REFRESH_MS - 1;
    await request();
    expect([reads, names.isDisposable('late.example')]).toEqual([1, false]);
    nowMs += 1;
    await request();
    expect([reads, names.isDisposable('late.example')]).toEqual([2, true]);
  });

  test('the disposable names in force are waited for at first, and never again', async () => {
    expect(names.freshen()).toBeInstanceOf(Promise);
    await request();
    nowMs += REFRESH_MS;
    expect(names.freshen()).toBeNull();
  });

  test('the disposable names in force follow changes of the overlay and its removal', async () => {
    await overlay('one.example');
    await request();
    await overlay('two.example');
    nowMs += REFRESH_MS;
    await request();
    expect([names.isDisposable('one.example'), names.isDisposable('two.example')]).toEqual([false, true]);
    await store.delete('o1:disposable');
    nowMs += REFRESH_MS;
    await request();
    expect(names.isDisposable('two.example')).toBe(false);
  });

  test('the disposable names in force stay as they were if the store fails, which is logged and retried soon', async () => {
    await putMark(store, 'marked.example', 'disposable', nowMs);
    await request();
    isAway = true;
    nowMs += REFRESH_MS;
    await request();
    expect([faults, names.isDisposable('marked.example')]).toEqual([['TypeError'], true]);
    isAway = false;
    await request();
    expect(reads).toBe(2);
    nowMs += 15_000;
    await request();
    expect(reads).toBe(3);
  });

  test('the disposable names in force are the compiled set alone if the store never answers, and no request waits for it twice', async () => {
    const never = gate<never>();
    names = createEffectiveSet({
      store: { ...store, list: () => never.passed },
      isListed: (domain) => domain === 'listed.example',
      nowMs: () => nowMs,
      waitUntil: () => {},
      log: () => {},
    });
    await names.freshen();
    expect(names.freshen()).toBeNull();
    expect([names.isDisposable('listed.example'), names.isDisposable('firm.example')]).toEqual([true, false]);
  });

  test('the disposable names in force change at once when this isolate writes or removes a mark', async () => {
    await request();
    names.note('listed.example', 'allow');
    expect(names.isDisposable('listed.example')).toBe(false);
    names.note('listed.example', null);
    expect(names.isDisposable('listed.example')).toBe(true);
  });

  test('marks and overlays of another shape are ignored', async () => {
    await store.put('m1:odd.example', 'disposable', { metadata: { mark: 'perhaps' } });
    for (const text of ['{"lists":7}', '{"lists":', 'null']) {
      await store.put('o1:disposable', text);
      await request();
      nowMs += REFRESH_MS;
    }
    expect(names.isDisposable('odd.example')).toBe(false);
    expect(faults).toEqual([]);
  });
});
