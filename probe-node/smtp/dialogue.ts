/**
 * The SMTP conversation as a pure state machine: an event goes in; the next state, the commands to write and at most
 * one signal come out. No socket, no clock, no parsing. Before it: connection.ts, which turns bytes into events. After
 * it: transaction.ts (the question and its answer) and in-step.ts (whether a reply belongs to its command).
 *
 *   greeting ──220──▶ hello ──250──▶ ready ──ask──▶ asking ──answer──▶ ready | ended
 *                      │  ▲            └──starttls──▶ upgrading ──220──▶ (TLS) ──secured──▶ hello
 *                      └──┘ 500..504 to EHLO: HELO, no extensions (RFC 5321 §3.2)
 *
 * Invariants: nothing is sent before the greeting is complete; a group of commands goes out in one write only if
 * PIPELINING (RFC 2920) is offered, else one by one, and then the random mailbox is asked only after an address was
 * accepted, since a refusal rules out a catch-all by itself; each reply belongs to exactly one command.
 *
 * An answer is given only if the count of replies is proved. One surplus reply, at any place and however late, puts the
 * reply to the last RCPT in the place of RSET's, and a 250 does not show which command it answers. So the end of a
 * transaction needs a reply that no other command has: that of RSET if its words are RSET's own, else that of a further
 * EHLO behind it (EHLO may end a group, RFC 2920 §3.1, and resets as RSET does, RFC 5321 §4.1.4). The cost:
 *
 * - a group: no round trip, since RSET and EHLO are in the same write. EHLO is repeated in the first group of a
 *   session, and after that only for a server whose RSET has no words of its own; sendmail slows a client down at the
 *   third
 * - one by one: the round trip of RSET, and that of EHLO or HELO if RSET's reply proves nothing; if the server's
 *   greeting proves nothing either, that of QUIT, whose 221 does, and the session
 *
 * A reply that its command cannot have, one that names another recipient, and a surplus one break the session, and the
 * whole transaction is discarded. If a transaction is cut short, only replies that cannot be misplaced are believed
 * (in-step.ts).
 */
import type { Reply, Stage } from '../../shared/replies/reply.ts';
import type { Command } from './command.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import {
  type Cut,
  canAnswer,
  isHelloDistinct,
  isOfHello,
  isOfReset,
  namesAnother,
  type ResetMark,
  resetMarkOf,
} from './in-step.ts';
import {
  answerInFull,
  answerInPart,
  commandsOf,
  exchangesOf,
  isRefusedAtMail,
  type LinkedExchange,
  recipientsOf,
  type Transaction,
  type TransactionResult,
  worthAsking,
} from './transaction.ts';

export type DialogueEvent =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'ask'; readonly transaction: Transaction }
  | { readonly kind: 'starttls' }
  /** TLS is up; everything that the server said before is forgotten (RFC 3207 §4.2). */
  | { readonly kind: 'secured' }
  | { readonly kind: 'quit' }
  /** The connection is gone, or we no longer wait for the next reply. */
  | { readonly kind: Cut };

export type Signal =
  /** The session can be asked. */
  | { readonly kind: 'ready' }
  /** The server is ready for the TLS handshake. */
  | { readonly kind: 'upgrade' }
  | { readonly kind: 'answer'; readonly answer: TransactionResult }
  /** The server refuses the session. */
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reply: Reply }
  | { readonly kind: 'dropped'; readonly stage: Stage }
  | { readonly kind: 'broken'; readonly stage: Stage; readonly fault: string };

export type Dialogue = {
  readonly phase: 'greeting' | 'hello' | 'ready' | 'asking' | 'upgrading' | 'ended';
  readonly heloName: string;
  /** One by one even if PIPELINING is offered: the server has lost count before. */
  readonly isLockstep: boolean;
  /** The reply to EHLO or HELO, or null; after HELO there are no extensions. */
  readonly hello: { readonly verb: 'EHLO' | 'HELO'; readonly reply: Reply } | null;
  readonly extensions: Extensions;
  /** The mark of RSET's reply, once a transaction has shown it. */
  readonly resetMark: ResetMark | null;
  /** Written together; the first `answered` of them have their replies. */
  readonly sent: readonly Command[];
  readonly answered: number;
  readonly unsent: readonly Command[];
  /** The newest exchange of the transaction; it links to the earlier ones. */
  readonly exchange: LinkedExchange | null;
  /** The current transaction, or the one before. */
  readonly transaction: Transaction | null;
};

