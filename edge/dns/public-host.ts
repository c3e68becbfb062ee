/**
 * Checks the host of a URL from a stranger before the edge fetches from it: a name in the public DNS that resolves to
 * public addresses only. Takes the DNS as a capability.
 *
 * A URL that leads inwards (loopback, private, link-local) would turn the edge into a scanner of other people's networks
 * (server-side request forgery). The look-up here and that of the later fetch are separate: if a name changes its addresses in between,
 * the Workers runtime itself reaches nothing that is not public. Loopback is for `npm start` only, by the setting NODE_URLS.
 */
import ipaddr from 'ipaddr.js';
import { HOST_NAME } from '../../shared/job.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';

/** The part of a DNS answer (answer.ts) that is needed. */
export type AddressLookup = (
  name: string,
  type: 'A' | 'AAAA',
) => Promise<
  | { readonly kind: 'records'; readonly addresses: readonly string[] }
  | { readonly kind: 'nodata' | 'nxdomain' | 'failure' }
>;

export type UrlSettings = { readonly allowsLoopback: boolean };

/** `other`: a fault of the URL itself, not of its addresses. */
export type HostFault = { readonly kind: 'loopback' | 'inward' | 'other'; readonly detail: string };

/** IPv6 global unicast (RFC 4291 §2.4); ranges that IANA has not opened are not public. */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Null if the edge may fetch from there; else the fault, as the end of a sentence. */
export async function faultOfHost(
  { protocol, hostname }: Pick<URL, 'protocol' | 'hostname'>,
  { allowsLoopback }: UrlSettings,
  lookUp: AddressLookup,
): Promise<HostFault | null> {
  if (isLoopbackHost(hostname)) {
    if (allowsLoopback && /^https?:$/.test(protocol)) return null;
    return { kind: 'loopback', detail: 'it leads to this machine itself' };
  }
  if (protocol !== 'https:') return other('it must begin with https://');
  if (hostname.startsWith('[') || ipaddr.IPv4.isValid(hostname)) {
    return other('it must have a host name: the edge cannot fetch from a bare IP address');
  }
  if (!HOST_NAME.test(hostname)) return other('its host must be a name of the public DNS');
  const answers = await Promise.all([lookUp(hostname, 'A'), lookUp(hostname, 'AAAA')]);
  const addresses = answers.flatMap((answer) => (answer.kind === 'records' ? answer.addresses : []));
  if (answers.some(({ kind }) => kind === 'failure')) return other(`${hostname} cannot be looked up just now`);
  if (addresses.length === 0) return other(`${hostname} has no address in the DNS; add an A or AAAA record`);
  const inward = addresses.find((address) => !isPublic(address));
  if (inward === undefined) return null;
  return { kind: 'inward', detail: `${hostname} leads to ${inward}, which is not public` };
}

function other(detail: string): HostFault {
  return { kind: 'other', detail };
}

function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST_V6));
}
