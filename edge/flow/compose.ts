/**
 * The answer as the caller sees it, composed of the record of a climb and the judgement. Pure.
 *
 * Before it: verify.ts. A climb that is cut short can be composed as well as a complete one: unknown parts are
 * null or false.
 */
import type { Answer } from '../../shared/answer.ts';
import { isAlias } from '../../shared/canonical.ts';
import type { Evidence } from '../../shared/job.ts';
import { reasonRow } from '../../shared/verdict.ts';
import { isFree } from '../checks/free.ts';
import { hintFor } from '../checks/hint.ts';
import { addressMeant } from '../checks/suggestion.ts';
import type { Findings, Judgement } from '../judge/verdict.ts';
import type { Climb } from './climb.ts';

export function compose(climb: Climb, judgement: Judgement, nowMs: number): Answer {
  const { address, findings, input, remembered, second } = climb;
  const written = address?.address ?? input.trim();
  const hint = findings.parsed?.ok === false ? hintFor(input) : null;
  return {
    email: input,
    address: written,
    canonical: climb.canonical ?? written,
    verdict: reasonRow(judgement.reason).verdict,
    reason: judgement.reason,
    detail: hint?.detail ?? judgement.detail,
    did_you_mean: address === null ? (hint?.address ?? null) : addressMeant(address, climb.suggestion),
    flags: {
      disposable: findings.isDisposable ?? false,
      role: findings.isRole ?? false,
      free: address !== null && isFree(address.domain),
      alias: address !== null && isAlias(address),
      catch_all: judgement.catchAll,
      mailbox_full: mailboxFull(judgement),
    },
    mx: remembered?.mx ?? mailHostsOf(findings),
    smtp: remembered?.smtp ? { ...remembered.smtp, text: null } : smtpOf(findings, judgement),
    second_opinion:
      second === null
        ? null
        : { reason: second.judgement.reason, smtp: smtpOfEvidence(second.evidence, second.judgement) },
    retry_after: judgement.retryAfterSeconds,
    checked_at: remembered?.checked_at ?? new Date(nowMs).toISOString(),
    cached: remembered !== null,
    steps: [...climb.steps],
  };
}

/** Known to be full, known to take mail, or not known. */
function mailboxFull({ reason }: Judgement): boolean | null {
  if (reason === 'mailbox_full') return true;
  return reason === 'accepted' || reason === 'role' ? false : null;
}

function mailHostsOf({ mail, provider }: Findings): Answer['mx'] {
  if (mail?.kind !== 'hosts') return null;
  const { hosts, isImplicit, isAuthentic } = mail;
  return { provider: provider?.id ?? null, hosts: [...hosts], implicit: isImplicit, dnssec: isAuthentic ?? false };
}

function smtpOf({ probe }: Findings, judgement: Judgement): Answer['smtp'] {
  return probe === null || typeof probe === 'string' ? null : smtpOfEvidence(probe, judgement);
}

function smtpOfEvidence(evidence: Evidence, { rule }: Judgement): NonNullable<Answer['smtp']> {
  const { host, ip, stage, reply, tls, node, region } = evidence;
  const { code = null, enhanced = null, text = null } = reply ?? {};
  return { host, ip, stage, code, enhanced, text, tls, node, region, rule };
}
