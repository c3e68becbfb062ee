import { expect, test } from 'vitest';
import { createDomains, rememberDomain } from '../../../edge/memory/domains.ts';
import { createPatientStore } from '../../../edge/memory/patient-store.ts';
import { createRecallBoth } from '../../../edge/memory/recall-both.ts';
import { memoryKey, type RememberedVerdict, remember } from '../../../edge/memory/results.ts';
import { createVerdicts } from '../../../edge/memory/verdicts.ts';
import { parseAddress } from '../../../shared/address.ts';
import { START_MS } from '../small-world.ts';
import { type MapStore, mapStore } from './map-store.ts';

const secret = await crypto.subtle.importKey('raw', new Uint8Array(32), { name: 'HMAC', hash: 'SHA-256' }, false, [
  'sign',
]);
const ADA = 'ada@firm.example';
const KEY = await memoryKey(secret, ADA);
const DOMAIN_KEY = 'd2:firm.example';
const AT = new Date(START_MS).toISOString();
const VERDICT: RememberedVerdict = { reason: 'accepted', catch_all: null, mx: null, smtp: null, checked_at: AT };
const HOSTS = new Map([
  ['mx.firm.example', { accepts_all: true, code: 250, enhanced: null, node: 'eu-1', learnt_at: AT }],
]);

function parsed(text: string) {
  const result = parseAddress(text);
  if (!result.ok) throw new Error('no address');
  return result.address;
}

/** An isolate with nothing at hand, over KV that remembers both. */
async function isolate(kv: MapStore = mapStore()) {
  const clock = (): number => START_MS;
  await remember(kv, KEY, VERDICT, 1_000);
  await rememberDomain(kv, 'firm.example', HOSTS, START_MS);
  const store = createPatientStore(kv, clock, () => 0);
  const verdicts = createVerdicts(secret, clock)(store);
  const domains = createDomains(clock)(store);
  return { verdicts, domains, recallBoth: createRecallBoth(store, verdicts, domains), reads: kv.reads };
}

test('the verdict of an address and the hosts of its domain come in one read', async () => {
  const { recallBoth, reads } = await isolate();
  expect(await recallBoth(parsed(ADA), true)).toEqual({ verdict: VERDICT, hosts: HOSTS });
  expect(reads.map((keys) => keys.toSorted())).toEqual([[DOMAIN_KEY, KEY].toSorted()]);
});

test('what is at hand in the isolate is not read', async () => {
  const { recallBoth, verdicts, domains, reads } = await isolate();
  await verdicts.recall(ADA);
  expect(await recallBoth(parsed(ADA), true)).toEqual({ verdict: VERDICT, hosts: HOSTS });
  expect(reads).toEqual([[KEY], [DOMAIN_KEY]]);
  await domains.recallDomain('firm.example');
  await recallBoth(parsed(ADA), true);
  expect(reads).toHaveLength(2);
  await recallBoth(parsed('grace@firm.example'), true);
  expect(reads[2]).toEqual([await memoryKey(secret, 'grace@firm.example')]);
});

test('a verdict that is not wanted is not read', async () => {
  const { recallBoth, reads } = await isolate();
  expect(await recallBoth(parsed(ADA), false)).toEqual({ verdict: null, hosts: HOSTS });
  expect(reads).toEqual([[DOMAIN_KEY]]);
});

test('a store that fails reads as empty', async () => {
  const broken: MapStore = { ...mapStore(), get: () => Promise.reject(new Error('KV is away')) };
  const { recallBoth } = await isolate(broken);
  expect(await recallBoth(parsed(ADA), true)).toEqual({ verdict: null, hosts: new Map() });
});

test('a store that gathers reads by itself is read as it is', async () => {
  const kv = mapStore();
  const clock = (): number => START_MS;
  const { get, put } = kv;
  const verdicts = createVerdicts(secret, clock)({ get, put });
  const recallBoth = createRecallBoth({ get }, verdicts, createDomains(clock)({ get, put }));
  expect(await recallBoth(parsed(ADA), true)).toEqual({ verdict: null, hosts: new Map() });
  expect(kv.reads).toHaveLength(2);
});
