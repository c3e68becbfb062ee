/**
 * Whether mail hosts are nowhere: none of them has an address, or nothing but such as nobody outside of their own network
 * can reach.
 *
 * Asked only if a node has found no address, or may not connect to the one that it has found: its own resolver may be
 * lame, or filter the name. If our resolvers say the same of every host, there is no mail server for the world. What cannot
 * be looked up leaves it open. Ranges of the IANA special-purpose registries (RFC 6890); 0.0.0.0/8 is not among them, since
 * that is what filtering resolvers answer.
 */
import type { MailHost } from '../../shared/job.ts';
import type { DnsAnswer, RecordType } from './answer.ts';

/** Loopback, RFC 1918, RFC 6598, link-local. */
const PRIVATE_V4 =
  /^(?:127|10|192\.168|169\.254|172\.(?:1[6-9]|2[0-9]|3[01])|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\./;
/** Loopback, RFC 4193, link-local. */
const PRIVATE_V6 = /^(?:::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

type Query = (name: string, type: RecordType) => Promise<DnsAnswer>;

/** True only if every question was answered, and none with an address. */
export async function haveNoAddress(hosts: readonly MailHost[], query: Query): Promise<boolean> {
  return (await addressesOf(hosts, query))?.length === 0;
}

/** True only if every question was answered, and with no address that the world can reach. */
export async function areAllPrivate(hosts: readonly MailHost[], query: Query): Promise<boolean> {
  const addresses = (await addressesOf(hosts, query)) ?? [];
  return addresses.length > 0 && addresses.every((ip) => PRIVATE_V4.test(ip) || PRIVATE_V6.test(ip));
}

/** All addresses of all hosts, or null where one of them could not be looked up. */
async function addressesOf(hosts: readonly MailHost[], query: Query): Promise<readonly string[] | null> {
  const answers = await Promise.all(hosts.flatMap(({ host }) => [query(host, 'A'), query(host, 'AAAA')]));
  if (answers.some(({ kind }) => kind === 'failure')) return null;
  return answers.flatMap((answer) => (answer.kind === 'records' ? answer.addresses : []));
}
