/** The node's sources for a heartbeat: each address with its EHLO name, the providers that it rests for, and how each treats it. */
import type { SourceReport, Treatment } from '../../shared/enrolment.ts';
import type { Source } from '../memory/sources.ts';

type Resting = { readonly source: string; readonly provider: string; readonly leftMs: number };

/** Providers reported for one source; the longest rests come first. */
const RESTING_MAX = 100;

export function reportSources(
  sources: readonly Source[],
  resting: readonly Resting[],
  treatmentOf: (ip: string | null) => Treatment[],
): readonly SourceReport[] {
  return sources.map(({ ip, heloName }) => ({
    ip,
    helo: heloName,
    resting: resting
      .filter(({ source }) => source === (ip ?? 'default'))
      .toSorted((a, b) => b.leftMs - a.leftMs)
      .slice(0, RESTING_MAX)
      .map(({ provider, leftMs }) => ({ provider, left_s: Math.ceil(leftMs / 1000) })),
    treatment: treatmentOf(ip),
  }));
}
