/**
 * The conversation as a pure state machine: an event goes in, the next state, the commands to write and at most one
 * signal come out. No socket, no clock, no parsing. Before it: connection.ts, which turns bytes into events. After it:
 * probe.ts, which makes evidence of the signals.
 *
 *   greeting ──220──▶ hello ──250──▶ ready ──ask──▶ asking ──answer──▶ ready | ended
 *                       └─ 500..504 to EHLO: HELO, no extensions (RFC 5321 §3.2)
 *
 * Rules it keeps: nothing is sent before the greeting is whole; a group of commands goes out in one write only where
 * PIPELINING (RFC 2920) is offered, else one by one, and then the random mailbox is asked only after the address was
 * accepted, since a refusal rules a catch-all out by itself; each reply belongs to exactly one command, and a reply
 * too many, or one that no RCPT can have, breaks the session and nothing of that group is believed. Each group ends
 * with RSET or QUIT, whose reply shows that the count is right.
 */
import type { Reply, Stage } from '../../shared/replies/reply.ts';
import type { Command } from './command.ts';

/** One question: an address, and perhaps a random mailbox of the same domain. */
export type Transaction = {
  readonly mailFrom: string;
  readonly recipient: string;
  /** Random mailbox to ask as well, or null. */
  readonly stranger: string | null;
  /** The stranger in a MAIL of its own, for servers that take one recipient per transaction. */
  readonly strangerApart: boolean;
  readonly smtputf8: boolean;
  /** True to part with QUIT in the same write; false to keep the session for a next transaction. */
  readonly isLast: boolean;
};

/** What a transaction learnt. `recipient` is null where MAIL was refused. */
export type Answer = {
  readonly mail: Reply;
  readonly recipient: Reply | null;
  readonly stranger: Reply | null;
};

export type DialogueEvent =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'ask'; readonly transaction: Transaction }
  | { readonly kind: 'closed' };

export type Signal =
  /** The session can be asked. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The server does not want to talk to us. */
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reply: Reply }
  | { readonly kind: 'dropped'; readonly stage: Stage }
  | { readonly kind: 'broken'; readonly stage: Stage; readonly fault: string };

export type Dialogue = {
  readonly phase: 'greeting' | 'hello' | 'ready' | 'asking' | 'ended';
  readonly heloName: string;
  /** EHLO keywords in upper case with their parameters; empty after HELO. */
  readonly extensions: ReadonlyMap<string, string>;
  readonly inFlight: readonly Command[];
  readonly unsent: readonly Command[];
  readonly exchanges: readonly Exchange[];
  readonly isLast: boolean;
};

type Exchange = { readonly command: Command; readonly reply: Reply };

export type Step = {
  readonly dialogue: Dialogue;
  /** Commands to write, in one write. */
  readonly send: readonly Command[];
  readonly signal: Signal | null;
};

export function startDialogue(heloName: string): Dialogue {
  return {
    phase: 'greeting',
    heloName,
    extensions: new Map(),
    inFlight: [],
    unsent: [],
    exchanges: [],
    isLast: false,
  };
}

export function step(dialogue: Dialogue, event: DialogueEvent): Step {
  if (dialogue.phase === 'ended') return { dialogue, send: [], signal: null };
  switch (event.kind) {
    case 'reply':
      return onReply(dialogue, event.reply);
    case 'ask':
      return onAsk(dialogue, event.transaction);
    case 'closed':
      return onClosed(dialogue);
  }
}

/** Where in the conversation the dialogue stands, for evidence about silence and broken connections. */
export function stageOf(dialogue: Dialogue): Stage {
  switch (dialogue.phase) {
    case 'greeting':
      return 'connect';
    case 'hello':
      return 'ehlo';
    case 'ready':
      return 'mail';
    case 'asking':
    case 'ended':
      return dialogue.exchanges.some(({ command }) => command.verb === 'MAIL') ? 'rcpt' : 'mail';
  }
}

