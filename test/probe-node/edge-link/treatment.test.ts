import { describe, expect, test } from 'vitest';
import { Treatments } from '../../../probe-node/edge-link/treatment.ts';
import { PROVIDER_STATS_MAX, sourceSchema } from '../../../shared/enrolment.ts';
import type { ReplyClass } from '../../../shared/replies/classes.ts';
import type { Stage } from '../../../shared/replies/reply.ts';

const IP = '192.0.2.1';

function atHand() {
  let nowMs = 1_000;
  const treatments = new Treatments(() => nowMs);
  return {
    treatments,
    advance: (ms: number): void => {
      nowMs += ms;
    },
    hear: (
      provider: string,
      code: number,
      replyClass: ReplyClass,
      stage: Stage = 'rcpt',
      ip: string | null = IP,
    ): void => treatments.heard(ip, provider, stage, { code, enhanced: null, text: '' }, replyClass),
  };
}

describe('the treatment of a source address', () => {
  test('replies about a mailbox, refusals of the node and deferrals count apart', () => {
    const { hear, treatments } = atHand();
    hear('google', 250, 'accepted');
    hear('google', 550, 'mailbox_not_found');
    hear('google', 421, 'rate_limited', 'mail');
    hear('google', 450, 'policy_other', 'mail');
    hear('google', 554, 'ip_blocked', 'connect');
    expect(treatments.of(IP)).toEqual([
      { provider: 'google', answers: 2, refusals: 1, deferrals: 2, last: 'ip_blocked' },
    ]);
    expect(treatments.of('192.0.2.2')).toEqual([]);
  });

  test('a yes before RCPT says nothing', () => {
    const { hear, treatments } = atHand();
    hear('google', 220, 'proceed', 'connect');
    hear('google', 250, 'proceed', 'ehlo');
    expect(treatments.of(IP)).toEqual([]);
  });

  test('the choice of the system is a source as well', () => {
    const { hear, treatments } = atHand();
    hear('google', 250, 'accepted', 'rcpt', null);
    expect(treatments.of(null)).toHaveLength(1);
  });

  test('a count is reported for five minutes at least and for ten at most', () => {
    const { hear, treatments, advance } = atHand();
    advance(299_000);
    hear('google', 250, 'accepted');
    advance(300_000);
    expect(treatments.of(IP)[0]?.answers).toBe(1);
    hear('google', 250, 'accepted');
    expect(treatments.of(IP)[0]?.answers).toBe(2);
    advance(2_000);
    expect(treatments.of(IP)[0]?.answers).toBe(1);
    advance(600_000);
    expect(treatments.of(IP)).toEqual([]);
  });

  test('hosts that somebody makes up push no provider out of the report', () => {
    const { hear, treatments } = atHand();
    for (let host = 0; host < 5_000; host += 1) hear(`mx${host}.example`, 554, 'ip_blocked', 'connect');
    hear('google', 250, 'accepted');
    const report = treatments.of(IP);
    expect(report).toHaveLength(PROVIDER_STATS_MAX);
    expect(report[0]?.provider).toBe('google');
    expect(sourceSchema().safeParse({ ip: IP, helo: 'a.example', resting: [], treatment: report }).success).toBe(true);
  });
});
