/**
 * A recheck as a queue message: sealed, since it must name the address and a queue is storage.
 *
 * A message that cannot be opened (an older key, a forgery) is null and is dropped.
 */
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';
import { openText, sealText } from '../crypto/seal.ts';

const recheckSchema = z.object({
  address: z.string(),
  /** Node that was asked: greylisting expects the same client again. */
  node: z.string(),
  /** Rechecks made so far. */
  attempt: z.int().min(0).max(10),
  /** Milliseconds since 1970 when the recheck was planned; a newer verdict makes it needless. */
  planned_at_ms: z.number(),
});

export type Recheck = z.infer<typeof recheckSchema>;

/** Purpose for which this queue's key is derived (crypto/seal.ts). */
export const RECHECK_PURPOSE = 'vrfy recheck v1';

export function seal(key: CryptoKey, recheck: Recheck): Promise<string> {
  return sealText(key, JSON.stringify(recheck));
}

export async function unseal(key: CryptoKey, message: unknown): Promise<Recheck | null> {
  if (typeof message !== 'string' || message.length > 4096) return null;
  const text = await openText(key, message);
  return text === null ? null : parseJson(recheckSchema, text);
}
