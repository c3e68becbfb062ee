import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Findings, type Judgement, judge, judgePending } from '../../../edge/judge/verdict.ts';
import { parseAddress } from '../../../shared/address.ts';
import { type Attempt, type Evidence, OUTCOMES, type Outcome } from '../../../shared/job.ts';
import { PROVIDERS, type Provider, providerById } from '../../../shared/providers.ts';
import { type Reply, STAGES } from '../../../shared/replies/reply.ts';
import { REASON_NAMES, REASONS, type Reason } from '../../../shared/verdict.ts';
import { evidenceOf } from '../nodes/evidence.ts';

const HOSTS: Findings['mail'] = {
  kind: 'hosts',
  hosts: [{ host: 'mx.firm.example', preference: 10 }],
  isImplicit: false,
};

const google = providerById('google');
const acceptsAll = PROVIDERS.find(({ rcpt }) => rcpt === 'accepts_all') ?? null;

/** All that is known just before the probe, of an address about which nothing is special. */
function findingsOf(parts: Partial<Findings> = {}, address = 'ada@firm.example'): Findings {
  return {
    parsed: parseAddress(address),
    isDisposable: false,
    isRole: false,
    brokenRule: null,
    mail: HOSTS,
    provider: null,
    strangers: new Map(),
    probe: null,
    ...parts,
  };
}

function judged(findings: Findings): Judgement {
  const judgement = judge(findings);
  if (judgement === null) throw new Error('the judge is undecided');
  return judgement;
}

function verdictOf(findings: Findings): string {
  return REASONS[judged(findings).reason].verdict;
}

function probed(parts: Partial<Evidence>, others: Partial<Findings> = {}): Findings {
  return findingsOf({ ...others, probe: evidenceOf(parts) });
}

function reply(code: number, text: string, enhanced: string | null = null): Reply {
  return { code, enhanced, text };
}

/** The reply to a random mailbox, just now. */
function told(given: Reply): Evidence['stranger'] {
  return { reply: given, age_s: 0 };
}

/** The memory of a mail host. */
function shown(accepts_all: boolean | null, host = 'mx.firm.example'): Findings['strangers'] {
  return new Map([[host, { accepts_all }]]);
}

const TWO_HOSTS: Findings['mail'] = {
  kind: 'hosts',
  hosts: ['mx.firm.example', 'mx2.firm.example'].map((host, preference) => ({ host, preference })),
  isImplicit: false,
};

/** How asking the second of them ended. */
function attemptOf(outcome: Outcome): Attempt {
  return { host: 'mx2.firm.example', ip: null, stage: 'ehlo', outcome, reply: null, fault: null };
}

const UNKNOWN_USER = reply(550, 'User unknown', '5.1.1');
const YES = reply(250, 'Ok', '2.1.5');

type Case = readonly [reason: Reason, when: string, findings: Findings];