export type Transition = {
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

export function step(dialogue: Dialogue, event: DialogueEvent): Transition {
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

/** Stage of the conversation, for evidence about silence and broken connections. */
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
      return exchangesOf(dialogue.exchange).some(({ command }) => command.verb === 'MAIL') ? 'rcpt' : 'mail';
  }
}

/**
 * True while no outstanding reply can take long: the server has answered a recipient of the group, or only the random
 * mailbox is left.
 */
export function isBoundedInSilence(dialogue: Dialogue): boolean {
  const { phase, sent, answered, exchange } = dialogue;
  const next = sent[answered];
  if (phase !== 'asking' || next === undefined || exchange === null) return false;
  if (canPipeline(dialogue)) return exchange.command.verb !== 'MAIL';
  return next.verb === 'RCPT' && next.asks === 'stranger';
}

function canPipeline({ extensions, isLockstep }: Dialogue): boolean {
  return extensions.has('PIPELINING') && !isLockstep;
}

function onReply(dialogue: Dialogue, reply: Reply): Transition {
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
      // A 421 may come unasked (RFC 5321 §3.8); any other reply without a command is a surplus one.
      return reply.code === 421
        ? end(dialogue, { kind: 'dropped', stage: stageOf(dialogue) })
        : broken(dialogue, 'unexpected_reply');
  }
}

function onGreeting(dialogue: Dialogue, reply: Reply): Transition {
  if (reply.code === 220) return sayHello(dialogue);
  if (reply.code < 400) return broken(dialogue, 'no_greeting');
  return refused(dialogue, 'connect', reply);
}

function sayHello(dialogue: Dialogue): Transition {
  return sendFirst({ ...dialogue, phase: 'hello' }, [{ verb: 'EHLO', name: dialogue.heloName }]);
}

