/**
 * Whether replies belong to their commands: the possible replies of a command, the replies that only RSET or EHLO can
 * have, the recipient that a reply names, and the believable part of a transaction that was cut short.
 *
 * Pure. A server that sends one reply too many, or one too few, shifts every later reply by one place: a refusal of one
 * mailbox then stands beside another. Nothing here guesses which reply was the wrong one; replies that may be shifted
 * are not believed. Used by dialogue.ts, which holds the order of the conversation.
 */
import type { Reply } from '../../shared/replies/reply.ts';
import type { Command } from './command.ts';
import { readExtensions } from './extensions.ts';

/** A command with the reply in its place. */
export type Exchange = { readonly command: Command; readonly reply: Reply };

/** How a transaction ended early: the connection is gone, or the next reply does not come. */
export type Cut = 'closed' | 'silent';

/** False for a reply that the command cannot have. */
export function canAnswer(command: Command, reply: Reply): boolean {
  switch (command.verb) {
    case 'RCPT':
      return reply.code >= 400 || (reply.code >= 250 && reply.code <= 252);
    case 'MAIL':
    case 'EHLO':
    case 'HELO':
      return reply.code >= 400 || reply.code === 250;
    case 'QUIT':
      return reply.code === 221;
    default:
      // Postfix answers 530 to RSET as well while it demands TLS.
      return reply.code === 250 || (reply.code >= 500 && reply.code <= 504) || reply.code === 530;
  }
}

/**
 * True for a reply that names another of the recipients asked about, and not the one of its command. `heard` are the
 * exchanges before it.
 *
 * Not every such reply is out of step. RFC 5321 §3.4 and RFC 3463 x.1.6 name the new address of a recipient, which may
 * be any. And sendmail accepts an alias, or a name that a catch-all takes, by the name of the mailbox that it leads to:
 * one that was accepted by its own name before.
 */
export function namesAnother(
  { command, reply }: Exchange,
  recipients: readonly string[],
  heard: readonly Exchange[],
): boolean {
  if (reply.code === 251 || reply.code === 551 || reply.enhanced?.endsWith('.1.6') === true) return false;
  const names = namesIn(reply.text);
  if (names.size === 0) return false;
  const own = command.verb === 'RCPT' ? command.to : command.verb === 'MAIL' ? command.from : null;
  if (own !== null && isNamed(own, names)) return false;
  const others = recipients.filter((recipient) => isNamed(recipient, names));
  const isLedTo = (other: string): boolean =>
    heard.some((before) => before.command.verb === 'RCPT' && before.command.to === other && namesItsOwn(before));
  return command.verb === 'RCPT' && reply.code < 300 ? !others.every(isLedTo) : others.length > 0;
}

