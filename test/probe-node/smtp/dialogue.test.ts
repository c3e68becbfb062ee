import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type Command, writeCommand } from '../../../probe-node/smtp/command.ts';
import {
  type Dialogue,
  type DialogueEvent,
  exchangesOf,
  type Signal,
  stageOf,
  startDialogue,
  step,
  type Transaction,
} from '../../../probe-node/smtp/dialogue.ts';
import { parseReplyText, type Reply } from '../../../shared/replies/reply.ts';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from '../fuzz-runs.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const HELO_NAME = 'probe1.example.com';
const GREETING = '220 mx.example.test ESMTP';
const PIPELINING = '250-mx.example.test\n250-PIPELINING\n250 SIZE 1000';
const ONE_BY_ONE = '250 mx.example.test';
const MAIL = 'MAIL FROM:<verify@example.com>';
const ADA = 'RCPT TO:<ada@example.test>';
const STRANGER = 'RCPT TO:<x1@example.test>';
const OK = '250 2.1.5 Ok';
const UNKNOWN = '550 5.1.1 User unknown';

const BOTH: Transaction = {
  mailFrom: 'verify@example.com',
  recipients: ['ada@example.test'],
  stranger: 'x1@example.test',
  strangerApart: false,
  smtputf8: false,
  isLast: true,
};
const ALONE: Transaction = { ...BOTH, stranger: null };

function reply(text: string): Reply {
  const parsed = parseReplyText(text);
  if (parsed === null) throw new Error(`no reply: ${text}`);
  return parsed;
}

/** What one event brought: the commands of one write as lines, and the signal. */
type Outcome = { readonly sent: readonly string[]; readonly signal: Signal | null };

/** Plays events in order: a text is a reply, `closed` the end of the connection, an object a question. */
function play(...events: readonly (string | Transaction)[]): { outcomes: readonly Outcome[]; dialogue: Dialogue } {
  let dialogue = startDialogue(HELO_NAME);
  const outcomes = events.map((event) => {
    const next = step(dialogue, eventOf(event));
    dialogue = next.dialogue;
    return { sent: next.send.map((command) => writeCommand(command).trimEnd()), signal: next.signal };
  });
  return { outcomes, dialogue };
}

function eventOf(event: string | Transaction): DialogueEvent {
  if (typeof event !== 'string') return { kind: 'ask', transaction: event };
  return event === 'closed' ? { kind: 'closed' } : { kind: 'reply', reply: reply(event) };
}

/** The outcomes without those of greeting, EHLO and its reply. */
function ask(hello: string, ...events: readonly (string | Transaction)[]): readonly Outcome[] {
  return play(GREETING, hello, ...events).outcomes.slice(2);
}

function answer(recipient: string | null, stranger: string | null, mail = OK): Signal {
  return {
    kind: 'answer',
    answer: {
      mail: reply(mail),
      recipients: [recipient === null ? null : reply(recipient)],
      stranger: stranger === null ? null : reply(stranger),
    },
  };
}

const nothing: Outcome = { sent: [], signal: null };

describe('the greeting', () => {
  test('brings out EHLO with our own name, alone', () => {
    expect(play(GREETING).outcomes).toEqual([{ sent: [`EHLO ${HELO_NAME}`], signal: null }]);
  });

  test.each(['450 later', '554 5.7.1 go away', '500 no'])('that says %s refuses us, and we take leave', (text) => {
    expect(play(text).outcomes).toEqual([
      { sent: ['QUIT'], signal: { kind: 'refused', stage: 'connect', reply: reply(text) } },
    ]);
  });

  test('that says 421 refuses us without a word of ours: the server hangs up by itself', () => {
    expect(play('421 4.3.2 busy').outcomes).toEqual([
      { sent: [], signal: { kind: 'refused', stage: 'connect', reply: reply('421 4.3.2 busy') } },
    ]);
  });

  test.each(['200 ok', '221 bye', '250 ok', '354 go ahead'])('that says %s is no greeting', (text) => {
    expect(play(text).outcomes).toEqual([
      { sent: [], signal: { kind: 'broken', stage: 'connect', fault: 'no_greeting' } },
    ]);
  });

  test('that never comes is a drop at connect', () => {
    expect(play('closed').outcomes).toEqual([{ sent: [], signal: { kind: 'dropped', stage: 'connect' } }]);
  });
});