const CASES: readonly Case[] = [
  ['syntax', 'the address is none', findingsOf({ mail: null }, 'ada@')],
  ['disposable', 'the domain is listed, before anything is asked', findingsOf({ isDisposable: true, mail: null })],
  ['disposable', 'the mail hosts are those of a disposable provider', findingsOf({ isDisposable: true })],
  ['provider_rules', 'the provider has no such names', findingsOf({ brokenRule: 'No such names here.', mail: null })],
  ['no_domain', 'the DNS says that the domain does not exist', findingsOf({ mail: { kind: 'no_domain' } })],
  ['no_mx', 'the domain has no mail host', findingsOf({ mail: { kind: 'no_mx' } })],
  ['null_mx', 'the domain takes no mail', findingsOf({ mail: { kind: 'null_mx' } })],
  ['dns_failure', 'the resolver fails', findingsOf({ mail: { kind: 'dns_failure', fault: 'servfail' } })],
  ['unverifiable', 'the provider accepts every name, and nobody is asked', findingsOf({ provider: acceptsAll })],
  ['not_probed', 'the caller wants no probe', findingsOf({ probe: 'unwanted' })],
  [
    'not_probed',
    'the caller has no quota left for a probe',
    findingsOf({
      probe: 'spent',
      spent: { resetSeconds: 90, isVainSpent: false, isUncounted: false, isPaused: false },
    }),
  ],
  ['no_node', 'no node takes the job', findingsOf({ probe: 'no_node' })],

  ['accepted', 'RCPT is accepted and a stranger is not known', probed({ stranger: told(UNKNOWN_USER) })],
  ['accepted', 'a stranger is refused for good in other words', probed({ stranger: told(reply(550, 'No.')) })],
  [
    'accepted',
    'a stranger is refused as not to be relayed',
    probed({ stranger: told(reply(554, 'Relay access denied')) }),
  ],
  [
    'accepted',
    'the provider answers for each mailbox',
    findingsOf(
      { provider: google, probe: evidenceOf({ host: 'gmail-smtp-in.l.google.com', stranger: null }) },
      'ada@gmail.com',
    ),
  ],
  ['role', 'RCPT is accepted for a role', probed({}, { isRole: true })],
  ['catch_all', 'a stranger is accepted as well', probed({ stranger: told(YES) })],
  ['catch_all', 'a stranger is accepted without a look', probed({ stranger: told(reply(252, 'Cannot VRFY user')) })],
  ['catch_all', '252: taken without a look', probed({ reply: reply(252, 'Cannot VRFY user') })],
  ['unconfirmed', 'no stranger was asked', probed({ stranger: null })],
  ['unconfirmed', 'a stranger is put off', probed({ stranger: told(reply(451, 'Try again later')) })],
  [
    'unconfirmed',
    'a stranger is refused because of us',
    probed({ stranger: told(reply(554, 'Client host [192.0.2.1] blocked using zen.spamhaus.org')) }),
  ],
  [
    'unconfirmed',
    'a random mailbox is said to be full, although it does not exist',
    probed({ stranger: told(reply(552, 'Mailbox full', '5.2.2')) }),
  ],
  ['catch_all', 'the host is known to accept everybody', probed({ stranger: null }, { strangers: shown(true) })],
  ['accepted', 'the host is known to refuse strangers', probed({ stranger: null }, { strangers: shown(false) })],
  ['accepted', 'a stranger is refused now, whatever is remembered', probed({}, { strangers: shown(true) })],
  [
    'role',
    'the host is known to refuse strangers',
    probed({ stranger: null }, { strangers: shown(false), isRole: true }),
  ],
  [
    'unconfirmed',
    'another host of the domain is known to refuse strangers',
    probed({ stranger: null }, { strangers: shown(false, 'mx2.firm.example') }),
  ],
  [
    'unconfirmed',
    'another host of the domain is known to accept everybody',
    probed({ stranger: null }, { strangers: shown(true, 'mx2.firm.example') }),
  ],
  [
    'unconfirmed',
    'the host has refused a mailbox since it accepted everybody',
    probed({ stranger: null }, { strangers: shown(null) }),
  ],
  [
    'unconfirmed',
    'the host that answered is not of the provider that answers for each mailbox',
    findingsOf(
      { provider: google, probe: evidenceOf({ host: 'mx.elsewhere.example', stranger: null }) },
      'ada@gmail.com',
    ),
  ],
  [
    'unconfirmed',
    'a customer of a provider that answers for its own domains only',
    findingsOf({ provider: google, probe: evidenceOf({ stranger: null }) }),
  ],

  ['mailbox_not_found', 'the server says so at RCPT', probed({ reply: UNKNOWN_USER })],
  [
    'mailbox_not_found',
    'the server says so, whatever the reply to the random mailbox',
    probed({ reply: UNKNOWN_USER, stranger: told(YES) }),
  ],
  [
    'mailbox_disabled',
    'the server says so at RCPT',
    probed({ reply: reply(550, 'The email account that you tried to reach is disabled.', '5.2.1') }),
  ],
  ['mailbox_full', 'over quota for now', probed({ reply: reply(452, 'Mailbox full', '4.2.2') })],
  ['mailbox_full', 'over quota', probed({ reply: reply(552, 'Mailbox full', '5.2.2') })],
  [
    'needs_smtputf8',
    'no server takes these characters',
    findingsOf({ probe: evidenceOf({ outcome: 'no_smtputf8', stage: 'ehlo', reply: null }) }, 'jörg@firm.example'),
  ],

  ['greylisted', 'strangers are asked to come back', probed({ reply: reply(450, 'Greylisted, try again', '4.2.0') })],
  ['rate_limited', 'too much was asked', probed({ reply: reply(421, 'Too many connections from your host', '4.7.0') })],
  ['temporary_failure', 'the server is in trouble', probed({ reply: reply(451, 'Local error in processing') })],
  ['temporary_failure', 'we are refused for now', probed({ reply: reply(450, 'Client host rejected', '4.7.1') })],
  [
    'blocked',
    'our address is refused at RCPT',
    probed({
      reply: reply(554, 'Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org', '5.7.1'),
    }),
  ],
  [
    'blocked',
    'our address is refused at once',
    probed({ stage: 'connect', reply: reply(554, 'No SMTP service here') }),
  ],
  ['blocked', 'our sender is refused', probed({ stage: 'mail', reply: reply(550, 'Sender rejected', '5.7.1') })],
  ['blocked', 'a mailbox is named too early', probed({ stage: 'mail', reply: UNKNOWN_USER })],
  ['blocked', 'TLS is demanded', probed({ reply: reply(530, 'Must issue a STARTTLS command first', '5.7.0') })],
  ['paced', 'our own queue is too long', probed({ outcome: 'paced', stage: 'connect', reply: null })],
  ['blocked', 'the node rests from this provider', probed({ outcome: 'resting', stage: 'connect', reply: null })],
  [
    'protocol_error',
    'a server wants SMTPUTF8 for an address without such characters',
    probed({ outcome: 'no_smtputf8', stage: 'ehlo', reply: null }),
  ],
  ['timeout', 'no reply came', probed({ outcome: 'timeout', reply: null })],
  ['unreachable', 'no connection could be made', probed({ outcome: 'unreachable', stage: 'connect', reply: null })],
  ['unreachable', 'the connection broke', probed({ outcome: 'dropped', reply: null })],
  ['unreachable', 'a node finds no address', probed({ outcome: 'no_address', stage: 'connect', reply: null })],
  [
    'unreachable',
    'one of two servers takes these characters not, and the other was not heard',
    findingsOf(
      {
        mail: TWO_HOSTS,
        probe: evidenceOf({ outcome: 'no_smtputf8', stage: 'ehlo', reply: null, attempts: [attemptOf('timeout')] }),
      },
      'jörg@firm.example',
    ),
  ],
  [
    'needs_smtputf8',
    'neither of two servers takes these characters',
    findingsOf(
      {
        mail: TWO_HOSTS,
        probe: evidenceOf({ outcome: 'no_smtputf8', stage: 'ehlo', reply: null, attempts: [attemptOf('no_smtputf8')] }),
      },
      'jörg@firm.example',
    ),
  ],
  ['unreachable', 'the addresses are private', probed({ outcome: 'forbidden_address', stage: 'connect', reply: null })],
  ['dns_failure', 'the node finds no host', probed({ outcome: 'dns_failure', stage: 'connect', reply: null })],
  ['protocol_error', 'what came was no SMTP', probed({ outcome: 'protocol_error', reply: null })],
  ['protocol_error', 'the command was not understood', probed({ reply: reply(502, 'Command not implemented') })],
  ['protocol_error', 'the node could not read the address', probed({ outcome: 'bad_address', reply: null })],
  ['protocol_error', 'there is a reply in word only', probed({ outcome: 'reply', reply: null })],
  ['protocol_error', 'there is a reply that no host has given', probed({ host: null, reply: UNKNOWN_USER })],
];

