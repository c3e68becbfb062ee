import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Ending,
  LINE_TIMEOUT_MS,
  Session,
  type SessionOptions,
  SILENCE_MS,
} from '../../../probe-node/smtp/connection.ts';
import { dial } from '../../../probe-node/smtp/dial.ts';
import type { Transaction } from '../../../probe-node/smtp/transaction.ts';
import { openSockets, POLL } from '../open-sockets.ts';
import {
  awaitsClose,
  does,
  halfCloses,
  hears,
  hearsNothing,
  resets,
  type Script,
  type ScriptedServer,
  says,
  sends,
  startScriptedServer,
} from './scripted-server.ts';

const EHLO = 'EHLO probe1.example.com';
const MAIL = 'MAIL FROM:<verify@example.com>';
const ADA = 'RCPT TO:<ada@example.test>';
const STRANGER = 'RCPT TO:<x1@example.test>';
const PIPELINING = says('250-mx.example.test', '250-PIPELINING', '250 SMTPUTF8');
const ONE_BY_ONE = says('250 mx.example.test');
/** Up to the point at which a session can be asked. */
const READY: Script = [says('220 mx.example.test'), hears(EHLO), PIPELINING];
const GROUP = hears(MAIL, ADA, STRANGER, 'RSET', EHLO);
/** The proof of a group's count: RSET's reply, and that to EHLO once more. */
const PROOF = ['250 ok', '250-mx.example.test', '250-PIPELINING', '250 SMTPUTF8'];
const OK = { code: 250, enhanced: null, text: 'ok', quotes: [] };
/** The same as octets. */
const PROVED = `${PROOF.join('\r\n')}\r\n`;

const QUESTION: Transaction = {
  mailFrom: 'verify@example.com',
  recipients: ['ada@example.test'],
  stranger: 'x1@example.test',
  strangerApart: false,
  smtputf8: false,
};

const never = new AbortController().signal;
const servers: ScriptedServer[] = [];
let socketsBefore = 0;

beforeEach(() => {
  socketsBefore = openSockets();
});

// Every script has been played to its end, and neither side of any connection is left.
afterEach(async () => {
  vi.useRealTimers();
  const started = servers.splice(0);
  for (const server of started) await server.played();
  await expect.poll(openSockets, POLL).toBe(socketsBefore);
  for (const server of started) await server.close();
});

async function serve(...scripts: readonly Script[]): Promise<ScriptedServer> {
  const server = await startScriptedServer(...scripts);
  servers.push(server);
  return server;
}

/** Connects and opens a session; returns the ending if it did not open. */
async function open(
  { port }: { readonly port: number },
  signal = never,
  options: Partial<SessionOptions> = {},
): Promise<Session | Ending> {
  const dialled = await dial([{ ip: '127.0.0.1', port }], null, never);
  if (dialled.kind === 'failed') throw new Error(JSON.stringify(dialled));
  const session = new Session(dialled, {
    heloName: 'probe1.example.com',
    isLockstep: false,
    nowMs: () => 0,
    ...options,
  });
  return (await session.open(signal)) ?? session;
}

async function openReady(server: ScriptedServer, options: Partial<SessionOptions> = {}): Promise<Session> {
  const opened = await open(server, never, options);
  if (opened instanceof Session) return opened;
  throw new Error(`the session ended: ${JSON.stringify(opened)}`);
}

/** Opens, asks and parts. */
async function askAt(server: ScriptedServer, question = QUESTION): Promise<Ending> {
  const session = await openReady(server);
  const ending = await session.ask(question, never);
  session.close();
  return ending;
}

