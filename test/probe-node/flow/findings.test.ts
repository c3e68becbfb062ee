import { describe, expect, test } from 'vitest';
import {
  deferral,
  failure,
  findingOf,
  type HostFinding,
  isSettled,
  mostTelling,
} from '../../../probe-node/flow/findings.ts';
import { OUTCOMES, type Outcome } from '../../../shared/job.ts';
import { type Reply, STAGES } from '../../../shared/replies/reply.ts';

const WHERE = { host: 'mx.example.test', ip: '192.0.2.25' };
const at = (host: string, outcome: Outcome): HostFinding => failure({ host, ip: null }, outcome, null);
const reply = (code: number): Reply => ({ code, enhanced: null, text: 'so' });

describe('a finding', () => {
  test('a finding has host and address of where it was made, and nothing else of it', () => {
    const held = { ...WHERE, key: 'secret', lane: 'secret' };
    expect(failure(held, 'dropped', null, 'rcpt')).toEqual({
      ...WHERE,
      stage: 'rcpt',
      outcome: 'dropped',
      reply: null,
      fault: null,
      retryAfterMs: null,
    });
  });

  test('a finding of a deferral says when to come again', () => {
    expect(deferral(WHERE, 'paced', 1_500)).toMatchObject({ outcome: 'paced', retryAfterMs: 1_500, stage: 'connect' });
  });

  test('a finding is made of every ending of a session, with its stage', () => {
    expect(findingOf(WHERE, { kind: 'refused', stage: 'ehlo', reply: reply(550) })).toMatchObject({
      outcome: 'reply',
      stage: 'ehlo',
      reply: { code: 550 },
    });
    expect(findingOf(WHERE, { kind: 'timeout', stage: 'rcpt', fault: 'deadline' })).toMatchObject({
      outcome: 'timeout',
      stage: 'rcpt',
      fault: 'deadline',
    });
    expect(findingOf(WHERE, { kind: 'broken', stage: 'mail', fault: 'not_a_reply' })).toMatchObject({
      outcome: 'protocol_error',
      fault: 'not_a_reply',
    });
    expect(findingOf(WHERE, { kind: 'dropped', stage: 'mail' })).toMatchObject({ outcome: 'dropped', fault: null });
  });
});

describe('the matter', () => {
  test('the matter is settled by a reply about the sender or the mailbox, and by none before', () => {
    for (const stage of STAGES) {
      for (const code of [250, 421, 450, 550, 554]) {
        const finding = { ...failure(WHERE, 'reply', null, stage), reply: reply(code) };
        expect(isSettled(finding)).toBe(stage === 'mail' || stage === 'rcpt');
      }
    }
  });

  test('the matter is settled by nothing that is no reply', () => {
    const settled = OUTCOMES.filter((outcome) => outcome !== 'reply' && isSettled(failure(WHERE, outcome, null)));
    expect(settled).toEqual([]);
  });
});

describe('of many findings', () => {
  test.each<[Outcome, readonly Outcome[]]>([
    ['reply', ['unreachable', 'timeout', 'reply']],
    ['reply', ['paced', 'reply', 'resting']],
    ['paced', ['timeout', 'paced', 'unreachable', 'resting']],
    ['unreachable', ['resting', 'unreachable']],
    ['resting', ['no_address', 'resting', 'forbidden_address', 'no_smtputf8']],
    ['timeout', ['dropped', 'timeout', 'protocol_error']],
    ['protocol_error', ['dropped', 'protocol_error', 'unreachable']],
    ['dropped', ['unreachable', 'dropped']],
    ['unreachable', ['no_address', 'dns_failure', 'unreachable']],
    ['dns_failure', ['no_address', 'dns_failure', 'no_smtputf8']],
    ['unreachable', ['no_address', 'no_smtputf8']],
    ['no_address', ['no_address', 'no_address']],
    ['no_smtputf8', ['no_smtputf8', 'no_smtputf8']],
  ])('%s tells most among %j, in any order', (most, outcomes) => {
    const findings = outcomes.map((outcome) => at('mx', outcome));
    expect(mostTelling(findings).outcome).toBe(most);
    expect(mostTelling(findings.toReversed()).outcome).toBe(most);
  });

  test('an address is never called one without SMTPUTF8 if a host might have offered it', () => {
    const uncertain = OUTCOMES.filter((outcome) => !['no_smtputf8', 'bad_address'].includes(outcome));
    for (const outcome of uncertain) {
      const expected = outcome === 'no_address' ? 'unreachable' : outcome;
      expect(mostTelling([at('mx1', 'no_smtputf8'), at('mx2', outcome)]).outcome).toBe(expected);
    }
  });

  test('of one kind the first is reported, and of none that time was up', () => {
    expect(mostTelling([at('mx1', 'dropped'), at('mx2', 'dropped')]).host).toBe('mx1');
    expect(mostTelling([])).toMatchObject({ host: null, outcome: 'timeout', fault: 'deadline' });
  });
});
