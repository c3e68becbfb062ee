/**
 * Whether mail hosts are unreachable for the world: none of them has an address, or only addresses of private networks.
 *
 * Asked only if a node found no address, or must not connect to the one it found: its own resolver may be lame, or
 * filter the name. If our resolvers say the same of every host, no mail server is reachable. A failed look-up leaves it
 * open. Ranges of the IANA special-purpose registries (RFC 6890); 0.0.0.0/8 is not among them, since filtering
 * resolvers answer with it.
 */
import ipaddr from 'ipaddr.js';
import type { MailHost } from '../../shared/job.ts';
import type { DnsAnswer, RecordType } from './answer.ts';

/** Names in ipaddr.js: RFC 1918, RFC 4193, RFC 6598. */
const PRIVATE_RANGES: readonly string[] = ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat', 'linkLocal'];

type Query = (name: string, type: RecordType) => Promise<DnsAnswer>;

/** True only if every question was answered, and none with an address. */
export async function haveNoAddress(hosts: readonly MailHost[], query: Query): Promise<boolean> {
  return (await addressesOf(hosts, query))?.length === 0;
}

/** True only if every question was answered, and with no address that the world can reach. */
export async function areAllPrivate(hosts: readonly MailHost[], query: Query): Promise<boolean> {
  const addresses = (await addressesOf(hosts, query)) ?? [];
  return addresses.length > 0 && addresses.every(isPrivate);
}

function isPrivate(ip: string): boolean {
  return ipaddr.isValid(ip) && PRIVATE_RANGES.includes(ipaddr.parse(ip).range());
}

/** All addresses of all hosts, or null if one look-up failed. */
async function addressesOf(hosts: readonly MailHost[], query: Query): Promise<readonly string[] | null> {
  const answers = await Promise.all(hosts.flatMap(({ host }) => [query(host, 'A'), query(host, 'AAAA')]));
  if (answers.some(({ kind }) => kind === 'failure')) return null;
  return answers.flatMap((answer) => (answer.kind === 'records' ? answer.addresses : []));
}
