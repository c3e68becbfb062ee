/**
 * Findings of the doctor: the names of its checks, and constructors for each level. Pure.
 *
 * Each check has a row in docs/RUNBOOK.md. Text of DNS and servers may be part of a detail: it is cut to length and
 * reduced to printable ASCII.
 */
import type { DoctorFinding } from '../../shared/enrolment.ts';

export const CHECKS = [
  'port_25',
  'dns',
  'public_ip',
  'host_name',
  'sender_domain',
  'spf',
  'blocklist',
  'blocklist_access',
  'network_range',
  'edge',
  'clock',
  'certificate',
] as const;

export type Check = (typeof CHECKS)[number];
export type CheckFinding = DoctorFinding & { readonly check: Check };

/** Characters of a detail and of a fix. */
const TEXT_MAX = 500;

export function fine(check: Check, detail: string): CheckFinding {
  return finding(check, 'fine', detail, null);
}

export function skipped(check: Check, detail: string): CheckFinding {
  return finding(check, 'skipped', detail, null);
}

/** A problem that costs verdicts with some receivers, or soon will. */
export function warning(check: Check, detail: string, fix: string): CheckFinding {
  return finding(check, 'warning', detail, fix);
}

/** A problem that makes many verdicts of this node `unknown`. */
export function fault(check: Check, detail: string, fix: string): CheckFinding {
  return finding(check, 'fault', detail, fix);
}

function finding(check: Check, level: CheckFinding['level'], detail: string, fix: string | null): CheckFinding {
  return { check, level, detail: plain(detail), fix: fix === null ? null : plain(fix) };
}

function plain(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return printable.length <= TEXT_MAX ? printable : `${printable.slice(0, TEXT_MAX - 3)}...`;
}

const ORDER: Readonly<Record<CheckFinding['level'], number>> = { fault: 0, warning: 1, skipped: 2, fine: 3 };

/** Worst first; in the order of the checks among equals. */
export function worstFirst(findings: readonly CheckFinding[]): readonly CheckFinding[] {
  return [...findings].sort(
    (a, b) => ORDER[a.level] - ORDER[b.level] || CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check),
  );
}
