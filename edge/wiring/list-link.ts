/**
 * The worker's client of a list: a call that breaks is made once more with a new stub, and one `store_unavailable` Problem
 * comes of it if it breaks again.
 *
 * A broken call may have been carried out: its answer was lost on the way. So every call is one that may be repeated, and
 * the repeat of a deletion finds nothing left to delete.
 */
import { Problem } from '../../shared/problem.ts';
import type { ListApi } from '../lists/list-api.ts';

/** @param stub makes a new stub for each try: a stub whose object has failed stays broken */
export function createListLink(stub: () => ListApi): ListApi {
  const call = async <T>(ask: (list: ListApi) => Promise<T>, askAgain = ask): Promise<T> => {
    try {
      return await ask(stub());
    } catch {
      // Told below if it fails again.
    }
    try {
      return await askAgain(stub());
    } catch (cause) {
      throw new Problem('store_unavailable', { cause, headers: { 'retry-after': '5' } });
    }
  };
  return {
    make: (...given) => call((list) => list.make(...given)),
    complete: (...given) => call((list) => list.complete(...given)),
    owner: () => call((list) => list.owner()),
    summary: (...given) => call((list) => list.summary(...given)),
    start: () => call((list) => list.start()),
    cancel: () => call((list) => list.cancel()),
    remove: () =>
      call(
        (list) => list.remove(),
        async (list) => {
          const act = await list.remove();
          return act === 'missing' ? 'done' : act;
        },
      ),
    outline: () => call((list) => list.outline()),
    slice: (...given) => call((list) => list.slice(...given)),
    merged: () => call((list) => list.merged()),
  };
}
