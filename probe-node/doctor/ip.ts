/** Addresses in DNS notation, and whether one lies in a network. Pure; a text that is no address is false or throws. */
import ipaddr from 'ipaddr.js';

/** The labels of a reverse name without its suffix: `7.113.0.203`, or 32 nibbles (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reversedLabels(ip: string): string {
  const address = ipaddr.parse(ip);
  if (address.kind() === 'ipv4') return address.toByteArray().reverse().join('.');
  const nibbles = address.toByteArray().flatMap((octet) => [octet >> 4, octet & 15]);
  return nibbles
    .reverse()
    .map((nibble) => nibble.toString(16))
    .join('.');
}

/** The name whose PTR record is the reverse name of an address. */
export function reverseNameOf(ip: string): string {
  return `${reversedLabels(ip)}.${ipaddr.parse(ip).kind() === 'ipv4' ? 'in-addr' : 'ip6'}.arpa`;
}

/** True if both are the same address in any notation. */
export function isSameIp(a: string, b: string): boolean {
  return ipaddr.isValid(a) && ipaddr.isValid(b) && ipaddr.parse(a).toString() === ipaddr.parse(b).toString();
}

/** True if `ip` and `network` are of one family and agree in the first `bits` bits. */
export function isInNetwork(ip: string, network: string, bits: number): boolean {
  if (!ipaddr.isValid(ip) || !ipaddr.isValid(network)) return false;
  const [address, base] = [ipaddr.parse(ip), ipaddr.parse(network)];
  return address.kind() === base.kind() && address.match(base, bits);
}
