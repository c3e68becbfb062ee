import { describe, expect, test } from 'vitest';
import {
  createDomains,
  type DomainMemory,
  type HostMemory,
  recallDomain,
  rememberDomain,
} from '../../../edge/memory/domains.ts';
import type { Store } from '../../../edge/memory/results.ts';
import { MAIL_HOSTS_MAX } from '../../../shared/job.ts';
import { gate } from '../small-world.ts';
import { mapStore } from './map-store.ts';

const DAY_SECONDS = 86_400;
const NOW_MS = Date.UTC(2026, 0, 10);
const HOST = 'mx.firm.example';
const BACKUP = 'mx2.firm.example';

function memoryOf(parts: Partial<HostMemory> = {}, ageSeconds = 0): HostMemory {
  const learnt_at = new Date(NOW_MS - ageSeconds * 1_000).toISOString();
  return { accepts_all: true, code: 250, enhanced: '2.1.5', node: 'fra1', learnt_at, ...parts };
}

function domainOf(memory: HostMemory, host = HOST): DomainMemory {
  return new Map([[host, memory]]);
}

async function lifeOf(...memories: readonly HostMemory[]): Promise<number | undefined> {
  const store = mapStore();
  const hosts = new Map(memories.map((memory, index) => [`mx${index}.firm.example`, memory]));
  await rememberDomain(store, 'firm.example', hosts, NOW_MS);
  return [...store.entries.values()][0]?.expirationTtl;
}

describe('the memory of a mail host', () => {
  test('the memory of a mail host is recalled as stored, for this domain only', async () => {
    const store = mapStore();
    const memory = domainOf(memoryOf({ accepts_all: false, code: 550, enhanced: null }));
    await rememberDomain(store, 'firm.example', memory, NOW_MS);
    expect(await recallDomain(store, 'firm.example', NOW_MS)).toEqual(memory);
    expect(await recallDomain(store, 'other.example', NOW_MS)).toEqual(new Map());
  });

  test('the memory of a mail host is not replaced by an older one whose read began before it was known', async () => {
    const read = gate<string | null>();
    const { recallDomain: recall, rememberHost } = createDomains(() => NOW_MS)({
      get: () => read.passed,
      put: async () => {},
    });
    const recalled = recall('firm.example');
    const newer = memoryOf({ accepts_all: false, code: 550, enhanced: '5.1.1' });
    await rememberHost({ domain: 'firm.example', host: HOST, known: new Map() }, newer);
    read.open(JSON.stringify({ hosts: { [HOST]: memoryOf({}, DAY_SECONDS) } }));
    expect((await recalled).get(HOST)).toEqual(newer);
    expect((await recall('firm.example')).get(HOST)).toEqual(newer);
  });

  test.each([
    ['accepts everybody', true, 7],
    ['does not', false, 3],
    ['has refused a mailbox since', null, 7],
  ])('the memory of a mail host lives by its kind: a host that %s', async (_, accepts_all, days) => {
    expect(await lifeOf(memoryOf({ accepts_all }))).toBe(days * DAY_SECONDS);
  });

  test.each([
    [true, 7 * DAY_SECONDS],
    [false, 3 * DAY_SECONDS],
  ])(
    'the memory of a mail host lives from the time of the reply, not from that of the report: %j',
    async (accepts_all, lifeSeconds) => {
      expect(await lifeOf(memoryOf({ accepts_all }, DAY_SECONDS))).toBe(lifeSeconds - DAY_SECONDS);
      expect(await lifeOf(memoryOf({ accepts_all }, lifeSeconds - 60))).toBe(60);
      expect(await lifeOf(memoryOf({ accepts_all }, lifeSeconds - 59))).toBeUndefined();
      expect(await lifeOf(memoryOf({ accepts_all }, lifeSeconds + DAY_SECONDS))).toBeUndefined();
    },
  );

  test('the memory of a mail host ends at its own time, however long the value lives for another host', async () => {
    const store = mapStore();
    const hosts = new Map([
      [HOST, memoryOf({ accepts_all: false })],
      [BACKUP, memoryOf()],
    ]);
    await rememberDomain(store, 'firm.example', hosts, NOW_MS);
    expect(store.entries.get('d2:firm.example')?.expirationTtl).toBe(7 * DAY_SECONDS);
    const later = (seconds: number) => recallDomain(store, 'firm.example', NOW_MS + seconds * 1_000);
    expect([...(await later(3 * DAY_SECONDS - 1)).keys()]).toEqual([HOST, BACKUP]);
    expect([...(await later(3 * DAY_SECONDS)).keys()]).toEqual([BACKUP]);
  });

  test('the memory of a mail host lives no longer than its kind if a clock is ahead', async () => {
    expect(await lifeOf(memoryOf({}, -3_600))).toBe(7 * DAY_SECONDS);
  });

  test('the memory of a mail host has the codes of the reply and not its text, which may quote the random mailbox', async () => {
    const store = mapStore();
    const told = { ...memoryOf(), text: '<anna.barbar10@firm.example>: User unknown' };
    await store.put('d2:firm.example', JSON.stringify({ hosts: { [HOST]: told } }), { expirationTtl: 60 });
    expect(await recallDomain(store, 'firm.example', NOW_MS)).toEqual(domainOf(memoryOf()));
  });

  test('the memory of a mail host is keyed by the domain alone: neither key nor value has a local part', async () => {
    const store = mapStore();
    await rememberDomain(store, 'firm.example', domainOf(memoryOf()), NOW_MS);
    expect([...store.entries.keys()]).toEqual(['d2:firm.example']);
    expect(JSON.stringify([...store.entries])).not.toContain('@');
  });

  test('the memory of a mail host is not read from an older value, which held one answer for all hosts', async () => {
    const store = mapStore();
    await store.put('d1:firm.example', JSON.stringify(memoryOf()), { expirationTtl: 60 });
    expect(await recallDomain(store, 'firm.example', NOW_MS)).toEqual(new Map());
  });
});

