/**
 * The node's sources as a heartbeat tells of them: each address with its EHLO name, and which providers it rests for.
 */
import type { SourceReport } from '../../shared/enrolment.ts';
import type { Source } from '../memory/sources.ts';

type Resting = { readonly source: string; readonly provider: string; readonly leftMs: number };

/** Providers told of one source: those that last longest where there are more. */
const RESTING_MAX = 100;

export function reportSources(sources: readonly Source[], resting: readonly Resting[]): readonly SourceReport[] {
  return sources.map(({ ip, heloName }) => ({
    ip,
    helo: heloName,
    resting: resting
      .filter(({ source }) => source === (ip ?? 'default'))
      .toSorted((a, b) => b.leftMs - a.leftMs)
      .slice(0, RESTING_MAX)
      .map(({ provider, leftMs }) => ({ provider, left_s: Math.ceil(leftMs / 1000) })),
  }));
}
