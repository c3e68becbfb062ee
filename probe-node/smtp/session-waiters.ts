/**
 * Jobs that wait for a session in use, to get it when it comes back.
 *
 * A waiter names every key that would do; a returned session goes to the waiter for one of its keys that has waited
 * longest. A waiter gets one session at most. Its owner must call `withdraw` in any case, which returns that session.
 */
import type { HeldSession } from './held.ts';

/** Abort reason: without one the runtime would create an error for each. */
const OVER = 'over';

export type Waiter = {
  /** Aborts when the waiter gets a session, and with the owner's signal. */
  readonly signal: AbortSignal;
  /** Ends the waiter; returns the session that it got, or null. */
  readonly withdraw: () => HeldSession | null;
};

type Waiting = { readonly place: number; readonly fulfil: (held: HeldSession) => void };

export class SessionWaiters {
  /** Each set in the order of arrival. */
  readonly #byKey = new Map<string, Set<Waiting>>();
  #places = 0;

  add(keys: readonly string[], signal: AbortSignal): Waiter {
    const over = new AbortController();
    const onAbort = (): void => over.abort(OVER);
    let given: HeldSession | null = null;
    const leave = (): void => {
      signal.removeEventListener('abort', onAbort);
      for (const key of keys) this.#forget(key, waiting);
    };
    const fulfil = (held: HeldSession): void => {
      given = held;
      leave();
      over.abort(OVER);
    };
    const waiting: Waiting = { place: this.#places++, fulfil };
    for (const key of keys) this.#remember(key, waiting);
    if (signal.aborted) over.abort(OVER);
    else signal.addEventListener('abort', onAbort, { once: true });
    const withdraw = (): HeldSession | null => {
      leave();
      return given;
    };
    return { signal: over.signal, withdraw };
  }

  /** Gives the session to the oldest waiter for one of the keys; false if there is none. */
  fulfil(keys: readonly string[], held: HeldSession): boolean {
    let first: Waiting | undefined;
    for (const key of keys) {
      const next = this.#byKey.get(key)?.values().next().value;
      if (next !== undefined && next.place < (first?.place ?? Number.POSITIVE_INFINITY)) first = next;
    }
    first?.fulfil(held);
    return first !== undefined;
  }

  has(keys: readonly string[]): boolean {
    return keys.some((key) => this.#byKey.has(key));
  }

  #remember(key: string, waiting: Waiting): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, new Set([waiting]));
    else known.add(waiting);
  }

  #forget(key: string, waiting: Waiting): void {
    const known = this.#byKey.get(key);
    known?.delete(waiting);
    if (known?.size === 0) this.#byKey.delete(key);
  }
}
