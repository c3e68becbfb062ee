/**
 * The conversation as a pure state machine: an event goes in, the next state, the commands to write and at most one
 * signal come out. No socket, no clock, no parsing. Before it: connection.ts, which turns bytes into events. After it:
 * in-step.ts, which says whether a reply belongs to its command.
 *
 *   greeting ──220──▶ hello ──250──▶ ready ──ask──▶ asking ──answer──▶ ready | ended
 *                      │  ▲            └──starttls──▶ upgrading ──220──▶ (TLS) ──secured──▶ hello
 *                      └──┘ 500..504 to EHLO: HELO, no extensions (RFC 5321 §3.2)
 *
 * Rules it keeps: nothing is sent before the greeting is whole; a group of commands goes out in one write only if
 * PIPELINING (RFC 2920) is offered, else one by one, and then the random mailbox is asked only after an address was
 * accepted, since a refusal rules a catch-all out by itself; each reply belongs to exactly one command.
 *
 * An answer is given only when the count of replies is proved. One reply too many, at any place and as late as it likes,
 * puts the reply to the last RCPT in the place of RSET's, and 250 says nothing of which it is. So what ends a transaction
 * must have a reply that no other command has: RSET if it is in words of its own, else EHLO said once more behind it (it
 * may end a group, RFC 2920 §3.1, and resets what RSET does, RFC 5321 §4.1.4). What it costs:
 *
 * - a group: no round trip, since RSET and EHLO are in the same write. EHLO is said again in the first group of a session,
 *   and after that only to a server whose RSET cannot be told apart; sendmail slows a client down at the third
 * - one by one: the round trip of RSET, and that of EHLO or HELO if RSET's reply proves nothing; if the server's greeting
 *   cannot be told apart either, that of QUIT, whose 221 can, and the session
 *
 * A reply that its command cannot have, one that names another recipient, and one too many break the session, and nothing
 * of that transaction is believed. Of one that is cut short only what could not have moved is (in-step.ts).
 */
import type { Reply, Stage } from '../../shared/replies/reply.ts';
import type { Command } from './command.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import {
  type Cut,
  canAnswer,
  type Exchange as Exchanged,
  isHelloDistinct,
  isOfHello,
  isOfReset,
  namesAnother,
  type ResetMark,
  resetMarkOf,
  standing,
} from './in-step.ts';

/** One question: addresses of one domain, and perhaps a random mailbox of it. */
export type Transaction = {
  readonly mailFrom: string;
  readonly recipients: readonly string[];
  /** Random mailbox to ask as well, or null. */
  readonly stranger: string | null;
  /** The stranger in a MAIL of its own, for servers that take one recipient per transaction. */
  readonly strangerApart: boolean;
  readonly smtputf8: boolean;
};

/** What a transaction learnt. `recipients` has a place for each that was asked; null if no reply came that stands. */
export type Answer = {
  readonly mail: Reply;
  readonly recipients: readonly (Reply | null)[];
  readonly stranger: Reply | null;
  /** How the transaction ended early, or null. */
  readonly cut: Cut | null;
  /** False if an acceptance is told that could be the reply to MAIL: no random mailbox can confirm that one. */
  readonly isProved: boolean;
};

export type DialogueEvent =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'ask'; readonly transaction: Transaction }
  | { readonly kind: 'starttls' }
  /** TLS stands; whatever the server said before it is forgotten (RFC 3207 §4.2). */
  | { readonly kind: 'secured' }
  | { readonly kind: 'quit' }
  /** The connection is gone, or the next reply is not waited for any longer. */
  | { readonly kind: Cut };

export type Signal =
  /** The session can be asked. */
  | { readonly kind: 'ready' }
  /** The server is ready for the TLS handshake. */
  | { readonly kind: 'upgrade' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The server does not want to talk to us. */
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reply: Reply }
  | { readonly kind: 'dropped'; readonly stage: Stage }
  | { readonly kind: 'broken'; readonly stage: Stage; readonly fault: string };