describe('EHLO', () => {
  test('makes the session ready and gives the extensions in upper case, the server name apart', () => {
    const { outcomes, dialogue } = play(
      GREETING,
      '250-PIPELINING.example.test\n250-size 1000\n250-Auth PLAIN LOGIN\n250 SmtpUtf8',
    );
    expect(outcomes[1]).toEqual({ sent: [], signal: { kind: 'ready' } });
    expect([...dialogue.extensions]).toEqual([
      ['SIZE', '1000'],
      ['AUTH', 'PLAIN LOGIN'],
      ['SMTPUTF8', ''],
    ]);
  });

  test.each(['500 what?', '501 syntax', '502 5.5.1 not implemented', '503 order', '504 parameter'])(
    'answered with %s is said again as HELO, which has no extensions',
    (text) => {
      const { outcomes, dialogue } = play(GREETING, text, '250-mx\n250 PIPELINING');
      expect(outcomes.slice(1)).toEqual([
        { sent: [`HELO ${HELO_NAME}`], signal: null },
        { sent: [], signal: { kind: 'ready' } },
      ]);
      expect(dialogue.extensions.size).toBe(0);
    },
  );

  test.each(['421 busy', '450 later', '505 no', '521 no mail here', '550 5.7.1 blocked', '554 no'])(
    'answered with %s refuses us',
    (text) => {
      expect(play(GREETING, text).outcomes[1]).toEqual({
        sent: text.startsWith('421') ? [] : ['QUIT'],
        signal: { kind: 'refused', stage: 'ehlo', reply: reply(text) },
      });
    },
  );

  test('and HELO both refused refuse us: there is no third try', () => {
    expect(play(GREETING, '502 no', '502 no').outcomes[2]).toEqual({
      sent: ['QUIT'],
      signal: { kind: 'refused', stage: 'ehlo', reply: reply('502 no') },
    });
  });

  test.each(['220 again', '221 bye', '252 maybe', '354 go ahead'])('answered with %s breaks the session', (text) => {
    expect(play(GREETING, text).outcomes[1]).toEqual({
      sent: [],
      signal: { kind: 'broken', stage: 'ehlo', fault: 'unexpected_reply' },
    });
  });

  test('that is not answered is a drop at EHLO', () => {
    expect(play(GREETING, 'closed').outcomes[1]?.signal).toEqual({ kind: 'dropped', stage: 'ehlo' });
  });
});

