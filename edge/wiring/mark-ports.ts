/**
 * The operator's marks on domains, as routes and back-ups reach them. Wiring only; before it: services.ts, after it:
 * disposable/.
 */
import type { EffectiveSet } from '../disposable/effective-set.ts';
import {
  deleteMark,
  getMark,
  listMarks,
  type Mark,
  type MarkedDomain,
  type MarkPage,
  type MarkStore,
  putMark,
} from '../disposable/mark.ts';

export type MarkKeeper = {
  get(domain: string): Promise<MarkedDomain | null>;
  /** @param markedAtMs of a mark that a back-up had; otherwise it is new */
  put(domain: string, mark: Mark, markedAtMs?: number): Promise<MarkedDomain>;
  /** False if there was no mark. */
  delete(domain: string): Promise<boolean>;
  list(cursor: string | null): Promise<MarkPage>;
};

/** A mark that is written here counts in this isolate at once. */
export function createMarkKeeper(store: MarkStore, names: EffectiveSet, nowMs: () => number): MarkKeeper {
  return {
    get: (domain) => getMark(store, domain),
    list: (cursor) => listMarks(store, cursor),
    put: async (domain, mark, markedAtMs = nowMs()) => {
      const marked = await putMark(store, domain, mark, markedAtMs);
      names.note(domain, mark);
      return marked;
    },
    delete: async (domain) => {
      const wasMarked = await deleteMark(store, domain);
      names.note(domain, null);
      return wasMarked;
    },
  };
}
