/** The outcome of asking one mail host, as a value; and the choice of the one to report among several. */
import type { Attempt, Outcome } from '../../shared/job.ts';
import type { Stage } from '../../shared/replies/reply.ts';
import type { Ending } from '../smtp/connection.ts';

/** An attempt, with the wait that the host or our own pacing asks for. */
export type HostFinding = Attempt & { readonly retryAfterMs: number | null };

export type Where = { readonly host: string | null; readonly ip: string | null };

export const NOWHERE: Where = { host: null, ip: null };

/** Takes only host and address of `where`, whatever else it holds: a finding becomes evidence as it is. */
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

/** The finding for every ending except an answer, whose replies make one finding each. */
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

/**
 * A reply about the sender or the mailbox settles the matter; an earlier one is about us, and the next host is asked.
 */
export function isSettled({ outcome, stage }: HostFinding): boolean {
  return outcome === 'reply' && (stage === 'mail' || stage === 'rcpt');
}

/** `paced` before all failures: a host is left that can be asked soon. `resting` counts if nothing else was tried. */
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
 * The failure to report among several. `no_smtputf8` makes an address invalid, so it counts only if every host was
 * asked and lacks the extension: a host whose address our resolver did not find might have offered it.
 */
export function mostTelling(findings: readonly HostFinding[]): HostFinding {
  const rank = ({ outcome }: HostFinding): number => TELLING.indexOf(outcome);
  const [first] = findings.toSorted((a, b) => rank(a) - rank(b));
  if (first === undefined) return failure(NOWHERE, 'timeout', 'deadline');
  const isElsewhere = findings.some(({ outcome }) => outcome !== first.outcome);
  // "No host has an address" makes an address invalid too, and here one host has.
  return first.outcome === 'no_address' && isElsewhere
    ? { ...first, outcome: 'unreachable', fault: 'no_address' }
    : first;
}
