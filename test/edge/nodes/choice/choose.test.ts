import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createChoice, type Wanted } from '../../../../edge/nodes/choice/choose.ts';
import type { ProbeNode } from '../../../../edge/nodes/registry/roster.ts';
import type { NodeState } from '../../../../shared/enrolment.ts';
import { probeNodeOf, standingsOf, wantedOf } from '../probe-node.ts';

const DOMAIN_COUNT = 20_000;
const PROVIDER = 'mx.firm.example';

function nodesOf(count: number): readonly ProbeNode[] {
  return Array.from({ length: count }, (_, index) => probeNodeOf({ id: `node-${index}`, network: `net-${index % 3}` }));
}

const choose = createChoice();

function order(nodes: readonly ProbeNode[], wanted: Partial<Wanted> = {}): readonly ProbeNode[] {
  return [...choose({ nodes, takenAtMs: 0 }, wantedOf(wanted))];
}

function idsOf(ordered: Iterable<ProbeNode>): readonly string[] {
  return [...ordered].map(({ id }) => id);
}

/** The first choice for each domain, all by the same snapshot. */
function firstsOf(
  nodes: readonly ProbeNode[],
  domains: readonly string[],
  wanted: Partial<Wanted> = {},
): readonly string[] {
  const roster = { nodes, takenAtMs: 0 };
  return domains.map((domain) => {
    const [first] = choose(roster, wantedOf({ ...wanted, domain }));
    return first?.id ?? '';
  });
}

function countsOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** Domains whose first choice has changed. */
function movedBetween(before: readonly string[], after: readonly string[]): readonly number[] {
  return before.flatMap((id, index) => (id === after[index] ? [] : [index]));
}

const domains = Array.from({ length: DOMAIN_COUNT }, (_, index) => `firm${index}.example`);
const nodes = nodesOf(20);

const anyState = fc.constantFrom<NodeState>('joining', 'active', 'draining', 'resting', 'lost');
const anyStats = fc.record({
  answers: fc.nat(100),
  refusals: fc.nat(100),
  is_resting: fc.boolean(),
  connect_ms: fc.option(fc.integer({ min: 0, max: 500 })),
  answer_ms: fc.option(fc.integer({ min: 0, max: 5_000 })),
});
const anyNode = fc
  .record({
    region: fc.constantFrom('eu-central', 'us-east', 'ap-south'),
    network: fc.constantFrom('net-0', 'net-1', 'net-2'),
    state: anyState,
    capacity: fc.integer({ min: 1, max: 1_000_000 }),
    runningJobs: fc.nat(2_000),
    stats: fc.option(anyStats),
  })
  .map(({ stats, ...parts }) => ({
    ...parts,
    standings: stats === null ? new Map() : standingsOf({ [PROVIDER]: stats }),
  }));
const anyFleet = fc
  .array(anyNode, { maxLength: 30 })
  .map((fleet) => fleet.map((parts, index) => probeNodeOf({ id: `node-${index}`, ...parts })));

describe('the order of nodes for a domain', () => {
  test('the order of nodes for a domain is the same on every isolate, however the nodes are listed', () => {
    fc.assert(
      fc.property(fc.domain(), anyFleet, fc.nat(), (domain, fleet, turn) => {
        const turned = [...fleet.slice(turn % (fleet.length + 1)), ...fleet.slice(0, turn % (fleet.length + 1))];
        const other = createChoice();
        const there = other({ nodes: turned, takenAtMs: 1 }, wantedOf({ domain }));
        expect(idsOf(there)).toEqual(idsOf(order(fleet, { domain })));
      }),
    );
  });

  test('the order of nodes for a domain does not depend on earlier questions to the snapshot', () => {
    const roster = { nodes, takenAtMs: 0 };
    const before = idsOf(choose(roster, wantedOf({})));
    for (const domain of domains.slice(0, 1_500)) idsOf(choose(roster, wantedOf({ domain, provider: `mx.${domain}` })));
    expect(idsOf(choose(roster, wantedOf({})))).toEqual(before);
  });

  test('the order of nodes for a domain has every active node once, and no other if there is one', () => {
    fc.assert(
      fc.property(fc.domain(), anyFleet, (domain, fleet) => {
        const active = fleet.filter(({ state }) => state === 'active');
        fc.pre(active.length > 0);
        expect(idsOf(order(fleet, { domain })).toSorted()).toEqual(active.map(({ id }) => id).toSorted());
      }),
    );
  });

  test('the order of nodes for a domain can be read from its start as often as one likes', () => {
    const once = choose({ nodes, takenAtMs: 0 }, wantedOf({}));
    expect(idsOf(once)).toEqual(idsOf(once));
  });

  test('the order of no nodes is empty', () => {
    expect(order([])).toEqual([]);
  });

  test('the order of nodes for a domain does not change the given list', () => {
    const before = idsOf(nodes);
    order(nodes);
    expect(idsOf(nodes)).toEqual(before);
  });
});

