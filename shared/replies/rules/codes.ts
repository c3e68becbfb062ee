/**
 * Rows for codes alone: RFC 3463 statuses (with the IANA registry and Exchange's own numbers), then bare reply codes of
 * RFC 5321, then the fallback for a reply that no row recognised.
 *
 * These come after every wording, because servers misuse codes more often than words: 5.7.1 is `no such user` at
 * Yandex, 5.1.1 `over quota` at Orange, 451 `invalid recipient` at Mimecast. An unrecognised 5yz is `policy_other`,
 * never a statement about the mailbox; an unrecognised 4yz is a temporary failure.
 */
import type { ReplyClass } from '../classes.ts';
import type { Stage } from '../reply.ts';
import { phrases, type RuleRow } from '../rule.ts';
import { OF_THE_SERVICE } from './server.ts';

const SEEN = '2026-11';
const IANA = 'https://www.iana.org/assignments/smtp-enhanced-status-codes';
const EXCHANGE =
  'https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online';
const RFC = 'RFC 5321 §4.2';
const NAMED = 'a reply that names something of ours and not the recipient is about us (doubts.ts)';
const BEFORE_RCPT: readonly Stage[] = ['connect', 'ehlo', 'starttls', 'mail'];

function status(
  id: string,
  replyClass: ReplyClass,
  enhanced: readonly string[],
  sample: string,
  codes: readonly number[] = [4, 5],
  source = IANA,
): RuleRow {
  return { id, provider: null, codes, enhanced, class: replyClass, sample, source, seen: SEEN };
}

function code(
  id: string,
  replyClass: ReplyClass,
  codes: readonly number[],
  sample: string,
  stages?: readonly Stage[],
): RuleRow {
  return { id, provider: null, codes, ...(stages && { stages }), class: replyClass, sample, source: RFC, seen: SEEN };
}

/** The reply names something of ours and not the recipient, and no other row knows it. */
function named(id: string, replyClass: ReplyClass, names: NonNullable<RuleRow['names']>, sample: string): RuleRow {
  return { id, provider: null, codes: [4, 5], names, class: replyClass, sample, source: NAMED, seen: SEEN };
}

/** Said yes: the only rows for 2yz and 3yz. */
export const AFFIRMATIVE_ROWS: readonly RuleRow[] = [
  code('accepted-unverified', 'accepted_unverified', [252], '252 2.1.5 Cannot VRFY user, but will take the message', [
    'rcpt',
  ]),
  code('accepted', 'accepted', [2], '250 2.1.5 <ada@example.org> recipient ok', ['rcpt']),
  code('proceed', 'proceed', [2], '250 2.1.0 Sender OK', BEFORE_RCPT),
  code('intermediate', 'protocol_error', [3], '354 End data with <CR><LF>.<CR><LF>'),
];

/** Words that show a misused mailbox status: the reply is about the service or about us. */
const NOT_THE_MAILBOX = phrases(
  ...OF_THE_SERVICE,
  'delivery (disabled|denied|is disabled)|remote delivery|relay|licen[cs]e|config|internal',
  'your (message|email|mail|ip|server|host|network|domain|account)|hosts?|hostname|could not (load|stream|read|open|access)',
  '[^ ]*(quota|exceed)[^ ]*|full|overfull|capacity|space|room|storage|limits?',
);

export const STATUS_ROWS: readonly RuleRow[] = [
  status('status-mailbox-full', 'mailbox_full', ['2.2'], '552 5.2.2 x', [4, 5]),
  {
    ...status('status-no-mailbox', 'mailbox_not_found', ['1.1', '1.3', '1.6', '1.10'], '550 5.1.1 x', [5]),
    unless: NOT_THE_MAILBOX,
  },
  {
    ...status(
      'status-mailbox-disabled',
      'mailbox_disabled',
      ['2.1'],
      '550 5.2.1 x',
      [510, 511, 525, 550, 551, 553, 554],
    ),
    unless: NOT_THE_MAILBOX,
  },
  status('status-domain', 'domain_not_found', ['1.2', '4.4', '4.310', '4.312'], '550 5.1.2 x'),
  status('status-sender', 'sender_rejected', ['1.7', '1.8', '7.27', '1.90', '1.20', '1.21'], '550 5.1.8 x'),
  named('us-named-sender', 'sender_rejected', 'sender', '550 <probe@probe.example>: No such user'),
  named('us-named-ip', 'policy_other', 'ip', '550 Unknown user at 192.0.2.25'),
  named('us-named-helo', 'policy_other', 'helo', '550 probe.example: address not found'),
  status(
    'status-ip',
    'ip_blocked',
    ['7.20-26', '7.28', '7.7', '7.500-513', '7.515', '7.606-649', '7.708', '7.750', '7.850-899'],
    '550 5.7.25 x',
  ),
  status('status-rate', 'rate_limited', ['5.3', '2.122', '7.650-652', '7.28', '7.49-53', '7.233-236'], '452 4.5.3 x'),
  status('status-relay', 'relay_denied', ['7.54', '7.64', '7.367-368'], '550 5.7.64 x', [5], EXCHANGE),
  status(
    'status-tls-or-login',
    'requires_tls_or_auth',
    ['7.8-12', '7.30', '7.57', '7.3', '7.4', '7.321-325', '7.60-61'],
    '530 5.7.10 x',
  ),
  status('status-smtputf8', 'needs_smtputf8', ['6.7', '6.9'], '553 5.6.7 x', [5], 'RFC 6531 §3.5'),
  status('status-protocol', 'protocol_error', ['5.1', '5.2', '5.4', '5.5'], '503 5.5.1 x', [5]),
];

export const CODE_ROWS: readonly RuleRow[] = [
  code('code-login', 'requires_tls_or_auth', [530, 454], '530 x'),
  status('status-policy', 'policy_other', ['7'], '500 5.7.1 x', [5], 'RFC 3463 §3.8 (X.7.Z): security or policy'),
  {
    ...code('code-full', 'mailbox_full', [552], '552 Requested action aborted: storage', ['rcpt']),
    text: / (?:storage|space|allocation|quota|stored)(?= )|^ +$/,
  },
  code('code-no-domain', 'domain_not_found', [556], '556 x', ['rcpt']),
  {
    ...code('code-protocol', 'protocol_error', [500, 502, 503, 504, 555], '502 x'),
    unless: phrases('rejected|refused|denied|blocked|spam'),
  },
];

/** No row recognised the reply. */
export const FALLBACK_ROWS: readonly RuleRow[] = [
  code('unknown-4yz', 'temporary_failure', [4], '451 x'),
  code('unknown-5yz', 'policy_other', [5], '550 x'),
];
