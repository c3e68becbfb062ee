/**
 * Resolves a mail host to addresses: A and AAAA through the operator's resolvers (or the system's), and the operator's
 * routes, which take precedence over DNS as a transport map does.
 *
 * Addresses of one family are enough: the other gets a short grace (RFC 8305 §3), and a resolver that is silent about
 * it delays no job. Empty names, the root and IP addresses instead of names are never turned into an address, so a null
 * MX cannot become a connection to this machine.
 */
import { Resolver } from 'node:dns/promises';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint, Resolution } from './lease.ts';

/** Milliseconds for one query, and how often it is sent. */
const QUERY_TIMEOUT_MS = 2_500;
const QUERY_TRIES = 2;
/** Milliseconds that the second family gets once the first has given addresses; RFC 8305 §3 recommends 50. */
const SECOND_FAMILY_MS = 50;

/** Mail host to fixed endpoint. */
export type Routes = ReadonlyMap<string, { readonly ip: string; readonly port: number }>;

export type ResolveSettings = {
  /** `ip:port` of resolvers; empty for the system's. */
  readonly dnsServers: readonly string[];
  readonly routes: Routes;
  readonly smtpPort: number;
};

type Answer = { readonly ips: readonly string[]; readonly fault: string | null };

export function createResolve(settings: ResolveSettings): (host: string, signal: AbortSignal) => Promise<Resolution> {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (settings.dnsServers.length > 0) resolver.setServers([...settings.dnsServers]);
  return async (host, signal) => {
    const route = settings.routes.get(host);
    if (route !== undefined) return { kind: 'endpoints', endpoints: [{ ...route, isNamed: true }] };
    if (host === '' || host === '.' || net.isIP(host) !== 0) return { kind: 'no_address' };
    const queries = [resolver.resolve4(host), resolver.resolve6(host)].map(toAnswer);
    return toResolution(await collect(queries, signal), settings.smtpPort);
  };
}

async function toAnswer(query: Promise<string[]>): Promise<Answer> {
  try {
    return { ips: await query, fault: null };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    return { ips: [], fault: typeof code === 'string' ? code : 'dns_error' };
  }
}

/** Every answer that comes in time; late ones, beyond the grace or the deadline, are missing. */
async function collect(queries: readonly Promise<Answer>[], signal: AbortSignal): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const all = Promise.all(queries.map(async (query) => answers.push(await query)));
  const over = new AbortController();
  const withAddresses = Promise.any(
    queries.map(async (query) => {
      if ((await query).ips.length === 0) throw new Error('nothing of use');
      await pause(SECOND_FAMILY_MS, AbortSignal.any([signal, over.signal]));
    }),
  ).catch(() => all);
  await Promise.race([
    all,
    withAddresses,
    pause(QUERY_TIMEOUT_MS * QUERY_TRIES * 2, AbortSignal.any([signal, over.signal])),
  ]);
  over.abort();
  return answers;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An abort resolves early; it is no error.
  await delay(ms, undefined, { signal }).catch(() => {});
}

function toResolution(answers: readonly Answer[], port: number): Resolution {
  const ips = new Set(answers.flatMap((answer) => answer.ips));
  const endpoints: Endpoint[] = [...ips].map((ip) => ({ ip, port, isNamed: false }));
  if (endpoints.length > 0) return { kind: 'endpoints', endpoints };
  if (answers.length < 2) return { kind: 'dns_failure', fault: 'deadline' };
  const unclear = answers.find(({ fault }) => fault !== null && fault !== 'ENOTFOUND' && fault !== 'ENODATA');
  return unclear?.fault ? { kind: 'dns_failure', fault: unclear.fault } : { kind: 'no_address' };
}
