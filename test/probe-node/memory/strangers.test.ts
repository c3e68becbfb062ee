import { describe, expect, test } from 'vitest';
import { Strangers } from '../../../probe-node/memory/strangers.ts';
import type { Reply } from '../../../shared/replies/reply.ts';

const WEEK_MS = 7 * 86_400_000;
const REFUSED: Reply = { code: 550, enhanced: '5.1.1', text: 'User unknown' };
const ACCEPTED: Reply = { code: 250, enhanced: '2.1.5', text: 'Ok' };
const LATER: Reply = { code: 450, enhanced: '4.2.0', text: 'Greylisted' };
const POST = { domain: 'example.test', host: 'mx1.example.test' };
const BACKUP = { ...POST, host: 'mx2.example.test' };
const never = new AbortController().signal;

function createStrangers() {
  const clock = { nowMs: 5_000 };
  return { clock, strangers: new Strangers(() => clock.nowMs) };
}

describe('the reply of a domain to a stranger', () => {
  test.each([
    ['a refusal', REFUSED],
    ['an acceptance', ACCEPTED],
  ])(
    'the reply of a domain to a stranger is known for a week if it was %s, with the time at which it was said',
    (_, reply) => {
      const { clock, strangers } = createStrangers();
      strangers.remember(POST, reply, null);
      clock.nowMs += WEEK_MS - 1;
      expect(strangers.recall(POST)).toEqual({ reply, atMs: 5_000 });
      clock.nowMs += 1;
      expect(strangers.recall(POST)).toBeNull();
    },
  );

  test('the reply of a domain to a stranger is known for five minutes if it says nothing of the domain', () => {
    const { clock, strangers } = createStrangers();
    strangers.remember(POST, LATER, null);
    clock.nowMs += 299_999;
    expect(strangers.recall(POST)).toMatchObject({ reply: LATER });
    clock.nowMs += 1;
    expect(strangers.recall(POST)).toBeNull();
  });

  test('the reply of a domain to a stranger is asked anew once the time has passed that the host has named', () => {
    const { clock, strangers } = createStrangers();
    strangers.remember(POST, { ...LATER, text: 'Greylisted, try again in 4 seconds' }, null);
    clock.nowMs += 3_999;
    expect(strangers.recall(POST)).not.toBeNull();
    clock.nowMs += 1;
    expect(strangers.recall(POST)).toBeNull();
  });

  test('the reply of a domain to a stranger is of that host and no other of the domain, and each is asked for itself', () => {
    const { strangers } = createStrangers();
    strangers.remember(POST, REFUSED, null);
    strangers.remember(BACKUP, ACCEPTED, null);
    expect([POST, BACKUP].map((post) => strangers.takesEverybody(post, null))).toEqual([false, true]);
    const third = { ...POST, host: 'mx3.example.test' };
    expect([strangers.recall(third), strangers.claim(third)]).toEqual([null, true]);
  });

  test('a reply that every name is accepted ends with the first mailbox that the same host refuses', () => {
    const { strangers } = createStrangers();
    for (const post of [POST, BACKUP]) strangers.remember(post, ACCEPTED, null);
    strangers.refuted(POST, null);
    expect([strangers.recall(POST), strangers.claim(POST)]).toEqual([null, true]);
    expect(strangers.takesEverybody(BACKUP, null)).toBe(true);
  });

  test.each([
    ['a refusal', REFUSED],
    ['a reply that says nothing', LATER],
  ])('the reply of a domain to a stranger stands if it was %s, whichever mailbox is refused', (_, reply) => {
    const { strangers } = createStrangers();
    strangers.remember(POST, reply, null);
    strangers.refuted(POST, null);
    expect(strangers.recall(POST)).toMatchObject({ reply });
  });

  test('the reply of a domain to a stranger is of that domain and no other', () => {
    const { strangers } = createStrangers();
    strangers.remember(POST, REFUSED, null);
    expect(strangers.recall({ ...POST, domain: 'sub.example.test' })).toBeNull();
  });
});

describe('asking a domain', () => {
  test('one of two concurrent jobs asks a domain; the other waits for the result', async () => {
    const { strangers } = createStrangers();
    expect([strangers.claim(POST), strangers.claim(POST)]).toEqual([true, false]);
    let isSettled = false;
    const waiting = strangers.settled(POST, never).then(() => {
      isSettled = true;
    });
    await Promise.resolve();
    expect(isSettled).toBe(false);
    strangers.remember(POST, REFUSED, null);
    strangers.release(POST);
    await waiting;
    expect(strangers.recall(POST)?.reply).toEqual(REFUSED);
  });

  test('asking a domain passes to the next job if nothing came of it', () => {
    const { strangers } = createStrangers();
    strangers.claim(POST);
    strangers.release(POST);
    expect(strangers.claim(POST)).toBe(true);
  });

  test('no job asks a domain if the answer is known', () => {
    const { strangers } = createStrangers();
    strangers.remember(POST, REFUSED, null);
    expect(strangers.claim(POST)).toBe(false);
  });

  test('no job waits for a domain that none is asking, or beyond its time', async () => {
    const { strangers } = createStrangers();
    await strangers.settled(POST, never);
    strangers.claim(POST);
    await strangers.settled(POST, AbortSignal.abort());
    const stop = new AbortController();
    const waiting = strangers.settled(POST, stop.signal);
    stop.abort();
    await waiting;
  });

  test('asking a domain of one domain holds up no other', () => {
    const { strangers } = createStrangers();
    expect([strangers.claim({ ...POST, domain: 'a.test' }), strangers.claim({ ...POST, domain: 'b.test' })]).toEqual([
      true,
      true,
    ]);
  });
});
