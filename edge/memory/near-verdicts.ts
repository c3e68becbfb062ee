/**
 * Verdicts of the last two minutes in the data centre's cache (data-centre-cache.ts), beside KV.
 *
 * KV remembers for up to a minute, and sometimes longer, that an address was not there when it was first asked about. So without
 * this the next call, in another isolate of the same data centre, would ask the mail server again. Keys are those of KV
 * (results.ts): a keyed hash of the address on the wire, so that neither URL nor entry names it.
 */
import { type HttpCache, readEntry, writeEntry } from './data-centre-cache.ts';

/** Seconds for which an entry stands before KV: twice as long as KV is mostly late. */
const NEAR_SECONDS_MAX = 120;
/** Octets of an entry: 20 mail hosts of 255 octets, and the rest of it. */
const ENTRY_OCTETS_MAX = 16_384;

export type NearVerdicts = {
  /** The text that was put there, or null. Never rejects. */
  readonly get: (key: string) => Promise<string | null>;
  /** @param seconds for which the verdict may be the answer. Never rejects. */
  readonly put: (key: string, text: string, seconds: number) => Promise<void>;
};

export function createNearVerdicts(cache: HttpCache, nowMs: () => number): NearVerdicts {
  const urlOf = (key: string): string => `https://verdict.vrfy.invalid/${key.replace(':', '/')}`;
  return {
    async get(key) {
      const entry = await readEntry(cache, urlOf(key), ENTRY_OCTETS_MAX, nowMs);
      return entry === null ? null : new TextDecoder().decode(entry.octets);
    },
    put: (key, text, seconds) =>
      writeEntry(cache, urlOf(key), text, {
        mediaType: 'application/json',
        lifeSeconds: Math.min(seconds, NEAR_SECONDS_MAX),
        nowMs: nowMs(),
      }),
  };
}
