/**
 * What the configured lists hold and the compiled set does not, as it lies in KV: written by the cron trigger
 * (refresh.ts), read by isolates (effective-set.ts).
 *
 * One value for all lists, so that a reader never sees half of a refresh. Each list keeps what its last good version
 * gave, so that a list which fails or is refused goes on counting. Key shapes are listed in docs/STORAGE.md.
 */
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';

export const OVERLAY_KEY = 'o1:disposable';
/** Names of all lists together: an isolate holds them in memory. */
export const OVERLAY_NAMES_MAX = 100_000;

/** The part of a KV namespace that is needed. */
export type OverlayStore = { get(key: string): Promise<string | null> };
export type WritableOverlayStore = OverlayStore & { put(key: string, value: string): Promise<void> };

const overlayListSchema = z.object({
  /** SHA-256 of the URL in hexadecimal: a URL may carry a key of the operator's. */
  url_hash: z.string(),
  taken_at: z.iso.datetime(),
  /** How many names the whole list had, for the next one to be measured against. */
  total: z.int(),
  /** Names that the compiled set does not hold. */
  names: z.array(z.string()),
});

const overlaySchema = z.object({ lists: z.array(overlayListSchema) });

export type OverlayList = z.infer<typeof overlayListSchema>;

/** The lists as they were last taken; none where nothing lies there. Throws where the store fails. */
export async function readOverlay(store: OverlayStore): Promise<readonly OverlayList[]> {
  return parseOverlay(await store.get(OVERLAY_KEY));
}

/** A value that is not ours holds no lists. */
export function parseOverlay(text: string | null): readonly OverlayList[] {
  return text === null ? [] : (parseJson(overlaySchema, text)?.lists ?? []);
}

export async function writeOverlay(store: WritableOverlayStore, lists: readonly OverlayList[]): Promise<void> {
  await store.put(OVERLAY_KEY, JSON.stringify({ lists }));
}
