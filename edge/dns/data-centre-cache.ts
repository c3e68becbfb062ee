/**
 * DNS answers in the Cache API, which the isolates of one data centre share: the raw message, with its expiry. It is
 * decoded by the same distrustful reader as a resolver's message.
 *
 * On workers.dev the Cache API keeps nothing, in some runtimes it does not exist, and it may be slow or throw. All of
 * that reads as "not there". Key shapes are listed in docs/STORAGE.md.
 */
import { readBounded } from '../../shared/bounded-body.ts';
import { MESSAGE_OCTETS_MAX, type RecordType, readAnswer } from './answer.ts';
import type { WireAnswer } from './ask-resolver.ts';

/** The part of the Cache API that is used here. */
export type HttpCache = {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
};

const UNTIL_HEADER = 'x-vrfy-until';
const NOT_THERE: WireAnswer = { answer: { kind: 'failure', fault: 'not_there' }, ttlSeconds: 0, message: null };

/** A name that can never be registered (RFC 6761 §6.4). */
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
    // A failed write is ignored: it costs one more question.
  }
}
