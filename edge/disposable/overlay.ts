/**
 * Names of the configured lists that the compiled set lacks, in KV: written by the cron trigger (refresh.ts), read by
 * isolates (effective-set.ts).
 *
 * One value for all lists, so that a reader never sees half of a refresh. The names of each list are those of its last
 * accepted version, so that they stay in force while the list fails or is refused. Key shapes are listed in
 * docs/STORAGE.md.
 */
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';

export const OVERLAY_KEY = 'o1:disposable';
/** Names of all lists together: an isolate holds them in memory. */
export const OVERLAY_NAMES_MAX = 100_000;

/** The part of a KV namespace that is used here. */
export type OverlayStore = { get(key: string): Promise<string | null> };
export type WritableOverlayStore = OverlayStore & { put(key: string, value: string): Promise<void> };

const overlayListSchema = z.object({
  /** SHA-256 of the URL in hexadecimal: the URL may contain a secret of the operator. */
  url_hash: z.string(),
  taken_at: z.iso.datetime(),
  /** Names of the whole list; the next version is compared with it. */
  total: z.int(),
  /** Names that the compiled set lacks. */
  names: z.array(z.string()),
});

const overlaySchema = z.object({ lists: z.array(overlayListSchema) });

export type OverlayList = z.infer<typeof overlayListSchema>;

/** The lists as last accepted; empty if nothing is stored. Throws if the store fails. */
export async function readOverlay(store: OverlayStore): Promise<readonly OverlayList[]> {
  return parseOverlay(await store.get(OVERLAY_KEY));
}

/** Empty for a value that this project did not write. */
export function parseOverlay(text: string | null): readonly OverlayList[] {
  return text === null ? [] : (parseJson(overlaySchema, text)?.lists ?? []);
}

export async function writeOverlay(store: WritableOverlayStore, lists: readonly OverlayList[]): Promise<void> {
  await store.put(OVERLAY_KEY, JSON.stringify({ lists }));
}
