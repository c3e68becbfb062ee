/**
 * DNS answers in the data centre's cache (memory/data-centre-cache.ts): the raw message. It is decoded by the same distrustful
 * reader as a resolver's message.
 */
import { type HttpCache, readEntry, writeEntry } from '../memory/data-centre-cache.ts';
import { MESSAGE_OCTETS_MAX, type RecordType, readAnswer } from './answer.ts';
import type { WireAnswer } from './ask-resolver.ts';

const NOT_THERE: WireAnswer = { answer: { kind: 'failure', fault: 'not_there' }, ttlSeconds: 0, message: null };

function urlOf(name: string, type: RecordType): string {
  return `https://dns.vrfy.invalid/${type}/${encodeURIComponent(name.toLowerCase())}`;
}

export async function recallMessage(
  cache: HttpCache,
  name: string,
  type: RecordType,
  nowMs: () => number,
): Promise<WireAnswer> {
  const entry = await readEntry(cache, urlOf(name, type), MESSAGE_OCTETS_MAX, nowMs);
  if (entry === null) return NOT_THERE;
  const { answer, ttlSeconds } = readAnswer(entry.octets, name, type);
  return { answer, ttlSeconds: Math.min(ttlSeconds, entry.leftSeconds), message: null };
}

export function rememberMessage(
  cache: HttpCache,
  name: string,
  type: RecordType,
  message: Uint8Array<ArrayBuffer>,
  lifeSeconds: number,
  nowMs: number,
): Promise<void> {
  return writeEntry(cache, urlOf(name, type), message, { mediaType: 'application/dns-message', lifeSeconds, nowMs });
}
