/**
 * The sandbox's internet as a table: every domain under `.test` with the behaviour of its DNS and its mail servers. The
 * addresses with a documented verdict are in shared/documented-addresses.ts.
 *
 * Data, types and the generated table of docs/SANDBOX.md; no runtime and no state. zone.ts (DNS) and smtp-session.ts
 * (SMTP) turn a behaviour into messages.
 */
import {
  addressesAt,
  DOCUMENTED_ADDRESSES,
  type DocumentedAddress,
  type Later,
} from '../../shared/documented-addresses.ts';

/** DNS behaviour of a sandbox domain. `address_only` is the implicit MX of RFC 5321 §5.1; `silent` never answers. */
type DnsConduct =
  | { readonly kind: 'mx'; readonly records: readonly SandboxMx[] }
  | { readonly kind: 'null_mx' | 'no_such_name' | 'failure' | 'no_records' | 'address_only' | 'silent' };

export type SandboxMx = { readonly preference: number; readonly exchange: string };

/**
 * `says` sends its text and closes; `teaser` is postscreen's: `220-` at once, `220 ` after the delay; `drip` sends its
 * greeting one octet a second.
 */
type Greeting =
  | { readonly kind: 'ready' | 'silent' | 'drip' }
  | { readonly kind: 'says'; readonly text: string }
  | { readonly kind: 'teaser'; readonly delayMs: number };

type Extension = 'PIPELINING' | 'SIZE' | '8BITMIME' | 'SMTPUTF8' | 'ENHANCEDSTATUSCODES';

/**
 * Behaviour of a mail server. Replies are written as on the wire without line ends, lines separated by `\n`;
 * `{address}`, `{domain}` and `{host}` are filled in.
 */
export type SmtpConduct = {
  readonly greeting: Greeting;
  readonly extensions: readonly Extension[];
  /** The reply to EHLO instead of the list of extensions. */
  readonly ehlo: string | null;
  /** Clients whose EHLO name begins like this are refused, or null. */
  readonly refusedHelo: string | null;
  /** The reply to every MAIL instead of 250. */
  readonly mail: string | null;
  /** The reply to RCPT by local part, in lower case. */
  readonly mailboxes: Readonly<Record<string, string>>;
  /** The reply to RCPT for every local part that is not in `mailboxes`. */
  readonly others: string;
  /** Recipients accepted in one transaction; the next RCPT gets 452 4.5.3. */
  readonly recipientsMax: number;
  /** Delay of the reply to the first RCPT of a session. */
  readonly firstRcptDelayMs: number;
  /** Delay for a new triplet, or null without greylisting. */
  readonly greylistMs: number | null;
  /** The reply to a new triplet. */
  readonly greylistText: string;
  /** Whether a command group that was not announced ends the session, as with Exim. */
  readonly punishesPipelining: boolean;
  /** Whether the connection ends after a refused RCPT, or in the middle of that reply. */
  readonly hangsUp: 'never' | 'after_refusal' | 'within_refusal';
};

/** A mail host, or one without a listener. */
type SandboxHost = { readonly host: string; readonly conduct: SmtpConduct | null };

export type Persona = {
  readonly domain: string;
  readonly dns: DnsConduct;
  readonly hosts: readonly SandboxHost[];
  readonly addresses: readonly DocumentedAddress[];
};

const ACCEPTED = '250 2.1.5 Ok';
const NO_SUCH_USER = '550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table';

const PEOPLE = { ada: ACCEPTED, grace: ACCEPTED, alan: ACCEPTED } as const;

/**
 * A well-kept mail server; every other one is described by its differences. postmaster is there for RFC 5321 §4.5.1.
 */
