/**
 * Hints in a reverse name: names that providers give to lines of end users, and networks of hosting companies that
 * close port 25 until they are asked.
 *
 * Hints only, so warnings at most: anyone may write any reverse name. The first match wins; a hosting company comes
 * before a pattern, because its remedy is more exact.
 */

export type ReverseNameHint = { readonly name: RegExp; readonly detail: string; readonly fix: string };

const ASK_OR_MOVE =
  'Set a reverse name of your own for the address, or move the node to a network that allows mail servers.';

export const REVERSE_NAME_HINTS: readonly ReverseNameHint[] = [
  {
    name: /\.compute(?:-1)?\.amazonaws\.com$/,
    detail: 'Amazon EC2 closes outgoing port 25 by default',
    fix: 'Fill in "Request to remove email sending limitations" of AWS, with the reverse name that you want for the address.',
  },
  {
    name: /\.(?:googleusercontent|bc\.google)\.com$/,
    detail: 'Google Cloud closes outgoing port 25, and opens it for few customers',
    fix: 'Move the node: Google Cloud has no form for this.',
  },
  {
    name: /\.cloudapp\.(?:azure\.com|net)$/,
    detail: 'Microsoft Azure closes outgoing port 25, except for enterprise subscriptions',
    fix: 'Ask Azure support to open it under an enterprise agreement, or move the node.',
  },
  {
    name: /\.(?:linodeusercontent|members\.linode)\.com$/,
    detail: 'Akamai (Linode) closes port 25 for new accounts',
    fix: 'Open a support ticket that asks for outgoing mail, after A and PTR are set.',
  },
  {
    name: /\.vultrusercontent\.com$/,
    detail: 'Vultr closes port 25 by default',
    fix: 'Open a support ticket that asks for SMTP to be unblocked.',
  },
  {
    name: /\.your-server\.de$/,
    detail: 'Hetzner closes port 25 in its cloud until the first invoice is paid',
    fix: 'Ask to have it opened under Limits in the console, and set a reverse name of your own.',
  },
  {
    name: /\.scw\.cloud$/,
    detail: 'Scaleway closes port 25 until the account is verified and SMTP is enabled in the security group',
    fix: 'Enable SMTP in the security group of the instance.',
  },
  {
    name: /(?:^|[.-])(?:dyn|dynamic|dhcp|dialup|dial|ppp|pppoe|dip)[0-9]*(?:[.-]|$)/,
    detail: 'it looks like a line with a changing address, which many receivers refuse',
    fix: ASK_OR_MOVE,
  },
  {
    name: /(?:^|[.-])(?:[avs]?dsl|cable|catv|fttx?h?|ftth|fiber|fibre|broadband|cust|customers?|client|pool|res|residential|home)[0-9]*(?:[.-]|$)/,
    detail: 'it looks like the line of an end user, which many receivers refuse',
    fix: ASK_OR_MOVE,
  },
];
