import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type Command, writeCommand } from '../../../probe-node/smtp/command.ts';
import {
  type Dialogue,
  type DialogueEvent,
  isBoundedInSilence,
  type Signal,
  stageOf,
  startDialogue,
  step,
} from '../../../probe-node/smtp/dialogue.ts';
import { exchangesOf, type Transaction } from '../../../probe-node/smtp/transaction.ts';
import { parseReplyText, type Reply } from '../../../shared/replies/reply.ts';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from '../fuzz-runs.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const HELO_NAME = 'probe1.example.com';
const EHLO = `EHLO ${HELO_NAME}`;
const GREETING = '220 mx.example.test ESMTP';
const PIPELINING = '250-mx.example.test\n250-PIPELINING\n250 SIZE 1000';
const ONE_BY_ONE = '250 mx.example.test';
const MAIL = 'MAIL FROM:<verify@example.com>';
const ADA = 'RCPT TO:<ada@example.test>';
const STRANGER = 'RCPT TO:<x1@example.test>';
/** A reply that any command may get. */
const OK = '250 Ok';
const UNKNOWN = '550 5.1.1 User unknown';

const BOTH: Transaction = {
  mailFrom: 'verify@example.com',
  recipients: ['ada@example.test'],
  stranger: 'x1@example.test',
  strangerApart: false,
  smtputf8: false,
};
const ALONE: Transaction = { ...BOTH, stranger: null };

function reply(text: string): Reply {
  const parsed = parseReplyText(text);
  if (parsed === null) throw new Error(`no reply: ${text}`);
  return parsed;
}

/** Result of one event: the commands of one write as lines, and the signal. */
type Outcome = { readonly sent: readonly string[]; readonly signal: Signal | null };

/** Plays events in order: a text is a reply, `closed` and `silent` are the end of it, an object a question. */
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
  return event === 'closed' || event === 'silent' ? { kind: event } : { kind: 'reply', reply: reply(event) };
}

/** The outcomes without those of greeting, EHLO and its reply. */
function ask(hello: string, ...events: readonly (string | Transaction)[]): readonly Outcome[] {
  return play(GREETING, hello, ...events).outcomes.slice(2);
}

function answer(
  recipient: string | null,
  stranger: string | null,
  mail = OK,
  cut: 'closed' | 'silent' | null = null,
): Signal {
  return {
    kind: 'answer',
    answer: {
      mail: reply(mail),
      recipients: [recipient === null ? null : reply(recipient)],
      stranger: stranger === null ? null : reply(stranger),
      cut,
      isProved: true,
    },
  };
}

const nothing: Outcome = { sent: [], signal: null };

describe('the greeting', () => {
  test('the greeting brings out EHLO with our own name, alone', () => {
    expect(play(GREETING).outcomes).toEqual([{ sent: [`EHLO ${HELO_NAME}`], signal: null }]);
  });

  test.each(['450 later', '554 5.7.1 go away', '500 no'])(
    'the greeting that says %s refuses us, and we take leave',
    (text) => {
      expect(play(text).outcomes).toEqual([
        { sent: ['QUIT'], signal: { kind: 'refused', stage: 'connect', reply: reply(text) } },
      ]);
    },
  );

  test('the greeting that says 421 refuses us without a word of ours: the server hangs up by itself', () => {
    expect(play('421 4.3.2 busy').outcomes).toEqual([
      { sent: [], signal: { kind: 'refused', stage: 'connect', reply: reply('421 4.3.2 busy') } },
    ]);
  });

  test.each(['200 ok', '221 bye', '250 ok', '354 go ahead'])('the greeting that says %s is no greeting', (text) => {
    expect(play(text).outcomes).toEqual([
      { sent: [], signal: { kind: 'broken', stage: 'connect', fault: 'no_greeting' } },
    ]);
  });

  test('the greeting that never comes is a drop at connect', () => {
    expect(play('closed').outcomes).toEqual([{ sent: [], signal: { kind: 'dropped', stage: 'connect' } }]);
  });
});

