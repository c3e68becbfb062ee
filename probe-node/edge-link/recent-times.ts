/**
 * Quantiles of a duration over the last five to ten minutes: for operators, since an average would hide the slow ones.
 *
 * Counts per band, each band a quarter of an octave wide, so that a quantile is exact to 19 % at any size; two
 * alternating windows, of which the older is dropped. Fixed memory, no sorting, no single sample kept.
 */

const WINDOW_MS = 300_000;
const BANDS_PER_OCTAVE = 4;
/** Up to 2^20 ms, over a quarter of an hour: longer than any job. */
const BANDS = 20 * BANDS_PER_OCTAVE + 1;

export class RecentTimes {
  readonly #nowMs: () => number;
  #current = new Uint32Array(BANDS);
  #before = new Uint32Array(BANDS);
  #sinceMs: number;

  /** @param nowMs milliseconds on any monotonic scale */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  note(ms: number): void {
    this.#turn();
    const band = bandOf(ms);
    this.#current[band] = (this.#current[band] ?? 0) + 1;
  }

  /** Milliseconds that this share of the samples stayed below, or null if there was none lately. */
  quantile(share: number): number | null {
    this.#turn();
    const counts = this.#current.map((count, band) => count + (this.#before[band] ?? 0));
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return null;
    let left = Math.ceil(total * share);
    for (const [band, count] of counts.entries()) {
      left -= count;
      if (left <= 0) return Math.round(2 ** (band / BANDS_PER_OCTAVE) * 10) / 10;
    }
    return null;
  }

  #turn(): void {
    const windows = Math.floor((this.#nowMs() - this.#sinceMs) / WINDOW_MS);
    if (windows === 0) return;
    this.#before = windows === 1 ? this.#current : new Uint32Array(BANDS);
    this.#current = new Uint32Array(BANDS);
    this.#sinceMs += windows * WINDOW_MS;
  }
}

/** A band is named by its upper end; every time of a millisecond or less is in the first. */
function bandOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(BANDS - 1, Math.ceil(Math.log2(ms) * BANDS_PER_OCTAVE));
}
