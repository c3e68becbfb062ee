/**
 * The judge: findings in, verdict out. Pure, and the only place that chooses a reason.
 *
 * It is asked after every step of the ladder (edge/flow/) and returns null as long as more must be known. Its laws:
 * only the mail server's reply to RCPT about the mailbox, the syntax and the DNS can make an address `invalid`; only an
 * accepted RCPT makes it `deliverable`; a flag such as role never outweighs a refusal, nor turns `unknown` into
 * `risky`. The node's raw reply is classified again here, with the rules of this deployment.
 */
import type { Address, AddressFault, AddressRule } from '../../shared/address.ts';
import type { Evidence, Outcome } from '../../shared/job.ts';
import { answersForEachMailbox, type Provider, providerOfMx, rcptAnswer } from '../../shared/providers.ts';
import { type Blame, reasonOfReply, replyClassRow } from '../../shared/replies/classes.ts';
import { classify } from '../../shared/replies/classify.ts';
import { retryHintSeconds } from '../../shared/replies/retry-hint.ts';
import { acceptsStrangers } from '../../shared/replies/stranger.ts';
import { type Reason, reasonRow } from '../../shared/verdict.ts';
import type { MailHosts } from '../dns/mx.ts';

/** Facts about an address so far; null means "not examined yet". */
export type Findings = {
  readonly parsed: { readonly ok: true; readonly address: Address } | AddressFault | null;
  readonly isDisposable: boolean | null;
  readonly isRole: boolean | null;
  /** One sentence on the provider's rule that the local part breaks, or null if it breaks none. */
  readonly brokenRule: string | null;
  readonly mail: MailHosts | null;
  readonly provider: Provider | null;
  /**
   * `unwanted`: the caller does not want a probe; `spent`: the caller has no quota left; `no_node`: no node could do
   * it.
   */
  readonly probe: Evidence | 'unwanted' | 'spent' | 'no_node' | null;
  /** The reason for `spent`, if `probe` is `spent`. */
  readonly spent?: Spent | null;
  /** Memory of the domain's mail hosts, by host: whether each accepts everybody. */
  readonly strangers: ReadonlyMap<string, { readonly accepts_all: boolean | null }>;
};

export type Judgement = {
  readonly reason: Reason;
  readonly detail: string;
  readonly retryAfterSeconds: number | null;
  readonly catchAll: boolean | null;
  /** Rule that classified the reply, or null if there was no reply to classify. */
  readonly rule: string | null;
  /** The party that the mail server's reply is about; null if no reply decided. */
  readonly blame: Blame | null;
  /** True if the node was refused for its IP address, its host name or the reputation of one of them. */
  readonly isOurReputation: boolean;
};

const REASON_BY_OUTCOME: Readonly<Record<Exclude<Outcome, 'reply'>, Reason>> = {
  timeout: 'timeout',
  unreachable: 'unreachable',
  dropped: 'unreachable',
  protocol_error: 'protocol_error',
  dns_failure: 'dns_failure',
  // The finding of one node's resolver. If our resolvers find the same for every host, the domain is `no_mx`
  // (flow/steps.ts).
  no_address: 'unreachable',
  forbidden_address: 'unreachable',
  no_smtputf8: 'needs_smtputf8',
  bad_address: 'protocol_error',
  paced: 'paced',
  resting: 'blocked',
};

/** Reason why a caller has no probe left, and the seconds until there is one again. */
export type Spent = {
  readonly resetSeconds: number;
  readonly isVainSpent: boolean;
  readonly isUncounted: boolean;
  readonly isPaused: boolean;
};

/** Text for a caller without a probe left. */
export function detailOfSpent({ isVainSpent, isUncounted, isPaused }: Omit<Spent, 'resetSeconds'>): string {
  if (isUncounted) {
    return 'Your quota could not be counted just now, so the mail server was not asked; ask again in a minute.';
  }
  if (isPaused) {
    return 'The quota of this minute is spent, so the mail server was not asked; ask again in a minute.';
  }
  if (isVainSpent) {
    return "Too many of today's questions ended as unknown at mail servers of unknown providers, so the mail server was not asked; ask again at midnight (UTC).";
  }
  return 'The quota of today is spent, so the mail server was not asked; ask again at midnight (UTC).';
}

/** Rules about the address as a whole: no single character is to blame. */
const OF_THE_WHOLE: readonly AddressRule[] = [
  'empty',
  'input_too_long',
  'at_missing',
  'local_empty',
  'domain_empty',
  'domain_dotless',
  'local_too_long',
  'address_too_long',
  'domain_too_long',
];

/**
 * The judgement, or null while the next step could still change it.
 *
 * @param classifyReply may be a cached `classify`: the judge is asked of one reply two or three times
 */
export function judge(findings: Findings, classifyReply: typeof classify = classify): Judgement | null {
  const { parsed, mail, probe, provider } = findings;
  if (parsed === null) return null;
  if (!parsed.ok) return judgement('syntax', { detail: detailOfFault(parsed) });
  if (findings.isDisposable === true) return judgement('disposable');
  if (findings.brokenRule !== null) return judgement('provider_rules', { detail: findings.brokenRule });
  if (mail === null) return null;
  if (mail.kind !== 'hosts') return judgement(mail.kind);
  if (rcptAnswer(provider, parsed.address.domain) === 'accepts_all') return judgement('unverifiable');
  if (probe === null) return null;
  if (probe === 'unwanted') return judgement('not_probed');
  if (probe === 'spent') return judgeSpent(findings.spent ?? null);
  if (probe === 'no_node') return judgement('no_node');
  return judgeEvidence(probe, findings, parsed.address, classifyReply);
}

