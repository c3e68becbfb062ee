/**
 * Memory of mail hosts that lately could not be reached, were silent or deferred us, so that a dead first MX costs its
 * time once and not per address.
 *
 * A failed host goes behind the others, in the same order of preference; it is never left out, so if every host is
 * marked, all are tried as if none were. The mark lasts a minute and doubles with each failure up to a quarter of an
 * hour; a success removes it.
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
    // A longer memory would keep the doubling alive; one life is enough.
    this.#marks.set(host, markMs, markMs);
  }

  worked(host: string): void {
    this.#marks.delete(host);
  }

  /** The hosts, recently failed ones at the end. */
  order<H extends { readonly host: string }>(hosts: readonly H[]): readonly H[] {
    const isMarked = ({ host }: H): boolean => this.#marks.get(host) !== undefined;
    return [...hosts.filter((host) => !isMarked(host)), ...hosts.filter(isMarked)];
  }
}
