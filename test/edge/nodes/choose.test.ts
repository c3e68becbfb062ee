import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderNodes, type Wishes } from '../../../edge/nodes/choose.ts';
import type { ProbeNode } from '../../../edge/nodes/roster.ts';
import { probeNodeOf } from './probe-node.ts';

const DOMAIN_COUNT = 20_000;

function nodesOf(count: number): readonly ProbeNode[] {
  return Array.from({ length: count }, (_, index) => probeNodeOf({ id: `node-${index}`, network: `net-${index % 3}` }));
}

const NO_WISHES: Wishes = { prefer: null, otherThan: null, isRefused: () => false };

function order(candidates: readonly ProbeNode[], domain: string, wishes: Partial<Wishes> = {}): readonly ProbeNode[] {
  return orderNodes(candidates, domain, { ...NO_WISHES, ...wishes });
}

function idsOf(ordered: readonly ProbeNode[]): readonly string[] {
  return ordered.map(({ id }) => id);
}

const domains = Array.from({ length: DOMAIN_COUNT }, (_, index) => `firm${index}.example`);
const nodes = nodesOf(20);

function firstOf(candidates: readonly ProbeNode[], domain: string): string {
  return order(candidates, domain)[0]?.id ?? '';
}

describe('the order of nodes for a domain', () => {
  test('is the same on every call, in whatever order the nodes are listed', () => {
    fc.assert(
      fc.property(fc.domain(), fc.shuffledSubarray([...nodes], { minLength: nodes.length }), (domain, shuffled) => {
        expect(order(shuffled, domain)).toEqual(order(nodes, domain));
      }),
    );
  });

  test('holds every node once', () => {
    const ids = order(nodes, 'firm.example').map(({ id }) => id);
    expect([...ids].sort()).toEqual(nodes.map(({ id }) => id).sort());
  });

  test('of no nodes is empty', () => {
    expect(order([], 'firm.example')).toEqual([]);
  });

  test('leaves the list that it was given as it is', () => {
    const before = nodes.map(({ id }) => id);
    order(nodes, 'firm.example');
    expect(nodes.map(({ id }) => id)).toEqual(before);
  });
});

describe('the load', () => {
  function loads(rank: number): readonly number[] {
    const counts = new Map(nodes.map(({ id }) => [id, 0]));
    for (const domain of domains) {
      const id = order(nodes, domain)[rank]?.id ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return [...counts.values()];
  }

  test.each([
    ['asked first', 0],
    ['turned to when the first fails', 1],
  ])('of nodes %s is spread: none has more than 1.25 times the mean', (_, rank) => {
    expect(Math.max(...loads(rank)) / (DOMAIN_COUNT / nodes.length)).toBeLessThanOrEqual(1.25);
  });
});

describe('a node', () => {
  const [leaving] = nodes;
  const remaining = nodes.slice(1);

  test('that leaves moves the domains that were its own, and no others', () => {
    for (const domain of domains) {
      const before = firstOf(nodes, domain);
      if (before !== leaving?.id) expect(firstOf(remaining, domain)).toBe(before);
    }
  });

  test('that leaves hands its domains to the next in their order', () => {
    for (const domain of domains.slice(0, 2_000)) {
      const [first, second] = order(nodes, domain);
      if (first?.id === leaving?.id) expect(firstOf(remaining, domain)).toBe(second?.id);
    }
  });

  test('that leaves has its domains shared out among all that stay', () => {
    const heirs = domains.filter((domain) => firstOf(nodes, domain) === leaving?.id);
    expect(new Set(heirs.map((domain) => firstOf(remaining, domain))).size).toBe(remaining.length);
  });
});

describe('a node that is wished for', () => {
  test('is asked first, the others in their order after it', () => {
    for (const domain of domains.slice(0, 200)) {
      const usual = idsOf(order(nodes, domain));
      const others = usual.filter((id) => id !== 'node-7');
      expect(idsOf(order(nodes, domain, { prefer: 'node-7' }))).toEqual(['node-7', ...others]);
    }
  });

  test('is asked first even where the provider has turned it away', () => {
    const wishes = { prefer: 'node-7', isRefused: (id: string) => id === 'node-7' };
    expect(idsOf(order(nodes, 'firm.example', wishes))[0]).toBe('node-7');
  });

  test('and has left changes nothing', () => {
    expect(order(nodes, 'firm.example', { prefer: 'node-99' })).toEqual(order(nodes, 'firm.example'));
  });
});

describe('another network than that of a node', () => {
  test('leaves out every node that shares its network, and keeps the order of the rest', () => {
    const usual = order(nodes, 'firm.example');
    const others = usual.filter(({ network }) => network !== 'net-1');
    expect(order(nodes, 'firm.example', { otherThan: 'node-1' })).toEqual(others);
    expect(others.length).toBeGreaterThan(0);
  });

  test('is none where there is only one', () => {
    const ofOneNetwork = nodes.filter(({ network }) => network === 'net-1');
    expect(order(ofOneNetwork, 'firm.example', { otherThan: 'node-1' })).toEqual([]);
  });

  test('than that of a node that has left is any', () => {
    expect(order(nodes, 'firm.example', { otherThan: 'node-99' })).toEqual(order(nodes, 'firm.example'));
  });

  test('goes before a wish', () => {
    const ids = idsOf(order(nodes, 'firm.example', { otherThan: 'node-1', prefer: 'node-4' }));
    expect(ids).not.toContain('node-4');
  });
});

describe('nodes that the provider has turned away', () => {
  test('are asked last, and are not left out', () => {
    const refused = ['node-2', 'node-11', 'node-19'];
    for (const domain of domains.slice(0, 200)) {
      const usual = idsOf(order(nodes, domain));
      const ids = idsOf(order(nodes, domain, { isRefused: (id) => refused.includes(id) }));
      const isRefused = (id: string): boolean => refused.includes(id);
      expect(ids).toEqual([...usual.filter((id) => !isRefused(id)), ...usual.filter(isRefused)]);
    }
  });

  test('are asked in their order where there are no others', () => {
    expect(order(nodes, 'firm.example', { isRefused: () => true })).toEqual(order(nodes, 'firm.example'));
  });
});
