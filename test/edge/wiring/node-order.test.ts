import { describe, expect, test } from 'vitest';
import type { ProbeNode } from '../../../edge/nodes/registry/roster.ts';
import type { NodeChoice } from '../../../edge/probe/ask-nodes.ts';
import { createNodeOrder } from '../../../edge/wiring/node-order.ts';
import type { ProbeJob } from '../../../shared/job.ts';
import { probeNodeOf } from '../nodes/probe-node.ts';

const GOOGLE: NodeChoice = { provider: 'google', prefer: null, otherThan: null, hedgeByMs: null };

function atHand(regions: readonly string[] = ['eu-central'], clientRegion: string | null = null) {
  let nodes: readonly ProbeNode[] = Array.from({ length: 12 }, (_, index) =>
    probeNodeOf({ id: `node-${index}`, region: regions[index % regions.length] ?? '', network: `net-${index % 3}` }),
  );
  let drawn = 0;
  const order = createNodeOrder({
    clientRegion: () => clientRegion,
    nowMs: () => 1_000_000,
    randomText: () => {
      drawn += 1;
      return `lot ${drawn}`;
    },
  });
  const first = (ordered: Iterable<ProbeNode>): ProbeNode => {
    for (const node of ordered) return node;
    throw new Error('there is no node');
  };
  return {
    order,
    asked: (job: ProbeJob, choice = GOOGLE) => first(order.order({ nodes, takenAtMs: 0 }, job, choice)),
    warmed: (job: ProbeJob) => first(order.order({ nodes, takenAtMs: 0 }, job, GOOGLE)),
    replaceNodes: (others: readonly ProbeNode[]): void => {
      nodes = others;
    },
  };
}

function jobOf(domain: string, ...names: readonly string[]): ProbeJob {
  return {
    version: 1,
    domain,
    provider: 'google',
    mail_hosts: [{ host: 'mx.google.com', preference: 1 }],
    recipients: names.map((name, id) => ({ id, address: `${name}@${domain}` })),
    catch_all: 'skip',
    deadline_ms: 1_000,
  };
}

const names = Array.from({ length: 40 }, (_, index) => `person${index}`);

describe('the node that is asked', () => {
  test('is one for a list, and each their own for addresses of a large mail provider', () => {
    const { asked } = atHand();
    expect(new Set(names.map((name) => asked(jobOf('gmail.com', name)).id)).size).toBeGreaterThan(6);
    expect(asked(jobOf('gmail.com', 'ada', 'grace')).id).toBe(asked(jobOf('gmail.com', 'alan', 'joan')).id);
    expect(new Set(names.map((name) => asked(jobOf('firm.example', name)).id)).size).toBe(1);
  });

  test('is one for all bulk jobs of a domain, and one for each of them at a large mail provider', () => {
    const { asked } = atHand();
    const bulk = (domain: string, name: string) => asked({ ...jobOf(domain, name, `${name}2`), priority: 'bulk' }).id;
    expect(new Set(names.map((name) => bulk('gmail.com', name))).size).toBeGreaterThan(6);
    expect(new Set(names.map((name) => bulk('firm.example', name))).size).toBe(1);
  });

  test('is the one that holds a session for the form, also if bulk work has come in between', () => {
    const { asked, warmed } = atHand();
    const warm = warmed(jobOf('gmail.com')).id;
    const others = names.map((name) => asked({ ...jobOf('gmail.com', name), priority: 'bulk' }).id);
    expect(new Set(others).size).toBeGreaterThan(6);
    expect(asked(jobOf('gmail.com', 'ada')).id).toBe(warm);
  });

  test('is another one once the provider has refused it', () => {
    const { order, asked } = atHand();
    const usual = asked(jobOf('firm.example', 'ada'));
    order.refusals.note(usual.id, 'google', 'gmail.com');
    expect(asked(jobOf('firm.example', 'ada')).id).not.toBe(usual.id);
  });

  test('is one that is near, as soon as the times to nodes are known', () => {
    const { order, asked } = atHand(['eu-central', 'us-east']);
    for (let index = 0; index < 12; index += 1) order.times.note(`node-${index}`, index % 2 === 0 ? 200 : 8);
    for (let firm = 0; firm < 30; firm += 1) expect(asked(jobOf(`firm${firm}.example`, 'ada')).region).toBe('us-east');
  });

  test("is one of the client's region while no time is known", () => {
    const { asked } = atHand(['eu-central', 'us-east'], 'NA');
    for (let firm = 0; firm < 30; firm += 1) expect(asked(jobOf(`firm${firm}.example`, 'ada')).region).toBe('us-east');
  });

  test('is one of the latest snapshot', () => {
    const { asked, replaceNodes } = atHand();
    replaceNodes([probeNodeOf({ id: 'new' })]);
    expect(asked(jobOf('firm.example', 'ada')).id).toBe('new');
  });
});

describe('a session that was opened ahead', () => {
  test('is found by the first who asks about the domain, whoever that is about', () => {
    const { asked, warmed } = atHand();
    const ids = names.map((name) => [warmed(jobOf('gmail.com')).id, asked(jobOf('gmail.com', name)).id]);
    expect(ids.every(([opened, used]) => opened === used)).toBe(true);
    expect(new Set(ids.map(([opened]) => opened)).size).toBeGreaterThan(6);
  });

  test('is used once: who comes next has the usual node', () => {
    const usual = atHand().asked(jobOf('gmail.com', 'grace')).id;
    const { asked, warmed } = atHand();
    warmed(jobOf('gmail.com'));
    asked(jobOf('gmail.com', 'ada'));
    expect(asked(jobOf('gmail.com', 'grace')).id).toBe(usual);
  });

  test("of a firm's domain is on the node that is asked about it anyway", () => {
    const { asked, warmed } = atHand();
    expect(warmed(jobOf('firm.example')).id).toBe(asked(jobOf('firm.example', 'ada')).id);
  });

  test('does not go before a wish, nor before a second opinion', () => {
    const { asked, warmed } = atHand();
    const opened = warmed(jobOf('gmail.com'));
    const wished = opened.id === 'node-0' ? 'node-1' : 'node-0';
    expect(asked(jobOf('gmail.com', 'ada'), { ...GOOGLE, prefer: wished }).id).toBe(wished);
    const other = asked(jobOf('gmail.com', 'ada'), { ...GOOGLE, otherThan: opened.id });
    expect(other.network).not.toBe(opened.network);
  });
});
