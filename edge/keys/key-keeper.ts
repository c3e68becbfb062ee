/**
 * The changes of one key, one after the other: each is made to the value that the one before has left, so that none undoes
 * another. Pure but for its stores; one for each key (objects/key-holder-object.ts).
 *
 * KV may show an older value for a minute or somewhat more: for ten, the keeper believes the value that it has written itself.
 */
import { withinOr, withTimeout } from '../async/timeout.ts';

const BELIEVED_MS = 600_000;
/** Milliseconds for a reading and an edit together: a caller that is lost must not hold up the next one. */
const EDIT_MS_MAX = 10_000;
/** Milliseconds per write until its caller gets an error. */
const WRITE_MS_MAX = 10_000;
/**
 * Milliseconds per write until the next change begins: a write that lands late must not undo a later one. KV cannot take a write
 * back, so one that lands even later could: then the newest value is written once more.
 */
const LANDING_MS_MAX = 30_000;

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
   * Changes what KV has under a name. It rejects if KV or `edit` does or takes too long, and then the keeper goes on from the value before.
   * A write that lands within half a minute counts nevertheless.
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
  const store = (name: string, value: string | null): Promise<void> =>
    value === null ? values.delete(name) : values.put(name, value);
  /** Changes whose writing has begun. */
  let writes = 0;
  const write = async (name: string, value: string | null): Promise<void> => {
    writes += 1;
    const own = writes;
    await store(name, value);
    if (own === writes) return written.write({ value, writtenMs: nowMs() });
    // A later change has begun: behind it, KV gets the newest value again.
    last = last.then(() => withinOr(LANDING_MS_MAX, again(name), null)).catch(() => undefined);
  };
  const again = async (name: string): Promise<void> => {
    const newest = written.read();
    if (newest !== null) await store(name, newest.value);
  };
  return {
    change(name, edit) {
      let landed: Promise<unknown> = Promise.resolve();
      const changed = last.then(async () => {
        const { before, after } = await withTimeout(EDIT_MS_MAX, edited(name, edit));
        if (after === before) return { before, after };
        const writing = write(name, after);
        landed = withinOr(LANDING_MS_MAX, writing, null).catch(() => undefined);
        await withTimeout(WRITE_MS_MAX, writing);
        return { before, after };
      });
      last = changed.catch(() => landed);
      return changed;
    },
  };
}