describe('EHLO', () => {
  test('EHLO makes the session ready and gives the extensions in upper case, the server name apart', () => {
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

  test('EHLO and HELO both refused refuse us: there is no third try', () => {
    expect(play(GREETING, '502 no', '502 no').outcomes[2]).toEqual({
      sent: ['QUIT'],
      signal: { kind: 'refused', stage: 'ehlo', reply: reply('502 no') },
    });
  });

  test.each(['220 again', '221 bye', '252 maybe', '354 go ahead'])(
    'EHLO answered with %s breaks the session',
    (text) => {
      expect(play(GREETING, text).outcomes[1]).toEqual({
        sent: [],
        signal: { kind: 'broken', stage: 'ehlo', fault: 'unexpected_reply' },
      });
    },
  );

  test('EHLO that is not answered is a drop at EHLO', () => {
    expect(play(GREETING, 'closed').outcomes[1]?.signal).toEqual({ kind: 'dropped', stage: 'ehlo' });
  });
});

describe('with PIPELINING', () => {
  test('the whole group goes out in one write, and the answer waits for the reply to EHLO said again', () => {
    expect(ask(PIPELINING, BOTH, OK, OK, UNKNOWN, OK, PIPELINING)).toEqual([
      { sent: [MAIL, ADA, STRANGER, 'RSET', EHLO], signal: null },
      nothing,
      nothing,
      nothing,
      nothing,
      { sent: [], signal: answer(OK, UNKNOWN) },
    ]);
  });

  test.each([
    ['in words of its own', OK, '250 flushed', 'Reset OK'],
    ['by a status of its own', '250 2.1.5 Ok', '250 2.0.0 Ok', '2.0.0 Ok'],
  ])('a server that answers RSET %s is not told EHLO a third time', (_, accepted, reset) => {
    const outcomes = ask(PIPELINING, ALONE, OK, accepted, reset, PIPELINING, BOTH, OK, UNKNOWN, UNKNOWN, reset);
    expect(outcomes[5]?.sent).toEqual([MAIL, ADA, STRANGER, 'RSET']);
    expect(outcomes.at(-1)?.signal).toEqual(answer(UNKNOWN, UNKNOWN));
  });

  test.each([
    ['says of it what it says of everything', OK, '250 2.1.5 Ok'],
    ['has accepted nobody to compare it with', UNKNOWN, '250 2.0.0 Ok'],
  ])('a server that %s is told EHLO after each group', (_, recipient, reset) => {
    const [, , , , , second] = ask(PIPELINING, ALONE, OK, recipient, reset, PIPELINING, BOTH);
    expect(second?.sent).toEqual([MAIL, ADA, STRANGER, 'RSET', EHLO]);
  });

  test('a server that has no second EHLO is in step if it says so behind the reply to RSET', () => {
    expect(ask(PIPELINING, ALONE, OK, UNKNOWN, OK, '503 5.5.1 Already said').at(-1)?.signal).toEqual(
      answer(UNKNOWN, null),
    );
    expect(ask(PIPELINING, ALONE, OK, UNKNOWN, '503 no', '503 no').at(-1)?.signal?.kind).toBe('broken');
  });

  test('many recipients are one write and get their replies in order, each their own', () => {
    const recipients = ['ada@example.test', 'bob@example.test', 'eve@example.test'];
    const replies = [OK, OK, UNKNOWN, '452 4.2.2 full', UNKNOWN];
    const outcomes = ask(PIPELINING, { ...BOTH, recipients }, ...replies, '250 flushed', PIPELINING);
    expect(outcomes[0]?.sent).toEqual([MAIL, ...recipients.map((to) => `RCPT TO:<${to}>`), STRANGER, 'RSET', EHLO]);
    expect(outcomes.at(-1)?.signal).toMatchObject({
      kind: 'answer',
      answer: {
        recipients: [OK, UNKNOWN, '452 4.2.2 full'].map(reply),
        stranger: reply(UNKNOWN),
      },
    });
  });

  test('a stranger apart whose MAIL is refused has no reply, whatever its RCPT was told', () => {
    const apart = { ...BOTH, strangerApart: true };
    const said = [OK, OK, '250 flushed', '451 4.7.1 slow', '503 MAIL first', '250 flushed', PIPELINING];
    expect(ask(PIPELINING, apart, ...said).flatMap(({ signal }) => signal ?? [])).toEqual([answer(OK, null)]);
  });

  test('a session that speaks one by one does so in spite of PIPELINING', () => {
    let dialogue = startDialogue(HELO_NAME, true);
    for (const text of [GREETING, PIPELINING]) dialogue = step(dialogue, eventOf(text)).dialogue;
    expect(step(dialogue, eventOf(BOTH)).send.map(({ verb }) => verb)).toEqual(['MAIL']);
  });

  test('a refused MAIL leaves both recipients without an answer, whatever RCPT was told', () => {
    const blocked = '550 5.7.1 blocked';
    expect(ask(PIPELINING, BOTH, blocked, '503 MAIL first', '503 MAIL first', OK, PIPELINING).at(-1)?.signal).toEqual(
      answer(null, null, blocked),
    );
  });

  test('SMTPUTF8 is said with MAIL if the address needs it', () => {
    const [first] = ask(PIPELINING, { ...BOTH, smtputf8: true });
    expect(first?.sent[0]).toBe(`${MAIL} SMTPUTF8`);
  });

  test('a stranger apart has a MAIL of its own after RSET, without SMTPUTF8', () => {
    const apart = { ...BOTH, strangerApart: true, smtputf8: true };
    const outcomes = ask(PIPELINING, apart, OK, OK, '250 flushed', OK, UNKNOWN, OK, PIPELINING);
    expect(outcomes[0]?.sent).toEqual([`${MAIL} SMTPUTF8`, ADA, 'RSET', MAIL, STRANGER, 'RSET', EHLO]);
    expect(outcomes.at(-1)?.signal).toEqual(answer(OK, UNKNOWN));
  });
});

describe('without PIPELINING', () => {
  test('each command waits for the reply to the one before, and the answer for that to RSET', () => {
    expect(ask(ONE_BY_ONE, BOTH, OK, OK, UNKNOWN, '250 flushed')).toEqual([
      { sent: [MAIL], signal: null },
      { sent: [ADA], signal: null },
      { sent: [STRANGER], signal: null },
      { sent: ['RSET'], signal: null },
      { sent: [], signal: answer(OK, UNKNOWN) },
    ]);
  });

  test.each([
    ['EHLO, whose name nothing else has said', ONE_BY_ONE, EHLO, ONE_BY_ONE, 'ready'],
    ['EHLO, whose extensions nothing else has said', '250-ok\n250 SIZE', EHLO, '250-ok\n250 SIZE', 'ready'],
    ['QUIT, where the greeting is like every other reply', '250 ok', 'QUIT', '221 bye', 'ended'],
  ])('a RSET that is answered like any other command is followed by %s', (_, hello, sent, said, phase) => {
    const { outcomes, dialogue } = play(GREETING, hello, ALONE, '250 ok', UNKNOWN, '250 ok', said);
    expect(outcomes.slice(-2)).toEqual([
      { sent: [sent], signal: null },
      { sent: [], signal: answer(UNKNOWN, null, '250 ok') },
    ]);
    expect(dialogue.phase).toBe(phase);
  });

  test('after HELO it is HELO that is said again', () => {
    const { outcomes } = play(GREETING, '502 no', '250 mx', ALONE, OK, UNKNOWN, OK, '250 mx');
    expect(outcomes.slice(-2)).toEqual([
      { sent: [`HELO ${HELO_NAME}`], signal: null },
      { sent: [], signal: answer(UNKNOWN, null) },
    ]);
  });

  test.each([UNKNOWN, '450 4.2.0 greylisted', '452 4.2.2 full', '554 5.7.1 blocked'])(
    'the stranger is not asked after %s',
    (refusal) => {
      expect(ask(ONE_BY_ONE, BOTH, OK, refusal, '250 flushed')).toEqual([
        { sent: [MAIL], signal: null },
        { sent: [ADA], signal: null },
        { sent: ['RSET'], signal: null },
        { sent: [], signal: answer(refusal, null) },
      ]);
    },
  );

  test.each(['550 5.7.1 blocked', '451 4.7.1 later'])('no recipient is asked after MAIL was told %s', (refusal) => {
    expect(ask(ONE_BY_ONE, BOTH, refusal, OK)).toEqual([
      { sent: [MAIL], signal: null },
      { sent: ['RSET'], signal: null },
      { sent: [], signal: answer(null, null, refusal) },
    ]);
  });

  test('a stranger apart is asked after RSET and a MAIL of its own', () => {
    const apart = { ...BOTH, strangerApart: true };
    const sent = ask(ONE_BY_ONE, apart, OK, OK, '250 flushed', OK, UNKNOWN).flatMap((outcome) => outcome.sent);
    expect(sent).toEqual([MAIL, ADA, 'RSET', MAIL, STRANGER, 'RSET']);
  });

  test('a stranger apart is not asked if its MAIL is refused', () => {
    const said = [OK, OK, '250 flushed', '452 4.5.3 too many', '250 flushed'];
    const outcomes = ask(ONE_BY_ONE, { ...BOTH, strangerApart: true }, ...said);
    expect(outcomes.at(-1)).toEqual({ sent: [], signal: answer(OK, null) });
  });

  test('without PIPELINING holds after HELO, whatever its reply lists', () => {
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

  test.each(['220 hello', '221 bye', '251 forwarded', '252 maybe', '354 go ahead'])(
    'is not believed when MAIL is told %s',
    (text) => {
      expect(last(BOTH, text)).toEqual({ kind: 'broken', stage: 'mail', fault: 'reply_out_of_turn' });
    },
  );

  test.each(['220 hello', '221 bye', '235 logged in', '253 what', '354 go ahead'])(
    'is not believed when RCPT is told %s',
    (text) => {
      expect(last(BOTH, OK, text)).toEqual({ kind: 'broken', stage: 'rcpt', fault: 'reply_out_of_turn' });
    },
  );

  test.each(['250', '251 forwarded', '252 maybe'])('is in step when RCPT is told %s', (text) => {
    expect(signals(ALONE, OK, text, '250 flushed', hello)[0]).toEqual(answer(text, null));
  });

  test.each(['221 bye', '450 later', UNKNOWN])('is not believed when it answers RSET with %s', (text) => {
    expect(last(ALONE, OK, OK, text)).toEqual({ kind: 'broken', stage: 'rcpt', fault: 'reply_out_of_turn' });
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

  test('has answered when it closes after a refusal', () => {
    expect(signals(BOTH, OK, UNKNOWN, 'closed')).toEqual([answer(UNKNOWN, null, OK, 'closed')]);
    expect(signals(BOTH, '550 5.7.1 blocked', 'closed')).toEqual([answer(null, null, '550 5.7.1 blocked', 'closed')]);
  });

  test('has answered when it closes after an acceptance that can be nothing else', () => {
    expect(signals(ALONE, OK, '250 2.1.5 Ok', 'closed')).toEqual([answer('250 2.1.5 Ok', null, OK, 'closed')]);
    expect(signals(ALONE, OK, '250 <ada@example.test> ok', 'closed')).toHaveLength(1);
  });

  test.each(['closed', 'silent'])(
    'leaves an acceptance unproved that could be the reply to MAIL, if it is %s at the stranger',
    (cut) => {
      const signal = signals(BOTH, '250 ok', '250 ok', cut).at(-1);
      expect(signal).toMatchObject({ kind: 'answer', answer: { recipients: [reply('250 ok')], isProved: false } });
    },
  );

  test.each(['closed', 'silent'])(
    'has accepted no recipient whose acceptance could be the reply to MAIL: %s',
    (cut) => {
      expect(signals(ALONE, '250 ok', '250 ok', cut).at(-1)?.kind).toBe('broken');
    },
  );

  test('has refused no recipient while another reply may come', () => {
    expect(signals(ALONE, OK, UNKNOWN, 'silent').at(-1)?.kind).toBe('broken');
    expect(signals(BOTH, OK, '550 5.1.1 <ada@example.test>: no', 'silent').at(-1)).toMatchObject({
      answer: { recipients: [{ code: 550 }] },
    });
  });

  test('is not believed of several that it hangs up on, if one place more or less changes the refused recipient', () => {
    const two = { ...ALONE, recipients: ['ada@example.test', 'bob@example.test'] };
    expect(last(two, '250 ok', '250 ok', UNKNOWN, 'closed')).toMatchObject({ kind: 'broken', fault: 'cut_short' });
    expect(last(two, OK, '250 2.1.5 Ok', UNKNOWN, 'closed')).toMatchObject({ kind: 'answer' });
    expect(last(two, OK, UNKNOWN, 'closed')).toMatchObject({ answer: { recipients: [{ code: 550 }, null] } });
  });

  test.each([
    ['RCPT', [OK, '550 5.1.1 <x1@example.test>: User unknown']],
    ['RCPT by its bare name', [OK, '550 no mailbox X1@example.test.']],
    ['RCPT by its local part', [OK, '550 5.1.1 <x1>: User unknown']],
    ['MAIL', ['250 ada@example.test ok']],
    ['RSET', [OK, OK, OK, '250 <x1@example.test> ok']],
  ])('is not believed when it names another recipient at %s', (_, replies) => {
    expect(last(BOTH, ...replies)).toMatchObject({ kind: 'broken', fault: 'reply_out_of_turn' });
  });

  test.each([
    '250 <ada@example.test>, beside <x1@example.test>',
    '251 2.1.5 will forward to <x1@example.test>',
    '551 5.1.6 has moved to x1@example.test',
    '550 <someone@elsewhere.test> no',
  ])('is in step when RCPT is told %s', (text) => {
    expect(last(BOTH, OK, text)?.kind ?? 'more').toBe('more');
  });

  test('has answered with the 421 by which it takes its leave, at MAIL and at RCPT', () => {
    const leave = '421 4.7.0 too many';
    expect(signals(BOTH, leave)).toEqual([answer(null, null, leave, 'closed')]);
    expect(signals(BOTH, OK, leave)).toEqual([answer(leave, null, OK, 'closed')]);
    expect(signals(BOTH, OK, '250 2.1.5 Ok', leave)).toEqual([answer('250 2.1.5 Ok', leave, OK, 'closed')]);
  });

  test.each(['closed', '421 too many', '250 flushed'])(
    'answers once, whatever comes of the RSET behind it: %s',
    (end) => {
      expect(
        signals(BOTH, OK, '250 2.1.5 Ok', UNKNOWN, end, PIPELINING).filter(({ kind }) => kind === 'answer'),
      ).toHaveLength(1);
    },
  );

  test('is not heard any more once the session has ended', () => {
    const [, , after] = ask(hello, '354 go ahead', OK, UNKNOWN);
    expect(after).toEqual(nothing);
  });
});

test('a group with the reply to EHLO in the place of another is out of step at once', () => {
  for (const before of [[], [OK], [OK, OK]]) {
    expect(ask(PIPELINING, BOTH, ...before, PIPELINING).at(-1)?.signal).toMatchObject({ kind: 'broken' });
  }
  expect(ask(PIPELINING, BOTH, OK, OK, OK, PIPELINING).at(-1)?.signal).toMatchObject({ kind: 'broken' });
});

test.each([
  ['a group that has answers and waits for more', PIPELINING, [BOTH, OK, OK], true],
  ['a group without an answer: the server may be looking the sender up', PIPELINING, [BOTH, OK], false],
  ['one by one, the stranger', ONE_BY_ONE, [BOTH, OK, OK], true],
  ['one by one, a recipient', ONE_BY_ONE, [BOTH, OK], false],
  ['an idle session', PIPELINING, [], false],
])('whether silence is bounded: %s', (_, hello, events, expected) => {
  expect(isBoundedInSilence(play(GREETING, hello, ...events).dialogue)).toBe(expected);
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
  /** Plays a server up to STARTTLS. */
  function upgrade(...replies: readonly string[]): readonly Outcome[] {
    let { dialogue } = play(GREETING, PIPELINING);
    const events: DialogueEvent[] = [{ kind: 'starttls' }, ...replies.map(eventOf)];
    return events.map((event) => {
      const next = step(dialogue, event);
      dialogue = next.dialogue;
      return { sent: next.send.map((command) => writeCommand(command).trimEnd()), signal: next.signal };
    });
  }

  test('STARTTLS is said alone, and 220 to it lets the handshake begin', () => {
    expect(upgrade('220 go ahead')).toEqual([
      { sent: ['STARTTLS'], signal: null },
      { sent: [], signal: { kind: 'upgrade' } },
    ]);
  });

  test('STARTTLS is followed by EHLO anew, and what the server offered before is forgotten', () => {
    let { dialogue } = play(GREETING, PIPELINING);
    for (const event of [{ kind: 'starttls' }, eventOf('220 go'), { kind: 'secured' }] as const) {
      const next = step(dialogue, event);
      dialogue = next.dialogue;
      if (event.kind === 'secured') expect(next.send.map(({ verb }) => verb)).toEqual(['EHLO']);
    }
    expect(dialogue.extensions.size).toBe(0);
  });

  test.each(['454 4.7.0 not now', '554 no'])('STARTTLS refused with %s refuses us', (text) => {
    expect(upgrade(text).at(-1)?.signal).toEqual({ kind: 'refused', stage: 'starttls', reply: reply(text) });
  });

  test('STARTTLS answered with anything else, or by a second reply, breaks the session', () => {
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
    ['mail again in the next transaction', [GREETING, PIPELINING, ALONE, OK, OK, OK, PIPELINING, BOTH], 'mail'],
  ])('the stage is %s', (_, events, stage) => {
    expect(stageOf(play(...events).dialogue)).toBe(stage);
  });
});

describe('whatever a server says', () => {
  const said = fc.constantFrom(
    ...[GREETING, PIPELINING, ONE_BY_ONE, OK, '252 maybe', UNKNOWN, '421 bye', '450 later', '452 4.5.3 too many'],
    ...['502 what?', '503 order', '221 bye', '354 go', '250 flushed', 'closed', 'silent'],
  );
  const opening = fc.constantFrom([], [GREETING], [GREETING, PIPELINING], [GREETING, ONE_BY_ONE]);
  const question = fc.record({
    mailFrom: fc.constant(BOTH.mailFrom),
    recipients: fc.constantFrom(BOTH.recipients, ['ada@example.test', 'bob@example.test', 'eve@example.test']),
    stranger: fc.constantFrom(BOTH.stranger, null),
    strangerApart: fc.boolean(),
    smtputf8: fc.boolean(),
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
      const isGreeted = [...hello, ...rest][0] === GREETING;
      expect(writes[0]?.map(({ verb }) => verb)).toEqual(isGreeted ? ['EHLO'] : writes[0]?.map(() => 'QUIT'));
      // Once more at the end of the transaction, and nothing behind it.
      for (const write of writes)
        for (const { verb } of write.slice(0, -1)) expect(verb).not.toMatch(/^(?:EHLO|HELO|QUIT)$/);
      expect(times('EHLO')).toBeLessThanOrEqual(2);
      expect(times('HELO')).toBeLessThanOrEqual(2);
      const asked = transaction.recipients.length + (transaction.stranger === null ? 0 : 1);
      expect(times('RCPT')).toBeLessThanOrEqual(asked);
      expect(times('QUIT')).toBeLessThanOrEqual(1);
      if (!dialogue.extensions.has('PIPELINING'))
        expect(Math.max(0, ...writes.map(({ length }) => length))).toBeLessThan(2);
    });
    fc.assert(property, { numRuns: FUZZ_RUNS });
  });

  test('an answer never gives a recipient if MAIL was refused, and never more than was asked', () => {
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
        for (const { command, reply } of exchangesOf(dialogue.exchange)) {
          if (command.verb !== 'RCPT' || signal.answer.mail.code >= 400) continue;
          if (command.asks === 'stranger') continue;
          expect(signal.answer.cut === null ? [reply] : [reply, null]).toContainEqual(
            signal.answer.recipients[command.asks],
          );
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

describe('a server with one reply too many or too few', () => {
  /** Wordings of a server's replies: to RCPT of each recipient, RSET, EHLO. */
  const WORDINGS = [
    { name: 'bare', mail: '250 ok', yes: () => '250 ok', no: () => '550 no', reset: '250 ok' },
    { name: 'qmail', mail: '250 ok', yes: () => '250 ok', no: () => '550 no', reset: '250 flushed' },
    {
      name: 'Postfix',
      mail: '250 2.1.0 Ok',
      yes: () => '250 2.1.5 Ok',
      no: (to: string) => `550 5.1.1 <${to}>: Recipient address rejected: User unknown`,
      reset: '250 2.0.0 Ok',
    },
    {
      name: 'IronPort',
      mail: '250 sender <verify@example.com> ok',
      yes: (to: string) => `250 recipient <${to}> ok`,
      no: () => '550 #5.1.0 Address rejected.',
      reset: '250 reset',
    },
  ] as const;
  /** One that means nothing, or one of its own said twice. */
  const SURPLUS = ['250 ok', '550 no', '450 later', 'hello', 'mail', 'reset', 'again'] as const;
  const NAMES = ['ada', 'ghost', 'living', 'nobody'] as const;
  const isKnown = (address: string): boolean => /^(?:ada|living)@/.test(address);

  const world = fc.record({
    wording: fc.constantFrom(...WORDINGS),
    hello: fc.constantFrom(PIPELINING, ONE_BY_ONE, '250 ok', '250-mx\n250 SIZE 1000'),
    isLockstep: fc.boolean(),
    questions: fc.array(
      fc.record({
        names: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }),
        hasStranger: fc.boolean(),
        strangerApart: fc.boolean(),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    takesEverybody: fc.boolean(),
    /** Place in the stream of its replies, counted from the first after EHLO. */
    at: fc.nat(14),
    fault: fc.constantFrom('missing' as const, ...SURPLUS),
    /** Whether the rest of the stream comes before the next question, or after it. */
    isLate: fc.boolean(),
    /** Replies that come before the deadline. */
    deadlineAfter: fc.oneof(fc.constant(99), fc.nat(14)),
    end: fc.constantFrom('silent' as const, 'closed' as const),
  });

  test('a server with one reply too many or too few never has an accepted mailbox refused, nor a refused one accepted beyond a rumour', () => {
    const property = fc.property(world, (given) => {
      const { wording, questions, end } = given;
      let dialogue = startDialogue(HELO_NAME, given.isLockstep);
      for (const text of [GREETING, given.hello]) dialogue = step(dialogue, eventOf(text)).dialogue;
      const stream: string[] = [];
      let said = 0;
      let lastSaid: string = given.hello;
      const say = (text: string): void => {
        const isHere = said === given.at;
        said += 1;
        if (isHere && given.fault === 'missing') return;
        if (isHere) stream.push(surplusOf(given.fault));
        stream.push(text);
        lastSaid = text;
      };
      const surplusOf = (fault: string): string => {
        if (fault === 'hello') return given.hello;
        if (fault === 'mail' || fault === 'reset') return wording[fault];
        return fault === 'again' ? lastSaid : fault;
      };
      const isAccepted = (command: Command): boolean =>
        command.verb === 'RCPT' && (command.asks === 'stranger' ? given.takesEverybody : isKnown(command.to));
      const hear = (command: Command): void => {
        if (command.verb === 'MAIL') say(wording.mail);
        else if (command.verb === 'RCPT') say(isAccepted(command) ? wording.yes(command.to) : wording.no(command.to));
        else if (command.verb === 'RSET') say(wording.reset);
        else say(command.verb === 'QUIT' ? '221 bye' : given.hello);
      };
      let delivered = 0;
      const isIn = (phase: Dialogue['phase']): boolean => dialogue.phase === phase;
      const apply = (event: DialogueEvent): Signal | null => {
        const next = step(dialogue, event);
        dialogue = next.dialogue;
        next.send.forEach(hear);
        return next.signal;
      };
      for (const { names, hasStranger, strangerApart } of questions) {
        while (!given.isLate && isIn('ready') && stream.length > 0) apply(eventOf(stream.shift() ?? ''));
        if (!isIn('ready')) return;
        const recipients = names.map((name) => `${name}@example.test`);
        const stranger = hasStranger ? BOTH.stranger : null;
        let signal = apply({ kind: 'ask', transaction: { ...BOTH, recipients, stranger, strangerApart } });
        while (signal === null && isIn('asking')) {
          const isOver = stream.length === 0 || delivered >= given.deadlineAfter;
          delivered += 1;
          const event = isOver ? { kind: stream.length === 0 ? end : ('silent' as const) } : null;
          signal = apply(event ?? eventOf(stream.shift() ?? ''));
        }
        if (signal?.kind !== 'answer' || signal.answer.mail.code >= 400) continue;
        const { answer } = signal;
        recipients.forEach((to, index) => {
          const told = answer.recipients[index] ?? null;
          if (told === null) return;
          if (isKnown(to)) expect(told.code).toBeLessThan(300);
          else if (told.code < 300) expect(answer).toMatchObject({ isProved: false, stranger: null });
        });
        if (answer.stranger !== null) expect(answer.stranger.code < 300).toBe(given.takesEverybody);
      }
    });
    fc.assert(property, { numRuns: FUZZ_RUNS * 5 });
  });
});
