/**
 * What the doctor can say: its checks by name, and how a finding is made. Pure.
 *
 * Each check has a row in docs/RUNBOOK.md. What DNS and servers said is part of a detail: it is cut to length and
 * nothing but printable ASCII is left of it.
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

/** Something that costs verdicts with some receivers, or soon will. */
export function warning(check: Check, detail: string, fix: string): CheckFinding {
  return finding(check, 'warning', detail, fix);
}

/** Something that makes many verdicts of this node `unknown`. */
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

/** The worst first; the checks in their order among equals. */
export function worstFirst(findings: readonly CheckFinding[]): readonly CheckFinding[] {
  return [...findings].sort(
    (a, b) => ORDER[a.level] - ORDER[b.level] || CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check),
  );
}