describe('with PIPELINING', () => {
  test('the whole group goes out in one write, QUIT included, and the answer waits for both recipients', () => {
    expect(ask(PIPELINING, BOTH, OK, OK, UNKNOWN, '221 bye')).toEqual([
      { sent: [MAIL, ADA, STRANGER, 'QUIT'], signal: null },
      nothing,
      nothing,
      { sent: [], signal: answer(OK, UNKNOWN) },
      nothing,
    ]);
  });

  test('a group without a stranger is MAIL, RCPT, QUIT', () => {
    expect(ask(PIPELINING, ALONE, OK, UNKNOWN)).toEqual([
      { sent: [MAIL, ADA, 'QUIT'], signal: null },
      nothing,
      { sent: [], signal: answer(UNKNOWN, null) },
    ]);
  });

  test('a session that is kept ends its group with RSET, waits for its reply and can be asked again', () => {
    const kept = { ...ALONE, isLast: false };
    expect(ask(PIPELINING, kept, OK, OK, '250 flushed', BOTH, OK, UNKNOWN, UNKNOWN, '221 bye')).toEqual([
      { sent: [MAIL, ADA, 'RSET'], signal: null },
      nothing,
      nothing,
      { sent: [], signal: answer(OK, null) },
      { sent: [MAIL, ADA, STRANGER, 'QUIT'], signal: null },
      nothing,
      nothing,
      { sent: [], signal: answer(UNKNOWN, UNKNOWN) },
      nothing,
    ]);
  });

  test('many recipients are one write and get their replies in order, each their own', () => {
    const recipients = ['ada@example.test', 'bob@example.test', 'eve@example.test'];
    const outcomes = ask(
      PIPELINING,
      { ...BOTH, recipients, isLast: false },
      OK,
      OK,
      UNKNOWN,
      '452 4.2.2 full',
      UNKNOWN,
      '250 flushed',
    );
    expect(outcomes[0]?.sent).toEqual([MAIL, ...recipients.map((to) => `RCPT TO:<${to}>`), STRANGER, 'RSET']);
    expect(outcomes.at(-1)?.signal).toEqual({
      kind: 'answer',
      answer: {
        mail: reply(OK),
        recipients: [OK, UNKNOWN, '452 4.2.2 full'].map(reply),
        stranger: reply(UNKNOWN),
      },
    });
  });

  test('recipients that were not answered before the end have no reply', () => {
    const recipients = ['ada@example.test', 'bob@example.test', 'eve@example.test'];
    const outcomes = ask(PIPELINING, { ...BOTH, recipients, isLast: false }, OK, UNKNOWN, 'closed');
    expect(outcomes.at(-1)?.signal).toMatchObject({
      kind: 'answer',
      answer: { recipients: [reply(UNKNOWN), null, null], stranger: null },
    });
  });

  test('a stranger apart whose MAIL is refused has no reply, whatever its RCPT was told', () => {
    const outcomes = ask(
      PIPELINING,
      { ...BOTH, strangerApart: true },
      OK,
      OK,
      '250 flushed',
      '451 4.7.1 slow',
      '503 MAIL first',
      '221 bye',
    );
    expect(outcomes.flatMap(({ signal }) => signal ?? [])).toEqual([answer(OK, null)]);
  });

  test('a session that speaks one by one does so in spite of PIPELINING', () => {
    let dialogue = startDialogue(HELO_NAME, true);
    for (const text of [GREETING, PIPELINING]) dialogue = step(dialogue, eventOf(text)).dialogue;
    expect(step(dialogue, eventOf(BOTH)).send.map(({ verb }) => verb)).toEqual(['MAIL']);
  });

  test('a refused MAIL leaves both recipients without an answer, whatever RCPT was told', () => {
    const blocked = '550 5.7.1 blocked';
    expect(ask(PIPELINING, BOTH, blocked, '503 MAIL first', '503 MAIL first').at(-1)?.signal).toEqual(
      answer(null, null, blocked),
    );
  });

  test('SMTPUTF8 is said with MAIL where the address needs it', () => {
    const [first] = ask(PIPELINING, { ...BOTH, smtputf8: true });
    expect(first?.sent[0]).toBe(`${MAIL} SMTPUTF8`);
  });

  test('a stranger apart has a MAIL of its own after RSET, without SMTPUTF8', () => {
    const apart = { ...BOTH, strangerApart: true, smtputf8: true };
    expect(ask(PIPELINING, apart, OK, OK, '250 flushed', OK, UNKNOWN, '221 bye')).toEqual([
      { sent: [`${MAIL} SMTPUTF8`, ADA, 'RSET', MAIL, STRANGER, 'QUIT'], signal: null },
      nothing,
      nothing,
      nothing,
      nothing,
      { sent: [], signal: answer(OK, UNKNOWN) },
      nothing,
    ]);
  });
});

describe('without PIPELINING', () => {
  test('each command waits for the reply to the one before, and QUIT does not hold up the answer', () => {
    expect(ask(ONE_BY_ONE, BOTH, OK, OK, UNKNOWN, '221 bye')).toEqual([
      { sent: [MAIL], signal: null },
      { sent: [ADA], signal: null },
      { sent: [STRANGER], signal: null },
      { sent: ['QUIT'], signal: answer(OK, UNKNOWN) },
      nothing,
    ]);
  });

  test.each([UNKNOWN, '450 4.2.0 greylisted', '452 4.2.2 full', '554 5.7.1 blocked'])(
    'the stranger is not asked after %s',
    (refusal) => {
      expect(ask(ONE_BY_ONE, BOTH, OK, refusal)).toEqual([
        { sent: [MAIL], signal: null },
        { sent: [ADA], signal: null },
        { sent: ['QUIT'], signal: answer(refusal, null) },
      ]);
    },
  );

  test.each(['550 5.7.1 blocked', '451 4.7.1 later'])('no recipient is asked after MAIL was told %s', (refusal) => {
    expect(ask(ONE_BY_ONE, BOTH, refusal)).toEqual([
      { sent: [MAIL], signal: null },
      { sent: ['QUIT'], signal: answer(null, null, refusal) },
    ]);
  });

  test('a stranger apart is asked after RSET and a MAIL of its own', () => {
    const apart = { ...BOTH, strangerApart: true };
    const sent = ask(ONE_BY_ONE, apart, OK, OK, '250 flushed', OK, UNKNOWN).flatMap((outcome) => outcome.sent);
    expect(sent).toEqual([MAIL, ADA, 'RSET', MAIL, STRANGER, 'QUIT']);
  });

  test('a stranger apart is not asked where its MAIL is refused', () => {
    const outcomes = ask(ONE_BY_ONE, { ...BOTH, strangerApart: true }, OK, OK, '250 flushed', '452 4.5.3 too many');
    expect(outcomes.at(-1)).toEqual({ sent: ['QUIT'], signal: answer(OK, null) });
  });

  test('holds after HELO, whatever its reply lists', () => {
    const { outcomes } = play(GREETING, '502 no', '250-mx\n250 PIPELINING', BOTH);
    expect(outcomes.at(-1)?.sent).toEqual([MAIL]);
  });
});

