/**
 * One question to one resolver over HTTPS (RFC 8484, wire format). Takes `fetch` as a capability.
 *
 * Every error becomes a failure with a fixed word for it; nothing is thrown, and no redirect is followed.
 */
import { readBounded } from '../../shared/bounded-body.ts';
import { MESSAGE_OCTETS_MAX, type RecordType, readAnswer, type TimedAnswer, writeQuery } from './answer.ts';

/** Milliseconds per resolver. */
const RESOLVER_TIMEOUT_MS = 2_000;

/** An answer with the message from which it was decoded. */
export type WireAnswer = TimedAnswer & { readonly message: Uint8Array<ArrayBuffer> | null };

/** Faults of the resolver, or of the connection to it, rather than of the name in question. */
const OF_RESOLVER = /^(?:timeout|no_connection|http_|other_|not_a_response|message_too_long|malformed_message)/;

export function isFaultOfResolver(fault: string): boolean {
  return OF_RESOLVER.test(fault);
}

export async function askResolver(
  url: URL,
  name: string,
  type: RecordType,
  signal: AbortSignal,
  fetchIt: typeof fetch,
): Promise<WireAnswer> {
  try {
    const response = await fetchIt(url, {
      method: 'POST',
      headers: { 'content-type': 'application/dns-message', accept: 'application/dns-message' },
      body: writeQuery(name, type),
      signal: AbortSignal.any([signal, AbortSignal.timeout(RESOLVER_TIMEOUT_MS)]),
      redirect: 'manual',
    });
    if (!response.ok) return await failed(response, `http_${response.status}`);
    if (!isDnsMessage(response)) return await failed(response, 'other_content_type');
    const message = await readBounded(response.body, MESSAGE_OCTETS_MAX);
    return message === null ? failure('message_too_long') : { ...readAnswer(message, name, type), message };
  } catch (error) {
    const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
    return failure(isLate ? 'timeout' : 'no_connection');
  }
}

function isDnsMessage(response: Response): boolean {
  return response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() === 'application/dns-message';
}

function failure(fault: string): WireAnswer {
  return { answer: { kind: 'failure', fault }, ttlSeconds: 0, message: null };
}

/** Cancels the body, so that the connection is free again. */
async function failed(response: Response, fault: string): Promise<WireAnswer> {
  await response.body?.cancel();
  return failure(fault);
}