/** Addresses in a text, and every text in angle brackets; all in lower case. */
function namesIn(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  if (!/[@<]/.test(text)) return names;
  const lower = text.toLowerCase();
  for (const [, inside = ''] of lower.matchAll(/<([^<>]*)>/g)) names.add(inside);
  for (const [word] of lower.matchAll(/[^\s<>"'`()[\],;:]+@[^\s<>"'`()[\],;:]+/g)) {
    names.add(word.replace(/[.!?]+$/, ''));
  }
  return names;
}

function isNamed(address: string, names: ReadonlySet<string>): boolean {
  const lower = address.toLowerCase();
  return names.has(lower) || names.has(lower.slice(0, lower.lastIndexOf('@')));
}

/** The reply to RSET in a transaction with a proved count, if no other command has a reply like it. */
export type ResetMark = { readonly enhanced: string | null };

/** True for a reply in words that only RSET has: those of Exim, Exchange, Gmail, sendmail and qmail. */
function isInWordsOfReset({ code, text }: Reply): boolean {
  return code === 250 && /\b(?:reset|resetting|flush|flushed|cleared)\b/i.test(text.replace(/\S*[@<]\S*/g, ''));
}

/**
 * The mark by which RSET's reply is known from now on, or null if it is like any other. Postfix says 2.0.0 to RSET and
 * 2.1.5 to an accepted RCPT: both seen in their places tell them apart.
 */
export function resetMarkOf(exchanges: readonly Exchange[]): ResetMark | null {
  const reset = exchanges.findLast(({ command }) => command.verb === 'RSET')?.reply;
  if (reset?.code !== 250) return null;
  if (isInWordsOfReset(reset)) return { enhanced: null };
  const others = exchanges.filter(({ command }) => command.verb === 'MAIL' || command.verb === 'RCPT');
  const hasStatusOfOwn =
    reset.enhanced?.endsWith('.0.0') === true &&
    others.some((exchange) => exchange.command.verb === 'MAIL' && isAcceptance(exchange)) &&
    others.some((exchange) => exchange.command.verb === 'RCPT' && hasStatusOfRcpt(exchange)) &&
    others.every(({ reply }) => reply.enhanced !== reset.enhanced);
  return hasStatusOfOwn ? { enhanced: reset.enhanced } : null;
}

/** True for a reply that only RSET has in this session. */
export function isOfReset(reply: Reply, mark: ResetMark | null): boolean {
  if (isInWordsOfReset(reply)) return true;
  return reply.code === 250 && mark !== null && mark.enhanced !== null && reply.enhanced === mark.enhanced;
}

/** True if the reply to EHLO or HELO differs from every other reply of the transaction. */
export function isHelloDistinct(hello: Reply, exchanges: readonly Exchange[]): boolean {
  if (readExtensions(hello).size > 0) return true;
  const name = firstWord(hello);
  return name !== '' && exchanges.every(({ reply }) => reply.code >= 300 || firstWord(reply) !== name);
}

/**
 * True for a reply to a repeated EHLO or HELO: the extensions once more, or the server's name. A refusal of the second
 * one (RFC 5321 §4.1.4 allows none, some servers send it) is as good behind a RSET with 250: shifted by one place, that
 * 250 would stand here.
 */
export function isOfHello(reply: Reply, hello: Reply, reset: Reply | null): boolean {
  if (reply.code >= 500 && reply.code <= 504) return reset?.code === 250;
  if (reply.code !== 250) return false;
  const offered = readExtensions(hello);
  if (offered.size === 0) return firstWord(reply) === firstWord(hello);
  const again = readExtensions(reply);
  return [...offered.keys()].some((keyword) => again.has(keyword));
}

function firstWord({ text }: Reply): string {
  return (/^\S+/.exec(text.trim())?.[0] ?? '').toLowerCase();
}

/** The believable part of a transaction that was cut short. */
export type BelievedReplies = {
  readonly stands: readonly Exchange[];
  /** False if an acceptance may be another command's: then no other reply may confirm it. */
  readonly isProved: boolean;
};

export type CutTransaction = {
  readonly cut: Cut;
  /** Several commands were written at once. */
  readonly isGroup: boolean;
  /** It has one recipient, besides the random mailbox. */
  readonly isOnly: boolean;
  /** The random mailbox was to be asked, and has no reply. */
  readonly isBeforeStranger: boolean;
};

/**
 * The believable replies to RCPT if the last command was never answered, so that nothing has proved the count. A reply
 * that names its own recipient is believed, with everything before it: that was in step. Of the rest, assuming one
 * surplus reply:
 *
 * - an acceptance is believed if the next reply is one too, so that it does not matter which of them is the
 *   recipient's; or if it is the first and cannot be the reply to MAIL
 * - a refusal is believed if the server has closed behind it, unless others were accepted and the first of them could
 *   be MAIL's. While another reply may come, it is not
 * - in a group that has fallen silent a reply may be missing as well, and only a sole recipient's acceptance is
 *   believed
 *
 * A sole recipient's acceptance that looks like MAIL's is believed but unproved if a random mailbox was asked behind
 * it: the reply held back is the refusal of that one, and without it the verdict is `unconfirmed` at most.
 */
export function believedReplies(heard: readonly Exchange[], transaction: CutTransaction): BelievedReplies {
  const { cut, isGroup, isOnly, isBeforeStranger } = transaction;
  const inStepUpTo = heard.findLastIndex(namesItsOwn);
  const rcpts = heard.filter(({ command }) => command.verb === 'RCPT');
  const [first] = rcpts;
  const isMixed = new Set(rcpts.map(isAcceptance)).size > 1;
  const isAnchored = first !== undefined && (!isAcceptance(first) || hasStatusOfRcpt(first));
  let isProved = true;
  const stands = heard.filter((exchange, index) => {
    if (exchange.command.verb !== 'RCPT') return false;
    if (index <= inStepUpTo) return true;
    if (!isAcceptance(exchange)) return cut === 'closed' && (!isMixed || isAnchored);
    const next = heard[index + 1];
    const isFirst = exchange === first && hasStatusOfRcpt(exchange);
    const hasSameBehind = next !== undefined && isAcceptance(next);
    if (cut === 'silent' && isGroup ? isOnly && isFirst && !isBeforeStranger : isFirst || hasSameBehind) return true;
    if (!isOnly || !isBeforeStranger || exchange !== first || next !== undefined) return false;
    isProved = false;
    return true;
  });
  return { stands, isProved };
}

function isAcceptance({ reply }: Exchange): boolean {
  return reply.code < 300;
}

/** RFC 3463 x.1.5 is "destination mailbox address valid"; the reply to MAIL has x.1.0. */
function hasStatusOfRcpt({ reply }: Exchange): boolean {
  return reply.enhanced === '2.1.5';
}

function namesItsOwn({ command, reply }: Exchange): boolean {
  return command.verb === 'RCPT' && isNamed(command.to, namesIn(reply.text));
}
