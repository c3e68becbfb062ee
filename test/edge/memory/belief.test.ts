import { describe, expect, test } from 'vitest';
import { verify } from '../../../edge/flow/verify.ts';
import { type Belief, believing, believingHosts } from '../../../edge/memory/belief.ts';
import { createDomains, type HostMemory } from '../../../edge/memory/domains.ts';
import { createRecallBoth } from '../../../edge/memory/recall-both.ts';
import type { RememberedVerdict } from '../../../edge/memory/results.ts';
import { createVerdicts } from '../../../edge/memory/verdicts.ts';
import { createWorld, gate, nodesTold, START_MS } from '../small-world.ts';
import { mapStore } from './map-store.ts';

const secret = await crypto.subtle.importKey('raw', new Uint8Array(32), { name: 'HMAC', hash: 'SHA-256' }, false, [
  'sign',
]);
const NAME = 'ada@firm.example';

function rememberedBy(node: string | null): RememberedVerdict {
  const smtp = { host: null, ip: null, stage: 'rcpt', code: 250, enhanced: null, tls: false, region: 'x', rule: null };
  return {
    reason: 'accepted',
    catch_all: false,
    mx: null,
    smtp: node === null ? null : { ...smtp, stage: 'rcpt', node },
    checked_at: new Date(START_MS).toISOString(),
  };
}

async function memoryWith(node: string | null, belief: Partial<Belief>) {
  const verdicts = createVerdicts(secret, () => START_MS)(mapStore());
  await verdicts.remember(NAME, rememberedBy(node), 1_000);
  return believing(verdicts, { ready: () => null, isForgotten: () => false, ...belief });
}

describe('remembered reports', () => {
  const isForgotten: Belief['isForgotten'] = (node, fromMs, toMs) =>
    node === 'rogue' && fromMs === START_MS && toMs === START_MS;

  test.each([
    ['rogue', false],
    ['honest', true],
    [null, true],
  ])('a remembered report of %s is believed: %j', async (node, isBelieved) => {
    const memory = await memoryWith(node, { isForgotten });
    expect([memory.atHand(NAME) !== null, (await memory.recall(NAME)) !== null]).toEqual([isBelieved, isBelieved]);
  });

  test('a remembered report is returned only once the distrusted nodes are known', async () => {
    const known = gate<void>();
    let rogues: readonly string[] = [];
    const memory = await memoryWith('rogue', {
      ready: () => known.passed,
      isForgotten: (node) => rogues.includes(node),
    });
    const recalled = memory.recall(NAME);
    rogues = ['rogue'];
    known.open();
    expect(await recalled).toBeNull();
  });
});

test('an address with a distrusted verdict is asked about again, and the new answer counts', async () => {
  const options = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };
  let node = 'rogue';
  const gone = { reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' }, stranger: null };
  const world = await createWorld({
    probe: (...asked) => nodesTold(node === 'rogue' ? { rogue: gone } : { honest: {} })(...asked),
  });
  let hasRemoved = false;
  const belief = { ready: () => null, isForgotten: (id: string) => hasRemoved && id === 'rogue' };
  const believed = believing(world.ports, belief);
  const recallBoth = createRecallBoth(world.store, believed, createDomains(() => START_MS)(world.store));
  const ports = { ...world.ports, ...believed, recallBoth };
  expect((await verify(NAME, options, ports)).reason).toBe('mailbox_not_found');
  await world.settle();
  // Twice: the second time the whole answer is at hand.
  for (let count = 0; count < 2; count += 1) {
    expect(await verify(NAME, options, ports)).toMatchObject({ reason: 'mailbox_not_found', cached: true });
  }
  hasRemoved = true;
  node = 'honest';
  expect(await verify(NAME, options, ports)).toMatchObject({ reason: 'accepted', cached: false });
  await world.settle();
  expect(await verify(NAME, options, ports)).toMatchObject({ reason: 'accepted', cached: true });
});

describe('remembered reports about mail hosts', () => {
  const HOUR_MS = 3_600_000;
  const WEEK_MS = 7 * 24 * HOUR_MS;

  const told = (node: string, ageMs: number): HostMemory => {
    return { accepts_all: true, code: 250, enhanced: null, node, learnt_at: new Date(START_MS - ageMs).toISOString() };
  };

  async function hostsBelieved(belief: Partial<Belief>): Promise<readonly string[]> {
    const domains = createDomains(() => START_MS)(mapStore());
    const lessonOf = async (host: string) => {
      return { domain: 'firm.example', host, known: await domains.recallDomain('firm.example') };
    };
    await domains.rememberHost(await lessonOf('mx1.firm.example'), told('rogue', HOUR_MS));
    await domains.rememberHost(await lessonOf('mx2.firm.example'), told('honest', HOUR_MS));
    const memory = believingHosts(domains, { ready: () => null, isForgotten: () => false, ...belief });
    return [...(await memory.recallDomain('firm.example')).keys()];
  }

  test('remembered reports about mail hosts are believed except those of distrusted nodes', async () => {
    expect(await hostsBelieved({})).toHaveLength(2);
    expect(await hostsBelieved({ isForgotten: (node) => node === 'rogue' })).toEqual(['mx2.firm.example']);
  });

  test('a remembered report about a mail host counts for the whole span in which a node repeats it: its age is the node\u2019s own word', async () => {
    const spans: (readonly [number, number])[] = [];
    await hostsBelieved({ isForgotten: (_, fromMs, toMs) => spans.push([fromMs, toMs]) < 0 });
    expect(spans[0]).toEqual([START_MS - HOUR_MS, START_MS - HOUR_MS + WEEK_MS]);
  });

  test('remembered reports about mail hosts are returned only once the distrusted nodes are known', async () => {
    let rogues: readonly string[] = [];
    const ready = async (): Promise<void> => {
      rogues = ['rogue'];
    };
    const isForgotten = (node: string): boolean => rogues.includes(node);
    expect(await hostsBelieved({ ready, isForgotten })).toEqual(['mx2.firm.example']);
  });
});
