/**
 * Checks the URL of a node: https with a host name that resolves to public addresses only. Takes the DNS as a
 * capability.
 *
 * A deployed Worker cannot fetch a bare IP address, and a URL that leads inwards (loopback, private, link-local) would
 * turn the edge into a scanner for others (SSRF). Loopback is for `npm start` only, by the setting NODE_URLS. The
 * look-up here and that of the later fetch are separate: if a name changes its addresses in between, the Workers
 * runtime itself reaches nothing that is not public.
 */
import ipaddr from 'ipaddr.js';
import { HOST_NAME } from '../../../shared/job.ts';
import { isLoopbackHost } from '../../../shared/loopback.ts';

/** The part of a DNS answer (dns/answer.ts) that is needed. */
export type AddressLookup = (
  name: string,
  type: 'A' | 'AAAA',
) => Promise<
  | { readonly kind: 'records'; readonly addresses: readonly string[] }
  | { readonly kind: 'nodata' | 'nxdomain' | 'failure' }
>;

export type UrlSettings = { readonly allowsLoopback: boolean };

/** The URL in its stored form, or a sentence on its fault. */
export type CheckedUrl = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly detail: string };

/** IPv6 global unicast (RFC 4291 §2.4); ranges that IANA has not opened are not public. */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

export async function checkNodeUrl(text: string, settings: UrlSettings, lookUp: AddressLookup): Promise<CheckedUrl> {
  const url = URL.parse(text);
  if (url === null) return wrong('it is no URL; it must be like https://probe1.example.com');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    return wrong('it must have scheme, host and port only');
  }
  if (isLoopbackHost(url.hostname)) {
    if (settings.allowsLoopback && /^https?:$/.test(url.protocol)) return { ok: true, url: url.href };
    return wrong('it leads to this machine itself; set PROBE_URL to the name under which the edge reaches the node');
  }
  if (url.protocol !== 'https:') return wrong('it must begin with https://');
  if (url.hostname.startsWith('[') || ipaddr.IPv4.isValid(url.hostname)) {
    return wrong('it must have a host name: the edge cannot fetch from a bare IP address');
  }
  if (!HOST_NAME.test(url.hostname)) return wrong('its host must be a name such as probe1.example.com');
  const fault = await faultOfName(url.hostname, lookUp);
  return fault === null ? { ok: true, url: url.href } : wrong(fault);
}

function wrong(detail: string): CheckedUrl {
  return { ok: false, detail: `The URL of the node cannot be taken: ${detail}.` };
}

/** The fault of the name's addresses, or null. Every one of them must be public. */
async function faultOfName(host: string, lookUp: AddressLookup): Promise<string | null> {
  const answers = await Promise.all([lookUp(host, 'A'), lookUp(host, 'AAAA')]);
  const addresses = answers.flatMap((answer) => (answer.kind === 'records' ? answer.addresses : []));
  if (answers.some(({ kind }) => kind === 'failure')) return `${host} cannot be looked up just now`;
  if (addresses.length === 0) return `${host} has no address in the DNS; add an A or AAAA record`;
  const inward = addresses.find((address) => !isPublic(address));
  if (inward === undefined) return null;
  return `${host} leads to ${inward}, which is not public; behind NAT the name must lead to the outer address, and its port to the node`;
}

function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST_V6));
}