describe.each([
  ['with PIPELINING', PIPELINING],
  ['without PIPELINING', ONE_BY_ONE],
])('%s, a server that is out of step', (_, hello) => {
  const signals = (...events: readonly (string | Transaction)[]): readonly Signal[] =>
    ask(hello, ...events).flatMap(({ signal }) => signal ?? []);
  const last = (...events: readonly (string | Transaction)[]): Signal | null => signals(...events).at(-1) ?? null;
  const answers = (...events: readonly (string | Transaction)[]): readonly Signal[] =>
    signals(...events).filter(({ kind }) => kind === 'answer');

  test.each(['220 hello', '221 bye', '354 go ahead', '251 forwarded', '252 maybe'])(
    'is not believed when MAIL is told %s',
    (text) => {
      expect(last(BOTH, text)).toEqual({ kind: 'broken', stage: 'mail', fault: 'reply_out_of_turn' });
    },
  );

  test.each(['220 hello', '221 bye', '235 logged in', '354 go ahead', '253 what'])(
    'is not believed when RCPT is told %s',
    (text) => {
      expect(last(BOTH, OK, text)).toEqual({ kind: 'broken', stage: 'rcpt', fault: 'reply_out_of_turn' });
    },
  );

  test.each(['250', '251 forwarded', '252 maybe'])('is in step when RCPT is told %s', (text) => {
    expect(last(ALONE, OK, text)).toEqual(answer(text, null));
  });

  test('is not believed when it answers QUIT as if it were a recipient', () => {
    expect(last(ALONE, OK, OK, UNKNOWN)).toEqual({ kind: 'broken', stage: 'rcpt', fault: 'reply_out_of_turn' });
  });

  test.each(['221 bye', '450 later', UNKNOWN])('is not believed when it answers RSET with %s', (text) => {
    expect(last({ ...ALONE, isLast: false }, OK, OK, text)).toEqual({
      kind: 'broken',
      stage: 'rcpt',
      fault: 'reply_out_of_turn',
    });
  });

  test.each(['250 hello again', UNKNOWN, '354 go ahead'])(
    'breaks a ready session that nobody asked with %s',
    (text) => {
      expect(ask(hello, text)).toEqual([
        { sent: [], signal: { kind: 'broken', stage: 'mail', fault: 'unexpected_reply' } },
      ]);
    },
  );

  test('drops a ready session with an unasked 421', () => {
    expect(last('421 4.4.2 idle')).toEqual({ kind: 'dropped', stage: 'mail' });
  });

  test('drops a ready session by closing', () => {
    expect(last('closed')).toEqual({ kind: 'dropped', stage: 'mail' });
  });

  test('loses the question when it closes before RCPT is answered', () => {
    expect(last(BOTH, 'closed')).toEqual({ kind: 'dropped', stage: 'mail' });
    expect(last(BOTH, OK, 'closed')).toEqual({ kind: 'dropped', stage: 'rcpt' });
  });

  test('has answered when it closes after a refusal, and after an acceptance without the stranger', () => {
    expect(answers(BOTH, OK, UNKNOWN, 'closed')).toEqual([answer(UNKNOWN, null)]);
    expect(answers(BOTH, OK, OK, 'closed')).toEqual([answer(OK, null)]);
    expect(answers(BOTH, '550 5.7.1 blocked', 'closed')).toEqual([answer(null, null, '550 5.7.1 blocked')]);
  });

  test('has answered with the 421 by which it takes its leave, at MAIL and at RCPT', () => {
    const leave = '421 4.7.0 too many';
    expect(answers(BOTH, leave)).toEqual([answer(null, null, leave)]);
    expect(answers(BOTH, OK, leave)).toEqual([answer(leave, null)]);
    expect(answers(BOTH, OK, OK, leave)).toEqual([answer(OK, leave)]);
  });

  test('has answered when 421 is what QUIT is told', () => {
    expect(answers(BOTH, OK, OK, UNKNOWN, '421 bye')).toEqual([answer(OK, UNKNOWN)]);
    expect(last(BOTH, OK, OK, UNKNOWN, '421 bye')).toEqual({ kind: 'dropped', stage: 'rcpt' });
  });

  test.each(['closed', '421 too many', '250 flushed'])(
    'answers once, whatever comes of the RSET behind it: %s',
    (end) => {
      expect(answers({ ...BOTH, isLast: false }, OK, OK, UNKNOWN, end)).toEqual([answer(OK, UNKNOWN)]);
    },
  );

  test('is not heard any more once the session has ended', () => {
    const [, , after] = ask(hello, '354 go ahead', OK, UNKNOWN);
    expect(after).toEqual(nothing);
  });
});