export type Dialogue = {
  readonly phase: 'greeting' | 'hello' | 'ready' | 'asking' | 'upgrading' | 'ended';
  readonly heloName: string;
  /** One by one even where PIPELINING is offered: the server has lost count before. */
  readonly isLockstep: boolean;
  /** What EHLO or HELO was told, or null; after HELO there are no extensions. */
  readonly hello: { readonly verb: 'EHLO' | 'HELO'; readonly reply: Reply } | null;
  readonly extensions: Extensions;
  /** What RSET's reply is known by, once a transaction has shown it. */
  readonly resetMark: ResetMark | null;
  /** Written together; the first `answered` of them have their replies. */
  readonly sent: readonly Command[];
  readonly answered: number;
  readonly unsent: readonly Command[];
  /** The newest exchange of the transaction, and through it those before. */
  readonly exchange: Exchange | null;
  /** The transaction at hand, or the one before. */
  readonly transaction: Transaction | null;
};

export type Exchange = Exchanged & { readonly before: Exchange | null };

export type Step = {
  readonly dialogue: Dialogue;
  /** Commands to write, in one write. */
  readonly send: readonly Command[];
  readonly signal: Signal | null;
};

export function startDialogue(heloName: string, isLockstep = false): Dialogue {
  return {
    phase: 'greeting',
    heloName,
    isLockstep,
    hello: null,
    extensions: new Map(),
    resetMark: null,
    sent: [],
    answered: 0,
    unsent: [],
    exchange: null,
    transaction: null,
  };
}

export function step(dialogue: Dialogue, event: DialogueEvent): Step {
  if (dialogue.phase === 'ended') return { dialogue, send: [], signal: null };
  switch (event.kind) {
    case 'reply':
      return onReply(dialogue, event.reply);
    case 'ask':
      return onAsk(dialogue, event.transaction);
    case 'starttls':
      return sendFirst({ ...dialogue, phase: 'upgrading' }, [{ verb: 'STARTTLS' }]);
    case 'secured':
      return sayHello({ ...dialogue, hello: null, extensions: new Map(), resetMark: null });
    case 'quit':
      return { dialogue: { ...dialogue, phase: 'ended' }, send: [{ verb: 'QUIT' }], signal: null };
    case 'closed':
    case 'silent':
      return onCut(dialogue, event.kind);
  }
}

/** Where in the conversation the dialogue stands, for evidence about silence and broken connections. */
export function stageOf(dialogue: Dialogue): Stage {
  switch (dialogue.phase) {
    case 'greeting':
      return 'connect';
    case 'hello':
      return 'ehlo';
    case 'upgrading':
      return 'starttls';
    case 'ready':
      return 'mail';
    case 'asking':
    case 'ended':
      return exchangesOf(dialogue).some(({ command }) => command.verb === 'MAIL') ? 'rcpt' : 'mail';
  }
}

/**
 * True while no reply can take long that is still to come: the server has answered a recipient of the group, or only the
 * random mailbox is waited for.
 */
export function isBoundedInSilence(dialogue: Dialogue): boolean {
  const { phase, sent, answered, exchange } = dialogue;
  const next = sent[answered];
  if (phase !== 'asking' || next === undefined || exchange === null) return false;
  if (canPipeline(dialogue)) return exchange.command.verb !== 'MAIL';
  return next.verb === 'RCPT' && next.asks === 'stranger';
}

/** The exchanges of the transaction, oldest first. */
export function exchangesOf({ exchange }: Pick<Dialogue, 'exchange'>): readonly Exchange[] {
  const exchanges: Exchange[] = [];
  for (let at = exchange; at !== null; at = at.before) exchanges.push(at);
  return exchanges.reverse();
}

function canPipeline({ extensions, isLockstep }: Dialogue): boolean {
  return extensions.has('PIPELINING') && !isLockstep;
}

function onReply(dialogue: Dialogue, reply: Reply): Step {
  switch (dialogue.phase) {
    case 'greeting':
      return onGreeting(dialogue, reply);
    case 'hello':
      return onHello(dialogue, reply);
    case 'asking':
      return onExchange(dialogue, reply);
    case 'upgrading':
      return onUpgrade(dialogue, reply);
    default:
      // A 421 may come unasked (RFC 5321 §3.8); anything else that nobody asked for is a reply too many.
      return reply.code === 421
        ? end(dialogue, { kind: 'dropped', stage: stageOf(dialogue) })
        : broken(dialogue, 'unexpected_reply');
  }
}

