/**
 * Asks the DNS over HTTPS (RFC 8484, wire format). Takes `fetch` as a capability; decides nothing about mail.
 *
 * The resolvers are asked in their order: the next one when the first does not answer in time or answers with a
 * failure. Names under `.test` (RFC 6761 §6.2) never leave for a public resolver: they are asked of the sandbox, or of
 * a resolver on this machine, and do not exist otherwise.
 */
import { readBounded } from '../../shared/bounded-body.ts';
import { type DnsAnswer, MESSAGE_OCTETS_MAX, type RecordType, readAnswer, writeQuery } from './answer.ts';

/** Milliseconds for one resolver. */
const RESOLVER_TIMEOUT_MS = 2_000;

export type DohSettings = {
  readonly urls: readonly URL[];
  /** Resolver of the pretend internet, or null outside a sandbox. */
  readonly sandboxUrl: URL | null;
};

export type DnsQuery = (name: string, type: RecordType, signal: AbortSignal) => Promise<DnsAnswer>;

export function createDnsQuery(settings: DohSettings, ports: { fetch: typeof fetch }): DnsQuery {
  return async (name, type, signal) => {
    const urls = resolversOf(name, settings);
    let last: DnsAnswer = urls.length === 0 ? { kind: 'nxdomain' } : { kind: 'failure', fault: 'no_answer' };
    for (const url of urls) {
      last = await ask(url, name, type, signal, ports.fetch);
      if (last.kind !== 'failure' || signal.aborted) return last;
    }
    return last;
  };
}

export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.[0-9.]+$/.test(url.hostname);
}

function resolversOf(name: string, { urls, sandboxUrl }: DohSettings): readonly URL[] {
  if (!/(?:^|\.)test$/i.test(name)) return urls;
  return sandboxUrl === null ? urls.filter(isLoopback) : [sandboxUrl];
}

async function ask(
  url: URL,
  name: string,
  type: RecordType,
  signal: AbortSignal,
  fetchIt: typeof fetch,
): Promise<DnsAnswer> {
  try {
    const response = await fetchIt(url, {
      method: 'POST',
      headers: { 'content-type': 'application/dns-message', accept: 'application/dns-message' },
      body: writeQuery(name, type),
      signal: AbortSignal.any([signal, AbortSignal.timeout(RESOLVER_TIMEOUT_MS)]),
      redirect: 'manual',
    });
    if (!response.ok) return failed(response, `http_${response.status}`);
    if (!isDnsMessage(response)) return failed(response, 'other_content_type');
    const message = await readBounded(response.body, MESSAGE_OCTETS_MAX);
    return message === null ? { kind: 'failure', fault: 'message_too_long' } : readAnswer(message, name, type);
  } catch (error) {
    const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
    return { kind: 'failure', fault: isLate ? 'timeout' : 'no_connection' };
  }
}

function isDnsMessage(response: Response): boolean {
  return response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() === 'application/dns-message';
}

/** Drops the body, so that the connection is free again. */
async function failed(response: Response, fault: string): Promise<DnsAnswer> {
  await response.body?.cancel();
  return { kind: 'failure', fault };
}
