/**
 * LRU map with expiry: entries end at their time, and the least recently used entry makes room for the newest.
 *
 * No timers: expired entries are invisible, and are removed when they are met or when room is needed.
 */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #sizeMax: number;
  readonly #nowMs: () => number;

  constructor(sizeMax: number, nowMs: () => number) {
    this.#sizeMax = sizeMax;
    this.#nowMs = nowMs;
  }

  /** Entries in memory, expired ones included. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.untilMs <= this.#nowMs()) return undefined;
    // A Map keeps insertion order: a used entry moves to the end.
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

  /** Entries that have not expired, with the milliseconds left to each. */
  *live(): Generator<readonly [key: string, value: V, leftMs: number]> {
    const nowMs = this.#nowMs();
    for (const [key, { value, untilMs }] of this.#entries) {
      if (untilMs > nowMs) yield [key, value, untilMs - nowMs];
    }
  }
}

type Entry<V> = { readonly value: V; readonly untilMs: number };
