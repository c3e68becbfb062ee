/**
 * The changes of one key, one after the other: each is made to the value that the one before has left, so that none undoes
 * another. Pure but for its stores; one for each key (objects/key-holder-object.ts).
 *
 * KV may show an older value for a minute or somewhat more: for ten, the keeper believes the value that it has written itself.
 */
import { withTimeout } from '../async/timeout.ts';

const BELIEVED_MS = 600_000;
/** Milliseconds for a reading and an edit together: a caller that is lost must not hold up the next one. */
const EDIT_MS_MAX = 10_000;

/** The part of a KV namespace that changes need. */
export type KeyValues = {
  get(name: string): Promise<string | null>;
  put(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
};

/** The last value that was written, or null if it was deleted, and when. */
export type Written = { readonly value: string | null; readonly writtenMs: number };

export type WrittenStore = { readonly read: () => Written | null; readonly write: (written: Written) => void };

/** The value as it is to be; null for none. */
type Edit = (before: string | null) => Promise<string | null>;

/** Null: there is none. */
type Changed = { readonly before: string | null; readonly after: string | null };

export type KeyKeeper = {
  /**
   * Changes what KV has under a name. It rejects if KV or `edit` does, and then the keeper goes on from the value before.
   *
   * @param edit null deletes the value, the same one leaves it as it is
   */
  change(name: string, edit: Edit): Promise<Changed>;
};

export function createKeyKeeper(values: KeyValues, written: WrittenStore, nowMs: () => number): KeyKeeper {
  let last: Promise<unknown> = Promise.resolve();
  const latest = async (name: string): Promise<string | null> => {
    const own = written.read();
    return own !== null && nowMs() - own.writtenMs < BELIEVED_MS ? own.value : values.get(name);
  };
  const edited = async (name: string, edit: Edit): Promise<Changed> => {
    const before = await latest(name);
    return { before, after: await edit(before) };
  };
  return {
    change(name, edit) {
      const changed = last.then(async () => {
        const { before, after } = await withTimeout(EDIT_MS_MAX, edited(name, edit));
        if (after === before) return { before, after };
        await (after === null ? values.delete(name) : values.put(name, after));
        written.write({ value: after, writtenMs: nowMs() });
        return { before, after };
      });
      last = changed.catch(() => undefined);
      return changed;
    },
  };
}