/** Adds the position of the fault, counted from 1 as a person counts: `… (at character 3).` */
function detailOfFault({ rule, position, detail }: AddressFault): string {
  return OF_THE_WHOLE.includes(rule) ? detail : `${detail.slice(0, -1)} (at character ${position + 1}).`;
}

/** The judgement at the caller's deadline. */
export function judgePending(): Judgement {
  return judgement('pending');
}

/** The judgement on a climb that broke on our side: it says nothing about the mailbox, and the next try may succeed. */
export function judgeFault(): Judgement {
  return judgement('no_node', { detail: 'Something broke on our side; this says nothing about the mailbox.' });
}

/** No server was asked, since the caller's daily quota is spent: it says nothing about the mailbox. */
function judgeSpent(spent: Spent | null): Judgement {
  const extras = spent === null ? {} : { hint: spent.resetSeconds };
  const detail = detailOfSpent(spent ?? { isVainSpent: false, isUncounted: false, isPaused: false });
  return judgement('not_probed', { detail, ...extras });
}

function judgeEvidence(
  evidence: Evidence,
  findings: Findings,
  { domain, needsSmtputf8 }: Address,
  classifyReply: typeof classify,
): Judgement {
  const { outcome, stage, reply, host } = evidence;
  if (outcome === 'no_smtputf8' && !needsSmtputf8) return judgement('protocol_error');
  if (outcome === 'no_smtputf8' && !isSaidByEachHost(evidence, findings.mail)) return judgement('unreachable');
  // A reply counts only if the host that gave it is known.
  if (outcome === 'reply' && host === null) return judgement('protocol_error');
  // Use the provider of the host that answered: it may differ from that of the domain's first host.
  const provider = host === null ? null : providerOfMx(host);
  if (outcome !== 'reply' || reply === null) {
    const hint = evidence.retry_after_s;
    const reason = outcome === 'reply' ? 'protocol_error' : REASON_BY_OUTCOME[outcome];
    const blame = outcome === 'resting' ? 'us' : null;
    return judgement(reason, { blame, ...(hint === null ? {} : { hint }) });
  }
  const providerId = provider?.id ?? null;
  const { class: replyClass, rule } = classifyReply(stage, reply, providerId);
  const { blame } = replyClassRow(replyClass);
  if (replyClass !== 'accepted') {
    const catchAll = replyClass === 'accepted_unverified' ? true : null;
    const hint = retryHintSeconds(reply);
    const isOurReputation = replyClass === 'ip_blocked';
    const extras = { rule, catchAll, blame, isOurReputation, ...(hint === null ? {} : { hint }) };
    return judgement(reasonOfReply(replyClass, reply.code), extras);
  }
  const catchAll = answersForEachMailbox(provider, domain)
    ? false
    : (acceptsStrangers(evidence.stranger?.reply ?? null, providerId, classifyReply) ?? acceptsAllOf(host, findings));
  if (catchAll === null) {
    const putOff = putOffOf(evidence, classifyReply);
    const hint = putOff === null ? {} : { hint: putOff.hintSeconds ?? reasonRow(putOff.reason).retryAfterSeconds };
    return judgement('unconfirmed', { rule, catchAll, blame, ...hint });
  }
  return judgement(catchAll ? 'catch_all' : findings.isRole ? 'role' : 'accepted', { rule, catchAll, blame });
}

/** Memory of the host that answered: another host of the domain says nothing about it. */
function acceptsAllOf(host: string | null, { strangers }: Findings): boolean | null {
  return host === null ? null : (strangers.get(host)?.accepts_all ?? null);
}

/**
 * The temporary failure of a random mailbox, and the seconds that the server asked for; null if it got a final answer
 * or was not asked. Asked again later, the host says whether it accepts everybody.
 */
export function putOffOf(
  { host, stranger }: Evidence,
  classifyReply: typeof classify = classify,
): { readonly reason: Reason; readonly hintSeconds: number | null } | null {
  if (stranger === null || host === null) return null;
  const { reply } = stranger;
  const { class: replyClass } = classifyReply('rcpt', reply, providerOfMx(host)?.id ?? null);
  const reason = reasonOfReply(replyClass, reply.code);
  return reasonRow(reason).isRechecked ? { reason, hintSeconds: retryHintSeconds(reply) } : null;
}

/** Whether every mail host of the domain had the outcome of the evidence: a host without one might answer otherwise. */
function isSaidByEachHost({ host, outcome, attempts }: Evidence, mail: MailHosts | null): boolean {
  if (mail?.kind !== 'hosts') return false;
  const said = attempts.filter((attempt) => attempt.outcome === outcome).map((attempt) => attempt.host);
  return mail.hosts.every((known) => known.host === host || said.includes(known.host));
}

type Extras = {
  readonly detail?: string;
  readonly rule?: string;
  readonly catchAll?: boolean | null;
  /** Seconds that the server itself asked for. */
  readonly hint?: number | null;
  readonly blame?: Blame | null;
  readonly isOurReputation?: boolean;
};

function judgement(reason: Reason, extras: Extras = {}): Judgement {
  const row = reasonRow(reason);
  return {
    reason,
    detail: extras.detail ?? row.detail,
    retryAfterSeconds: extras.hint ?? row.retryAfterSeconds,
    catchAll: extras.catchAll ?? null,
    rule: extras.rule ?? null,
    blame: extras.blame ?? null,
    isOurReputation: extras.isOurReputation ?? false,
  };
}
