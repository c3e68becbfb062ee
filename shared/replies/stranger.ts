/**
 * Interprets the reply to a random mailbox of a domain (the catch-all probe). Used by the node, to know whether its
 * answer will last, and by the edge, to judge.
 */
import { type ReplyClass, replyClassRow } from './classes.ts';
import { classify } from './classify.ts';
import { namesUsAlone } from './doubts.ts';
import type { Reply } from './reply.ts';

/** Classes of a permanent reply that is not about a mailbox and yet tells a random one from one just accepted. */
const TELLS_APART: readonly ReplyClass[] = ['relay_denied', 'domain_not_found'];

/** RFC 5321 §4.2.3: codes that are about the mailbox by themselves, whatever the text; 554 may be about anything. */
const MAILBOX_CODES: readonly number[] = [550, 551, 553];

/**
 * True: the domain accepts every name; false: it does not; null: the reply does not say. A temporary reply says
 * nothing, and neither does one that refuses us or names us and not the random mailbox. `classifyReply` may be a cached
 * `classify`.
 */
export function acceptsStrangers(
  reply: Reply | null,
  providerId: string | null,
  classifyReply: typeof classify = classify,
): boolean | null {
  if (reply === null) return null;
  const { class: replyClass } = classifyReply('rcpt', reply, providerId);
  if (replyClassRow(replyClass).blame === 'nobody') return true;
  // A mailbox that does not exist cannot be full: a shared mailbox is, and it takes mail for every name.
  if (reply.code < 500 || replyClass === 'mailbox_full' || namesUsAlone(reply.quotes)) return null;
  if (replyClassRow(replyClass).blame === 'recipient') return false;
  if (replyClass === 'policy_other') return MAILBOX_CODES.includes(reply.code) ? false : null;
  return TELLS_APART.includes(replyClass) ? false : null;
}
