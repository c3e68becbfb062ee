/**
 * The conversation as a pure state machine: an event goes in, the next state, the commands to write and at most one
 * signal come out. No socket, no clock, no parsing. Before it: connection.ts, which turns bytes into events. After it:
 * probe.ts, which makes evidence of the signals.
 *
 *   greeting ──220──▶ hello ──250──▶ ready ──ask──▶ asking ──answer──▶ ready | ended
 *                      │  ▲            └──starttls──▶ upgrading ──220──▶ (TLS) ──secured──▶ hello
 *                      └──┘ 500..504 to EHLO: HELO, no extensions (RFC 5321 §3.2)
 *
 * Rules it keeps: nothing is sent before the greeting is whole; a group of commands goes out in one write only where
 * PIPELINING (RFC 2920) is offered, else one by one, and then the random mailbox is asked only after an address was
 * accepted, since a refusal rules a catch-all out by itself; each reply belongs to exactly one command, and a reply
 * too many, or one that no RCPT can have, breaks the session and nothing of that group is believed. Each group ends
 * with RSET or QUIT: the reply to RSET shows that the count is right; the one to QUIT is never waited for.
 */
import type { Reply, Stage } from '../../shared/replies/reply.ts';
import type { Command } from './command.ts';
import { type Extensions, readExtensions } from './extensions.ts';

/** One question: addresses of one domain, and perhaps a random mailbox of it. */
export type Transaction = {
  readonly mailFrom: string;
  readonly recipients: readonly string[];
  /** Random mailbox to ask as well, or null. */
  readonly stranger: string | null;
  /** The stranger in a MAIL of its own, for servers that take one recipient per transaction. */
  readonly strangerApart: boolean;
  readonly smtputf8: boolean;
  /** True to part with QUIT in the same write; false to keep the session for a next transaction. */
  readonly isLast: boolean;
};

/** What a transaction learnt. `recipients` has a place for each that was asked; null where no reply came. */
export type Answer = {
  readonly mail: Reply;
  readonly recipients: readonly (Reply | null)[];
  readonly stranger: Reply | null;
};

export type DialogueEvent =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'ask'; readonly transaction: Transaction }
  | { readonly kind: 'starttls' }
  /** TLS stands; whatever the server said before it is forgotten (RFC 3207 §4.2). */
  | { readonly kind: 'secured' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'closed' };

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
  /** Empty after HELO. */
  readonly extensions: Extensions;
  /** Written together; the first `answered` of them have their replies. */
  readonly sent: readonly Command[];
  readonly answered: number;
  readonly unsent: readonly Command[];
  /** The newest exchange of the transaction, and through it those before. */
  readonly exchange: Exchange | null;
  /** The transaction at hand, or the one before. */
  readonly transaction: Transaction | null;
};

export type Exchange = { readonly command: Command; readonly reply: Reply; readonly before: Exchange | null };

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
    extensions: new Map(),
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
      return sayHello({ ...dialogue, extensions: new Map() });
    case 'quit':
      return { dialogue: { ...dialogue, phase: 'ended' }, send: partingOf(dialogue), signal: null };
    case 'closed':
      return onClosed(dialogue);
  }
}

