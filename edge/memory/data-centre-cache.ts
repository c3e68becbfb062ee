/**
 * Entries of the Cache API, which the isolates of one data centre share: octets under a URL, with their expiry.
 *
 * Before it: dns/data-centre-cache.ts, near-verdicts.ts, nodes/registry/near-roster.ts. On workers.dev the Cache API keeps
 * nothing, in some runtimes it does not exist, and it may be slow or throw. All of that reads as "not there", and a failed
 * write is ignored. Everything that is read is still to be parsed. Key shapes are listed in docs/STORAGE.md; their hosts
 * end in `.invalid` and can never be registered (RFC 6761 §6.4).
 */
import { readBounded } from '../../shared/bounded-body.ts';

/** The part of the Cache API that is used here. */
export type HttpCache = {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
};

/** `leftSeconds`: above 0. */
export type CacheEntry = { readonly octets: Uint8Array<ArrayBuffer>; readonly leftSeconds: number };

const UNTIL_HEADER = 'x-vrfy-until';

/** The entry, or null if there is none, it has expired, or it is longer than `octetsMax`. */
export async function readEntry(
  cache: HttpCache,
  url: string,
  octetsMax: number,
  nowMs: () => number,
): Promise<CacheEntry | null> {
  try {
    const response = await cache.match(url);
    if (response === undefined) return null;
    const octets = await readBounded(response.body, octetsMax);
    const leftSeconds = (Number(response.headers.get(UNTIL_HEADER)) - nowMs()) / 1000;
    return octets === null || !(leftSeconds > 0) ? null : { octets, leftSeconds };
  } catch {
    return null;
  }
}

/** @param body octets, or a text that is written as UTF-8 */
export async function writeEntry(
  cache: HttpCache,
  url: string,
  body: Uint8Array<ArrayBuffer> | string,
  {
    mediaType,
    lifeSeconds,
    nowMs,
  }: { readonly mediaType: string; readonly lifeSeconds: number; readonly nowMs: number },
): Promise<void> {
  const headers = {
    'content-type': mediaType,
    'cache-control': `max-age=${Math.ceil(lifeSeconds)}`,
    [UNTIL_HEADER]: String(nowMs + lifeSeconds * 1000),
  };
  try {
    await cache.put(url, new Response(body, { headers }));
  } catch {
    // The entry is asked for anew where it came from.
  }
}
