/**
 * A map whose entries end by themselves and whose size is bounded: the one that nobody has used for longest makes room
 * for the newest.
 *
 * No timers: what has expired is not seen, and goes when it is met or when room is needed.
 */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #sizeMax: number;
  readonly #nowMs: () => number;

  constructor(sizeMax: number, nowMs: () => number) {
    this.#sizeMax = sizeMax;
    this.#nowMs = nowMs;
  }

  /** Entries that are held, expired ones included. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.untilMs <= this.#nowMs()) return undefined;
    // The order of a Map is that of insertion: whoever is used goes to its end.
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V, lifeMs: number): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#sizeMax) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, untilMs: this.#nowMs() + lifeMs });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** What has not expired, with the milliseconds that are left to it. */
  *live(): Generator<readonly [key: string, value: V, leftMs: number]> {
    const nowMs = this.#nowMs();
    for (const [key, { value, untilMs }] of this.#entries) {
      if (untilMs > nowMs) yield [key, value, untilMs - nowMs];
    }
  }
}

type Entry<V> = { readonly value: V; readonly untilMs: number };