describe('without an active node', () => {
  const fleet = (['lost', 'resting', 'draining', 'joining', 'lost', 'draining'] as const).map((state, index) =>
    probeNodeOf({ id: `node-${index}`, state }),
  );

  test('without an active node, draining nodes are asked, then lost ones, and never resting or joining ones', () => {
    const states = order(fleet).map(({ state }) => state);
    expect(states).toEqual(['draining', 'draining', 'lost', 'lost']);
  });

  test('without an active node, a refused node comes before a lost one', () => {
    const refused = standingsOf({ [PROVIDER]: { is_resting: true } });
    const two = [
      probeNodeOf({ id: 'a', state: 'lost' }),
      probeNodeOf({ id: 'b', state: 'draining', standings: refused }),
    ];
    expect(idsOf(order(two))).toEqual(['b', 'a']);
  });
});

describe('the load', () => {
  function loads(rank: number): readonly number[] {
    const roster = { nodes, takenAtMs: 0 };
    return [...countsOf(domains.map((domain) => idsOf(choose(roster, wantedOf({ domain })))[rank] ?? '')).values()];
  }

  test.each([
    ['asked first', 0],
    ['turned to when the first fails', 1],
    ['turned to at the fifth attempt', 4],
  ])('the load of equal nodes %s is spread: none has more than 1.25 times the mean', (_, rank) => {
    expect(Math.max(...loads(rank)) / (DOMAIN_COUNT / nodes.length)).toBeLessThanOrEqual(1.25);
  });

  test('the load of a mail provider with millions of users is spread by address, and each address keeps its node', () => {
    const roster = { nodes, takenAtMs: 0 };
    const firsts = domains.map((name) => {
      const [first] = choose(
        roster,
        wantedOf({ provider: 'google', domain: 'gmail.com', address: `${name}@gmail.com` }),
      );
      return first?.id ?? '';
    });
    expect(Math.max(...countsOf(firsts).values()) / (DOMAIN_COUNT / nodes.length)).toBeLessThanOrEqual(1.25);
  });

  test("the load of a firm's domain stays together, for every address and every mail operator", () => {
    const roster = { nodes, takenAtMs: 0 };
    const ids = domains.slice(0, 200).map((name) => {
      const [first] = choose(roster, wantedOf({ provider: 'google', address: `${name}@firm.example` }));
      return first?.id;
    });
    expect(new Set(ids).size).toBe(1);
  });

  test('the load follows the capacities, and no claim makes a node count for more than four', () => {
    const sized = nodes.map((node, index) => ({ ...node, capacity: index === 0 ? 1e9 : index === 1 ? 2_000 : 1_000 }));
    const counts = countsOf(firstsOf(sized, domains));
    const share = DOMAIN_COUNT / (18 + 2 + 4);
    expect((counts.get('node-0') ?? 0) / share).toBeCloseTo(4, 0);
    expect((counts.get('node-1') ?? 0) / share).toBeCloseTo(2, 0);
  });
});

