/**
 * Guard of the addresses that a node may connect to: public unicast ones, and those that its operator has named.
 *
 * Pure, and asked at connect time about the very address for the socket, so a name that changes its answer between
 * look-up and connect gains nothing. Sources: the IANA special-purpose address registries (RFC 6890) in the tables of
 * ipaddr.js; an address that embeds an IPv4 address is public only if both halves are, which no translation prefix is:
 * 6to4, Teredo, IPv4-mapped and NAT64 (RFC 6052) are all refused.
 */
import ipaddr from 'ipaddr.js';

/** A network as `address/bits`. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** IPv6 global unicast is 2000::/3 (RFC 4291 §2.4); ranges that IANA has not opened are not public. */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Reads a comma list of CIDRs or bare addresses. Throws an Error that names the bad entry. */
export function parseNetworks(list: string): readonly Network[] {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.map((entry) => {
    try {
      if (entry.includes('/')) return ipaddr.parseCIDR(entry);
    } catch {
      throw new Error(`${entry} is not a network such as 10.0.0.0/8 or 2001:db8::/32`);
    }
    const address = parseAddress(entry);
    if (address === null) throw new Error(`${entry} is not a network such as 10.0.0.0/8 or 2001:db8::/32`);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  });
}

/** True for an address that may be connected to. Anything that is not an address is false. */
export function isAllowedTarget(ip: string, allowed: readonly Network[]): boolean {
  const address = parseAddress(ip);
  if (address === null) return false;
  if (address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST_V6))) return true;
  return allowed.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

/** True for a public unicast address. */
export function isPublicAddress(ip: string): boolean {
  return isAllowedTarget(ip, []);
}

/** One spelling for each address, IPv4-mapped ones as IPv4; null if the text is no address. */
export function plainAddress(ip: string): string | null {
  const address = parseAddress(ip.toLowerCase());
  if (address === null) return null;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return address.toString();
}

/**
 * An address in its usual notation: four decimal parts, or IPv6 without a zone. Other parsers read other notations
 * differently.
 */
function parseAddress(ip: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const isUsual = ip.includes(':') ? !ip.includes('%') : ipaddr.IPv4.isValidFourPartDecimal(ip);
  return isUsual && ipaddr.isValid(ip) ? ipaddr.parse(ip) : null;
}
