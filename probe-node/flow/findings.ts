/**
 * How asking one mail host ended, as a value; and of several such endings, the one to report.
 */
import type { Attempt, Outcome } from '../../shared/job.ts';
import type { Stage } from '../../shared/replies/reply.ts';
import type { Ending } from '../smtp/connection.ts';

/** An attempt, with how long to wait where the host, or our own conduct, asks for it. */
export type HostFinding = Attempt & { readonly retryAfterMs: number | null };

export type Where = { readonly host: string | null; readonly ip: string | null };

export const NOWHERE: Where = { host: null, ip: null };

/** Of `where` only host and address are taken, whatever else it holds: a finding becomes evidence as it is. */
export function failure(
  { host, ip }: Where,
  outcome: Outcome,
  fault: string | null,
  stage: Stage = 'connect',
): HostFinding {
  return { host, ip, stage, outcome, reply: null, fault, retryAfterMs: null };
}

export function deferral(where: Where, outcome: 'paced' | 'resting', retryAfterMs: number): HostFinding {
  return { ...failure(where, outcome, null), retryAfterMs };
}

/** The finding of every ending but an answer, whose replies are worth one finding each. */
export function findingOf(where: Where, ending: Exclude<Ending, { kind: 'answer' }>): HostFinding {
  switch (ending.kind) {
    case 'refused':
      return { ...failure(where, 'reply', null, ending.stage), reply: ending.reply };
    case 'timeout':
      return failure(where, 'timeout', ending.fault, ending.stage);
    case 'broken':
      return failure(where, 'protocol_error', ending.fault, ending.stage);
    case 'dropped':
      return failure(where, 'dropped', null, ending.stage);
  }
}

/** A reply about the sender or the mailbox settles the matter; one before that is about us, and hands over. */
export function isSettled({ outcome, stage }: HostFinding): boolean {
  return outcome === 'reply' && (stage === 'mail' || stage === 'rcpt');
}

/** `paced` before all failures: a host is left that can be asked soon. `resting` counts where nothing else was tried. */
const TELLING: readonly Outcome[] = [
  'reply',
  'paced',
  'timeout',
  'protocol_error',
  'dropped',
  'unreachable',
  'dns_failure',
  'resting',
  'forbidden_address',
  'no_address',
  'no_smtputf8',
];

/**
 * Of many failures, the one to report. `no_smtputf8` makes an address invalid, so it counts only if every host was asked
 * and lacks the extension: one that no address was found for by our resolver might have offered it.
 */
export function mostTelling(findings: readonly HostFinding[]): HostFinding {
  const rank = ({ outcome }: HostFinding): number => TELLING.indexOf(outcome);
  const [first] = findings.toSorted((a, b) => rank(a) - rank(b));
  if (first === undefined) return failure(NOWHERE, 'timeout', 'deadline');
  const isElsewhere = findings.some(({ outcome }) => outcome !== first.outcome);
  // That no host has an address makes an address invalid as well, and here one has.
  return first.outcome === 'no_address' && isElsewhere
    ? { ...first, outcome: 'unreachable', fault: 'no_address' }
    : first;
}
