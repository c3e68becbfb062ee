/**
 * Whom a client address stands for: an IPv4 address for itself, an IPv6 address for its /64, which is what one household
 * or one machine is given (RFC 6177 §2).
 */
import ipaddr from 'ipaddr.js';

const PREFIX_OCTETS = 8;

/** A text that is no address stands for itself. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${parsed.toByteArray().slice(0, PREFIX_OCTETS).join('.')}/64`;
}
