/**
 * Schedules examinations and decides whether the node may serve: at the start, every hour, and sooner while port 25 is
 * not open.
 *
 * A node serves once port 25 has been seen open, and until it is seen closed: an examination that could not tell,
 * because DNS was away, changes nothing. A laboratory is not examined and sends no questions: mail servers at another
 * port, at fixed addresses or in a network that is not public are the operator's own.
 */
import { type DoctorFinding, FINDINGS_MAX } from '../../shared/enrolment.ts';
import { Problem } from '../../shared/problem.ts';
import type { NodeSettings } from '../settings.ts';
import type { PortState } from './checks.ts';
import type { Examine } from './examine.ts';
import { type CheckFinding, skipped } from './finding.ts';

/** Milliseconds to the next examination, by the state of port 25 in this one. */
const AGAIN_MS: Readonly<Record<PortState, number>> = { open: 3_600_000, closed: 300_000, unclear: 30_000 };

export type Doctor = {
  /** Findings of the last examination, the worst first; empty before the first one has ended. */
  readonly findings: () => readonly DoctorFinding[];
  /** False if the node must not serve. */
  readonly isFit: () => boolean;
};

export type DoctorPorts = {
  readonly examine: Examine;
  /** Resolves early if the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onExamined: (findings: readonly CheckFinding[], isFit: boolean) => void;
  readonly onFault: (error: unknown) => void;
};

export type DoctorSettings = Pick<NodeSettings, 'doctor' | 'smtpPort' | 'routes' | 'allowedNetworks'>;

/** Starts at once; the signal ends it. */
export function createDoctor(settings: DoctorSettings, ports: DoctorPorts, signal: AbortSignal): Doctor {
  const reason = whyNot(settings);
  if (reason !== null) return { findings: () => [notExamined(reason)], isFit: () => true };
  let findings: readonly CheckFinding[] = [];
  let isOpen = false;
  const examineForEver = async (): Promise<void> => {
    while (!signal.aborted) {
      let port: PortState = 'unclear';
      try {
        const examination = await ports.examine(signal);
        if (signal.aborted) return;
        port = examination.port;
        if (port !== 'unclear') isOpen = port === 'open';
        findings = examination.findings.slice(0, FINDINGS_MAX);
        ports.onExamined(examination.findings, isOpen);
      } catch (error) {
        ports.onFault(error);
      }
      await ports.sleep(AGAIN_MS[port], signal);
    }
  };
  void examineForEver();
  return { findings: () => findings, isFit: () => isOpen };
}

/** The reason not to examine a node with these settings, or null. */
export function whyNot({ doctor, smtpPort, routes, allowedNetworks }: DoctorSettings): string | null {
  if (doctor === 'off') return 'PROBE_DOCTOR is off';
  if (doctor === 'on') return null;
  if (smtpPort !== 25) return `a laboratory: PROBE_SMTP_PORT is ${smtpPort}`;
  if (routes.size > 0) return 'a laboratory: PROBE_ROUTES is set';
  return allowedNetworks.length > 0 ? 'a laboratory: PROBE_ALLOW_NETWORKS is set' : null;
}

export function notExamined(reason: string): CheckFinding {
  return skipped('port_25', `The doctor examined nothing (${reason}).`);
}

/** The answer to a caller while the node must not serve. */
export function unfit(findings: readonly DoctorFinding[]): Problem {
  const closed = findings.find(({ check, level }) => check === 'port_25' && level === 'fault');
  if (closed === undefined) return new Problem('not_examined', { headers: { 'retry-after': '5' } });
  return new Problem('port_25_closed', { detail: closed.detail, headers: { 'retry-after': '300' } });
}
