/**
 * The doctor's DNS queries, through the operator's resolvers or the system's, with values as results.
 *
 * "There is no such name" and "there is no such record" are facts; any other failure is `failed` with a code. Nothing
 * throws. /etc/hosts is not asked: no other machine sees it.
 */
import { Resolver } from 'node:dns/promises';
import type { DnsFact, MxFact } from './dns-answer.ts';
import { reverseNameOf } from './ip.ts';

/** Milliseconds for one query, and how often it is sent. */
const QUERY_TIMEOUT_MS = 3_000;
const QUERY_TRIES = 2;
/** Records of one answer that are read. */
const RECORDS_MAX = 100;

export type LookUp = {
  readonly addresses: (name: string, family: 4 | 6) => Promise<DnsFact<string>>;
  readonly mx: (name: string) => Promise<DnsFact<MxFact>>;
  /** Each record with its strings joined (RFC 7208 §3.3). */
  readonly txt: (name: string) => Promise<DnsFact<string>>;
  /** Reverse names in lower case, without the last dot. */
  readonly ptr: (ip: string) => Promise<DnsFact<string>>;
};

/** @param dnsServers `ip:port`; empty for the system's */
export function createLookUp(dnsServers: readonly string[]): LookUp {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (dnsServers.length > 0) resolver.setServers([...dnsServers]);
  return {
    addresses: (name, family) => toLookup(family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)),
    mx: (name) =>
      toLookup(
        resolver
          .resolveMx(name)
          .then((records) => records.map(({ exchange, priority }) => ({ host: exchange, preference: priority }))),
      ),
    txt: (name) => toLookup(resolver.resolveTxt(name).then((records) => records.map((strings) => strings.join('')))),
    ptr: (ip) =>
      toLookup(
        resolver
          .resolvePtr(reverseNameOf(ip))
          .then((names) => names.map((name) => name.toLowerCase().replace(/\.$/, ''))),
      ),
  };
}

async function toLookup<T>(query: Promise<readonly T[]>): Promise<DnsFact<T>> {
  try {
    const records = (await query).slice(0, RECORDS_MAX);
    return records.length > 0 ? { kind: 'records', records } : { kind: 'none' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'dns_error';
    return code === 'ENOTFOUND' || code === 'ENODATA' ? { kind: 'none' } : { kind: 'failed', fault: code };
  }
}