describe('the judge', () => {
  test.each(CASES)('the judge says %s when %s', (reason, _, findings) => {
    expect(judged(findings).reason).toBe(reason);
  });

  test('the judge can give every reason', () => {
    const given = [...CASES.map(([reason]) => reason), judgePending().reason];
    expect([...new Set(given)].sort()).toEqual([...REASON_NAMES].sort());
  });

  test('the judge tells a caller without quota the time of the reset, and says nothing about the mailbox', () => {
    const told = judged(
      findingsOf({
        probe: 'spent',
        spent: { resetSeconds: 90, isVainSpent: false, isUncounted: false, isPaused: false },
      }),
    );
    expect(told).toMatchObject({ retryAfterSeconds: 90, blame: null, catchAll: null });
    expect(told.detail).toContain('quota of today is spent');
    expect(judged(findingsOf({ probe: 'spent' })).retryAfterSeconds).toBeNull();
  });

  test('the judge is undecided as long as the next step could change the answer', () => {
    expect(judge(findingsOf({ parsed: null, isDisposable: null, isRole: null, mail: null }))).toBeNull();
    expect(judge(findingsOf({ isDisposable: null, isRole: null, mail: null }))).toBeNull();
    expect(judge(findingsOf({ isRole: true, mail: null }))).toBeNull();
    expect(judge(findingsOf())).toBeNull();
    expect(judge(findingsOf({ isRole: true, provider: google }))).toBeNull();
  });

  test('the judge names the rule of the address that is broken', () => {
    expect(judged(findingsOf({}, 'ada@@firm.example')).detail).toBe(
      'The address has more than one @ (at character 5).',
    );
    expect(judged(findingsOf({}, 'ada..b@firm.example')).detail).toMatch(/two dots in a row \(at character 5\)\.$/);
    expect(judged(findingsOf({}, 'ada')).detail).toBe('The address has no @.');
    expect(judged(findingsOf({ brokenRule: 'No such names here.' })).detail).toBe('No such names here.');
  });

  test('the judge names the rule of the reply if a reply decided, and none otherwise', () => {
    expect(judged(probed({ reply: UNKNOWN_USER })).rule).toMatch(/^[a-z0-9-]+$/);
    expect(judged(probed({})).rule).toBe('accepted');
    expect(judged(probed({ outcome: 'timeout', reply: null })).rule).toBeNull();
  });

  test('the judge says whether the domain accepts everybody only if that is known', () => {
    const catchAll = (parts: Partial<Evidence>): boolean | null => judged(probed(parts)).catchAll;
    expect(catchAll({ stranger: told(YES) })).toBe(true);
    expect(catchAll({ stranger: told(UNKNOWN_USER) })).toBe(false);
    expect(catchAll({ stranger: null })).toBeNull();
    expect(catchAll({ stranger: told(reply(451, 'later')) })).toBeNull();
    expect(catchAll({ outcome: 'timeout', reply: null })).toBeNull();
    expect(judged(findingsOf({ probe: 'no_node' })).catchAll).toBeNull();
  });
});

