/**
 * Whether mail hosts have nothing but addresses that nobody outside of their own network can reach.
 *
 * Asked only where a node has found such an address and may not connect to it (its own resolver may say so of a name that
 * it filters): where our resolvers say the same of every host, there is no mail server for the world. What cannot be
 * looked up leaves it open. Ranges of the IANA special-purpose registries (RFC 6890); 0.0.0.0/8 is not among them, since
 * that is what filtering resolvers answer.
 */
import type { MailHost } from '../../shared/job.ts';
import type { DnsAnswer, RecordType } from './answer.ts';

/** Loopback, RFC 1918, RFC 6598, link-local. */
const PRIVATE_V4 =
  /^(?:127|10|192\.168|169\.254|172\.(?:1[6-9]|2[0-9]|3[01])|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\./;
/** Loopback, RFC 4193, link-local. */
const PRIVATE_V6 = /^(?:::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

export async function areAllPrivate(
  hosts: readonly MailHost[],
  query: (name: string, type: RecordType) => Promise<DnsAnswer>,
): Promise<boolean> {
  const answers = await Promise.all(hosts.flatMap(({ host }) => [query(host, 'A'), query(host, 'AAAA')]));
  if (answers.some(({ kind }) => kind === 'failure')) return false;
  const addresses = answers.flatMap((answer) => (answer.kind === 'records' ? answer.addresses : []));
  return addresses.length > 0 && addresses.every((ip) => PRIVATE_V4.test(ip) || PRIVATE_V6.test(ip));
}