describe('a greeting', () => {
  test('a greeting is waited for: nothing is said before it', async () => {
    const server = await serve([hearsNothing, says('220 mx'), hears(EHLO), ONE_BY_ONE, awaitsClose]);
    (await openReady(server)).close();
  });

  test('a greeting of several lines is waited for to its last: a teaser brings nothing out', async () => {
    const server = await serve([
      says('220-mx.example.test ESMTP, a moment please'),
      hearsNothing,
      says('220-still thinking'),
      hearsNothing,
      says('220 mx.example.test'),
      hears(EHLO),
      ONE_BY_ONE,
      awaitsClose,
    ]);
    (await openReady(server)).close();
  });

  test('a greeting reads the same wherever it is split, and is answered after its last octet only', async () => {
    const greeting = '220-mx ☃\r\n220 go\r\n';
    const octets = new TextEncoder().encode(greeting);
    const places = Array.from({ length: octets.length - 1 }, (_, index) => index + 1);
    const scripts = places.map(
      (at): Script => [
        sends(octets.subarray(0, at)),
        hearsNothing,
        sends(octets.subarray(at)),
        hears(EHLO),
        ONE_BY_ONE,
        awaitsClose,
      ],
    );
    const server = await serve(...scripts);
    for (const _ of scripts) (await openReady(server)).close();
  });

  test('a greeting that refuses ends the session with QUIT and no other word', async () => {
    const server = await serve([says('554 5.7.1 blocked'), hears('QUIT'), awaitsClose]);
    expect(await open(server)).toEqual({
      kind: 'refused',
      stage: 'connect',
      reply: { code: 554, enhanced: '5.7.1', text: 'blocked' },
    });
  });

  test('a greeting that is no SMTP breaks the session without a word of ours', async () => {
    const server = await serve([says('SSH-2.0-OpenSSH_9.9'), awaitsClose]);
    expect(await open(server)).toEqual({ kind: 'broken', stage: 'connect', fault: 'not_a_reply' });
  });

  test('a greeting that never ends is cut off', async () => {
    const server = await serve([sends('220-wait\r\n'.repeat(300)), awaitsClose]);
    expect(await open(server)).toEqual({ kind: 'broken', stage: 'connect', fault: 'too_many_lines' });
  });

  test.each<[string, Script]>([
    ['a close', []],
    ['a reset', [says('220-mx'), resets]],
    ['a close in the middle of a line', [sends('220 mx.exa')]],
    ['a close in the middle of a reply', [says('220-mx')]],
  ])('a greeting that does not come for %s is a drop', async (_, script) => {
    expect(await open(await serve(script))).toEqual({ kind: 'dropped', stage: 'connect' });
  });

  test('a greeting with a reply too many right behind it is not believed', async () => {
    const server = await serve([sends('220 mx\r\n250 mx\r\n'), hears(EHLO), awaitsClose]);
    expect(await open(server)).toEqual({ kind: 'broken', stage: 'ehlo', fault: 'unexpected_reply' });
  });
});

describe('EHLO', () => {
  test('EHLO gives way to HELO if the server does not know it', async () => {
    const server = await serve([
      says('220 mx'),
      hears(EHLO),
      says('502 5.5.1 what?'),
      hears('HELO probe1.example.com'),
      says('250 mx'),
      awaitsClose,
    ]);
    const session = await openReady(server);
    expect(session.offers('SMTPUTF8')).toBe(false);
    session.close();
  });

  test('EHLO shows whether the server offers SMTPUTF8', async () => {
    const server = await serve([...READY, awaitsClose]);
    const session = await openReady(server);
    expect(session.offers('SMTPUTF8')).toBe(true);
    session.close();
  });

  test('EHLO followed by a close ends the session when it is asked', async () => {
    const closed = Promise.withResolvers<void>();
    const server = await serve([...READY, halfCloses, does(closed.resolve), awaitsClose]);
    const session = await openReady(server);
    await closed.promise;
    expect(await session.ask(QUESTION, never)).toEqual({ kind: 'dropped', stage: 'mail' });
  });
});

