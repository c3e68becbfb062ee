/**
 * A verdict that the first conversation did not bring: another node's, a recheck's of our own, and a session opened ahead.
 * Edge in workerd with its queue, two nodes as processes, the sandbox on loopback.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from './system.ts';

const POLL = { interval: 100 };

let system: System;

beforeAll(async () => {
  system = await startSystem(2);
});

afterAll(async () => {
  await system.close();
});

function connectionsTo(host: string): number {
  return system.sandbox.counters()[host]?.connections ?? 0;
}

describe('a second node', () => {
  test('a second node is asked if one is refused, and the answer has both', async () => {
    const answer = await system.ask('ada@guarded.test');
    expect(answer).toMatchObject({ verdict: 'deliverable', reason: 'accepted', smtp: { node: 'iad1' } });
    expect(answer.second_opinion).toMatchObject({ reason: 'blocked', smtp: { node: 'fra1', stage: 'ehlo' } });
  });

  test('a node that a provider has refused is not asked there first again', async () => {
    const answer = await system.ask('grace@guarded.test');
    expect(answer).toMatchObject({ reason: 'accepted', smtp: { node: 'iad1' }, second_opinion: null });
  });

  test('the answer is blocked if both nodes are refused, and has both refusals', async () => {
    const answer = await system.ask('ada@blocked.test');
    expect(answer).toMatchObject({ verdict: 'unknown', reason: 'blocked', second_opinion: { reason: 'blocked' } });
    expect(answer.second_opinion?.smtp.node).not.toBe(answer.smtp?.node);
  });

  test('a greylisted address is rechecked by ourselves, on the same node, and then the same call has the answer', async () => {
    const first = await system.ask('ada@soon.test');
    expect(first).toMatchObject({ verdict: 'unknown', reason: 'greylisted', retry_after: 2 });
    const before = connectionsTo('mx.soon.test');
    await expect.poll(() => connectionsTo('mx.soon.test'), POLL).toBeGreaterThan(before);
    await expect
      .poll(() => system.ask('ada@soon.test', { smtp: 'false' }), POLL)
      .toMatchObject({ verdict: 'deliverable', reason: 'accepted', cached: true, smtp: { node: first.smtp?.node } });
  });

  test('a domain is asked about a random mailbox once, for all its addresses', async () => {
    await system.ask('ada@catchall.test');
    const commands = system.sandbox.counters()['mx.catchall.test']?.commands ?? 0;
    expect(await system.ask('grace@catchall.test')).toMatchObject({ reason: 'catch_all', flags: { catch_all: true } });
    // On the session that is still open: MAIL, RCPT, RSET. A random mailbox would be a fourth.
    expect((system.sandbox.counters()['mx.catchall.test']?.commands ?? 0) - commands).toBe(3);
  });

  test('a verify after a warm-up needs no new connection', async () => {
    const response = await fetch(`${system.url}/v1/warm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ domain: 'good.test' }),
    });
    expect(response.status).toBe(202);
    await expect.poll(() => connectionsTo('mx.good.test'), POLL).toBe(1);
    expect(await system.ask('ada@good.test')).toMatchObject({ reason: 'accepted' });
    expect(connectionsTo('mx.good.test')).toBe(1);
  });
});