const ORDINARY: SmtpConduct = {
  greeting: { kind: 'ready' },
  extensions: ['PIPELINING', 'SIZE', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'],
  ehlo: null,
  refusedHelo: null,
  mail: null,
  mailboxes: { ...PEOPLE, info: ACCEPTED, sales: ACCEPTED, postmaster: ACCEPTED },
  others: NO_SUCH_USER,
  recipientsMax: 100,
  firstRcptDelayMs: 0,
  greylistMs: null,
  greylistText: '<{address}>: Recipient address rejected: greylisted, see https://{domain}/greylist',
  punishesPipelining: false,
  hangsUp: 'never',
};

/** The sandbox's domains, in the order of docs/SANDBOX.md. */
export const PERSONAS: readonly Persona[] = [
  // Servers that know their own mailboxes.
  mail('good.test', {
    mailboxes: {
      ...ORDINARY.mailboxes,
      closed: '550 5.2.1 <{address}>: The email account that you tried to reach is disabled',
      full: '452 4.2.2 <{address}>: The mailbox is full: over quota',
      overquota: '552 5.2.2 <{address}>: Quota exceeded, mailbox for user is full',
    },
  }),
  mail('multiline.test', {
    others: '550-5.1.1 The email account that you tried to reach\n550-5.1.1 does not exist.\n550 5.1.1 NoSuchUser',
  }),

  // Servers that accept more than they know.
  mail('catchall.test', { others: ACCEPTED }),
  mail('vrfy252.test', { mailboxes: {}, others: '252 2.1.5 Cannot verify the user, but will take the message' }),
  {
    domain: 'acceptsall.test',
    dns: { kind: 'mx', records: [{ preference: 1, exchange: 'mta5.am0.yahoodns.net' }] },
    hosts: [],
    addresses: addressesAt('acceptsall.test'),
  },
  mail('unconfirmed.test', { recipientsMax: 1, others: '451 4.3.0 <{address}>: Temporary lookup failure' }),
  mail('onercpt.test', { recipientsMax: 1 }),

  // Temporary refusals.
  mail('greylist.test', { greylistMs: 1, greylistText: '<{address}>: Greylisted, please try again in 1 second' }),
  mail('soon.test', { greylistMs: 1, greylistText: 'Greylisted, please try again in 2 seconds' }),
  mail('ratelimit.test', {
    mailboxes: {},
    others: '450 4.7.1 Error: rate limit exceeded for 127.0.0.1, too many requests, try again later',
  }),
  // The row of its provider in shared/providers.ts makes the node keep away.
  mail('paced.test', {}),
  mail('tempfail.test', { mailboxes: {}, others: '451 4.3.0 <{address}>: Temporary lookup failure' }),
  mail('slow.test', { firstRcptDelayMs: 15_000 }),

  // Refusals of us: they say nothing about Ada.
  mail('blocked.test', {
    greeting: {
      kind: 'says',
      text: '554 5.7.1 {host} Service unavailable; Client host [127.0.0.1] blocked using zen.spamhaus.org',
    },
  }),
  mail('senderblocked.test', {
    mail: "550 5.7.1 Unfortunately, messages from [127.0.0.1] weren't sent. You are on our block list (S3140).",
  }),
  mail('relay.test', { mailboxes: {}, others: '554 5.7.1 <{address}>: Relay access denied' }),
  mail('spamhaus.test', {
    mailboxes: {},
    others: '550 5.7.1 Service unavailable, Client host [127.0.0.1] blocked using Spamhaus',
  }),
  mail('guarded.test', { refusedHelo: 'fra1.' }),
  mail('tlsonly.test', { mail: '530 5.7.0 Must issue a STARTTLS command first' }),
  mail('auth.test', { mail: '530 5.7.0 Authentication required' }),

  // Connections that fail.
  mail('timeout.test', { greeting: { kind: 'drip' } }),
  mail('silent.test', { greeting: { kind: 'silent' } }),
  {
    ...mail('unreachable.test', {}),
    hosts: [closed('mx.unreachable.test')],
    addresses: addressesAt('unreachable.test'),
  },
  mail('dropped.test', { mailboxes: {}, hangsUp: 'within_refusal' }),
  mail('garbage.test', { greeting: { kind: 'says', text: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3' } }),

  // Decided by the DNS alone.
  nameOnly('nodomain.test', 'no_such_name'),
  nameOnly('nomx.test', 'no_records'),
  nameOnly('nullmx.test', 'null_mx'),
  nameOnly('dnsfail.test', 'failure'),
  nameOnly('dnssilent.test', 'silent'),

  // Accepted, over a path that not every client finds.
  {
    ...mail('implicit.test', {}),
    dns: { kind: 'address_only' },
    hosts: [{ host: 'implicit.test', conduct: ORDINARY }],
    addresses: addressesAt('implicit.test'),
  },
  {
    domain: 'backup.test',
    dns: mx(['mx1.backup.test', 10], ['mx2.backup.test', 20]),
    hosts: [closed('mx1.backup.test'), { host: 'mx2.backup.test', conduct: ORDINARY }],
    addresses: addressesAt('backup.test'),
  },
  mail('nopipelining.test', { extensions: ['SIZE', '8BITMIME'], punishesPipelining: true }),
  mail('helo.test', { ehlo: '502 Command not implemented', extensions: [], others: '550 No such user here' }),
  mail('teaser.test', { greeting: { kind: 'teaser', delayMs: 2_000 } }),
  mail('hangup.test', { hangsUp: 'after_refusal' }),
  mail('ascii.test', { extensions: ['PIPELINING', 'SIZE', '8BITMIME', 'ENHANCEDSTATUSCODES'] }),
  mail('utf8.test', { mailboxes: { ...PEOPLE, ада: ACCEPTED } }),
];

/** The documented addresses as a Markdown table for docs/SANDBOX.md. */
export function sandboxTable(): string {
  const rows = DOCUMENTED_ADDRESSES.map((documented) => {
    const { address, verdict, reason, note, later } = documented;
    const asked = `\`${address}\`${CONDITION_TEXTS[documented.condition]}`;
    const answer = later === undefined ? [verdict, `\`${reason}\``] : withLater(documented, later);
    return `| ${[asked, ...answer, note].map(inCell).join(' | ')} |`;
  });
  return ['| address | verdict | reason | what happens |', '|---|---|---|---|', ...rows, ''].join('\n');
}

const CONDITION_TEXTS = {
  none: '',
  smtp_false: ' with `smtp=false`',
  no_node: ' with no probe node running',
} as const satisfies Record<DocumentedAddress['condition'], string>;

function withLater(first: DocumentedAddress, second: Later): readonly string[] {
  return [`${first.verdict}, then ${second.verdict}`, `\`${first.reason}\`, then \`${second.reason}\``];
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** A domain with one MX that differs from the ordinary mail server by `differences`. */
function mail(domain: string, differences: Partial<SmtpConduct>): Persona {
  const host = `mx.${domain}`;
  const hosts = [{ host, conduct: { ...ORDINARY, ...differences } }];
  return { domain, dns: mx([host, 10]), hosts, addresses: addressesAt(domain) };
}

function nameOnly(domain: string, kind: Exclude<DnsConduct['kind'], 'mx'>): Persona {
  return { domain, dns: { kind }, hosts: [], addresses: addressesAt(domain) };
}

function mx(...hosts: readonly (readonly [exchange: string, preference: number])[]): DnsConduct {
  return { kind: 'mx', records: hosts.map(([exchange, preference]) => ({ exchange, preference })) };
}

function closed(host: string): SandboxHost {
  return { host, conduct: null };
}