function onReply(dialogue: Dialogue, reply: Reply): Step {
  switch (dialogue.phase) {
    case 'greeting':
      return onGreeting(dialogue, reply);
    case 'hello':
      return onHello(dialogue, reply);
    case 'asking':
      return onExchange(dialogue, reply);
    default:
      // A 421 may come unasked (RFC 5321 §3.8); anything else that nobody asked for is a reply too many.
      return reply.code === 421
        ? end(dialogue, { kind: 'dropped', stage: stageOf(dialogue) })
        : broken(dialogue, 'unexpected_reply');
  }
}

function onGreeting(dialogue: Dialogue, reply: Reply): Step {
  if (reply.code === 220) {
    return sendFirst({ ...dialogue, phase: 'hello' }, [{ verb: 'EHLO', name: dialogue.heloName }]);
  }
  if (reply.code < 400) return broken(dialogue, 'no_greeting');
  return end(dialogue, { kind: 'refused', stage: 'connect', reply });
}

function onHello(dialogue: Dialogue, reply: Reply): Step {
  const [command] = dialogue.inFlight;
  if (reply.code === 250) {
    const extensions = command?.verb === 'EHLO' ? readExtensions(reply) : new Map<string, string>();
    return {
      dialogue: { ...dialogue, phase: 'ready', extensions, inFlight: [] },
      send: [],
      signal: { kind: 'ready' },
    };
  }
  if (command?.verb === 'EHLO' && reply.code >= 500 && reply.code <= 504) {
    return sendFirst({ ...dialogue, inFlight: [] }, [{ verb: 'HELO', name: dialogue.heloName }]);
  }
  if (reply.code < 400) return broken(dialogue, 'unexpected_reply');
  return end(dialogue, { kind: 'refused', stage: 'ehlo', reply });
}

/** The keywords of an EHLO reply (RFC 5321 §4.1.1.1); its first line is the server's name. */
function readExtensions(reply: Reply): ReadonlyMap<string, string> {
  const extensions = new Map<string, string>();
  for (const line of reply.text.split('\n').slice(1)) {
    const [keyword = '', ...parameters] = line.trim().split(/\s+/);
    if (keyword !== '') extensions.set(keyword.toUpperCase(), parameters.join(' '));
  }
  return extensions;
}

function onAsk(dialogue: Dialogue, transaction: Transaction): Step {
  if (dialogue.phase !== 'ready') throw new Error('a session answers one transaction at a time');
  const asking: Dialogue = { ...dialogue, phase: 'asking', exchanges: [], isLast: transaction.isLast };
  return sendFirst(asking, commandsOf(transaction));
}

function commandsOf(transaction: Transaction): readonly Command[] {
  const mail: Command = { verb: 'MAIL', from: transaction.mailFrom, smtputf8: transaction.smtputf8 };
  const commands: Command[] = [mail, { verb: 'RCPT', to: transaction.recipient, asks: 'recipient' }];
  if (transaction.stranger !== null) {
    // The random mailbox is ASCII, so a MAIL of its own never needs SMTPUTF8.
    if (transaction.strangerApart) commands.push({ verb: 'RSET' }, { ...mail, smtputf8: false });
    commands.push({ verb: 'RCPT', to: transaction.stranger, asks: 'stranger' });
  }
  commands.push({ verb: transaction.isLast ? 'QUIT' : 'RSET' });
  return commands;
}

function onExchange(dialogue: Dialogue, reply: Reply): Step {
  const [command, ...inFlight] = dialogue.inFlight;
  if (command === undefined) return broken(dialogue, 'unexpected_reply');
  const isParting = command.verb === 'QUIT' || command.verb === 'RSET';
  // A server that says 421 is about to hang up: what stands so far is all there will be.
  if (reply.code === 421) return onClosed(isParting ? dialogue : withExchange(dialogue, command, reply));
  if (!canAnswer(command, reply)) return broken(dialogue, 'reply_out_of_turn');
  const next: Dialogue = { ...withExchange(dialogue, command, reply), inFlight };
  return dialogue.extensions.has('PIPELINING') ? onGroupReply(next) : onSingleReply(next);
}

function withExchange(dialogue: Dialogue, command: Command, reply: Reply): Dialogue {
  return { ...dialogue, exchanges: [...dialogue.exchanges, { command, reply }] };
}

