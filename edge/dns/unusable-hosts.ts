/**
 * Names in MX records that are no mail server: names that cannot be resolved, and the hosts at which companies park
 * domains that are for sale. Data, and a predicate on it.
 *
 * A domain with no other host is `no_mx`, so that only certain names are here: names that a standard excludes from the
 * public DNS, and names that the parking company itself calls parking. Hosts that merely occur at many parked domains
 * are left out: some of them accept mail, and some also have real mailboxes (`secureserver.net`).
 */
import { HOST_NAME } from '../../shared/job.ts';

/** Top levels and zones that the public DNS never answers for. `.test` is the sandbox's. */
const NOT_IN_THE_DNS: readonly { readonly zone: string; readonly source: string }[] = [
  { zone: 'localhost', source: 'RFC 6761 §6.3' },
  { zone: 'invalid', source: 'RFC 6761 §6.4' },
  { zone: 'local', source: 'RFC 6762 §3' },
  { zone: 'onion', source: 'RFC 7686 §2' },
  { zone: 'home.arpa', source: 'RFC 8375 §4' },
  { zone: 'alt', source: 'RFC 9476 §2' },
  { zone: 'internal', source: 'ICANN Board resolution 2024.07.29.06' },
  // The localhost entry of a resolver with a search domain, as found in MX records.
  { zone: 'localhost.localdomain', source: 'RFC 6761 §6.3; no such top level' },
];

/** Each zone is used for parking alone, and its company says so. */
const PARKING: readonly { readonly zone: string; readonly source: string }[] = [
  { zone: 'park-mx.above.com', source: 'Above.com domain parking; named by its operator' },
  { zone: 'parkmail.dynadot.com', source: 'Dynadot domain parking; named by its operator' },
  { zone: 'sedoparking.com', source: 'Sedo domain parking (name servers ns1 and ns2.sedoparking.com)' },
  { zone: 'parkingcrew.net', source: 'ParkingCrew (name servers ns1 and ns2.parkingcrew.net)' },
];

const UNUSABLE = [...NOT_IN_THE_DNS, ...PARKING].map(({ zone }) => zone);

/**
 * The name in lower case without its last dot, or null if it cannot be resolved: the root, an IP address, a single
 * label.
 */
export function usableHost(exchange: string): string | null {
  const host = exchange.toLowerCase().replace(/\.$/, '');
  if (!HOST_NAME.test(host)) return null;
  return UNUSABLE.some((zone) => host === zone || host.endsWith(`.${zone}`)) ? null : host;
}