describe('a question', () => {
  test('a question goes out in one write if PIPELINING is offered', async () => {
    const server = await serve([...READY, GROUP, says('250 ok', '250 ok', '550 5.1.1 no', ...PROOF), awaitsClose]);
    expect(await askAt(server)).toEqual({
      kind: 'answer',
      answer: {
        mail: OK,
        recipients: [OK],
        stranger: { code: 550, enhanced: '5.1.1', text: 'no', quotes: [] },
        cut: null,
        isProved: true,
      },
    });
  });

  test('a question goes out command by command if it is not', async () => {
    const server = await serve([
      says('220 mx'),
      hears(EHLO),
      ONE_BY_ONE,
      hears(MAIL),
      hearsNothing,
      says('250 ok'),
      hears(ADA),
      hearsNothing,
      says('250 ok'),
      hears(STRANGER),
      hearsNothing,
      says('250 ok'),
      hears('RSET'),
      hearsNothing,
      says('250 flushed'),
      awaitsClose,
    ]);
    expect(await askAt(server)).toMatchObject({
      kind: 'answer',
      answer: { mail: OK, recipients: [OK], stranger: OK, cut: null },
    });
  });

  test('a question without PIPELINING does not ask the stranger after a refusal', async () => {
    const server = await serve([
      says('220 mx'),
      hears(EHLO),
      ONE_BY_ONE,
      hears(MAIL),
      says('250 ok'),
      hears(ADA),
      says('550 5.1.1 no'),
      hears('RSET'),
      says('250 flushed'),
      awaitsClose,
    ]);
    expect(await askAt(server)).toMatchObject({
      kind: 'answer',
      answer: { recipients: [{ code: 550 }], stranger: null },
    });
  });

  test('a question with UTF-8 goes out as UTF-8', async () => {
    const server = await serve([
      ...READY,
      hears(`${MAIL} SMTPUTF8`, 'RCPT TO:<ада@example.test>', 'RSET', EHLO),
      says('250 ok', '250 ok', ...PROOF),
      awaitsClose,
    ]);
    const question = { ...QUESTION, recipients: ['ада@example.test'], stranger: null, smtputf8: true };
    expect(await askAt(server, question)).toMatchObject({ kind: 'answer' });
  });

  test.each([
    ['octet by octet', [...`250 ok\r\n250 ok\r\n550-5.1.1 no\r\n550 5.1.1 no\r\n${PROVED}`]],
    ['reply by reply', ['250 ok\r\n', '250 ok\r\n', '550-5.1.1 no\r\n550 5.1.1 no\r\n', PROVED]],
    ['inside codes', ['250 ok\r\n25', '0 ok\r\n55', '0-5.1.1 no\r\n5', '50 5.1.1 no\r\n25', PROVED.slice(2)]],
    [
      'between CR and LF',
      ['250 ok\r', '\n250 ok\r', '\n550-5.1.1 no\r', '\n550 5.1.1 no\r', `\n${PROVED.slice(0, -1)}`, '\n'],
    ],
  ])('a question has the same answer when replies come %s', async (_, chunks) => {
    const server = await serve([...READY, GROUP, sends(...chunks), awaitsClose]);
    expect(await askAt(server)).toMatchObject({
      kind: 'answer',
      answer: { mail: OK, recipients: [OK], stranger: { code: 550, enhanced: '5.1.1', text: 'no\nno' } },
    });
  });

  test('a question has its answer if the server closes after a refusal', async () => {
    const server = await serve([...READY, GROUP, says('250 ok', '550 5.1.1 no')]);
    expect(await askAt(server)).toMatchObject({
      kind: 'answer',
      answer: { recipients: [{ code: 550 }], stranger: null },
    });
  });

  test('a question has its answer if the server takes its leave with 421', async () => {
    const server = await serve([...READY, GROUP, says('250 ok', '421 4.7.0 too many')]);
    expect(await askAt(server)).toMatchObject({ kind: 'answer', answer: { recipients: [{ code: 421 }] } });
  });

  test.each<[string, Script, string]>([
    ['at once', [], 'mail'],
    ['after MAIL', [says('250 ok')], 'rcpt'],
    ['in the middle of a refusal', [sends('250 ok\r\n550 5.1.1 no such us')], 'rcpt'],
    ['before the last line of a refusal', [sends('250 ok\r\n550-5.1.1 no\r\n')], 'rcpt'],
    ['with a reset', [resets], 'mail'],
    ['with its half of the connection', [says('250 ok'), halfCloses, awaitsClose], 'rcpt'],
  ])('a question is lost if the server closes %s', async (_, script, stage) => {
    const server = await serve([...READY, GROUP, ...script]);
    expect(await askAt(server)).toEqual({ kind: 'dropped', stage });
  });

  test('a question believes nothing of a group that has one reply too many in the same segment as the answer', async () => {
    const server = await serve([
      ...READY,
      hears(MAIL, ADA, 'RSET', EHLO),
      says('250 ok', '250 ok', '550 no', ...PROOF),
      awaitsClose,
    ]);
    expect(await askAt(server, { ...QUESTION, stranger: null })).toEqual({
      kind: 'broken',
      stage: 'rcpt',
      fault: 'reply_out_of_turn',
    });
  });

  test('a question believes nothing of a group whose answer has garbage right behind it', async () => {
    const server = await serve([
      ...READY,
      GROUP,
      says('250 ok', '250 ok', '550 no', ...PROOF, 'GET / HTTP/1.1'),
      awaitsClose,
    ]);
    expect(await askAt(server)).toMatchObject({ kind: 'broken', fault: 'not_a_reply' });
  });

  test('a question is not answered by a reply that began before it was asked', async () => {
    for (const began of ['250 o', '250-ok\r\n']) {
      const said = Promise.withResolvers<void>();
      const server = await serve([...READY, sends(began), does(said.resolve), awaitsClose]);
      const session = await openReady(server);
      await said.promise;
      expect(await session.ask(QUESTION, never)).toEqual({ kind: 'broken', stage: 'mail', fault: 'unexpected_reply' });
    }
  });

  test('a question has replies that say whom they name', async () => {
    const refusal = '550 5.1.1 <ada@example.test>: unknown, says 192.0.2.25';
    const replies = ['250 verify@example.com ok', refusal, '550 no x1 at probe1.example.com'];
    const server = await serve([...READY, GROUP, says(...replies, ...PROOF), awaitsClose]);
    expect(await askAt(server)).toMatchObject({
      answer: {
        mail: { quotes: ['sender'] },
        recipients: [{ quotes: ['recipient', 'ip'] }],
        stranger: { quotes: ['helo'] },
      },
    });
  });

  test('a question has replies that do not take the server’s address for ours', async () => {
    const server = await serve([
      ...READY,
      GROUP,
      says('250 ok', '550 no, says 127.0.0.1', '550 no', ...PROOF),
      awaitsClose,
    ]);
    expect(await askAt(server)).toMatchObject({ answer: { recipients: [{ quotes: [] }] } });
  });

  test('a question is not answered by replies that came before it was asked', async () => {
    const said = Promise.withResolvers<void>();
    const server = await serve([...READY, says('250 ok', '250 ok'), does(said.resolve), awaitsClose]);
    const session = await openReady(server);
    await said.promise;
    expect(await session.ask(QUESTION, never)).toEqual({ kind: 'broken', stage: 'mail', fault: 'unexpected_reply' });
  });

  test('a question can be followed by another if the session is kept', async () => {
    const server = await serve([
      ...READY,
      GROUP,
      says('250 ok', '550 5.1.1 no', '550 5.1.1 no', ...PROOF),
      GROUP,
      says('250 ok', '250 ok', '550 5.1.1 no', ...PROOF),
      awaitsClose,
    ]);
    const session = await openReady(server);
    const first = await session.ask(QUESTION, never);
    const second = await session.ask(QUESTION, never);
    session.close();
    expect([first, second]).toMatchObject([
      { kind: 'answer', answer: { recipients: [{ code: 550 }] } },
      { kind: 'answer', answer: { recipients: [{ code: 250 }] } },
    ]);
  });
});

