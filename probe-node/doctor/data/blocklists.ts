/**
 * The DNS blocklists (RFC 5782) that large receivers query for a connecting address.
 *
 * A list is believed only while its test entries are right (§5: 127.0.0.2 is listed, 127.0.0.1 is not): one that has
 * been shut down answers nothing or everything. `refusals` are answers about the asker, not about the address. Sources:
 * Spamhaus' documentation of its zones (docs.spamhaus.com, return codes); the others answer with the one code that RFC
 * 5782 §2.1 makes the default. Lists that have been shut down (SORBS, NiX Spam) are left out.
 */

export type Blocklist = {
  readonly name: string;
  readonly zone: string;
  readonly families: readonly (4 | 6)[];
  /** Cost of a listing: for a `fault` most users of the list refuse the address, and the list has many. */
  readonly level: 'fault' | 'warning';
  /** Return codes of a listing; a code that is missing here is a listing of an unknown kind. */
  readonly meanings: Readonly<Record<string, string>>;
  /** Return codes for the reason that the list does not answer us, with the remedy. */
  readonly refusals: Readonly<Record<string, { readonly detail: string; readonly fix: string }>>;
  readonly delisting: string;
  /** Requirement for asking a list that answers nothing, not even for its test entry. */
  readonly access: string;
};

const OWN_RESOLVER =
  'Run a resolver of your own on the node (unbound with no forwarder) and set PROBE_DNS=127.0.0.1:53; the list refuses public resolvers.';

export const BLOCKLISTS: readonly Blocklist[] = [
  {
    name: 'Spamhaus ZEN',
    zone: 'zen.spamhaus.org',
    families: [4, 6],
    level: 'fault',
    meanings: {
      '127.0.0.2': 'SBL: it sent or supported spam',
      '127.0.0.3': 'CSS: it sent mail of low reputation',
      '127.0.0.4': 'XBL: it looks infected or hijacked',
      '127.0.0.9': 'DROP: the whole network belongs to spammers or criminals',
      '127.0.0.10': 'PBL: the provider says that no mail server belongs here',
      '127.0.0.11': 'PBL: Spamhaus considers the range one of end users',
      '127.0.0.30': 'BCL: a botnet controller',
    },
    refusals: {
      '127.255.255.252': {
        detail: 'the name of the list is not one of Spamhaus',
        fix: 'Check whether a resolver on the way rewrites names, or use another one with PROBE_DNS.',
      },
      '127.255.255.254': { detail: 'the resolver is a public one, which the list refuses', fix: OWN_RESOLVER },
      '127.255.255.255': { detail: 'the resolver sends too many queries', fix: OWN_RESOLVER },
    },
    delisting: 'https://check.spamhaus.org/',
    access: OWN_RESOLVER,
  },
  {
    name: 'Barracuda',
    zone: 'b.barracudacentral.org',
    families: [4],
    level: 'fault',
    meanings: { '127.0.0.2': 'it sent spam' },
    refusals: {},
    delisting: 'https://www.barracudacentral.org/rbl/removal-request',
    access:
      'Register the address of the resolver, free of charge, at https://www.barracudacentral.org/account/register.',
  },
  {
    name: 'SpamCop',
    zone: 'bl.spamcop.net',
    families: [4],
    level: 'warning',
    meanings: { '127.0.0.2': 'it was reported as a source of spam; the listing ends a day after the last report' },
    refusals: {},
    delisting: 'https://www.spamcop.net/bl.shtml',
    access: OWN_RESOLVER,
  },
  {
    name: 'PSBL',
    zone: 'psbl.surriel.com',
    families: [4],
    level: 'warning',
    meanings: { '127.0.0.2': 'it sent mail to a spam trap' },
    refusals: {},
    delisting: 'https://psbl.org/remove',
    access: OWN_RESOLVER,
  },
  {
    name: 'UCEPROTECT level 1',
    zone: 'dnsbl-1.uceprotect.net',
    families: [4],
    level: 'warning',
    meanings: {
      '127.0.0.2':
        'it sent mail to a spam trap; the listing ends by itself after seven days, and paying for removal is pointless',
    },
    refusals: {},
    delisting: 'https://www.uceprotect.net/en/rblcheck.php',
    access: OWN_RESOLVER,
  },
];

/** RFC 5782 §5: the address that every list of IPv4 has, and the one that none has. */
export const LISTED_TEST_ADDRESS = '127.0.0.2';
export const UNLISTED_TEST_ADDRESS = '127.0.0.1';
