/**
 * Domains whose mail hosts show whether outgoing port 25 is open.
 *
 * A row is a domain, so that its hosts are current (MX). Of different operators and networks, so that one operator's
 * refusal of an address, or its outage, is not taken for a closed port; large enough not to notice a connection an
 * hour.
 */

export type PortTarget = { readonly domain: string; readonly operator: string; readonly why: string };

export const PORT_TARGETS: readonly PortTarget[] = [
  {
    domain: 'gmail.com',
    operator: 'Google',
    why: 'the largest; reached over IPv4 and IPv6, and refuses only after EHLO',
  },
  { domain: 'outlook.com', operator: 'Microsoft', why: 'the second largest; refuses an address only after EHLO' },
  { domain: 'yahoo.com', operator: 'Yahoo', why: 'a network and a mail server of its own make' },
  { domain: 'icloud.com', operator: 'Apple', why: 'a network of its own, apart from the others' },
  { domain: 'gmx.net', operator: 'GMX', why: 'in Europe; says 554 in the greeting to an address without PTR' },
];