function onGreeting(dialogue: Dialogue, reply: Reply): Step {
  if (reply.code === 220) return sayHello(dialogue);
  if (reply.code < 400) return broken(dialogue, 'no_greeting');
  return refused(dialogue, 'connect', reply);
}

function sayHello(dialogue: Dialogue): Step {
  return sendFirst({ ...dialogue, phase: 'hello' }, [{ verb: 'EHLO', name: dialogue.heloName }]);
}

function onHello(dialogue: Dialogue, reply: Reply): Step {
  const command = dialogue.sent[dialogue.answered];
  if (reply.code === 250) {
    const verb = command?.verb === 'EHLO' ? 'EHLO' : 'HELO';
    const extensions = verb === 'EHLO' ? readExtensions(reply) : new Map<string, string>();
    return {
      dialogue: { ...dialogue, phase: 'ready', hello: { verb, reply }, extensions, sent: [], answered: 0 },
      send: [],
      signal: { kind: 'ready' },
    };
  }
  if (command?.verb === 'EHLO' && reply.code >= 500 && reply.code <= 504) {
    return sendFirst(dialogue, [{ verb: 'HELO', name: dialogue.heloName }]);
  }
  if (reply.code < 400) return broken(dialogue, 'unexpected_reply');
  return refused(dialogue, 'ehlo', reply);
}

function onUpgrade(dialogue: Dialogue, reply: Reply): Step {
  if (reply.code === 220)
    return { dialogue: { ...dialogue, sent: [], answered: 0 }, send: [], signal: { kind: 'upgrade' } };
  if (reply.code < 400) return broken(dialogue, 'unexpected_reply');
  return refused(dialogue, 'starttls', reply);
}

function onAsk(dialogue: Dialogue, transaction: Transaction): Step {
  if (dialogue.phase !== 'ready') throw new Error('a session answers one transaction at a time');
  const commands = commandsOf(transaction);
  const group = canPipeline(dialogue) && dialogue.resetMark === null ? [...commands, helloAgain(dialogue)] : commands;
  return sendFirst({ ...dialogue, phase: 'asking', exchange: null, transaction }, group);
}

function commandsOf(transaction: Transaction): readonly Command[] {
  const mail: Command = { verb: 'MAIL', from: transaction.mailFrom, smtputf8: transaction.smtputf8 };
  const commands: Command[] = [mail];
  transaction.recipients.forEach((to, asks) => {
    commands.push({ verb: 'RCPT', to, asks });
  });
  if (transaction.stranger !== null) {
    // The random mailbox is ASCII, so a MAIL of its own never needs SMTPUTF8.
    if (transaction.strangerApart) commands.push({ verb: 'RSET' }, { ...mail, smtputf8: false });
    commands.push({ verb: 'RCPT', to: transaction.stranger, asks: 'stranger' });
  }
  commands.push({ verb: 'RSET' });
  return commands;
}

function helloAgain({ hello, heloName }: Dialogue): Command {
  return { verb: hello?.verb ?? 'EHLO', name: heloName };
}

function onExchange(dialogue: Dialogue, reply: Reply): Step {
  const command = dialogue.sent[dialogue.answered];
  if (command === undefined) return broken(dialogue, 'unexpected_reply');
  const isAsking = command.verb === 'MAIL' || command.verb === 'RCPT';
  // A server that says 421 is about to hang up: what stands so far is all there will be.
  if (reply.code === 421) return onCut(isAsking ? withExchange(dialogue, command, reply) : dialogue, 'closed');
  if (!canAnswer(command, reply) || isOfAnother(dialogue, command, reply)) return broken(dialogue, 'reply_out_of_turn');
  const next: Dialogue = { ...withExchange(dialogue, command, reply), answered: dialogue.answered + 1 };
  return canPipeline(dialogue) ? onGroupReply(next) : onSingleReply(next);
}

