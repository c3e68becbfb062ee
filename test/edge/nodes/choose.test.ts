import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderNodes, type ProbeNode } from '../../../edge/nodes/choose.ts';

const DOMAIN_COUNT = 20_000;

function nodesOf(count: number): readonly ProbeNode[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `node-${index}`,
    url: new URL(`https://node-${index}.example/`),
    region: 'eu-central',
  }));
}

const domains = Array.from({ length: DOMAIN_COUNT }, (_, index) => `firm${index}.example`);
const nodes = nodesOf(20);

function firstOf(candidates: readonly ProbeNode[], domain: string): string {
  return orderNodes(candidates, domain)[0]?.id ?? '';
}

describe('the order of nodes for a domain', () => {
  test('is the same on every call, in whatever order the nodes are listed', () => {
    fc.assert(
      fc.property(fc.domain(), fc.shuffledSubarray([...nodes], { minLength: nodes.length }), (domain, shuffled) => {
        expect(orderNodes(shuffled, domain)).toEqual(orderNodes(nodes, domain));
      }),
    );
  });

  test('holds every node once', () => {
    const ids = orderNodes(nodes, 'firm.example').map(({ id }) => id);
    expect([...ids].sort()).toEqual(nodes.map(({ id }) => id).sort());
  });

  test('of no nodes is empty', () => {
    expect(orderNodes([], 'firm.example')).toEqual([]);
  });

  test('leaves the list that it was given as it is', () => {
    const before = nodes.map(({ id }) => id);
    orderNodes(nodes, 'firm.example');
    expect(nodes.map(({ id }) => id)).toEqual(before);
  });
});

describe('the load', () => {
  function loads(rank: number): readonly number[] {
    const counts = new Map(nodes.map(({ id }) => [id, 0]));
    for (const domain of domains) {
      const id = orderNodes(nodes, domain)[rank]?.id ?? '';
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
      const [first, second] = orderNodes(nodes, domain);
      if (first?.id === leaving?.id) expect(firstOf(remaining, domain)).toBe(second?.id);
    }
  });

  test('that leaves has its domains shared out among all that stay', () => {
    const heirs = domains.filter((domain) => firstOf(nodes, domain) === leaving?.id);
    expect(new Set(heirs.map((domain) => firstOf(remaining, domain))).size).toBe(remaining.length);
  });
});