describe('nothing is known of a domain', () => {
  test('nothing is known of a domain if the store fails', async () => {
    const broken: Store = {
      get: () => Promise.reject(new Error('KV is down')),
      put: () => Promise.reject(new Error('KV is down')),
    };
    expect(await recallDomain(broken, 'firm.example', NOW_MS)).toEqual(new Map());
  });

  test.each([
    ['is no JSON', '{'],
    ['is null', 'null'],
    ['names no hosts', JSON.stringify(memoryOf())],
    [
      'does not say whether the host accepts everybody',
      JSON.stringify({ hosts: { [HOST]: { ...memoryOf(), accepts_all: undefined } } }),
    ],
    ['does not say when', JSON.stringify({ hosts: { [HOST]: { ...memoryOf(), learnt_at: 'lately' } } })],
  ])('nothing is known of a domain if the value %s', async (_, value) => {
    const store = mapStore();
    await store.put('d2:firm.example', value, { expirationTtl: 60 });
    expect(await recallDomain(store, 'firm.example', NOW_MS)).toEqual(new Map());
  });
});

describe('a report about a mail host', () => {
  /**
   * Stores these replies of the domain's host in one isolate, one after the other, and returns the knowledge of that
   * isolate and of a new one.
   */
  async function learn(...memories: readonly HostMemory[]) {
    const store = mapStore();
    let writes = 0;
    const counted: Store = {
      get: store.get,
      put: (...entry) => {
        writes += 1;
        return store.put(...entry);
      },
    };
    const isolate = createDomains(() => NOW_MS)(counted);
    const lesson = { domain: 'firm.example', host: HOST, known: new Map() };
    for (const memory of memories) await isolate.rememberHost(lesson, memory);
    const [here, elsewhere] = [isolate, createDomains(() => NOW_MS)(counted)].map(({ recallDomain }) => recallDomain);
    const known = (await here?.('firm.example'))?.get(HOST);
    expect((await elsewhere?.('firm.example'))?.get(HOST)).toEqual(known);
    return { known, writes };
  }

  const refused = (ageSeconds: number) => memoryOf({ accepts_all: null, code: 550, enhanced: '5.1.1' }, ageSeconds);

  test('a report about a mail host is cached at once, and stored once, however many nodes bring it', async () => {
    const { known, writes } = await learn(memoryOf({}, 10), memoryOf({}, 9), memoryOf({}, 3_600));
    expect([known, writes]).toEqual([memoryOf({}, 10), 1]);
  });

  test('a newer report about a mail host replaces an older one', async () => {
    const newer = memoryOf({ accepts_all: false, code: 550 });
    expect((await learn(memoryOf({}, 60), newer)).known).toEqual(newer);
  });

  test('a refusal ends a yes at once, and no node that repeats the yes brings it back', async () => {
    expect((await learn(memoryOf({}, 2), refused(1), memoryOf({}, 2), memoryOf({}, 3_600))).known).toEqual(refused(1));
    expect((await learn(memoryOf({}, 1), refused(1))).known).toEqual(refused(1));
  });

  test('a refusal is no report if the host is not known to accept everybody', async () => {
    expect(await learn(refused(0))).toEqual({ known: undefined, writes: 0 });
    const strict = memoryOf({ accepts_all: false, code: 550 }, 3_600);
    expect(await learn(strict, refused(0))).toEqual({ known: strict, writes: 1 });
  });

  test('an expired report about a mail host counts neither in the store nor in the cache', async () => {
    expect(await learn(memoryOf({ accepts_all: false, code: 550 }, 6 * DAY_SECONDS))).toEqual({
      known: undefined,
      writes: 0,
    });
  });

  test('a report about one host leaves those about the others, in the store and in the cache', async () => {
    const store = mapStore();
    const isolate = createDomains(() => NOW_MS)(store);
    const known = domainOf(memoryOf({ accepts_all: false }), BACKUP);
    await isolate.rememberHost({ domain: 'firm.example', host: HOST, known }, memoryOf());
    await isolate.rememberHost({ domain: 'firm.example', host: 'mx3.firm.example', known: new Map() }, memoryOf());
    const hosts = [BACKUP, HOST, 'mx3.firm.example'];
    expect([...(await isolate.recallDomain('firm.example')).keys()]).toEqual(hosts);
    expect([...(await recallDomain(store, 'firm.example', NOW_MS)).keys()]).toEqual(hosts);
  });

  test('reports are kept about as many hosts as a job may name: the oldest goes first', async () => {
    const isolate = createDomains(() => NOW_MS)(mapStore());
    for (let index = 0; index <= MAIL_HOSTS_MAX; index += 1) {
      const lesson = { domain: 'firm.example', host: `mx${index}.firm.example`, known: new Map() };
      await isolate.rememberHost(lesson, memoryOf({}, 1_000 - index));
    }
    const hosts = await isolate.recallDomain('firm.example');
    expect([hosts.size, hosts.has('mx0.firm.example')]).toEqual([MAIL_HOSTS_MAX, false]);
  });
});