describe('asking', () => {
  test.each([
    ['before the greeting', []],
    ['before EHLO is answered', [GREETING]],
    ['while another question is open', [GREETING, PIPELINING, BOTH]],
  ])('%s is a fault of ours', (_, events) => {
    expect(() => play(...events, ALONE)).toThrow('one transaction at a time');
  });
});

describe('STARTTLS', () => {
  /** Plays a server up to the place where STARTTLS has been said. */
  function upgrade(...replies: readonly string[]): readonly Outcome[] {
    let { dialogue } = play(GREETING, PIPELINING);
    const events: DialogueEvent[] = [{ kind: 'starttls' }, ...replies.map(eventOf)];
    return events.map((event) => {
      const next = step(dialogue, event);
      dialogue = next.dialogue;
      return { sent: next.send.map((command) => writeCommand(command).trimEnd()), signal: next.signal };
    });
  }

  test('is said alone, and 220 to it lets the handshake begin', () => {
    expect(upgrade('220 go ahead')).toEqual([
      { sent: ['STARTTLS'], signal: null },
      { sent: [], signal: { kind: 'upgrade' } },
    ]);
  });

  test('is followed by EHLO anew, and what the server offered before is forgotten', () => {
    let { dialogue } = play(GREETING, PIPELINING);
    for (const event of [{ kind: 'starttls' }, eventOf('220 go'), { kind: 'secured' }] as const) {
      const next = step(dialogue, event);
      dialogue = next.dialogue;
      if (event.kind === 'secured') expect(next.send.map(({ verb }) => verb)).toEqual(['EHLO']);
    }
    expect(dialogue.extensions.size).toBe(0);
  });

  test.each(['454 4.7.0 not now', '554 no'])('refused with %s refuses us', (text) => {
    expect(upgrade(text).at(-1)?.signal).toEqual({ kind: 'refused', stage: 'starttls', reply: reply(text) });
  });

  test('answered with anything else, or by a second reply, breaks the session', () => {
    const broken = { kind: 'broken', stage: 'starttls', fault: 'unexpected_reply' };
    expect(upgrade('250 ok').at(-1)?.signal).toEqual(broken);
    expect(upgrade('220 go', '250 injected').at(-1)?.signal).toEqual(broken);
  });
});

describe('the stage', () => {
  test.each<[string, readonly (string | Transaction)[], string]>([
    ['connect until the greeting', [], 'connect'],
    ['ehlo until its reply', [GREETING], 'ehlo'],
    ['ehlo while HELO is tried', [GREETING, '502 no'], 'ehlo'],
    ['mail once ready', [GREETING, PIPELINING], 'mail'],
    ['mail until MAIL is answered', [GREETING, PIPELINING, BOTH], 'mail'],
    ['rcpt after it', [GREETING, PIPELINING, BOTH, OK], 'rcpt'],
    [
      'mail again in the next transaction',
      [GREETING, PIPELINING, { ...ALONE, isLast: false }, OK, OK, '250', BOTH],
      'mail',
    ],
  ])('is %s', (_, events, stage) => {
    expect(stageOf(play(...events).dialogue)).toBe(stage);
  });
});