/** QUIT, where it has not been said. */
function partingOf(dialogue: Dialogue): readonly Command[] {
  return inFlight(dialogue).some(({ verb }) => verb === 'QUIT') ? [] : [{ verb: 'QUIT' }];
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

/** Commands that are written and not answered. */
function inFlight({ sent, answered }: Dialogue): readonly Command[] {
  return sent.slice(answered);
}

/** The exchanges of the transaction, oldest first. */
export function exchangesOf({ exchange }: Dialogue): readonly Exchange[] {
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
    const extensions = command?.verb === 'EHLO' ? readExtensions(reply) : new Map<string, string>();
    return {
      dialogue: { ...dialogue, phase: 'ready', extensions, sent: [], answered: 0 },
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
  return sendFirst({ ...dialogue, phase: 'asking', exchange: null, transaction }, commandsOf(transaction));
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
  commands.push({ verb: transaction.isLast ? 'QUIT' : 'RSET' });
  return commands;
}

function onExchange(dialogue: Dialogue, reply: Reply): Step {
  const command = dialogue.sent[dialogue.answered];
  if (command === undefined) return broken(dialogue, 'unexpected_reply');
  const isParting = command.verb === 'QUIT' || command.verb === 'RSET';
  // A server that says 421 is about to hang up: what stands so far is all there will be.
  if (reply.code === 421) return onClosed(isParting ? dialogue : withExchange(dialogue, command, reply));
  if (!canAnswer(command, reply)) return broken(dialogue, 'reply_out_of_turn');
  const next: Dialogue = { ...withExchange(dialogue, command, reply), answered: dialogue.answered + 1 };
  return canPipeline(dialogue) ? onGroupReply(next) : onSingleReply(next);
}

function withExchange(dialogue: Dialogue, command: Command, reply: Reply): Dialogue {
  return { ...dialogue, exchange: { command, reply, before: dialogue.exchange } };
}

/** The whole group is on its way. Its RSET is waited for, which costs nothing: the replies come together. */
function onGroupReply(dialogue: Dialogue): Step {
  const { sent, answered, transaction } = dialogue;
  const isLast = transaction?.isLast === true;
  const isOver = answered === sent.length;
  const isConcluded = isLast ? answered === sent.length - 1 : isOver;
  const phase = isOver ? (isLast ? 'ended' : 'ready') : 'asking';
  return { dialogue: { ...dialogue, phase }, send: [], signal: isConcluded ? conclude(dialogue) : null };
}

/** One by one. The parting RSET or QUIT is written when the answer is known, and nobody waits for its reply. */
function onSingleReply(dialogue: Dialogue): Step {
  const unsent = worthAsking(dialogue.unsent, exchangesOf(dialogue));
  if (unsent.length > 0) {
    const signal = unsent.length === 1 ? conclude(dialogue) : null;
    return { ...sendFirst(dialogue, unsent), signal };
  }
  if (dialogue.transaction?.isLast === true) {
    return { dialogue: { ...dialogue, phase: 'ended' }, send: [], signal: null };
  }
  return { dialogue: { ...dialogue, phase: 'ready' }, send: [], signal: { kind: 'ready' } };
}

/** One by one: what is pointless after the replies so far is not asked. */
function worthAsking(unsent: readonly Command[], exchanges: readonly Exchange[]): readonly Command[] {
  const parting = unsent.slice(-1);
  if (exchanges.some(({ command, reply }) => command.verb === 'MAIL' && reply.code >= 400)) return parting;
  const isRecipientLeft = unsent.some((command) => command.verb === 'RCPT' && command.asks !== 'stranger');
  const isAnyAccepted = exchanges.some(({ command, reply }) => command.verb === 'RCPT' && reply.code < 300);
  return isRecipientLeft || isAnyAccepted ? unsent : parting;
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
      // Postfix answers 530 to RSET as well while it demands TLS.
      return reply.code === 250 || (reply.code >= 500 && reply.code <= 504) || reply.code === 530;
  }
}

function conclude(dialogue: Dialogue): Signal {
  const answer = answerOf(dialogue);
  return answer === null
    ? { kind: 'broken', stage: stageOf(dialogue), fault: 'no_answer' }
    : { kind: 'answer', answer };
}

function answerOf(dialogue: Dialogue): Answer | null {
  const { transaction } = dialogue;
  const exchanges = exchangesOf(dialogue);
  const mail = exchanges.find(({ command }) => command.verb === 'MAIL')?.reply;
  if (mail === undefined || transaction === null) return null;
  const recipients: (Reply | null)[] = transaction.recipients.map(() => null);
  let stranger: Reply | null = null;
  if (mail.code >= 400) return { mail, recipients, stranger };
  let isOpen = true;
  for (const { command, reply } of exchanges) {
    // What RCPT is told after a refused MAIL is about the order of commands.
    if (command.verb === 'MAIL') isOpen = reply.code < 400;
    if (command.verb !== 'RCPT' || !isOpen) continue;
    if (command.asks === 'stranger') stranger = reply;
    else recipients[command.asks] = reply;
  }
  return { mail, recipients, stranger };
}

/** The connection is gone. What was answered in its turn stands; the rest is lost. */
function onClosed(dialogue: Dialogue): Step {
  const answer = dialogue.phase === 'asking' && !hasConcluded(dialogue) ? answerOf(dialogue) : null;
  const isTelling = answer !== null && (answer.mail.code >= 400 || answer.recipients.some((reply) => reply !== null));
  return end(dialogue, isTelling ? { kind: 'answer', answer } : { kind: 'dropped', stage: stageOf(dialogue) });
}

/** The answer was given when the parting was written: given twice, it would be taken for that to the next question. */
function hasConcluded(dialogue: Dialogue): boolean {
  const [first, ...others] = inFlight(dialogue);
  if (first === undefined || others.length > 0 || dialogue.unsent.length > 0) return false;
  return first.verb === 'QUIT' || (first.verb === 'RSET' && !canPipeline(dialogue));
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