describe('a node', () => {
  const [leaving] = nodes;
  const remaining = nodes.slice(1);
  const before = firstsOf(nodes, domains);

  test.each([
    ['that leaves', remaining],
    ['that drains', nodes.map((node) => (node === leaving ? { ...node, state: 'draining' as const } : node))],
    ['that is lost', nodes.map((node) => (node === leaving ? { ...node, state: 'lost' as const } : node))],
  ])('a node %s moves its own domains, and no others, to the next in their order', (_, fleet) => {
    const after = firstsOf(fleet, domains);
    const moved = movedBetween(before, after);
    expect(moved.every((index) => before[index] === leaving?.id)).toBe(true);
    expect(moved.length).toBe(before.filter((id) => id === leaving?.id).length);
    for (const index of moved) expect(after[index]).toBe(order(nodes, { domain: domains[index] ?? '' })[1]?.id);
  });

  test('a node that leaves has its domains shared among all that stay', () => {
    const after = firstsOf(remaining, domains);
    expect(new Set(movedBetween(before, after).map((index) => after[index])).size).toBe(remaining.length);
  });

  test('a node that is too full sheds a part of its domains, and moves no others', () => {
    const full = nodes.map((node) => (node === leaving ? { ...node, runningJobs: 900 } : node));
    const after = firstsOf(full, domains);
    const moved = movedBetween(before, after);
    expect(moved.every((index) => before[index] === leaving?.id)).toBe(true);
    const left = 1 - moved.length / before.filter((id) => id === leaving?.id).length;
    expect(left).toBeGreaterThan(0.1);
    expect(left).toBeLessThan(0.8);
  });

  test('a node that gets fuller sheds more and more, and keeps an eighth of its share to the last', () => {
    const kept = [100, 720, 850, 950, 1_000, 5_000].map((runningJobs) => {
      const fleet = nodes.map((node) => ({ ...node, runningJobs: node === leaving ? runningJobs : 400 }));
      return firstsOf(fleet, domains).filter((id) => id === leaving?.id).length;
    });
    expect(kept).toEqual(kept.toSorted((a, b) => b - a));
    expect(kept.at(-1) ?? 0).toBeGreaterThan((kept[0] ?? 0) / 16);
  });

  test('a node that by chance has a few jobs more than its equals sheds nothing', () => {
    const busy = nodes.map((node, index) => ({ ...node, runningJobs: 20 + ((index * 7) % 12) }));
    expect(firstsOf(busy, domains)).toEqual(before);
  });
});

describe('health with the provider', () => {
  const refusedOften = standingsOf({ [PROVIDER]: { answers: 10, refusals: 30 } });
  const refusedNowAndThen = standingsOf({ [PROVIDER]: { answers: 70, refusals: 30 } });
  const resting = standingsOf({ [PROVIDER]: { is_resting: true } });

  test('health with the provider goes before time: healthy, then doubtful, then refused or resting', () => {
    const fleet = [
      probeNodeOf({ id: 'resting-near', standings: resting }),
      probeNodeOf({ id: 'refused-near', standings: refusedOften }),
      probeNodeOf({ id: 'doubtful-near', standings: refusedNowAndThen }),
      probeNodeOf({ id: 'well-far', standings: standingsOf({ [PROVIDER]: { connect_ms: 400 } }) }),
    ];
    const ids = idsOf(order(fleet));
    expect(ids.slice(0, 2)).toEqual(['well-far', 'doubtful-near']);
    expect(ids.slice(2).toSorted()).toEqual(['refused-near', 'resting-near']);
  });

  test('health is per provider: a node that another provider refuses is as good as all', () => {
    const fleet = nodes.map((node, index) => (index === 3 ? { ...node, standings: refusedOften } : node));
    const wanted = { provider: 'mx.other.example' };
    expect(firstsOf(fleet, domains, wanted)).toEqual(firstsOf(nodes, domains, wanted));
  });

  test('health with the provider is not lost by a refusal or two', () => {
    const fleet = nodes.map((node, index) =>
      index === 3 ? { ...node, standings: standingsOf({ [PROVIDER]: { answers: 0, refusals: 2 } }) } : node,
    );
    expect(firstsOf(fleet, domains)).toEqual(firstsOf(nodes, domains));
  });

  test('health means nothing if no node has it: the order is the usual one', () => {
    const fleet = nodes.map((node) => ({ ...node, standings: resting }));
    expect(firstsOf(fleet, domains)).toEqual(firstsOf(nodes, domains));
  });
});

/** Three regions of seven nodes each. */
function regionsOf(connectMs: Readonly<Record<string, number | null>>): readonly ProbeNode[] {
  return Object.entries(connectMs).flatMap(([region, connect_ms]) =>
    Array.from({ length: 7 }, (_, index) =>
      probeNodeOf({
        id: `${region}-${index}`,
        region,
        standings: connect_ms === null ? new Map() : standingsOf({ [PROVIDER]: { connect_ms } }),
      }),
    ),
  );
}

function regionsAsked(fleet: readonly ProbeNode[], wanted: Partial<Wanted> = {}): readonly string[] {
  const regionOf = new Map(fleet.map(({ id, region }) => [id, region]));
  return [...new Set(firstsOf(fleet, domains.slice(0, 500), wanted).map((id) => regionOf.get(id) ?? ''))].toSorted();
}

