/**
 * The pretend internet as a table: every domain under `.test` that the sandbox knows, what its DNS and its mail servers
 * do, and the addresses for which that yields a documented verdict.
 *
 * Data, types and the table of the README made from them; no runtime and no state. What a conduct means on the wire is
 * in zone.ts (DNS) and smtp-session.ts (SMTP). A reason of shared/verdict.ts without an address here fails a test.
 */
import { type Reason, reasonRow, type Verdict } from '../../shared/verdict.ts';

/** What the DNS says of a pretend domain. `address_only` is the implicit MX of RFC 5321 §5.1; `silent` never answers. */
export type DnsConduct =
  | { readonly kind: 'mx'; readonly records: readonly MxRecord[] }
  | { readonly kind: 'null_mx' | 'no_such_name' | 'failure' | 'no_records' | 'address_only' | 'silent' };

export type MxRecord = { readonly preference: number; readonly exchange: string };

/**
 * `says` speaks its text and closes; `teaser` is postscreen's: `220-` at once, `220 ` after the delay; `drip` spells its
 * greeting out, one octet a second.
 */
export type Greeting =
  | { readonly kind: 'ready' | 'silent' | 'drip' }
  | { readonly kind: 'says'; readonly text: string }
  | { readonly kind: 'teaser'; readonly delayMs: number };

export type Extension = 'PIPELINING' | 'SIZE' | '8BITMIME' | 'SMTPUTF8' | 'ENHANCEDSTATUSCODES';

/**
 * How a mail server behaves. Replies are written as on the wire without line ends, lines parted by `\n`; `{address}`,
 * `{domain}` and `{host}` are filled in.
 */
export type SmtpConduct = {
  readonly greeting: Greeting;
  readonly extensions: readonly Extension[];
  /** The reply to EHLO in place of the list of extensions. */
  readonly ehlo: string | null;
  /** Clients whose EHLO name begins like this are turned away, or null. */
  readonly refusedHelo: string | null;
  /** The reply to every MAIL in place of 250. */
  readonly mail: string | null;
  /** The reply to RCPT by local part, in lower case. */
  readonly mailboxes: Readonly<Record<string, string>>;
  /** The reply to RCPT for every local part that is not in `mailboxes`. */
  readonly others: string;
  /** Recipients accepted in one transaction; the next RCPT is told 452 4.5.3. */
  readonly recipientsMax: number;
  /** How long the first RCPT of a session waits for its reply. */
  readonly firstRcptDelayMs: number;
  /** How long a new triplet is held off, or null without greylisting. */
  readonly greylistMs: number | null;
  /** What a new triplet is told. */
  readonly greylistText: string;
  /** Whether a command group that was not announced ends the session, as Exim does it. */
  readonly punishesPipelining: boolean;
  /** Whether the connection ends after a refused RCPT, or in the middle of that reply. */
  readonly hangsUp: 'never' | 'after_refusal' | 'within_refusal';
};

/** A mail host, or one where nothing listens. */
export type MailHost = { readonly host: string; readonly conduct: SmtpConduct | null };

/** What a second ask says, and how long after the first it says so. */
export type Later = { readonly afterMs: number; readonly verdict: Verdict; readonly reason: Reason };

export type DocumentedAddress = {
  readonly address: string;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** What happens, as one sentence for the README. */
  readonly note: string;
  /** What must be so for this verdict besides the address. */
  readonly condition: 'none' | 'smtp_false' | 'no_node';
  /** True where the wait may outlast the deadline, so that the first ask may say `pending` instead. */
  readonly mayPendFirst: boolean;
  readonly later?: Later;
};

export type Persona = {
  readonly domain: string;
  readonly dns: DnsConduct;
  readonly hosts: readonly MailHost[];
  readonly addresses: readonly DocumentedAddress[];
};

const ACCEPTED = '250 2.1.5 Ok';
const NO_SUCH_USER = '550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table';

const PEOPLE = { ada: ACCEPTED, grace: ACCEPTED, alan: ACCEPTED } as const;

/** A well-kept mail server; every other one is told by how it differs. postmaster is there for RFC 5321 §4.5.1. */
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