/** True for a reply that names another recipient than its command does, or that only EHLO or RSET can have. */
function isOfAnother({ transaction, hello, extensions, resetMark }: Dialogue, command: Command, reply: Reply): boolean {
  if (transaction === null) return false;
  if (command.verb !== 'EHLO' && extensions.size > 0 && reply.text === hello?.reply.text) return true;
  if ((command.verb === 'MAIL' || command.verb === 'RCPT') && isOfReset(reply, resetMark)) return true;
  const { recipients, stranger } = transaction;
  return namesAnother({ command, reply }, stranger === null ? recipients : [...recipients, stranger]);
}

/** Whether the last MAIL up to this exchange was accepted. */
function isOpenAt(exchange: Exchange | null): boolean {
  for (let at = exchange; at !== null; at = at.before) if (at.command.verb === 'MAIL') return at.reply.code < 400;
  return false;
}

function withExchange(dialogue: Dialogue, command: Command, reply: Reply): Dialogue {
  return { ...dialogue, exchange: { command, reply, before: dialogue.exchange } };
}

/** The whole group is on its way, and its last reply is waited for, which costs nothing: the replies come together. */
function onGroupReply(dialogue: Dialogue): Step {
  const { sent, answered } = dialogue;
  if (answered < sent.length) return { dialogue, send: [], signal: null };
  return isCountProved(dialogue) ? conclude(dialogue, 'ready') : broken(dialogue, 'reply_out_of_turn');
}

/** One by one. The answer waits for what proves the count. */
function onSingleReply(dialogue: Dialogue): Step {
  const unsent = worthAsking(dialogue.unsent, exchangesOf(dialogue));
  if (unsent.length > 0) return sendFirst(dialogue, unsent);
  const command = dialogue.exchange?.command;
  if (command?.verb === 'QUIT') return conclude(dialogue, 'ended');
  // A sender who is refused is refused for what we are: nothing of a mailbox hangs on it.
  if (isCountProved(dialogue) || isRefusedAtMail(dialogue)) return conclude(dialogue, 'ready');
  if (command?.verb !== 'RSET') return broken(dialogue, 'reply_out_of_turn');
  const { hello } = dialogue;
  const isTelling = hello !== null && isHelloDistinct(hello.reply, exchangesOf(dialogue));
  return sendFirst(dialogue, [isTelling ? helloAgain(dialogue) : { verb: 'QUIT' }]);
}

function isRefusedAtMail(dialogue: Dialogue): boolean {
  const [mail] = exchangesOf(dialogue);
  return mail !== undefined && mail.reply.code >= 400;
}

/** True where the newest reply is one that only its own command can have. */
function isCountProved({ exchange, hello, resetMark }: Dialogue): boolean {
  if (exchange === null || hello === null) return false;
  const { command, reply, before } = exchange;
  if (command.verb === 'RSET') return isOfReset(reply, resetMark);
  return (command.verb === 'EHLO' || command.verb === 'HELO') && isOfHello(reply, hello.reply, before?.reply ?? null);
}

/** One by one: what is pointless after the replies so far is not asked. */
function worthAsking(unsent: readonly Command[], exchanges: readonly Exchange[]): readonly Command[] {
  const parting = unsent.slice(-1);
  if (exchanges.some(({ command, reply }) => command.verb === 'MAIL' && reply.code >= 400)) return parting;
  const isRecipientLeft = unsent.some((command) => command.verb === 'RCPT' && command.asks !== 'stranger');
  const isAnyAccepted = exchanges.some(({ command, reply }) => command.verb === 'RCPT' && reply.code < 300);
  return isRecipientLeft || isAnyAccepted ? unsent : parting;
}

/** The count is proved: every reply stands. */
function conclude(dialogue: Dialogue, phase: 'ready' | 'ended'): Step {
  const exchanges = exchangesOf(dialogue);
  const answer = answerOf(dialogue, rcptsOf(exchanges), null, true);
  if (answer === null) return broken(dialogue, 'no_answer');
  const resetMark = dialogue.resetMark ?? resetMarkOf(exchanges);
  const next: Dialogue = { ...dialogue, phase, resetMark, sent: [], answered: 0, unsent: [] };
  return { dialogue: next, send: [], signal: { kind: 'answer', answer } };
}

