/**
 * Plans one recheck per address on the wire and attempt, even if many callers are told "later" meanwhile.
 *
 * A mark in KV under a keyed hash; KV is eventually consistent, so that two concurrent callers may both plan one, which
 * costs a connection.
 */
import type { Recheck } from './message.ts';

/** KV refuses shorter lives. */
const TTL_SECONDS_MIN = 60;

type Store = {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
};

/** True for the caller that is to plan the recheck. If the store fails, true for every caller. */
export async function claimRecheck(
  store: Store,
  secret: CryptoKey,
  { address, attempt }: Recheck,
  delaySeconds: number,
): Promise<boolean> {
  const name = new TextEncoder().encode(`recheck ${attempt} ${address}`);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', secret, name));
  const key = `r2:${btoa(String.fromCharCode(...mac))}`;
  try {
    if ((await store.get(key)) !== null) return false;
    await store.put(key, '1', { expirationTtl: Math.max(TTL_SECONDS_MIN, delaySeconds) });
  } catch {
    // A surplus recheck is better than none.
  }
  return true;
}