describe('time', () => {
  const byEdge = (fleet: readonly ProbeNode[], ms: Readonly<Record<string, number>>) =>
    new Map(fleet.flatMap(({ id, region }) => (ms[region] === undefined ? [] : [[id, ms[region]] as const])));

  test.each([
    { name: 'the nodes near the provider', connect: { eu: 10, us: 90, ap: 200 }, edge: {}, asked: ['eu'] },
    { name: 'the nodes near us', connect: { eu: 10, us: 12, ap: 11 }, edge: { eu: 90, us: 8, ap: 150 }, asked: ['us'] },
    {
      name: 'near the provider before near us, since that way is gone more often',
      connect: { eu: 10, us: 90, ap: 200 },
      edge: { eu: 90, us: 8, ap: 150 },
      asked: ['eu'],
    },
    { name: 'all that are about as near', connect: { eu: 20, us: 24, ap: 27 }, edge: {}, asked: ['ap', 'eu', 'us'] },
    { name: 'whoever, where nothing is known', connect: { eu: null, us: null }, edge: {}, asked: ['eu', 'us'] },
  ])('time chooses $name', ({ connect, edge, asked }) => {
    const fleet = regionsOf(connect);
    expect(regionsAsked(fleet, { edgeMs: byEdge(fleet, edge) })).toEqual(asked);
  });

  test('time puts distant nodes behind, and one of each region after two failures of the nearest', () => {
    const regions = order(regionsOf({ ap: 200, us: 90, eu: 10 })).map(({ region }) => region);
    const times = (region: string, count: number): readonly string[] => Array.from({ length: count }, () => region);
    expect(regions).toEqual(['eu', 'eu', 'us', 'ap', ...times('eu', 5), ...times('us', 6), ...times('ap', 6)]);
  });

  test('time to a provider is that of the region: a node that met a far server of it is asked no less, nor more', () => {
    const fleet = regionsOf({ eu: 10, us: 90 });
    const mixed = fleet.map((node, index) =>
      index === 2 || index === 10 ? { ...node, standings: standingsOf({ [PROVIDER]: { connect_ms: 50 } }) } : node,
    );
    expect(firstsOf(mixed, domains)).toEqual(firstsOf(fleet, domains));
  });

  test("time to a region that never asked the provider is assumed shorter than the others', so that it is tried if they are far", () => {
    const fleet = regionsOf({ us: null, ap: 190 });
    const edgeMs = byEdge(fleet, { us: 8, ap: 190 });
    expect(regionsAsked(fleet, { edgeMs })).toEqual(['us']);
  });

  test('time to a node that is far from its region counts as measured', () => {
    const fleet = regionsOf({ eu: 10 });
    const edgeMs = new Map(fleet.map(({ id }, index) => [id, index === 3 ? 200 : 8]));
    const firsts = new Set(firstsOf(fleet, domains.slice(0, 500), { edgeMs }));
    expect(firsts.has('eu-3')).toBe(false);
    expect(firsts.size).toBe(6);
  });

  test('time of a new node is assumed to be that of its region: it takes its share, and moves nothing else', () => {
    const fleet = regionsOf({ eu: 10, us: 90 });
    const joined = [...fleet, probeNodeOf({ id: 'eu-new', region: 'eu' }), probeNodeOf({ id: 'us-new', region: 'us' })];
    const before = firstsOf(fleet, domains);
    const after = firstsOf(joined, domains);
    const moved = movedBetween(before, after);
    expect(new Set(moved.map((index) => after[index]))).toEqual(new Set(['eu-new']));
    expect(moved.length / DOMAIN_COUNT).toBeCloseTo(1 / 8, 1);
  });

  test('time that jitters by some milliseconds moves no domain', () => {
    const jitter = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 21, maxLength: 21 });
    const steady = regionsOf({ eu: 12, us: 90, ap: 200 });
    const before = firstsOf(steady, domains.slice(0, 300), { edgeMs: byEdge(steady, { eu: 9, us: 90, ap: 150 }) });
    fc.assert(
      fc.property(jitter, (offsets) => {
        const fleet = steady.map((node, index) => {
          const connect_ms = (node.standings.get(PROVIDER)?.connect_ms ?? 0) + (offsets[index] ?? 0);
          return { ...node, standings: standingsOf({ [PROVIDER]: { connect_ms } }) };
        });
        const edgeMs = byEdge(fleet, { eu: 9, us: 90, ap: 150 });
        expect(firstsOf(fleet, domains.slice(0, 300), { edgeMs })).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  test('time is taken from the answers if no handshake was timed', () => {
    const slow = standingsOf({ [PROVIDER]: { answer_ms: 900 } });
    const quick = standingsOf({ [PROVIDER]: { answer_ms: 60 } });
    const fleet = [
      probeNodeOf({ id: 'slow', region: 'us', standings: slow }),
      probeNodeOf({ id: 'quick', standings: quick }),
    ];
    expect(new Set(firstsOf(fleet, domains.slice(0, 100)))).toEqual(new Set(['quick']));
  });
});

describe("the client's region", () => {
  const fleet = regionsOf({ 'eu-central': null, 'us-east': null, 'ap-south': null });

  test.each([
    ['EU', ['eu-central']],
    ['NA', ['us-east']],
    ['AS', ['ap-south']],
    ['us-east', ['us-east']],
    ['AN', ['ap-south', 'eu-central', 'us-east']],
  ])("the client's region %s decides if nothing was measured", (clientRegion, asked) => {
    expect(regionsAsked(fleet, { clientRegion })).toEqual(asked);
  });

  test("the client's region means nothing against a measured time", () => {
    const measured = regionsOf({ 'eu-central': 10, 'us-east': 150, 'ap-south': 150 });
    expect(regionsAsked(measured, { clientRegion: 'NA' })).toEqual(['eu-central']);
  });
});

describe('a preferred node', () => {
  test('a preferred node is asked first, the others in their order after it', () => {
    for (const domain of domains.slice(0, 200)) {
      const others = idsOf(order(nodes, { domain })).filter((id) => id !== 'node-7');
      expect(idsOf(order(nodes, { domain, prefer: 'node-7' }))).toEqual(['node-7', ...others]);
    }
  });

  test('a preferred node is asked first regardless of its health while it is active, and not at all when it is not', () => {
    fc.assert(
      fc.property(anyFleet, (fleet) => {
        fc.pre(fleet.length > 0 && fleet.some(({ state }) => state === 'active'));
        const [wished] = fleet;
        const ids = idsOf(order(fleet, { prefer: 'node-0', isRefused: (id) => id === 'node-0' }));
        expect(ids.indexOf('node-0')).toBe(wished?.state === 'active' ? 0 : -1);
      }),
    );
  });

  test('a preferred node that has left changes nothing', () => {
    expect(order(nodes, { prefer: 'node-99' })).toEqual(order(nodes));
  });
});

describe("another network than a node's", () => {
  test("another network than a node's leaves out every node of that network, and no other", () => {
    fc.assert(
      fc.property(anyFleet, fc.option(fc.constantFrom('node-0', 'node-1')), (fleet, prefer) => {
        fc.pre(fleet.length > 0);
        const avoided = fleet[0]?.network;
        const usual = order(fleet, { prefer });
        const others = order(fleet, { prefer, otherThan: 'node-0' });
        const left = usual.filter(({ network }) => network !== avoided);
        expect(idsOf(others).toSorted()).toEqual(idsOf(left).toSorted());
        if (left[0]?.id === usual[0]?.id) expect(others[0]?.id).toBe(usual[0]?.id);
      }),
    );
  });

  test("another network than a node's keeps the order of the rest", () => {
    const left = order(nodes).filter(({ network }) => network !== 'net-1');
    expect(order(nodes, { otherThan: 'node-1' })).toEqual(left);
  });

  test("another network than a node's holds even if the node has become lost in the meantime", () => {
    const fleet = nodes.map((node, index) => (index === 1 ? { ...node, state: 'lost' as const } : node));
    expect(order(fleet, { otherThan: 'node-1' }).every(({ network }) => network !== 'net-1')).toBe(true);
  });

  test("another network than a node's does not exist if there is only one", () => {
    expect(
      order(
        nodes.filter(({ network }) => network === 'net-1'),
        { otherThan: 'node-1' },
      ),
    ).toEqual([]);
  });

  test('another network than that of a removed node is any', () => {
    expect(order(nodes, { otherThan: 'node-99' })).toEqual(order(nodes));
  });
});

describe('nodes that this isolate has seen refused', () => {
  test('nodes that this isolate has seen refused are asked last, and are not left out', () => {
    const refused = ['node-2', 'node-11', 'node-19'];
    const isRefused = (id: string): boolean => refused.includes(id);
    for (const domain of domains.slice(0, 200)) {
      const usual = idsOf(order(nodes, { domain }));
      const ids = idsOf(order(nodes, { domain, isRefused }));
      expect(ids).toEqual([...usual.filter((id) => !isRefused(id)), ...usual.filter(isRefused)]);
    }
  });

  test('nodes that this isolate has seen refused are asked in their order if there are no others', () => {
    expect(order(nodes, { isRefused: () => true })).toEqual(order(nodes));
  });
});