describe('whatever a server says', () => {
  const said = fc.constantFrom(
    ...[GREETING, PIPELINING, ONE_BY_ONE, OK, '252 maybe', UNKNOWN, '421 bye', '450 later', '452 4.5.3 too many'],
    ...['502 what?', '503 order', '221 bye', '354 go', 'closed'],
  );
  const opening = fc.constantFrom([], [GREETING], [GREETING, PIPELINING], [GREETING, ONE_BY_ONE]);
  const question = fc.record({
    mailFrom: fc.constant(BOTH.mailFrom),
    recipients: fc.constantFrom(BOTH.recipients, ['ada@example.test', 'bob@example.test', 'eve@example.test']),
    stranger: fc.constantFrom(BOTH.stranger, null),
    strangerApart: fc.boolean(),
    smtputf8: fc.boolean(),
    isLast: fc.boolean(),
  });

  /** Plays a server; asks as soon as the session is ready. Answers every write and signal in order. */
  function converse(replies: readonly string[], transaction: Transaction) {
    let dialogue = startDialogue(HELO_NAME);
    const writes: (readonly Command[])[] = [];
    const signals: Signal[] = [];
    let hasAsked = false;
    const apply = (event: DialogueEvent): void => {
      const next = step(dialogue, event);
      dialogue = next.dialogue;
      if (next.send.length > 0) writes.push(next.send);
      if (next.signal !== null) signals.push(next.signal);
    };
    for (const text of replies) {
      apply(eventOf(text));
      if (dialogue.phase !== 'ready' || hasAsked) continue;
      hasAsked = true;
      apply({ kind: 'ask', transaction });
    }
    return { dialogue, writes, signals };
  }

  test('each command is said once, nothing before the greeting, and several in one write only with PIPELINING', () => {
    const property = fc.property(opening, fc.array(said, { maxLength: 9 }), question, (hello, rest, transaction) => {
      const { dialogue, writes } = converse([...hello, ...rest], transaction);
      const verbs = writes.flat().map(({ verb }) => verb);
      const times = (...counted: readonly string[]): number => verbs.filter((verb) => counted.includes(verb)).length;
      expect(times('EHLO')).toBe([...hello, ...rest][0] === GREETING ? 1 : 0);
      expect(times('HELO')).toBeLessThanOrEqual(1);
      const asked = transaction.recipients.length + (transaction.stranger === null ? 0 : 1);
      expect(times('RCPT')).toBeLessThanOrEqual(asked);
      expect(times('QUIT')).toBeLessThanOrEqual(1);
      if (!dialogue.extensions.has('PIPELINING'))
        expect(Math.max(0, ...writes.map(({ length }) => length))).toBeLessThan(2);
    });
    fc.assert(property, { numRuns: FUZZ_RUNS });
  });

  test('an answer never gives a recipient where MAIL was refused, and never more than was asked', () => {
    const property = fc.property(opening, fc.array(said, { maxLength: 9 }), question, (hello, rest, transaction) => {
      for (const signal of converse([...hello, ...rest], transaction).signals) {
        if (signal.kind !== 'answer') continue;
        const { mail, recipients, stranger } = signal.answer;
        expect(recipients).toHaveLength(transaction.recipients.length);
        if (mail.code >= 400) expect([...recipients, stranger].every((reply) => reply === null)).toBe(true);
        if (transaction.stranger === null) expect(stranger).toBeNull();
        if (recipients.every((reply) => reply === null)) expect(stranger).toBeNull();
      }
    });
    fc.assert(property, { numRuns: FUZZ_RUNS });
  });

  test('a question is answered once at most, and each recipient by the reply to their own RCPT', () => {
    const property = fc.property(opening, fc.array(said, { maxLength: 9 }), question, (hello, rest, transaction) => {
      const { signals, dialogue } = converse([...hello, ...rest], transaction);
      const answers = signals.filter(({ kind }) => kind === 'answer');
      expect(answers.length).toBeLessThanOrEqual(1);
      for (const signal of answers) {
        if (signal.kind !== 'answer') continue;
        for (const { command, reply } of exchangesOf(dialogue)) {
          if (command.verb !== 'RCPT' || signal.answer.mail.code >= 400) continue;
          if (command.asks !== 'stranger') expect(signal.answer.recipients[command.asks]).toEqual(reply);
        }
      }
    });
    fc.assert(property, { numRuns: FUZZ_RUNS });
  });

  test('an ended session says and signals nothing more', () => {
    const property = fc.property(
      opening,
      fc.array(said, { maxLength: 9 }),
      question,
      said,
      (hello, rest, transaction, more) => {
        const { dialogue } = converse([...hello, ...rest], transaction);
        if (dialogue.phase !== 'ended') return;
        expect(step(dialogue, eventOf(more))).toEqual({ dialogue, send: [], signal: null });
      },
    );
    fc.assert(property, { numRuns: FUZZ_RUNS });
  });
});