/** The whole group is on its way. Its RSET is waited for, which costs nothing: the replies come together. */
function onGroupReply(dialogue: Dialogue): Step {
  const { inFlight, isLast } = dialogue;
  const isOver = inFlight.length === 0;
  const isConcluded = isLast ? inFlight.length === 1 : isOver;
  const phase = isOver ? (isLast ? 'ended' : 'ready') : 'asking';
  return { dialogue: { ...dialogue, phase }, send: [], signal: isConcluded ? conclude(dialogue) : null };
}

/** One by one. The parting RSET or QUIT is written when the answer is known, and nobody waits for its reply. */
function onSingleReply(dialogue: Dialogue): Step {
  const unsent = worthAsking(dialogue.unsent, dialogue.exchanges);
  if (unsent.length > 0) {
    const signal = unsent.length === 1 ? conclude(dialogue) : null;
    return { ...sendFirst(dialogue, unsent), signal };
  }
  if (dialogue.isLast) return { dialogue: { ...dialogue, phase: 'ended' }, send: [], signal: null };
  return { dialogue: { ...dialogue, phase: 'ready' }, send: [], signal: { kind: 'ready' } };
}

/** Without PIPELINING: what is pointless after the replies so far is not asked. */
function worthAsking(unsent: readonly Command[], exchanges: readonly Exchange[]): readonly Command[] {
  const wasRefused = exchanges.some(
    ({ command, reply }) =>
      reply.code >= 400 && (command.verb === 'MAIL' || (command.verb === 'RCPT' && command.asks === 'recipient')),
  );
  return wasRefused ? unsent.slice(-1) : unsent;
}

/** A reply that the command cannot have shows that replies and commands are out of step. */
function canAnswer(command: Command, reply: Reply): boolean {
  switch (command.verb) {
    case 'RCPT':
      return reply.code >= 400 || (reply.code >= 250 && reply.code <= 252);
    case 'MAIL':
      return reply.code >= 400 || reply.code === 250;
    case 'QUIT':
      return reply.code === 221 || reply.code === 250;
    default:
      return reply.code === 250 || (reply.code >= 500 && reply.code <= 504);
  }
}

function conclude(dialogue: Dialogue): Signal {
  const answer = answerOf(dialogue.exchanges);
  return answer === null
    ? { kind: 'broken', stage: stageOf(dialogue), fault: 'no_answer' }
    : { kind: 'answer', answer };
}

function answerOf(exchanges: readonly Exchange[]): Answer | null {
  const mail = exchanges.find(({ command }) => command.verb === 'MAIL')?.reply;
  if (mail === undefined) return null;
  const isMailRefused = mail.code >= 400;
  const replyTo = (asks: 'recipient' | 'stranger'): Reply | null =>
    exchanges.find(({ command }) => command.verb === 'RCPT' && command.asks === asks)?.reply ?? null;
  return {
    mail,
    recipient: isMailRefused ? null : replyTo('recipient'),
    stranger: isMailRefused ? null : replyTo('stranger'),
  };
}

/** The connection is gone. A refusal, and an acceptance without the random mailbox, stand; the rest is lost. */
function onClosed(dialogue: Dialogue): Step {
  const answer = answerOf(dialogue.exchanges);
  if (dialogue.phase === 'asking' && answer !== null && (answer.mail.code >= 400 || answer.recipient !== null)) {
    return end(dialogue, { kind: 'answer', answer });
  }
  return end(dialogue, { kind: 'dropped', stage: stageOf(dialogue) });
}

function sendFirst(dialogue: Dialogue, commands: readonly Command[]): Step {
  const count = dialogue.extensions.has('PIPELINING') ? commands.length : 1;
  const send = commands.slice(0, count);
  return { dialogue: { ...dialogue, inFlight: send, unsent: commands.slice(count) }, send, signal: null };
}

function broken(dialogue: Dialogue, fault: string): Step {
  return end(dialogue, { kind: 'broken', stage: stageOf(dialogue), fault });
}

function end(dialogue: Dialogue, signal: Signal): Step {
  return { dialogue: { ...dialogue, phase: 'ended', inFlight: [], unsent: [] }, send: [], signal };
}
