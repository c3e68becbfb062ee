import { describe, expect, test } from 'vitest';
import { startClimb } from '../../../edge/flow/climb.ts';
import { worthOf } from '../../../edge/flow/probe-worth.ts';
import type { Findings } from '../../../edge/judge/verdict.ts';
import type { Answer } from '../../../shared/answer.ts';
import { evidenceOf } from '../nodes/evidence.ts';

const OPTIONS = { deadlineMs: 1_000, maxAgeSeconds: null, smtp: true, recheck: null };

function climbTo(probe: Findings['probe'], hosts: readonly string[], isGivenUp = false) {
  const signal = isGivenUp ? AbortSignal.abort() : new AbortController().signal;
  const climb = startClimb('ada@firm.example', OPTIONS, 0, signal);
  const mailHosts = hosts.map((host, preference) => ({ host, preference }));
  climb.findings.mail = { kind: 'hosts', hosts: mailHosts, isImplicit: false };
  climb.findings.probe = probe;
  return climb;
}

const UNKNOWN = { verdict: 'unknown', cached: false } as Answer;
const NOBODYS = ['mx.firm.example'];
const GOOGLE = ['aspmx.l.google.com'];

describe('a probe is', () => {
  test('paid if it came to a verdict, whoever answered', () => {
    for (const verdict of ['deliverable', 'invalid', 'risky'] as const) {
      expect(worthOf(climbTo(evidenceOf(), NOBODYS), { ...UNKNOWN, verdict })).toBe('paid');
    }
  });

  test('free if somebody else’s was joined, if memory answered, or if it broke on our side', () => {
    const climb = climbTo(evidenceOf({ outcome: 'timeout', reply: null }), NOBODYS);
    expect(worthOf({ ...climb, isJoined: true }, UNKNOWN)).toBe('free');
    expect(worthOf(climb, { ...UNKNOWN, cached: true })).toBe('free');
    expect(worthOf(climb, null)).toBe('free');
    expect(worthOf(climb, UNKNOWN)).toBe('vain');
  });

  test.each([
    ['in vain if it kept a node waiting for as long as we listen', NOBODYS, true, 'vain'],
    ['free if it did so at a provider that we know', GOOGLE, true, 'free'],
    ['in vain if the silent host may have been the backup of nobody we know', [...GOOGLE, ...NOBODYS], true, 'vain'],
    ['free if there was no node', NOBODYS, false, 'free'],
  ] as const)('%s', (_, hosts, isGivenUp, worth) => {
    expect(worthOf(climbTo('no_node', hosts, isGivenUp), UNKNOWN)).toBe(worth);
  });
});