describe('the blame of a judgement', () => {
  test.each<[string, Partial<Evidence>, Judgement['blame'], boolean]>([
    ['no party, after a yes', {}, 'nobody', false],
    ['the mailbox', { reply: UNKNOWN_USER }, 'recipient', false],
    ['the server', { reply: reply(450, 'Greylisted', '4.2.0') }, 'server', false],
    ['us, for our address', { stage: 'connect', reply: reply(554, 'Blocked using zen.spamhaus.org') }, 'us', true],
    ['us, for our address, for now', { reply: reply(450, 'Blocked using zen.spamhaus.org', '4.7.1') }, 'us', true],
    ['us, for want of TLS', { reply: reply(530, 'Must issue a STARTTLS command first', '5.7.0') }, 'us', false],
    ['us, if the node rests', { outcome: 'resting', reply: null }, 'us', false],
    ['no one that is known, without a reply', { outcome: 'timeout', reply: null }, null, false],
    ['no one that is known, for our own pace', { outcome: 'paced', reply: null }, null, false],
  ])('the blame of a judgement is right for %s', (_, parts, blame, isOurReputation) => {
    expect(judged(probed(parts))).toMatchObject({ blame, isOurReputation });
  });

  test('the blame of a judgement is null if no server was asked', () => {
    expect(judged(findingsOf({ probe: 'no_node' }))).toMatchObject({ blame: null, isOurReputation: false });
    expect(judgePending()).toMatchObject({ blame: null, isOurReputation: false });
  });
});

