/**
 * KV for writes that somebody waits for. It takes one write a second for each key and refuses the next one with 429; such a
 * write, and one that failed for a moment, is tried once more after that second.
 */
import { withSecondTry } from './second-try.ts';

/** A little longer than the second, since two clocks may count it. */
const PAUSE_MS = 1_100;

type Write = (...given: never[]) => Promise<unknown>;

/** The same store, with `put` and `delete` that are tried twice. */
export function pacedStore<S extends { readonly put: Write; readonly delete: Write }>(store: S, pauseMs = PAUSE_MS): S {
  const write =
    (method: 'put' | 'delete'): Write =>
    (...given) =>
      withSecondTry(pauseMs, () => store[method](...given));
  const writes = { put: write('put'), delete: write('delete') };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'put' || name === 'delete') return writes[name];
      const value: unknown = Reflect.get(target, name);
      // A binding's methods must be called as its own.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
