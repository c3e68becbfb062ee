import { describe, expect, test } from 'vitest';
import { RecentMinutes } from '../../../probe-node/edge-link/recent-minutes.ts';
import { MINUTES_MAX, minuteSchema } from '../../../shared/enrolment.ts';

const MINUTE_MS = 60_000;
const NONE = {
  jobs: 0,
  accepted: 0,
  doubtful: 0,
  mailbox_refused: 0,
  deferred: 0,
  blocked: 0,
  no_reply: 0,
  held_back: 0,
};

function atHand() {
  let wallMs = 100 * MINUTE_MS;
  const minutes = new RecentMinutes(() => wallMs);
  return {
    minutes,
    advance: (ms: number): void => {
      wallMs += ms;
    },
  };
}

describe('the minutes of a node', () => {
  test('a minute is reported once it is over, with every end in its place', () => {
    const { minutes, advance } = atHand();
    minutes.job();
    minutes.ended('reply', 'accepted', null);
    minutes.ended('reply', 'accepted', false);
    minutes.ended('reply', 'accepted', true);
    minutes.ended('reply', 'accepted_unverified', null);
    minutes.ended('reply', 'mailbox_full', null);
    minutes.ended('reply', 'mailbox_not_found', null);
    minutes.ended('reply', 'greylisted', null);
    minutes.ended('reply', 'ip_blocked', null);
    minutes.ended('reply', 'protocol_error', null);
    minutes.ended('timeout', null, null);
    minutes.ended('paced', null, null);
    minutes.ended('resting', null, null);
    expect(minutes.whole()).toEqual([]);
    advance(MINUTE_MS);
    const [report] = minutes.whole();
    expect(report).toEqual({
      minute: 100,
      jobs: 1,
      accepted: 2,
      doubtful: 3,
      mailbox_refused: 1,
      deferred: 1,
      blocked: 1,
      no_reply: 2,
      held_back: 2,
    });
    expect(minuteSchema().safeParse(report).success).toBe(true);
  });

  test('a minute in which nothing ended is not reported', () => {
    const { minutes, advance } = atHand();
    advance(3 * MINUTE_MS);
    expect(minutes.whole()).toEqual([]);
  });

  test('the last minutes are reported again and again, and older ones not', () => {
    const { minutes, advance } = atHand();
    for (let minute = 0; minute < 10; minute += 1) {
      minutes.job();
      advance(MINUTE_MS);
    }
    expect(minutes.whole().map(({ minute }) => minute)).toEqual([105, 106, 107, 108, 109]);
    expect(minutes.whole()).toHaveLength(MINUTES_MAX);
    advance(2 * MINUTE_MS);
    expect(minutes.whole().map(({ minute }) => minute)).toEqual([107, 108, 109]);
  });

  test('a clock that is set back does not make a minute count twice', () => {
    const { minutes, advance } = atHand();
    minutes.job();
    advance(-2 * MINUTE_MS);
    minutes.job();
    advance(5 * MINUTE_MS);
    expect(minutes.whole()).toEqual([{ minute: 98, ...NONE, jobs: 1 }]);
  });
});
