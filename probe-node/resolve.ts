/**
 * Mail host to addresses, on the node's own word: A and AAAA through the operator's resolvers (or the system's), and
 * the operator's routes, which stand in front of DNS as a transport map does.
 *
 * IPv4 comes first: reverse DNS and reputation of IPv6 are what most nodes lack, and large providers refuse for it.
 * Answers of other families, empty names and the root are never turned into an address, so a null MX cannot become a
 * connection to this machine.
 */
import { Resolver } from 'node:dns/promises';
import net from 'node:net';
import type { Endpoint, Resolution } from './probe.ts';

/** Milliseconds for one query, and how often it is sent. */
const QUERY_TIMEOUT_MS = 2_500;
const QUERY_TRIES = 2;

/** Host suffix or name to fixed endpoint. */
export type Routes = ReadonlyMap<string, { readonly ip: string; readonly port: number }>;

export type ResolveSettings = {
  /** `ip:port` of resolvers; empty for the system's. */
  readonly dnsServers: readonly string[];
  readonly routes: Routes;
  readonly smtpPort: number;
};

export function createResolve(settings: ResolveSettings): (host: string, signal: AbortSignal) => Promise<Resolution> {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (settings.dnsServers.length > 0) resolver.setServers([...settings.dnsServers]);
  return async (host, signal) => {
    const route = settings.routes.get(host);
    if (route !== undefined) return { kind: 'endpoints', endpoints: [{ ...route, isNamed: true }] };
    if (host === '' || host === '.' || net.isIP(host) !== 0) return { kind: 'no_address' };
    const answers = await Promise.race([
      Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]),
      aborted(signal),
    ]);
    return answers === null ? { kind: 'dns_failure', fault: 'deadline' } : merge(answers, settings.smtpPort);
  };
}

function aborted(signal: AbortSignal): Promise<null> {
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}

function merge(answers: readonly PromiseSettledResult<string[]>[], port: number): Resolution {
  const ips = new Set(answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])));
  const endpoints: Endpoint[] = [...ips].map((ip) => ({ ip, port, isNamed: false }));
  if (endpoints.length > 0) return { kind: 'endpoints', endpoints };
  const faults = answers.flatMap((answer) => (answer.status === 'rejected' ? [faultOf(answer.reason)] : []));
  const unclear = faults.find((fault) => fault !== 'ENOTFOUND' && fault !== 'ENODATA');
  return unclear === undefined ? { kind: 'no_address' } : { kind: 'dns_failure', fault: unclear };
}

function faultOf(reason: unknown): string {
  return reason instanceof Error && 'code' in reason && typeof reason.code === 'string' ? reason.code : 'dns_error';
}