/** The exchanges of RCPT. What RCPT is told after a refused MAIL is about the order of commands. */
function rcptsOf(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter((exchange) => exchange.command.verb === 'RCPT' && isOpenAt(exchange));
}

function answerOf(
  { transaction, exchange }: Dialogue,
  told: readonly Exchanged[],
  cut: Cut | null,
  isProved: boolean,
): Answer | null {
  const mail = exchangesOf({ exchange }).find(({ command }) => command.verb === 'MAIL')?.reply;
  if (mail === undefined || transaction === null) return null;
  const recipients: (Reply | null)[] = transaction.recipients.map(() => null);
  let stranger: Reply | null = null;
  for (const { command, reply } of told) {
    if (command.verb !== 'RCPT') continue;
    if (command.asks === 'stranger') stranger = reply;
    else recipients[command.asks] = reply;
  }
  return { mail, recipients, stranger, cut, isProved };
}

/** No more replies come, or none is waited for: what could not have moved stands, and the rest is lost. */
function onCut(dialogue: Dialogue, cut: Cut): Step {
  const exchanges = exchangesOf(dialogue);
  const { transaction } = dialogue;
  const isUnderWay = dialogue.phase === 'asking' && transaction !== null && exchanges.length > 0;
  const isGroup = canPipeline(dialogue);
  if (isUnderWay && isRefusedAtMail(dialogue) && !(isGroup && cut === 'silent')) {
    return end(dialogue, answered(dialogue, [], cut, true));
  }
  const rcpts = isUnderWay ? rcptsOf(exchanges) : [];
  if (!isUnderWay || rcpts.length === 0) return end(dialogue, { kind: 'dropped', stage: stageOf(dialogue) });
  const farewell = rcpts.find(({ reply }) => reply.code === 421);
  const heard = exchanges.filter((exchange) => exchange !== farewell);
  const { stands, isProved } = standing(heard, {
    cut,
    isGroup,
    isOnly: transaction.recipients.length === 1,
    isBeforeStranger: transaction.stranger !== null && !heard.some(({ command }) => isOfStranger(command)),
  });
  const told = rcpts.filter((exchange) => exchange === farewell || stands.includes(exchange));
  // Whoever is told the farewell is the first to be asked again, and so are those whose reply may be another's.
  const isAnyTold = told.some(({ command }) => !isOfStranger(command));
  const isDoubtful = stands.length === 0 && rcpts.some((exchange) => exchange !== farewell);
  if (!isAnyTold || isDoubtful) return broken(dialogue, cut === 'closed' ? 'cut_short' : 'replies_missing');
  return end(dialogue, answered(dialogue, told, cut, isProved));
}

function isOfStranger(command: Command): boolean {
  return command.verb === 'RCPT' && command.asks === 'stranger';
}

function answered(dialogue: Dialogue, told: readonly Exchanged[], cut: Cut, isProved: boolean): Signal {
  const answer = answerOf(dialogue, told, cut, isProved);
  return answer === null ? { kind: 'dropped', stage: stageOf(dialogue) } : { kind: 'answer', answer };
}

function sendFirst(dialogue: Dialogue, commands: readonly Command[]): Step {
  const count = canPipeline(dialogue) ? commands.length : 1;
  const send = commands.slice(0, count);
  return { dialogue: { ...dialogue, sent: send, answered: 0, unsent: commands.slice(count) }, send, signal: null };
}

/** RFC 5321 §3.1, §4.1.1.10: who is refused takes leave as well; after a 421 the server hangs up by itself. */
function refused(dialogue: Dialogue, stage: Stage, reply: Reply): Step {
  const parting = end(dialogue, { kind: 'refused', stage, reply });
  return reply.code === 421 ? parting : { ...parting, send: [{ verb: 'QUIT' }] };
}

function broken(dialogue: Dialogue, fault: string): Step {
  return end(dialogue, { kind: 'broken', stage: stageOf(dialogue), fault });
}

function end(dialogue: Dialogue, signal: Signal): Step {
  return { dialogue: { ...dialogue, phase: 'ended', sent: [], answered: 0, unsent: [] }, send: [], signal };
}