/** The pretend domains, in the order of the README. */
export const PERSONAS: readonly Persona[] = [
  // Mailboxes: a server that knows its own.
  mail(
    'good.test',
    {
      mailboxes: {
        ...ORDINARY.mailboxes,
        closed: '550 5.2.1 <{address}>: The email account that you tried to reach is disabled',
        full: '452 4.2.2 <{address}>: The mailbox is full: over quota',
        overquota: '552 5.2.2 <{address}>: Quota exceeded, mailbox for user is full',
      },
    },
    [
      row('ada@good.test', 'accepted', 'The server accepts Ada and refuses a random name.'),
      row('ada+news@good.test', 'accepted', 'A tag after `+` reaches the same mailbox.'),
      row(
        'nobody@good.test',
        'mailbox_not_found',
        '`550 5.1.1`; so is every name but ada, grace, alan and the ones here.',
      ),
      row('info@good.test', 'role', 'Accepted, but an address of a function; so are sales and postmaster.'),
      row('closed@good.test', 'mailbox_disabled', '`550 5.2.1` account disabled.'),
      row('full@good.test', 'mailbox_full', '`452 4.2.2` over quota.'),
      row('overquota@good.test', 'mailbox_full', '`552 5.2.2` over quota, said for good.'),
    ],
  ),
  mail(
    'multiline.test',
    { others: '550-5.1.1 The email account that you tried to reach\n550-5.1.1 does not exist.\n550 5.1.1 NoSuchUser' },
    [
      row('ada@multiline.test', 'accepted', 'As good.test, but refusals have three lines.'),
      row('nobody@multiline.test', 'mailbox_not_found', 'The refusal has three lines.'),
    ],
  ),

  // Servers that say yes to more than they know.
  mail('catchall.test', { others: ACCEPTED }, [
    row('anyone@catchall.test', 'catch_all', 'Every name is accepted, a random one as well.'),
  ]),
  mail('vrfy252.test', { mailboxes: {}, others: '252 2.1.5 Cannot verify the user, but will take the message' }, [
    row('ada@vrfy252.test', 'catch_all', '`252`: taken without a look at the mailbox.'),
  ]),
  {
    domain: 'acceptsall.test',
    dns: { kind: 'mx', records: [{ preference: 1, exchange: 'mta5.am0.yahoodns.net' }] },
    hosts: [],
    addresses: [
      row(
        'anyone@acceptsall.test',
        'unverifiable',
        'The MX belongs to a provider that accepts every name: no connection.',
      ),
    ],
  },
  mail('unconfirmed.test', { recipientsMax: 1, others: '451 4.3.0 <{address}>: Temporary lookup failure' }, [
    row(
      'ada@unconfirmed.test',
      'unconfirmed',
      'Accepted, but a random name gets `452 4.5.3` beside her and `451` alone.',
    ),
  ]),
  mail('onercpt.test', { recipientsMax: 1 }, [
    row('ada@onercpt.test', 'accepted', 'One recipient a transaction; a random name asked in the next one is refused.'),
    row('nobody@onercpt.test', 'mailbox_not_found', '`550 5.1.1` as the first recipient.'),
  ]),

  // Not now.
  mail('greylist.test', { greylistMs: 1, greylistText: '<{address}>: Greylisted, please try again in 1 second' }, [
    row(
      'ada@greylist.test',
      'greylisted',
      '`450 4.7.1` to strangers; the server names 1 second, after which it accepts.',
      {
        later: askedAgain(1, 'accepted'),
      },
    ),
  ]),
  mail('soon.test', { greylistMs: 1, greylistText: 'Greylisted, please try again in 2 seconds' }, [
    row('ada@soon.test', 'greylisted', '`450 4.7.1` with a time: we ask again by ourselves after 2 seconds.', {
      later: askedAgain(3_000, 'accepted'),
    }),
  ]),
  mail(
    'ratelimit.test',
    { mailboxes: {}, others: '450 4.7.1 Error: rate limit exceeded for 127.0.0.1, too many requests, try again later' },
    [row('ada@ratelimit.test', 'rate_limited', '`450 4.7.1` rate limit exceeded.')],
  ),
  mail('tempfail.test', { mailboxes: {}, others: '451 4.3.0 <{address}>: Temporary lookup failure' }, [
    row('ada@tempfail.test', 'temporary_failure', '`451 4.3.0` to every recipient.'),
  ]),
  mail('slow.test', { firstRcptDelayMs: 15_000 }, [
    row(
      'ada@slow.test',
      'pending',
      'The reply to RCPT takes 15 seconds: longer than the default deadline. Ask again.',
      {
        later: askedAgain(15_000, 'accepted'),
      },
    ),
  ]),

  // Refusals of us, which say nothing of Ada.
  mail(
    'blocked.test',
    {
      greeting: {
        kind: 'says',
        text: '554 5.7.1 {host} Service unavailable; Client host [127.0.0.1] blocked using zen.spamhaus.org',
      },
    },
    [row('ada@blocked.test', 'blocked', 'The greeting is `554`: our IP address is on a blocklist.')],
  ),
  mail(
    'senderblocked.test',
    { mail: "550 5.7.1 Unfortunately, messages from [127.0.0.1] weren't sent. You are on our block list (S3140)." },
    [row('ada@senderblocked.test', 'blocked', '`550 5.7.1` to MAIL: our network is on a block list.')],
  ),
  mail('relay.test', { mailboxes: {}, others: '554 5.7.1 <{address}>: Relay access denied' }, [
    row('ada@relay.test', 'blocked', '`554 5.7.1` relay access denied: not the server of this domain after all.'),
  ]),
  mail(
    'spamhaus.test',
    { mailboxes: {}, others: '550 5.7.1 Service unavailable, Client host [127.0.0.1] blocked using Spamhaus' },
    [row('ada@spamhaus.test', 'blocked', '`550 5.7.1` at RCPT, of our IP address and not of Ada.')],
  ),
  mail('guarded.test', { refusedHelo: 'fra1.' }, [
    row(
      'ada@guarded.test',
      'blocked',
      'Only the node fra1 is turned away: with `npm start -- --nodes 2` the second one is let in, and the answer is `accepted`. A refusal from before is remembered for up to 15 minutes: ask with `max_age=0`.',
    ),
  ]),
  mail('tlsonly.test', { mail: '530 5.7.0 Must issue a STARTTLS command first' }, [
    row('ada@tlsonly.test', 'blocked', '`530 5.7.0`: TLS is demanded, but not offered.'),
  ]),
  mail('auth.test', { mail: '530 5.7.0 Authentication required' }, [
    row('ada@auth.test', 'blocked', '`530 5.7.0`: a login is demanded.'),
  ]),

  // Connections that fail.
  mail('timeout.test', { greeting: { kind: 'drip' } }, [
    row('ada@timeout.test', 'timeout', 'A tarpit: the greeting comes one octet a second and is given up on.'),
  ]),
  mail('silent.test', { greeting: { kind: 'silent' } }, [
    row('ada@silent.test', 'pending', 'No greeting comes at all; given up on after half a minute.', {
      later: askedAgain(30_000, 'timeout'),
    }),
  ]),
  {
    ...mail('unreachable.test', {}, []),
    hosts: [closed('mx.unreachable.test')],
    addresses: [row('ada@unreachable.test', 'unreachable', 'The connection is refused.')],
  },
  mail('dropped.test', { mailboxes: {}, hangsUp: 'within_refusal' }, [
    row('ada@dropped.test', 'unreachable', 'The connection ends in the middle of a `550`: half a refusal is none.'),
  ]),
  mail('garbage.test', { greeting: { kind: 'says', text: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3' } }, [
    row('ada@garbage.test', 'protocol_error', 'The greeting is that of an SSH server.'),
  ]),

  // What the DNS alone settles.
  nameOnly('nodomain.test', 'no_such_name', [
    row('ada@nodomain.test', 'no_domain', 'NXDOMAIN; so is every name that is not in this table.'),
  ]),
  nameOnly('nomx.test', 'no_records', [
    row('ada@nomx.test', 'no_mx', 'The name exists and has no MX, A or AAAA record.'),
  ]),
  nameOnly('nullmx.test', 'null_mx', [
    row('ada@nullmx.test', 'null_mx', '`MX 0 .`: the domain takes no mail (RFC 7505).'),
  ]),
  nameOnly('dnsfail.test', 'failure', [row('ada@dnsfail.test', 'dns_failure', 'SERVFAIL.')]),
  nameOnly('dnssilent.test', 'silent', [
    row('ada@dnssilent.test', 'dns_failure', 'The resolver never answers.', { mayPendFirst: true }),
  ]),

  // Accepted, by a way that not every client finds.
  {
    ...mail('implicit.test', {}, []),
    dns: { kind: 'address_only' },
    hosts: [{ host: 'implicit.test', conduct: ORDINARY }],
    addresses: [row('ada@implicit.test', 'accepted', 'No MX record: the A record of the domain is its mail server.')],
  },
  {
    domain: 'backup.test',
    dns: mx(['mx1.backup.test', 10], ['mx2.backup.test', 20]),
    hosts: [closed('mx1.backup.test'), { host: 'mx2.backup.test', conduct: ORDINARY }],
    addresses: [row('ada@backup.test', 'accepted', 'The first MX refuses the connection, the second accepts Ada.')],
  },
  mail('nopipelining.test', { extensions: ['SIZE', '8BITMIME'], punishesPipelining: true }, [
    row('ada@nopipelining.test', 'accepted', 'PIPELINING is not offered, and using it ends the session.'),
  ]),
  mail('helo.test', { ehlo: '502 Command not implemented', extensions: [], others: '550 No such user here' }, [
    row('ada@helo.test', 'accepted', 'EHLO is refused with `502`, HELO is taken; replies have no enhanced codes.'),
    row('nobody@helo.test', 'mailbox_not_found', '`550 No such user here`, and no enhanced code.'),
  ]),
  mail('teaser.test', { greeting: { kind: 'teaser', delayMs: 2_000 } }, [
    row(
      'ada@teaser.test',
      'accepted',
      'The greeting takes 2 seconds between its two lines; speaking early ends the session.',
    ),
  ]),
  mail('hangup.test', { hangsUp: 'after_refusal' }, [
    row('ada@hangup.test', 'accepted', 'The server hangs up after it has refused the random name.'),
    row('nobody@hangup.test', 'mailbox_not_found', 'The server hangs up after its `550 5.1.1`.'),
  ]),
  mail('ascii.test', { extensions: ['PIPELINING', 'SIZE', '8BITMIME', 'ENHANCEDSTATUSCODES'] }, [
    row('ада@ascii.test', 'needs_smtputf8', 'No mail server of the domain offers SMTPUTF8.'),
    row('ada@ascii.test', 'accepted', 'An ASCII name needs no SMTPUTF8.'),
  ]),
  mail('utf8.test', { mailboxes: { ...PEOPLE, ада: ACCEPTED } }, [
    row('ада@utf8.test', 'accepted', 'SMTPUTF8 is offered and used.'),
  ]),
];

/** Verdicts that need no pretend server: settled before one is asked, or by how the question is put. */
export const SETTLED_ELSEWHERE: readonly DocumentedAddress[] = [
  row('not-an-address', 'syntax', 'There is no `@`.'),
  row('a@gmail.com', 'provider_rules', 'Gmail names have at least 6 characters.'),
  row('anyone@mailinator.com', 'disposable', 'A provider of throw-away addresses: no connection.'),
  row(
    'unasked@good.test',
    'not_probed',
    'Everything but the mail server was asked. A name that was asked without it before is answered from memory.',
    { condition: 'smtp_false' },
  ),
  row(
    'alan@good.test',
    'no_node',
    'Start with `npm start -- --nodes 0`, then ask for a name that has not been asked before.',
    { condition: 'no_node' },
  ),
];

/** Every documented address, in the order of the README. */
export const DOCUMENTED_ADDRESSES: readonly DocumentedAddress[] = [
  ...PERSONAS.flatMap((persona) => persona.addresses),
  ...SETTLED_ELSEWHERE,
];

/** The documented addresses as a Markdown table for the README. */
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
function mail(domain: string, differences: Partial<SmtpConduct>, addresses: readonly DocumentedAddress[]): Persona {
  const host = `mx.${domain}`;
  return { domain, dns: mx([host, 10]), hosts: [{ host, conduct: { ...ORDINARY, ...differences } }], addresses };
}

function nameOnly(
  domain: string,
  kind: Exclude<DnsConduct['kind'], 'mx'>,
  addresses: readonly DocumentedAddress[],
): Persona {
  return { domain, dns: { kind }, hosts: [], addresses };
}

function mx(...hosts: readonly (readonly [exchange: string, preference: number])[]): DnsConduct {
  return { kind: 'mx', records: hosts.map(([exchange, preference]) => ({ exchange, preference })) };
}

function closed(host: string): MailHost {
  return { host, conduct: null };
}

function row(
  address: string,
  reason: Reason,
  note: string,
  special: Partial<Pick<DocumentedAddress, 'condition' | 'mayPendFirst' | 'later'>> = {},
): DocumentedAddress {
  const { verdict } = reasonRow(reason);
  return { address, verdict, reason, note, condition: 'none', mayPendFirst: false, ...special };
}

function askedAgain(afterMs: number, reason: Reason): Later {
  return { afterMs, verdict: reasonRow(reason).verdict, reason };
}
