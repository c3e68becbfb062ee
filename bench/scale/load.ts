/** The loads that docs/SCALE.md is about. */
import { SWING } from '../simulation/traffic.ts';

export type Load = {
  readonly addressesADay: number;
  readonly nodes: number;
  /** Share of the addresses that come from forms, one by one; the others are rows of lists. */
  readonly formsShare: number;
};

export const DAY_SECONDS = 86_400;
/** The busiest hour in terms of the mean (bench/simulation/traffic.ts). */
const PEAK = 1 + SWING;

export const TEN_MILLION: Load = { addressesADay: 10_000_000, nodes: 200, formsShare: 0.1 };
export const HUNDRED_MILLION: Load = { addressesADay: 100_000_000, nodes: 2_000, formsShare: 0.1 };

/** What comes in a second. */
export type Arrivals = { readonly formsPerSecond: number; readonly rowsPerSecond: number };

const RUSH_HOURS = 3;

/** The busiest hour of a day whose lists come evenly. */
export function busiestHour(load: Load): Arrivals {
  const perSecond = peakPerSecond(load);
  return { formsPerSecond: perSecond * load.formsShare, rowsPerSecond: perSecond * (1 - load.formsShare) };
}

/** The same forms, and all lists of the day within three hours. */
export function listsInThreeHours(load: Load): Arrivals {
  const rows = load.addressesADay * (1 - load.formsShare);
  return { ...busiestHour(load), rowsPerSecond: rows / (RUSH_HOURS * 3_600) };
}

/** Addresses in a second of the busiest hour. */
export function peakPerSecond({ addressesADay }: Load): number {
  return (addressesADay / DAY_SECONDS) * PEAK;
}
