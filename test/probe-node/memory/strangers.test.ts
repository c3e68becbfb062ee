import { describe, expect, test } from 'vitest';
import { Strangers } from '../../../probe-node/memory/strangers.ts';
import type { Reply } from '../../../shared/replies/reply.ts';

const WEEK_MS = 7 * 86_400_000;
const REFUSED: Reply = { code: 550, enhanced: '5.1.1', text: 'User unknown' };
const ACCEPTED: Reply = { code: 250, enhanced: '2.1.5', text: 'Ok' };
const LATER: Reply = { code: 450, enhanced: '4.2.0', text: 'Greylisted' };
const never = new AbortController().signal;

function createStrangers() {
  const clock = { nowMs: 5_000 };
  return { clock, strangers: new Strangers(() => clock.nowMs) };
}

describe('what a domain said to a stranger', () => {
  test.each([
    ['a refusal', REFUSED],
    ['an acceptance', ACCEPTED],
  ])('is known for a week where it was %s, with the time at which it was said', (_, reply) => {
    const { clock, strangers } = createStrangers();
    strangers.remember('example.test', reply, null);
    clock.nowMs += WEEK_MS - 1;
    expect(strangers.recall('example.test')).toEqual({ reply, atMs: 5_000 });
    clock.nowMs += 1;
    expect(strangers.recall('example.test')).toBeNull();
  });

  test('is known for five minutes where it says nothing of the domain', () => {
    const { clock, strangers } = createStrangers();
    strangers.remember('example.test', LATER, null);
    clock.nowMs += 299_999;
    expect(strangers.recall('example.test')).toMatchObject({ reply: LATER });
    clock.nowMs += 1;
    expect(strangers.recall('example.test')).toBeNull();
  });

  test('is of that domain and no other', () => {
    const { strangers } = createStrangers();
    strangers.remember('example.test', REFUSED, null);
    expect(strangers.recall('sub.example.test')).toBeNull();
  });
});

describe('asking a domain', () => {
  test('is for one of two who come at once; the other waits for what comes of it', async () => {
    const { strangers } = createStrangers();
    expect([strangers.claim('example.test'), strangers.claim('example.test')]).toEqual([true, false]);
    let isSettled = false;
    const waiting = strangers.settled('example.test', never).then(() => {
      isSettled = true;
    });
    await Promise.resolve();
    expect(isSettled).toBe(false);
    strangers.remember('example.test', REFUSED, null);
    strangers.release('example.test');
    await waiting;
    expect(strangers.recall('example.test')?.reply).toEqual(REFUSED);
  });

  test('is for the next where nothing came of it', () => {
    const { strangers } = createStrangers();
    strangers.claim('example.test');
    strangers.release('example.test');
    expect(strangers.claim('example.test')).toBe(true);
  });

  test('is for nobody where the answer is known', () => {
    const { strangers } = createStrangers();
    strangers.remember('example.test', REFUSED, null);
    expect(strangers.claim('example.test')).toBe(false);
  });

  test('is waited for by nobody where nobody asks, or time is up', async () => {
    const { strangers } = createStrangers();
    await strangers.settled('example.test', never);
    strangers.claim('example.test');
    await strangers.settled('example.test', AbortSignal.abort());
    const stop = new AbortController();
    const waiting = strangers.settled('example.test', stop.signal);
    stop.abort();
    await waiting;
  });

  test('of one domain holds up no other', () => {
    const { strangers } = createStrangers();
    expect([strangers.claim('a.test'), strangers.claim('b.test')]).toEqual([true, true]);
  });
});
