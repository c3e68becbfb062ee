/**
 * DNS answers in the Cache API, which the isolates of one data centre share: the message as it came, with the moment at
 * which its life ends. It is read by the same hostile reader as when it came from a resolver.
 *
 * Absent on workers.dev, where it keeps nothing, and in some runtimes altogether; it may be slow or throw. All of that
 * reads as "not there". Key shapes are listed in docs/STORAGE.md.
 */
import { readBounded } from '../../shared/bounded-body.ts';
import { MESSAGE_OCTETS_MAX, type RecordType, readAnswer } from './answer.ts';
import type { WireAnswer } from './ask-resolver.ts';

/** The part of the Cache API that is needed. */
export type HttpCache = {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
};

const UNTIL_HEADER = 'x-vrfy-until';
const NOT_THERE: WireAnswer = { answer: { kind: 'failure', fault: 'not_there' }, ttlSeconds: 0, message: null };

/** A name that nobody can own (RFC 6761 §6.4). */
function keyOf(name: string, type: RecordType): string {
  return `https://dns.vrfy.invalid/${type}/${encodeURIComponent(name.toLowerCase())}`;
}

export async function recallMessage(
  cache: HttpCache,
  name: string,
  type: RecordType,
  nowMs: () => number,
): Promise<WireAnswer> {
  try {
    const response = await cache.match(keyOf(name, type));
    if (response === undefined) return NOT_THERE;
    const message = await readBounded(response.body, MESSAGE_OCTETS_MAX);
    const leftSeconds = (Number(response.headers.get(UNTIL_HEADER)) - nowMs()) / 1000;
    if (message === null || !(leftSeconds > 0)) return NOT_THERE;
    const { answer, ttlSeconds } = readAnswer(message, name, type);
    return { answer, ttlSeconds: Math.min(ttlSeconds, leftSeconds), message: null };
  } catch {
    return NOT_THERE;
  }
}

export async function rememberMessage(
  cache: HttpCache,
  name: string,
  type: RecordType,
  message: Uint8Array<ArrayBuffer>,
  lifeSeconds: number,
  nowMs: number,
): Promise<void> {
  const headers = {
    'content-type': 'application/dns-message',
    'cache-control': `max-age=${Math.ceil(lifeSeconds)}`,
    [UNTIL_HEADER]: String(nowMs + lifeSeconds * 1000),
  };
  try {
    await cache.put(keyOf(name, type), new Response(message, { headers }));
  } catch {
    // A memory that is lost costs a question.
  }
}
