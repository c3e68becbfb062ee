/**
 * Moving average with hysteresis, for figures that others decide by.
 *
 * The shown figure follows only if the average has left it by a fifth: its reader (edge/nodes/choice/plan.ts) sees a
 * real change and no jitter, and every reader of one report sees the same. A sample counts for at most four times the
 * average, so that one lost packet is not taken for a longer way.
 *
 * A distance leans to the short samples: a provider with servers in many places is as far away as its near ones, and a
 * mean over all of them would send the neighbours' questions across an ocean.
 */

/** Share of the latest sample once there have been enough; before, all samples weigh the same. */
const LATEST_SHARE = 0.1;
const SAMPLE_FACTOR_MAX = 4;
/** Weight of a sample longer than the distance, against one that is shorter. */
const LONGER_FACTOR = 0.25;
/** The figure stays while the average is within this share of it. */
const STEADY_SHARE = 0.2;
const STEADY_MS = 3;

export type SteadyAverage = { readonly averageMs: number; readonly shownMs: number; readonly samples: number };

/** The average after one more sample; `null` if there was none before. */
export function afterSample(before: SteadyAverage | null, ms: number): SteadyAverage {
  return after(before, ms, 1);
}

/** The same for a distance. */
export function afterDistance(before: SteadyAverage | null, ms: number): SteadyAverage {
  return after(before, ms, LONGER_FACTOR);
}

function after(before: SteadyAverage | null, ms: number, longerFactor: number): SteadyAverage {
  if (before === null) return { averageMs: ms, shownMs: roundMs(ms), samples: 1 };
  const samples = before.samples + 1;
  const bounded = Math.min(ms, Math.max(before.averageMs, 1) * SAMPLE_FACTOR_MAX);
  const share = Math.max(LATEST_SHARE, 1 / samples) * (bounded > before.averageMs ? longerFactor : 1);
  const averageMs = before.averageMs + (bounded - before.averageMs) * share;
  const isSteady = Math.abs(averageMs - before.shownMs) <= Math.max(STEADY_MS, before.shownMs * STEADY_SHARE);
  return { averageMs, shownMs: isSteady ? before.shownMs : roundMs(averageMs), samples };
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
