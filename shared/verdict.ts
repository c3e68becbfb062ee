/**
 * The vocabulary of answers: every verdict and every reason, with the condition for each and its texts for people.
 *
 * This table is the one source: code takes its types from it, the OpenAPI document its enums, docs/VERDICTS.md its
 * rows. It decides nothing; the judge is edge/judge/verdict.ts. edge/memory/freshness.ts and edge/rechecks/schedule.ts
 * do the arithmetic with the columns on memory and rechecks.
 *
 * The lives follow Postfix verify(8) and Exim callouts: a yes lasts a month and is refreshed after a week, a no lasts
 * three days and is refreshed after three hours.
 */

export const VERDICTS = ['deliverable', 'invalid', 'risky', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** For `paced`: long enough for a burst of equal questions, since another node or a longer deadline may do better at once. */
const PACED_SECONDS = 5;

/**
 * How long a verdict is remembered, in seconds; 0 if it is not remembered, since no mail server has said it.
 *
 * `until_retry`: a state of the moment, remembered until `retry_after` has passed. `until_named_retry`: the same if the
 * server named that time. If it did not, it may mean soon: the verdict is remembered for a burst of equal questions
 * only.
 */
type Life = number | 'until_retry' | 'until_named_retry';

export type ReasonRow = {
  readonly verdict: Verdict;
  /** Condition for this reason: for documentation. */
  readonly when: string;
  /** One sentence for the person who typed the address; the judge may put a more exact one in its place. */
  readonly detail: string;
  /** Advice for such an address: for documentation. */
  readonly advice: string;
  /** Seconds after which asking again is worthwhile, or null if the answer will stand. */
  readonly retryAfterSeconds: number | null;
  /** How long it is remembered, and the age in seconds from which it is refreshed behind the answer (null: never). */
  readonly memory: { readonly life: Life; readonly refreshAfterSeconds: number | null };
  /** True if we ask again ourselves: the mail server, or our own queue for it, has said "later". */
  readonly isRechecked: boolean;
  /**
   * True if the DNS alone decides. It costs no mail server to find again, so it only replaces an older verdict in
   * memory.
   */
  readonly isDnsFact: boolean;
  /** False if asking the same again may tell more. Memory keeps an answer when a later attempt brings none. */
  readonly isAnswer: boolean;
  /** True if the mail server has refused this mailbox, so that it does not accept every address of its domain. */
  readonly isRefusal: boolean;
};

export const REASONS = {
  accepted: {
    verdict: 'deliverable',
    when: 'RCPT accepted, and either a random mailbox of the domain is known to be refused, or the provider is known to answer for each mailbox.',
    detail: 'The mail server accepts mail for this address.',
    advice: 'Send.',
    retryAfterSeconds: null,
    memory: { life: 31 * DAY_SECONDS, refreshAfterSeconds: 7 * DAY_SECONDS },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  syntax: {
    verdict: 'invalid',
    when: 'Not an RFC 5321 Mailbox (with RFC 6531), or longer than 64 / 255 / 254 octets; the detail says which rule.',
    detail: 'This is not a valid email address.',
    advice:
      'Ask the person to correct the address; the detail names the rule, and `did_you_mean` the address that may be meant.',
    retryAfterSeconds: null,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  provider_rules: {
    verdict: 'invalid',
    when: 'The provider documents that no such local part can exist.',
    detail: 'The provider of this domain gives out no addresses like this one.',
    advice: 'Ask the person to correct the address.',
    retryAfterSeconds: null,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  no_domain: {
    verdict: 'invalid',
    when: 'The domain does not exist (NXDOMAIN).',
    detail: 'The domain of this address does not exist.',
    advice: 'Ask the person to correct the part after the @; look at `did_you_mean`.',
    retryAfterSeconds: null,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: true,
    isAnswer: true,
    isRefusal: false,
  },
  no_mx: {
    verdict: 'invalid',
    when: 'The domain has no MX, A or AAAA record, or only unusable ones: localhost, private addresses, hosts that park domains.',
    detail: 'The domain of this address has no mail server.',
    advice: 'Ask the person to correct the part after the @; look at `did_you_mean`.',
    retryAfterSeconds: null,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: true,
    isAnswer: true,
    isRefusal: false,
  },
  null_mx: {
    verdict: 'invalid',
    when: 'The domain publishes a null MX record (RFC 7505): it takes no mail.',
    detail: 'The domain of this address states that it accepts no mail.',
    advice: 'Do not send; the domain wants no mail.',
    retryAfterSeconds: null,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: true,
    isAnswer: true,
    isRefusal: false,
  },
  mailbox_not_found: {
    verdict: 'invalid',
    when: 'The server says at RCPT that there is no such mailbox.',
    detail: 'The mail server says that this mailbox does not exist.',
    advice: 'Do not send; ask the person to correct the part before the @.',
    retryAfterSeconds: null,
    memory: { life: 3 * DAY_SECONDS, refreshAfterSeconds: 3 * HOUR_SECONDS },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: true,
  },
  mailbox_disabled: {
    verdict: 'invalid',
    when: 'The server says at RCPT that the mailbox no longer exists or is closed.',
    detail: 'The mail server says that this mailbox is disabled.',
    advice: 'Do not send; take it off the list.',
    retryAfterSeconds: null,
    memory: { life: 3 * DAY_SECONDS, refreshAfterSeconds: 3 * HOUR_SECONDS },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: true,
  },
  needs_smtputf8: {
    verdict: 'invalid',
    when: 'A non-ASCII local part, and no mail server of the domain offers SMTPUTF8 (RFC 6531).',
    detail: 'The mail servers of this domain cannot take an address with these characters before the @.',
    advice: 'Do not send; ask for an address in plain letters.',
    retryAfterSeconds: null,
    memory: { life: DAY_SECONDS, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  disposable: {
    verdict: 'risky',
    when: 'The domain belongs to a provider of disposable addresses; no connection is opened.',
    detail: 'This is a disposable address.',
    advice: 'Your policy decides: mail arrives today and may go unread tomorrow.',
    retryAfterSeconds: null,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  role: {
    verdict: 'risky',
    when: 'Accepted, but the address belongs to a function and not to a person (RFC 2142).',
    detail: 'The address works, but belongs to a role and not to a person.',
    advice: 'Suitable for business contact, unsuitable for newsletters.',
    retryAfterSeconds: null,
    memory: { life: 31 * DAY_SECONDS, refreshAfterSeconds: 7 * DAY_SECONDS },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  mailbox_full: {
    verdict: 'risky',
    when: 'The mailbox exists and is over its quota: 452, 552 or x.2.2 about this mailbox.',
    detail: 'The mailbox exists but is full at present.',
    advice: 'Try again tomorrow; after a few weeks take it off the list.',
    retryAfterSeconds: 86_400,
    memory: { life: DAY_SECONDS, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  catch_all: {
    verdict: 'risky',
    when: 'Accepted, and so is a random mailbox of the domain; or 252.',
    detail: 'The domain accepts mail for every name, so this mailbox cannot be confirmed.',
    advice: 'Send with care: watch the bounces of this domain.',
    retryAfterSeconds: null,
    memory: { life: 7 * DAY_SECONDS, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  unconfirmed: {
    verdict: 'risky',
    when: 'Accepted, but we could not learn whether the domain accepts every name.',
    detail: 'The mail server accepts the address, but may accept any other name as well.',
    advice: 'Ask again after `retry_after`, or treat as `catch_all`.',
    retryAfterSeconds: 3_600,
    memory: { life: HOUR_SECONDS, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  unverifiable: {
    verdict: 'risky',
    when: 'The provider is known to accept every RCPT; no connection is opened.',
    detail: 'The provider of this domain accepts every name at first, so this mailbox cannot be confirmed.',
    advice: 'Send with care: only a real message can show whether the mailbox exists.',
    retryAfterSeconds: null,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: true,
    isRefusal: false,
  },
  greylisted: {
    verdict: 'unknown',
    when: 'The server defers unknown senders (greylisting).',
    detail: 'The mail server asks to be asked again later.',
    advice: 'Wait: we ask again ourselves, and a later call returns the answer.',
    retryAfterSeconds: 300,
    memory: { life: 'until_named_retry', refreshAfterSeconds: null },
    isRechecked: true,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  rate_limited: {
    verdict: 'unknown',
    when: 'The server limits how much we may ask for now.',
    detail: 'The mail server limits our requests at the moment.',
    advice: 'Wait: we ask again ourselves, and a later call returns the answer.',
    retryAfterSeconds: 900,
    memory: { life: 'until_retry', refreshAfterSeconds: null },
    isRechecked: true,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  paced: {
    verdict: 'unknown',
    when: 'Our own queue for this provider reaches beyond the deadline, so the mail server was not asked yet.',
    detail:
      'We ask this provider gently, and our queue for it is longer than the deadline; this says nothing about the mailbox.',
    advice:
      'Ask again after `retry_after`, or with a longer `deadline_ms`. Operators: another node, or another source address, doubles the pace.',
    retryAfterSeconds: 60,
    memory: { life: PACED_SECONDS, refreshAfterSeconds: null },
    isRechecked: true,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  temporary_failure: {
    verdict: 'unknown',
    when: 'The server reports a temporary failure (4yz) without a better reason.',
    detail: 'The mail server has a temporary problem.',
    advice: 'Wait: we ask again ourselves, and a later call returns the answer.',
    retryAfterSeconds: 900,
    memory: { life: 'until_named_retry', refreshAfterSeconds: null },
    isRechecked: true,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  blocked: {
    verdict: 'unknown',
    when: 'The server refuses us (IP, PTR, HELO, sender, policy, relay, TLS or AUTH demanded), which says nothing of the mailbox.',
    detail: 'The mail server refused us; this says nothing about the mailbox.',
    advice: 'Do not blame the address. Operators: check the rule and the node.',
    retryAfterSeconds: 3_600,
    memory: { life: 'until_retry', refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  timeout: {
    verdict: 'unknown',
    when: 'The mail server did not answer in time.',
    detail: 'The mail server did not answer in time.',
    advice: 'Ask again after `retry_after`.',
    retryAfterSeconds: 300,
    memory: { life: 'until_retry', refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  unreachable: {
    verdict: 'unknown',
    when: 'No connection to any mail server of the domain could be made or kept.',
    detail: 'The mail servers of this domain could not be reached.',
    advice: 'Ask again after `retry_after`; if it lasts for days, the domain takes no mail.',
    retryAfterSeconds: 900,
    memory: { life: 'until_retry', refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  protocol_error: {
    verdict: 'unknown',
    when: 'The server does not speak SMTP as RFC 5321 defines it.',
    detail: 'The mail server gave an answer that is not valid SMTP.',
    advice: 'Do not blame the address.',
    retryAfterSeconds: 3_600,
    memory: { life: 'until_retry', refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  dns_failure: {
    verdict: 'unknown',
    when: 'The DNS gave no answer (SERVFAIL, REFUSED, or no resolver reached), which says nothing of the domain.',
    detail: 'The domain could not be looked up at the moment.',
    advice: 'Ask again after `retry_after`.',
    retryAfterSeconds: 300,
    memory: { life: 'until_retry', refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  no_node: {
    verdict: 'unknown',
    when: 'No probe node could take the job, or another part on our side failed.',
    detail: 'The verification service has no free node at the moment.',
    advice: 'Operators: no probe node answers; see the runbook.',
    retryAfterSeconds: 60,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  pending: {
    verdict: 'unknown',
    when: 'The deadline passed; the work goes on, and a later call returns the answer.',
    detail: 'The mail server has not answered yet; ask again shortly.',
    advice: 'Ask again in a few seconds.',
    retryAfterSeconds: 5,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
  not_probed: {
    verdict: 'unknown',
    when: '`smtp=false`, and no earlier step decided; or, in a batch, the quota of the day is spent (with `retry_after`).',
    detail: 'No problem found; the mail server was not asked.',
    advice: 'Ask again without `smtp=false`, or after `retry_after`, for a verdict.',
    retryAfterSeconds: null,
    memory: { life: 0, refreshAfterSeconds: null },
    isRechecked: false,
    isDnsFact: false,
    isAnswer: false,
    isRefusal: false,
  },
} as const satisfies Record<string, ReasonRow>;

export type Reason = keyof typeof REASONS;

/** Every reason, in the order of the table. */
export const REASON_NAMES = Object.keys(REASONS) as readonly Reason[];

/** The row of a reason, with its columns typed alike for every reason. */
export function reasonRow(reason: Reason): ReasonRow {
  return REASONS[reason];
}
