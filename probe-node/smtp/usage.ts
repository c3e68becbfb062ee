/**
 * Counts the use of a session, so that its holder leaves before the server objects. Pure; before it: connection.ts. The
 * limits are those of pool.ts.
 */
import type { Reply } from '../../shared/replies/reply.ts';
import type { Transaction, TransactionResult } from './transaction.ts';

export type Usage = {
  readonly transactions: number;
  readonly recipients: number;
  /** Replies of 4yz and 5yz to RCPT; Postfix slows a session down after 10 and ends it after 20. */
  readonly refusals: number;
  /**
   * Replies of 4yz to MAIL and to the RCPT of a recipient: greylisting and postscreen expect a new connection for the
   * retry.
   */
  readonly deferrals: number;
  readonly openedAtMs: number;
};

/** The usage after one more transaction. */
export function usedFor(usage: Usage, { recipients }: Transaction, answer: TransactionResult): Usage {
  const replies = [...answer.recipients, answer.stranger];
  const isDeferral = (reply: Reply | null): boolean => reply !== null && reply.code >= 400 && reply.code < 500;
  return {
    ...usage,
    transactions: usage.transactions + 1,
    recipients: usage.recipients + recipients.length,
    refusals: usage.refusals + replies.filter((reply) => reply !== null && reply.code >= 400).length,
    deferrals: usage.deferrals + [answer.mail, ...answer.recipients].filter(isDeferral).length,
  };
}