describe('when to ask again', () => {
  const secondsAfter = (text: string, code = 450): number | null =>
    judged(probed({ reply: reply(code, text) })).retryAfterSeconds;

  test.each<[string, number]>([
    ['Greylisted for 5 minutes', 300],
    ['Greylisted, please try again in 120 seconds', 120],
    ['Greylisting in action, please come back after 00:04:30 or wait 270 s', 270],
    ['You are greylisted, retry within 1 hour', 3_600],
  ])('the time to ask again is the one that the server states: %s', (text, seconds) => {
    expect(secondsAfter(text)).toBe(seconds);
  });

  test('the time to ask again is our own default if the server states none, or more than a day', () => {
    const guess = REASONS.greylisted.retryAfterSeconds;
    expect(secondsAfter('Greylisted, try again later')).toBe(guess);
    expect(secondsAfter('Greylisted, try again in 90000 seconds')).toBe(guess);
  });

  test.each<[string, Reply, number]>([
    ['as the server says', reply(450, 'Greylisted for 10 minutes', '4.2.0'), 600],
    ['as for an address that is greylisted', reply(450, 'Greylisted', '4.2.0'), REASONS.greylisted.retryAfterSeconds],
    ['within the hour otherwise', reply(554, 'Blocked using zen.spamhaus.org'), REASONS.unconfirmed.retryAfterSeconds],
  ])('the time to ask again is soon if a random mailbox got a temporary reply: %s', (_, said, seconds) => {
    expect(judged(probed({ stranger: told(said) }))).toMatchObject({
      reason: 'unconfirmed',
      retryAfterSeconds: seconds,
    });
  });

  test.each(['paced', 'resting'] as const)(
    'the time to ask again is the one that a node states if it is %s',
    (outcome) => {
      expect(judged(probed({ outcome, reply: null, retry_after_s: 42 })).retryAfterSeconds).toBe(42);
    },
  );

  test('the time to ask again is never if the verdict is final', () => {
    expect(secondsAfter('User unknown, 300 seconds', 550)).toBeNull();
    expect(judged(probed({})).retryAfterSeconds).toBeNull();
  });

  test('the time to ask again is given if waiting could tell more', () => {
    for (const [reason, , findings] of CASES) {
      const { retryAfterSeconds } = judged(findings);
      if (REASONS[reason].verdict === 'invalid') expect(retryAfterSeconds).toBeNull();
      if (REASONS[reason].verdict === 'unknown' && reason !== 'not_probed')
        expect(retryAfterSeconds).toBeGreaterThan(0);
    }
    expect(judged(probed({ stranger: null })).retryAfterSeconds).toBeGreaterThan(0);
    expect(judgePending().retryAfterSeconds).toBeGreaterThan(0);
  });
});

/** Phrases that mean something, so that arbitrary replies reach every class. */
const PHRASES = [
  'Ok',
  'User unknown',
  'No such user here',
  'mailbox full',
  'over quota',
  'account disabled',
  'Greylisted, try again in 300 seconds',
  'blocked using zen.spamhaus.org',
  'Relay access denied',
  'Sender rejected',
  'Must issue a STARTTLS command first',
  'too many connections',
  '<ada@firm.example>',
  'recipient rejected',
  'SMTPUTF8 required',
  '',
] as const;

const texts = fc.oneof(
  fc.array(fc.constantFrom(...PHRASES), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('; ')),
  fc.string({ maxLength: 60 }),
);

function repliesOf(codes: fc.Arbitrary<number>): fc.Arbitrary<Reply> {
  const details = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 60 }));
  return fc.record({ code: codes, status: fc.option(details), text: texts }).map(({ code, status, text }) => ({
    code,
    enhanced: status === null ? null : `${Math.floor(code / 100)}.${status.join('.')}`,
    text,
  }));
}

const anyReply = repliesOf(
  fc.oneof(fc.integer({ min: 200, max: 599 }), fc.constantFrom(250, 252, 421, 450, 451, 452, 550, 551, 552, 553, 554)),
);

const anyEvidence: fc.Arbitrary<Evidence> = fc
  .record({
    stage: fc.oneof(fc.constantFrom(...STAGES), fc.constant('rcpt' as const)),
    outcome: fc.oneof(fc.constantFrom(...OUTCOMES), fc.constant('reply' as const)),
    reply: fc.option(anyReply, { freq: 10 }),
    stranger: fc.option(anyReply.map(told)),
    tls: fc.boolean(),
  })
  .map(evidenceOf);

