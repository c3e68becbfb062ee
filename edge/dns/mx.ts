/**
 * The mail hosts of a domain (RFC 5321 §5.1, RFC 7505), from DNS answers. Takes the query as a capability.
 *
 * A domain is `no_domain`, `no_mx` or `null_mx` only if the DNS says so; any failure on the way is `dns_failure`.
 */
import type { MailHost } from '../../shared/job.ts';
import type { DnsAnswer, MxRecord, RecordType } from './answer.ts';
import { usableHost } from './unusable-hosts.ts';

/** Hosts kept per domain; more could not be tried within a deadline. */
const HOSTS_MAX = 20;

export type MailHosts =
  | {
      readonly kind: 'hosts';
      readonly hosts: readonly MailHost[];
      readonly isImplicit: boolean;
      /** True if DNSSEC vouches for the MX records. */
      readonly isAuthentic?: boolean;
    }
  | { readonly kind: 'no_domain' | 'no_mx' | 'null_mx' }
  | { readonly kind: 'dns_failure'; readonly fault: string };

export async function findMailHosts(
  domain: string,
  query: (name: string, type: RecordType) => Promise<DnsAnswer>,
): Promise<MailHosts> {
  const answer = await query(domain, 'MX');
  switch (answer.kind) {
    case 'nxdomain':
      return { kind: 'no_domain' };
    case 'failure':
      return { kind: 'dns_failure', fault: answer.fault };
    case 'records':
      return hostsOf(answer.mx, answer.isAuthentic ?? false);
    case 'nodata':
      return implicitHost(domain, await Promise.all([query(domain, 'A'), query(domain, 'AAAA')]));
  }
}

function hostsOf(records: readonly MxRecord[], isAuthentic: boolean): MailHosts {
  const isNull = ({ exchange }: MxRecord): boolean => exchange === '.' || exchange === '';
  // RFC 7505 §3: a null MX must be the only record; beside other records it is a mistake and is ignored.
  if (records.every(isNull)) return { kind: 'null_mx' };
  const preferenceByHost = new Map<string, number>();
  for (const { exchange, preference } of records) {
    const host = usableHost(exchange);
    if (host === null) continue;
    preferenceByHost.set(host, Math.min(preference, preferenceByHost.get(host) ?? Number.POSITIVE_INFINITY));
  }
  const hosts = [...preferenceByHost]
    .map(([host, preference]) => ({ host, preference }))
    .sort((a, b) => a.preference - b.preference || (a.host < b.host ? -1 : 1))
    .slice(0, HOSTS_MAX);
  return hosts.length === 0 ? { kind: 'no_mx' } : { kind: 'hosts', hosts, isImplicit: false, isAuthentic };
}

function implicitHost(domain: string, answers: readonly DnsAnswer[]): MailHosts {
  if (answers.some(({ kind }) => kind === 'records')) {
    return { kind: 'hosts', hosts: [{ host: domain, preference: 0 }], isImplicit: true };
  }
  const failure = answers.find((answer) => answer.kind === 'failure');
  if (failure !== undefined) return { kind: 'dns_failure', fault: failure.fault };
  return { kind: answers.every(({ kind }) => kind === 'nxdomain') ? 'no_domain' : 'no_mx' };
}
