/**
 * The network that a client address counts for: an IPv4 address for itself, an IPv6 address for its /64, which is one
 * network (RFC 4291 §2.5.1), and for its /48, which one site may get as a whole (RFC 6177 §1).
 */
import ipaddr from 'ipaddr.js';

const NETWORK_OCTETS = 8;
const SITE_OCTETS = 6;

/** A text that is not an address counts for itself. */
export function clientNetworkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : prefixOf(parsed, NETWORK_OCTETS);
}

/** The /48 of an IPv6 address: 65,536 networks that may all belong to one caller. Null for any other text. */
export function siteOf(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? null : prefixOf(parsed, SITE_OCTETS);
}

function prefixOf(address: ipaddr.IPv4 | ipaddr.IPv6, octets: number): string {
  return `${address.toByteArray().slice(0, octets).join('.')}/${octets * 8}`;
}