describe('time', () => {
  test('time that a line may take is bounded: a server that drips is left', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const passes = does(() => vi.advanceTimersByTime(LINE_TIMEOUT_MS / 2));
    const server = await serve([sends('2'), passes, sends('2'), passes, awaitsClose]);
    expect(await open(server)).toEqual({ kind: 'timeout', stage: 'connect', fault: 'line_too_slow' });
  });

  test('time that a line may take starts anew with each line', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const passes = does(() => vi.advanceTimersByTime(LINE_TIMEOUT_MS - 1));
    const dripped = ['220-mx\r\n22', '0-mx\r\n22', '0 mx\r\n'].flatMap((chunk) => [sends(chunk), passes]);
    const server = await serve([...dripped, hears(EHLO), ONE_BY_ONE, awaitsClose]);
    (await openReady(server)).close();
  });

  test('time that a whole line takes to come is not counted by the line', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const server = await serve([
      says('220-please wait'),
      does(() => vi.advanceTimersByTime(10 * LINE_TIMEOUT_MS)),
      says('220 mx'),
      hears(EHLO),
      ONE_BY_ONE,
      awaitsClose,
    ]);
    (await openReady(server)).close();
  });

  const silence = (ms: number) => does(() => vi.advanceTimersByTime(ms));

  test('time without a word, once a recipient has a reply, ends a group: what is held back is the stranger’s refusal', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const server = await serve([...READY, GROUP, says('250 ok', '250 ok'), silence(SILENCE_MS), awaitsClose]);
    const session = await openReady(server);
    expect(await session.ask(QUESTION, never)).toMatchObject({
      kind: 'answer',
      answer: { recipients: [{ code: 250 }], stranger: null, cut: 'silent', isProved: false },
    });
    expect(session.isAlive).toBe(false);
    session.close();
  });

  test('time without a word, if only some recipients have a reply, says that replies are missing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const group = hears(MAIL, ADA, 'RCPT TO:<bob@example.test>', 'RSET', EHLO);
    const server = await serve([...READY, group, says('250 ok', '250 2.1.5 ok'), silence(SILENCE_MS), awaitsClose]);
    const question = { ...QUESTION, recipients: ['ada@example.test', 'bob@example.test'], stranger: null };
    expect(await askAt(server, question)).toEqual({ kind: 'broken', stage: 'rcpt', fault: 'replies_missing' });
  });

  test('time between two replies starts anew with each, so that a refusal may be held back for a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const pause = silence(SILENCE_MS - 1);
    const slow = ['250 ok', '250 ok', '550 no', '250 flushed'].flatMap((reply) => [says(reply), pause]);
    const server = await serve([...READY, GROUP, ...slow, says(...PROOF.slice(1)), awaitsClose]);
    expect(await askAt(server)).toMatchObject({ answer: { stranger: { code: 550 }, cut: null } });
  });

  test('time before the first recipient has a reply is left to the deadline: the server may be looking it up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const server = await serve([
      ...READY,
      GROUP,
      says('250 ok'),
      silence(10 * SILENCE_MS),
      says('250 ok', '550 no', ...PROOF),
      awaitsClose,
    ]);
    expect(await askAt(server)).toMatchObject({ answer: { recipients: [{ code: 250 }], cut: null } });
  });

  test('time leaves no timer behind after an answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const server = await serve([...READY, GROUP, sends('250 o', `k\r\n250 ok\r\n250 ok\r\n${PROVED}`), awaitsClose]);
    await askAt(server);
    await expect.poll(() => vi.getTimerCount(), POLL).toBe(0);
  });
});

