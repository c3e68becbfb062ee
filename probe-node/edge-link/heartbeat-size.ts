/**
 * Fits a heartbeat into the edge's limits: the schema's lengths, and a number of octets.
 *
 * The least important parts go first: the treatment of single sources, which operators read and the edge does not;
 * providers, the least busy before the others (a report is sorted so); then the providers that sources rest for; then
 * findings, those without a remedy before those with one. A node whose heartbeats are refused for their size would be lost
 * to the edge, which is worse than a report with gaps.
 */
import {
  type DoctorFinding,
  FINDINGS_MAX,
  type Heartbeat,
  PROVIDER_STATS_MAX,
  SOURCES_MAX,
} from '../../shared/enrolment.ts';

/** Characters of one text of a finding (doctorFindingSchema). */
const FINDING_TEXT_MAX = 500;

/** Importance of each level of a finding: a fault stays longest. */
const MATTERS: Readonly<Record<DoctorFinding['level'], number>> = { fault: 0, warning: 1, skipped: 2, fine: 3 };

/** The heartbeat, or as much of it as fits into so many octets of JSON; the parts of every heartbeat always stay. */
export function fittedHeartbeat(heartbeat: Heartbeat, octetsMax: number): Heartbeat {
  let fitted = withinSchema(heartbeat);
  while (octetsOf(fitted) > octetsMax) {
    const shorter = shortened(fitted);
    if (shorter === null) return fitted;
    fitted = shorter;
  }
  return fitted;
}

function withinSchema(heartbeat: Heartbeat): Heartbeat {
  const findings = heartbeat.findings.toSorted((a, b) => MATTERS[a.level] - MATTERS[b.level]).slice(0, FINDINGS_MAX);
  return {
    ...heartbeat,
    sources: heartbeat.sources.slice(0, SOURCES_MAX),
    standings: heartbeat.standings.slice(0, PROVIDER_STATS_MAX),
    findings: findings.map(({ detail, fix, ...rest }) => {
      return { ...rest, detail: detail.slice(0, FINDING_TEXT_MAX), fix: fix?.slice(0, FINDING_TEXT_MAX) ?? null };
    }),
  };
}

/** One step shorter, or null if nothing is left to remove. */
function shortened(heartbeat: Heartbeat): Heartbeat | null {
  const { standings, sources, findings } = heartbeat;
  if (sources.some(({ treatment = [] }) => treatment.length > 0)) {
    return {
      ...heartbeat,
      sources: sources.map(({ treatment = [], ...rest }) => ({ ...rest, treatment: half(treatment) })),
    };
  }
  if (standings.length > 0) return { ...heartbeat, standings: half(standings) };
  if (sources.some(({ resting }) => resting.length > 0)) {
    return { ...heartbeat, sources: sources.map((source) => ({ ...source, resting: half(source.resting) })) };
  }
  if (findings.length > 0) return { ...heartbeat, findings: half(findings) };
  return sources.length > 0 ? { ...heartbeat, sources: half(sources) } : null;
}

function half<T>(items: readonly T[]): T[] {
  return items.slice(0, Math.floor(items.length / 2));
}

function octetsOf(heartbeat: Heartbeat): number {
  return new TextEncoder().encode(JSON.stringify(heartbeat)).length;
}