function onHello(dialogue: Dialogue, reply: Reply): Transition {
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

function onUpgrade(dialogue: Dialogue, reply: Reply): Transition {
  if (reply.code === 220)
    return { dialogue: { ...dialogue, sent: [], answered: 0 }, send: [], signal: { kind: 'upgrade' } };
  if (reply.code < 400) return broken(dialogue, 'unexpected_reply');
  return refused(dialogue, 'starttls', reply);
}

function onAsk(dialogue: Dialogue, transaction: Transaction): Transition {
  if (dialogue.phase !== 'ready') throw new Error('a session answers one transaction at a time');
  const commands = commandsOf(transaction);
  const group = canPipeline(dialogue) && dialogue.resetMark === null ? [...commands, helloAgain(dialogue)] : commands;
  return sendFirst({ ...dialogue, phase: 'asking', exchange: null, transaction }, group);
}

function helloAgain({ hello, heloName }: Dialogue): Command {
  return { verb: hello?.verb ?? 'EHLO', name: heloName };
}

function onExchange(dialogue: Dialogue, reply: Reply): Transition {
  const command = dialogue.sent[dialogue.answered];
  if (command === undefined) return broken(dialogue, 'unexpected_reply');
  const isAsking = command.verb === 'MAIL' || command.verb === 'RCPT';
  // After 421 the server closes: the replies so far are all there will be.
  if (reply.code === 421) return onCut(isAsking ? withExchange(dialogue, command, reply) : dialogue, 'closed');
  if (!canAnswer(command, reply) || isOfAnother(dialogue, command, reply)) return broken(dialogue, 'reply_out_of_turn');
  const next: Dialogue = { ...withExchange(dialogue, command, reply), answered: dialogue.answered + 1 };
  return canPipeline(dialogue) ? onGroupReply(next) : onSingleReply(next);
}

/** True for a reply that names another recipient than its command does, or that only EHLO or RSET can have. */
function isOfAnother(dialogue: Dialogue, command: Command, reply: Reply): boolean {
  const { hello, extensions, resetMark, exchange, sent, unsent } = dialogue;
  if (command.verb !== 'EHLO' && extensions.size > 0 && reply.text === hello?.reply.text) return true;
  if ((command.verb === 'MAIL' || command.verb === 'RCPT') && isOfReset(reply, resetMark)) return true;
  const heard = exchangesOf(exchange);
  // An acceptance may name the mailbox that it leads to; a recipient not asked yet cannot be the one replied to.
  const others = command.verb === 'RCPT' && reply.code < 300 ? sent : [...sent, ...unsent];
  return namesAnother({ command, reply }, recipientsOf([...heard.map((before) => before.command), ...others]), heard);
}

function withExchange(dialogue: Dialogue, command: Command, reply: Reply): Dialogue {
  return { ...dialogue, exchange: { command, reply, before: dialogue.exchange } };
}

/** The whole group is sent, and we wait for its last reply, which costs nothing: the replies come together. */
function onGroupReply(dialogue: Dialogue): Transition {
  const { sent, answered } = dialogue;
  if (answered < sent.length) return { dialogue, send: [], signal: null };
  return isCountProved(dialogue) ? conclude(dialogue, 'ready') : broken(dialogue, 'reply_out_of_turn');
}

/** One by one. The answer waits for the proof of the count. */
function onSingleReply(dialogue: Dialogue): Transition {
  const unsent = worthAsking(dialogue.unsent, exchangesOf(dialogue.exchange));
  if (unsent.length > 0) return sendFirst(dialogue, unsent);
  const command = dialogue.exchange?.command;
  if (command?.verb === 'QUIT') return conclude(dialogue, 'ended');
  // A refused sender is refused because of us: no mailbox depends on it.
  if (isCountProved(dialogue) || isRefusedAtMail(dialogue.exchange)) return conclude(dialogue, 'ready');
  if (command?.verb !== 'RSET') return broken(dialogue, 'reply_out_of_turn');
  const { hello } = dialogue;
  const isTelling = hello !== null && isHelloDistinct(hello.reply, exchangesOf(dialogue.exchange));
  return sendFirst(dialogue, [isTelling ? helloAgain(dialogue) : { verb: 'QUIT' }]);
}

/** True if the newest reply is one that only its own command can have. */
function isCountProved({ exchange, hello, resetMark }: Dialogue): boolean {
  if (exchange === null || hello === null) return false;
  const { command, reply, before } = exchange;
  if (command.verb === 'RSET') return isOfReset(reply, resetMark);
  return (command.verb === 'EHLO' || command.verb === 'HELO') && isOfHello(reply, hello.reply, before?.reply ?? null);
}

/** The count is proved: every reply is believed. */
function conclude(dialogue: Dialogue, phase: 'ready' | 'ended'): Transition {
  const { transaction, exchange } = dialogue;
  const answer = transaction === null ? null : answerInFull(transaction, exchange);
  if (answer === null) return broken(dialogue, 'no_answer');
  const resetMark = dialogue.resetMark ?? resetMarkOf(exchangesOf(exchange));
  const next: Dialogue = { ...dialogue, phase, resetMark, sent: [], answered: 0, unsent: [] };
  return { dialogue: next, send: [], signal: { kind: 'answer', answer } };
}

/** No more replies come, or we wait for none. */
function onCut(dialogue: Dialogue, cut: Cut): Transition {
  const { phase, transaction, exchange } = dialogue;
  const lost: Signal = { kind: 'dropped', stage: stageOf(dialogue) };
  if (phase !== 'asking' || transaction === null) return end(dialogue, lost);
  const answer = answerInPart(transaction, exchange, cut, canPipeline(dialogue));
  if (answer === 'in_doubt') return broken(dialogue, cut === 'closed' ? 'cut_short' : 'replies_missing');
  return end(dialogue, answer === null ? lost : { kind: 'answer', answer });
}

function sendFirst(dialogue: Dialogue, commands: readonly Command[]): Transition {
  const count = canPipeline(dialogue) ? commands.length : 1;
  const send = commands.slice(0, count);
  return { dialogue: { ...dialogue, sent: send, answered: 0, unsent: commands.slice(count) }, send, signal: null };
}

/** RFC 5321 §3.1, §4.1.1.10: a refused client says QUIT as well; after a 421 the server closes by itself. */
function refused(dialogue: Dialogue, stage: Stage, reply: Reply): Transition {
  const parting = end(dialogue, { kind: 'refused', stage, reply });
  return reply.code === 421 ? parting : { ...parting, send: [{ verb: 'QUIT' }] };
}

function broken(dialogue: Dialogue, fault: string): Transition {
  return end(dialogue, { kind: 'broken', stage: stageOf(dialogue), fault });
}

function end(dialogue: Dialogue, signal: Signal): Transition {
  return { dialogue: { ...dialogue, phase: 'ended', sent: [], answered: 0, unsent: [] }, send: [], signal };
}