describe('the signal', () => {
  test.each<[string, Script, string]>([
    ['the greeting', [], 'connect'],
    ['the last line of the greeting', [says('220-wait')], 'connect'],
    ['EHLO', [says('220 mx'), hears(EHLO)], 'ehlo'],
  ])('the signal ends the wait for %s at once', async (_, script, stage) => {
    const stop = new AbortController();
    const server = await serve([...script, does(() => stop.abort()), awaitsClose]);
    expect(await open(server, stop.signal)).toEqual({ kind: 'timeout', stage, fault: 'deadline' });
  });

  test.each<[string, Script, string]>([
    ['MAIL', [], 'mail'],
    ['RCPT', [says('250 ok')], 'rcpt'],
  ])('the signal ends the wait for the answer to %s at once', async (_, script, stage) => {
    const stop = new AbortController();
    const server = await serve([...READY, GROUP, ...script, does(() => stop.abort()), awaitsClose]);
    const session = await openReady(server);
    expect(await session.ask(QUESTION, stop.signal)).toEqual({ kind: 'timeout', stage, fault: 'deadline' });
  });

  test('the signal leaves no refusal that came before the stranger’s reply, and says that replies are missing', async () => {
    const stop = new AbortController();
    const script = [GROUP, says('250 ok', '550 no'), does(() => stop.abort()), awaitsClose];
    const session = await openReady(await serve([...READY, ...script]));
    expect(await session.ask(QUESTION, stop.signal)).toEqual({
      kind: 'timeout',
      stage: 'rcpt',
      fault: 'replies_missing',
    });
  });

  test('the signal leaves an acceptance that came before the stranger’s reply, and says that it is not proved', async () => {
    const stop = new AbortController();
    const script = [GROUP, says('250 ok', '250 ok'), does(() => stop.abort()), awaitsClose];
    const session = await openReady(await serve([...READY, ...script]));
    expect(await session.ask(QUESTION, stop.signal)).toEqual({
      kind: 'answer',
      answer: { mail: OK, recipients: [OK], stranger: null, cut: 'silent', isProved: false },
    });
    session.close();
  });

  test('one by one leaves what was answered, and the session is of no more use', async () => {
    const stop = new AbortController();
    const [mail, ada] = [
      [hears(MAIL), says('250 ok')],
      [hears(ADA), says('250 ok')],
    ];
    const script = [says('220 mx'), hears(EHLO), ONE_BY_ONE, ...mail, ...ada, hears(STRANGER)];
    const server = await serve([...script, does(() => stop.abort()), awaitsClose]);
    const session = await openReady(server);
    expect(await session.ask(QUESTION, stop.signal)).toEqual({
      kind: 'answer',
      answer: { mail: OK, recipients: [OK], stranger: null, cut: 'silent', isProved: false },
    });
    expect(session.isAlive).toBe(false);
    session.close();
  });

  test('the signal that goes off after the answer changes nothing', async () => {
    const stop = new AbortController();
    const server = await serve([...READY, GROUP, says('250 ok', '250 ok', '250 ok', ...PROOF), awaitsClose]);
    const session = await openReady(server);
    const ending = await session.ask(QUESTION, stop.signal);
    stop.abort();
    session.close();
    expect(ending).toMatchObject({ kind: 'answer' });
  });
});