/** Any provider that is asked at all. */
const anyProvider: fc.Arbitrary<Provider | null> = fc.option(
  fc.constantFrom(...PROVIDERS.filter(({ rcpt }) => rcpt !== 'accepts_all')),
);

const anyAddress = fc.constantFrom('ada@firm.example', 'ada@gmail.com', 'ada@outlook.com', 'jörg@firm.example');

const anyFindings: fc.Arbitrary<Findings> = fc
  .tuple(anyEvidence, anyProvider, fc.boolean(), anyAddress)
  .map(([probe, provider, isRole, address]) => findingsOf({ probe, provider, isRole }, address));

function holds(law: (findings: Findings, evidence: Evidence) => void): void {
  fc.assert(
    fc.property(anyFindings, (findings) => {
      if (findings.probe === null || typeof findings.probe === 'string') throw new Error('there is evidence');
      law(findings, findings.probe);
    }),
    { numRuns: 2_000 },
  );
}

describe('whatever a node reports', () => {
  test('any evidence of a node leads to a judgement', () => {
    holds((findings) => expect(REASON_NAMES).toContain(judged(findings).reason));
  });

  test('only a 2yz at RCPT is deliverable, or risky', () => {
    holds((findings, { outcome, stage, reply: said }) => {
      const isYes = outcome === 'reply' && stage === 'rcpt' && said !== null && said.code < 300;
      const verdict = verdictOf(findings);
      if (verdict === 'deliverable') expect(isYes).toBe(true);
      if (verdict === 'risky' && judged(findings).reason !== 'mailbox_full') expect(isYes).toBe(true);
    });
  });

  test('only a 5yz at RCPT is invalid, except for characters that no server accepts', () => {
    holds((findings, { outcome, stage, reply: said }) => {
      if (verdictOf(findings) !== 'invalid') return;
      if (outcome === 'no_smtputf8') return expect(judged(findings).reason).toBe('needs_smtputf8');
      expect([outcome, stage]).toEqual(['reply', 'rcpt']);
      expect(said?.code).toBeGreaterThanOrEqual(500);
    });
  });

  test('a reply before RCPT is unknown: it is about us, never about the mailbox', () => {
    holds((findings, { outcome, stage }) => {
      if (stage !== 'rcpt' && outcome === 'reply') expect(verdictOf(findings)).toBe('unknown');
    });
  });

  test('a timeout, a broken connection and a fault of ours are unknown', () => {
    holds((findings, { outcome }) => {
      if (!['reply', 'no_smtputf8'].includes(outcome)) expect(verdictOf(findings)).toBe('unknown');
    });
  });

  test('a 4yz is unknown, or says that the mailbox is full', () => {
    holds((findings, { outcome, reply: said }) => {
      if (outcome !== 'reply' || said === null || said.code < 400 || said.code >= 500) return;
      if (judged(findings).reason !== 'mailbox_full') expect(verdictOf(findings)).toBe('unknown');
    });
  });

  test('a role changes nothing but a yes', () => {
    holds((findings) => {
      const plain = judged({ ...findings, isRole: false }).reason;
      const role = judged({ ...findings, isRole: true }).reason;
      expect(role).toBe(plain === 'accepted' ? 'role' : plain);
    });
  });

  test('a reply to a random mailbox changes nothing but a yes', () => {
    holds((findings, evidence) => {
      const without = judged({ ...findings, probe: { ...evidence, stranger: null } }).reason;
      if (!['accepted', 'role', 'unconfirmed'].includes(without)) expect(judged(findings).reason).toBe(without);
    });
  });

  test('a temporary reply to a random mailbox says nothing about the domain', () => {
    const later = repliesOf(fc.integer({ min: 400, max: 499 }));
    fc.assert(
      fc.property(later, anyProvider, fc.boolean(), (stranger, provider, isRole) => {
        const judgement = judged(probed({ reply: YES, stranger: told(stranger) }, { provider, isRole }));
        expect([judgement.reason, judgement.catchAll]).toEqual(['unconfirmed', null]);
      }),
    );
  });

  test('the same evidence always gets the same judgement', () => {
    holds((findings) => expect(judge(findings)).toEqual(judge(findings)));
  });
});
