/**
 * Mail hosts that could not be reached, were silent or said "not now" lately, so that a dead first MX costs its time once
 * and not per address.
 *
 * A host that failed goes behind those that did not, in the same order of preference; it is never left out, so when
 * every host is marked the marks mean nothing and all are tried as if there were none. The mark lasts a minute and
 * doubles with each failure up to a quarter of an hour; a success takes it away.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';

const MARK_MS_MIN = 60_000;
const MARK_MS_MAX = 900_000;
const HOSTS_MAX = 10_000;

export class BadHosts {
  readonly #marks: ExpiringMap<number>;

  constructor(nowMs: () => number) {
    this.#marks = new ExpiringMap(HOSTS_MAX, nowMs);
  }

  failed(host: string): void {
    const markMs = Math.min(MARK_MS_MAX, (this.#marks.get(host) ?? MARK_MS_MIN / 2) * 2);
    // Remembered for longer than it counts would let the doubling live on; one life is enough.
    this.#marks.set(host, markMs, markMs);
  }

  worked(host: string): void {
    this.#marks.delete(host);
  }

  /** The hosts, those that failed lately at the end. */
  order<H extends { readonly host: string }>(hosts: readonly H[]): readonly H[] {
    const isMarked = ({ host }: H): boolean => this.#marks.get(host) !== undefined;
    return [...hosts.filter((host) => !isMarked(host)), ...hosts.filter(isMarked)];
  }
}
