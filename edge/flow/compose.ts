/**
 * The answer as the outside sees it, composed of what a climb has found and what the judge made of it. Pure.
 *
 * A climb that is cut short composes as well as one that is complete: whatever is not known is null or false.
 */
import type { Address } from '../../shared/address.ts';
import type { Answer, StepReport } from '../../shared/answer.ts';
import { canonicalOf, isAlias } from '../../shared/canonical.ts';
import { isoTime } from '../../shared/iso-time.ts';
import type { Evidence } from '../../shared/job.ts';
import { inOnePiece } from '../../shared/one-piece.ts';
import { reasonRow } from '../../shared/verdict.ts';
import { isFree } from '../checks/free.ts';
import { hintFor, plainSpelling } from '../checks/hint.ts';
import { suggestDomain } from '../checks/typo.ts';
import type { Findings, Judgement } from '../judge/verdict.ts';
import type { Remembered } from '../memory/results.ts';

/** What there is to tell. */
export type Known = {
  readonly input: string;
  readonly findings: Findings;
  /** Domain that may have been meant, or null; undefined where nobody has looked yet. */
  readonly suggestion: string | null | undefined;
  readonly remembered: Remembered | null;
  /** The other node's evidence and what it came to, where two were asked. */
  readonly second: { readonly evidence: Evidence; readonly judgement: Judgement } | null;
  readonly steps: readonly StepReport[];
};

export function compose(known: Known, judgement: Judgement, nowMs: number): Answer {
  const { findings, input, remembered } = known;
  const address = findings.parsed?.ok === true ? findings.parsed.address : null;
  const written = address?.address ?? input.trim();
  const hint = findings.parsed?.ok === false ? hintFor(input) : null;
  return {
    email: input,
    address: written,
    canonical: address === null ? written : canonicalOf(address),
    verdict: reasonRow(judgement.reason).verdict,
    reason: judgement.reason,
    detail: hint?.detail ?? judgement.detail,
    did_you_mean: address === null ? (hint?.address ?? null) : meantBy(address, known.suggestion),
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
      known.second === null
        ? null
        : {
            reason: known.second.judgement.reason,
            smtp: smtpOfEvidence(known.second.evidence, known.second.judgement),
          },
    retry_after: judgement.retryAfterSeconds,
    checked_at: remembered?.checked_at ?? isoTime(nowMs),
    cached: remembered !== null,
    steps: [...known.steps],
  };
}

/** The address that may have been meant by one that is legal. */
function meantBy(address: Address, suggestion: Known['suggestion']): string | null {
  const plain = plainSpelling(address);
  if (plain !== null) return plain;
  const domain = suggestion === undefined ? suggestDomain(address.domain) : suggestion;
  return domain === null ? null : inOnePiece(address.local, '@', domain);
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