describe('a session that is kept', () => {
  const ANSWERED = says('250 ok', '550 5.1.1 no', '550 5.1.1 no', ...PROOF);
  const LOCKSTEP: Script = [says('220 mx'), hears(EHLO), ONE_BY_ONE];

  test('a session that is kept counts what it has been used for', async () => {
    const server = await serve([...READY, GROUP, ANSWERED, awaitsClose]);
    const session = await openReady(server, { nowMs: () => 77 });
    expect(session.usage).toEqual({ transactions: 0, recipients: 0, refusals: 0, deferrals: 0, openedAtMs: 77 });
    await session.ask(QUESTION, never);
    session.close();
    expect(session.usage).toEqual({ transactions: 1, recipients: 1, refusals: 2, deferrals: 0, openedAtMs: 77 });
  });

  test('a session that is kept knows how long greeting and EHLO took', async () => {
    let nowMs = 100;
    const passes = (ms: number) =>
      does(() => {
        nowMs += ms;
      });
    const server = await serve([passes(30), says('220 mx'), hears(EHLO), passes(5), PIPELINING, awaitsClose]);
    const session = await openReady(server, { nowMs: () => nowMs });
    session.close();
    expect(session.phases.ehloMs).toBe(5);
    expect([0, 30]).toContain(session.phases.greetingMs);
  });

  test('a session that is kept parts with QUIT in a write of its own, and hangs up if the server does not', async () => {
    const server = await serve([...READY, GROUP, ANSWERED, hears('QUIT'), says('221 bye'), awaitsClose]);
    const session = await openReady(server);
    await session.ask(QUESTION, never);
    session.close();
  });

  test('a session that is kept can be asked again without PIPELINING, as soon as its RSET is answered', async () => {
    const transaction = [hears(MAIL), says('250 ok'), hears(ADA), says('550 5.1.1 no'), hears('RSET'), hearsNothing];
    const proved = [says('250 flushed')];
    const server = await serve([...LOCKSTEP, ...transaction, ...proved, ...transaction, ...proved, awaitsClose]);
    const session = await openReady(server);
    const [first, second] = [await session.ask(QUESTION, never), await session.ask(QUESTION, never)];
    expect([first, second]).toMatchObject([
      { kind: 'answer', answer: { recipients: [{ code: 550 }] } },
      { kind: 'answer', answer: { recipients: [{ code: 550 }] } },
    ]);
    await expect.poll(() => session.isAlive, POLL).toBe(true);
    session.close();
  });

  test.each<[string, Script]>([
    ['hangs up', []],
    ['says 421', [says('421 4.7.0 enough'), awaitsClose]],
  ])(
    'a session that is kept without PIPELINING is never given the answer to another question if the server %s at RSET',
    async (_, end) => {
      const first = [hears(MAIL), says('250 ok'), hears(ADA), says('550 5.1.1 no'), hears('RSET')];
      const server = await serve([...LOCKSTEP, ...first, ...end]);
      const session = await openReady(server);
      expect(await session.ask(QUESTION, never)).toMatchObject({ answer: { recipients: [{ code: 550 }] } });
      const other = { ...QUESTION, recipients: ['bob@example.test'] };
      expect(await session.ask(other, never)).toMatchObject({ kind: 'dropped' });
    },
  );

  test('a session that is kept speaks one by one if it is told to, in spite of PIPELINING', async () => {
    const server = await serve([
      ...READY,
      hears(MAIL),
      says('550 5.7.1 no'),
      hears('RSET'),
      says('250 ok'),
      awaitsClose,
    ]);
    const session = await openReady(server, { isLockstep: true });
    expect(await session.ask(QUESTION, never)).toMatchObject({ kind: 'answer', answer: { mail: { code: 550 } } });
    await expect.poll(() => session.isAlive, POLL).toBe(true);
    session.close();
  });

  test('a session that is kept keeps the answer that came in one breath with the end of the connection', async () => {
    const server = await serve([...READY, GROUP, ANSWERED, halfCloses, awaitsClose]);
    const session = await openReady(server);
    expect(await session.ask(QUESTION, never)).toMatchObject({
      kind: 'answer',
      answer: { recipients: [{ code: 550 }] },
    });
    session.close();
  });

  test('a session that is kept that has ended answers at once that it has', async () => {
    const server = await serve([...READY, halfCloses, awaitsClose]);
    const session = await openReady(server);
    await expect.poll(() => session.isAlive, POLL).toBe(false);
    expect(await session.ask(QUESTION, never)).toEqual({ kind: 'dropped', stage: 'mail' });
    expect(await session.ask(QUESTION, never)).toEqual({ kind: 'dropped', stage: 'mail' });
  });

  test('a session that is kept drops out when the server says 421 while it is idle', async () => {
    const server = await serve([...READY, GROUP, ANSWERED, says('421 4.4.2 idle too long'), awaitsClose]);
    const session = await openReady(server);
    await session.ask(QUESTION, never);
    await expect.poll(() => session.isAlive, POLL).toBe(false);
  });

  test('a session that is kept reports its end once, by either side, and at once if it is gone already', async () => {
    const server = await serve([...READY, halfCloses, awaitsClose]);
    const session = await openReady(server);
    let times = 0;
    session.onGone(() => {
      times += 1;
    });
    await expect.poll(() => times, POLL).toBe(1);
    session.onGone(() => {
      times += 1;
    });
    session.close();
    expect(times).toBe(2);
  });

  test('a session that is kept does not wait for a server that answers QUIT byte by byte for ever: the socket is cut off', async () => {
    const quit = Promise.withResolvers<void>();
    const server = await serve([...READY, hears('QUIT'), does(quit.resolve), sends('2'), awaitsClose]);
    const session = await openReady(server);
    const isGone = Promise.withResolvers<void>();
    session.onGone(isGone.resolve);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    session.close();
    await quit.promise;
    vi.runAllTimers();
    await isGone.promise;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('one by one, a reply ahead of its command', () => {
  const LOCKSTEP: Script = [says('220 mx'), hears(EHLO), ONE_BY_ONE];

  test.each<[string, Script]>([
    ['after MAIL', [hears(MAIL), says('250 ok', '250 ok'), hears(ADA), awaitsClose]],
    [
      'after MAIL, with all the answers one could wish for',
      [hears(MAIL), says('250 ok', '250 ok', '550 no', '250 ok'), hears(ADA), awaitsClose],
    ],
    [
      'after the recipient',
      [hears(MAIL), says('250 ok'), hears(ADA), says('250 ok', '550 no'), hears(STRANGER), awaitsClose],
    ],
  ])('one by one, a reply ahead of its command is no answer to it: %s', async (_, script) => {
    const server = await serve([...LOCKSTEP, ...script]);
    expect(await askAt(server)).toEqual({ kind: 'broken', stage: 'rcpt', fault: 'unexpected_reply' });
  });

  test('one by one, a reply ahead of its command is none to EHLO either, nor to HELO', async () => {
    const server = await serve([
      says('220 mx'),
      hears(EHLO),
      says('502 what?', '250 mx'),
      hears('HELO probe1.example.com'),
      awaitsClose,
    ]);
    expect(await open(server)).toEqual({ kind: 'broken', stage: 'ehlo', fault: 'unexpected_reply' });
  });
});

test('nothing is believed of a group whose answer has garbage and the end of the connection right behind it', async () => {
  const server = await serve([...READY, GROUP, says('250 ok', '250 ok', '550 no', ...PROOF, 'GET / HTTP/1.1')]);
  expect(await askAt(server)).toMatchObject({ kind: 'broken', fault: 'not_a_reply' });
});
