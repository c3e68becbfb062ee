/**
 * Classes of replies, and the reason that each leads to.
 *
 * A class says what the server meant and whom it blames; a reason is for the caller. They differ on purpose: six kinds
 * of refusal are one reason (`blocked`), yet a node reacts differently to each. The one law of this file: only a class
 * that blames the recipient may lead to `invalid`.
 */
import type { Reason } from '../verdict.ts';

/** The party that a reply is about: the mailbox, the asking side, the server's own state, or none (it said yes). */
export type Blame = 'nobody' | 'recipient' | 'us' | 'server';

type ReplyClassRow = { readonly blame: Blame; readonly reason: Reason; readonly meaning: string };

export const REPLY_CLASSES = {
  accepted: { blame: 'nobody', reason: 'accepted', meaning: 'The recipient is accepted.' },
  accepted_unverified: { blame: 'nobody', reason: 'catch_all', meaning: '252: taken without looking at the mailbox.' },
  proceed: { blame: 'nobody', reason: 'not_probed', meaning: 'Yes to a step before RCPT, which decides nothing.' },
  mailbox_not_found: { blame: 'recipient', reason: 'mailbox_not_found', meaning: 'There is no such mailbox.' },
  mailbox_disabled: { blame: 'recipient', reason: 'mailbox_disabled', meaning: 'The mailbox is closed or suspended.' },
  mailbox_full: { blame: 'recipient', reason: 'mailbox_full', meaning: 'The mailbox exists and is over its quota.' },
  greylisted: { blame: 'server', reason: 'greylisted', meaning: 'Strangers are asked to come back later.' },
  rate_limited: { blame: 'server', reason: 'rate_limited', meaning: 'Too many connections, recipients or messages.' },
  temporary_failure: { blame: 'server', reason: 'temporary_failure', meaning: 'The server has a problem of its own.' },
  ip_blocked: { blame: 'us', reason: 'blocked', meaning: 'Our IP address, PTR, HELO name or SPF is refused.' },
  sender_rejected: { blame: 'us', reason: 'blocked', meaning: 'Our MAIL FROM is refused.' },
  relay_denied: { blame: 'us', reason: 'blocked', meaning: 'The server takes no mail for this domain from us.' },
  requires_tls_or_auth: { blame: 'us', reason: 'blocked', meaning: 'TLS or a login is demanded first.' },
  policy_other: { blame: 'us', reason: 'blocked', meaning: 'A policy refuses us without saying more.' },
  domain_not_found: { blame: 'us', reason: 'blocked', meaning: 'The server says that a domain does not exist.' },
  needs_smtputf8: { blame: 'us', reason: 'protocol_error', meaning: 'The address needs SMTPUTF8 and did not get it.' },
  protocol_error: { blame: 'server', reason: 'protocol_error', meaning: 'The reply fits no command of ours.' },
} as const satisfies Record<string, ReplyClassRow>;

export type ReplyClass = keyof typeof REPLY_CLASSES;

export function replyClassRow(replyClass: ReplyClass): ReplyClassRow {
  return REPLY_CLASSES[replyClass];
}

/**
 * The reason that a class leads to. A temporary refusal of us (4yz) is `temporary_failure`: we ask again, whereas
 * waiting does not mend a permanent one.
 */
export function reasonOfReply(replyClass: ReplyClass, code: number): Reason {
  const { reason } = replyClassRow(replyClass);
  return reason === 'blocked' && code < 500 ? 'temporary_failure' : reason;
}
