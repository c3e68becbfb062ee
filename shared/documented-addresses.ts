/**
 * Addresses with a documented verdict, at least one for each reason. The sandbox of `npm start` produces these verdicts
 * (probe-node/sandbox/personas.ts plays the mail servers), and a test key gets them (edge/wiring/test-answers.ts).
 *
 * Data only. A reason of verdict.ts without an address here fails a test.
 */
import { type Reason, reasonRow, type Verdict } from './verdict.ts';

/** The verdict of a second request, and how long after the first it applies. */
export type Later = { readonly afterMs: number; readonly verdict: Verdict; readonly reason: Reason };

export type DocumentedAddress = {
  readonly address: string;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** Behaviour in the sandbox, as one sentence for docs/SANDBOX.md. */
  readonly note: string;
  /** Condition in the sandbox for this verdict, besides the address. */
  readonly condition: 'none' | 'smtp_false' | 'no_node';
  /** True if the wait may outlast the deadline, so that the first request may return `pending` instead. */
  readonly mayPendFirst: boolean;
  readonly later?: Later;
};

/** At the pretend domains, in the order of docs/SANDBOX.md. */
const AT_PRETEND_DOMAINS: readonly DocumentedAddress[] = [
  // Servers that know their own mailboxes.
  row('ada@good.test', 'accepted', 'The server accepts Ada and refuses a random name.'),
  row('ada+news@good.test', 'accepted', 'A tag after `+` reaches the same mailbox.'),
  row('nobody@good.test', 'mailbox_not_found', '`550 5.1.1`; so is every name but ada, grace, alan and the ones here.'),
  row('info@good.test', 'role', 'Accepted, but an address of a function; so are sales and postmaster.'),
  row('closed@good.test', 'mailbox_disabled', '`550 5.2.1` account disabled.'),
  row('full@good.test', 'mailbox_full', '`452 4.2.2` over quota.'),
  row('overquota@good.test', 'mailbox_full', '`552 5.2.2` over quota, as a permanent error.'),
  row('ada@multiline.test', 'accepted', 'As good.test, but refusals have three lines.'),
  row('nobody@multiline.test', 'mailbox_not_found', 'The refusal has three lines.'),

  // Servers that accept more than they know.
  row('anyone@catchall.test', 'catch_all', 'Every name is accepted, a random one too.'),
  row('ada@vrfy252.test', 'catch_all', '`252`: accepted without a check of the mailbox.'),
  row('anyone@acceptsall.test', 'unverifiable', 'The MX belongs to a provider that accepts every name: no connection.'),
  row(
    'ada@unconfirmed.test',
    'unconfirmed',
    'Accepted, but a random name gets `452 4.5.3` in one group with hers and `451` alone.',
  ),
  row('ada@onercpt.test', 'accepted', 'One recipient a transaction; a random name asked in the next one is refused.'),
  row('nobody@onercpt.test', 'mailbox_not_found', '`550 5.1.1` as the first recipient.'),

  // Temporary refusals.
  row(
    'ada@greylist.test',
    'greylisted',
    '`450 4.7.1` to strangers; the server names 1 second, after which it accepts.',
    {
      later: askedAgain(1, 'accepted'),
    },
  ),
  row('ada@soon.test', 'greylisted', '`450 4.7.1` with a time: we ask again ourselves after 2 seconds.', {
    later: askedAgain(3_000, 'accepted'),
  }),
  row('ada@ratelimit.test', 'rate_limited', '`450 4.7.1` rate limit exceeded.'),
  row(
    'ada@paced.test',
    'paced',
    'We ask the pretend provider of this domain once an hour at most: our own queue is longer than any deadline, and no connection is opened.',
  ),
  row('ada@tempfail.test', 'temporary_failure', '`451 4.3.0` to every recipient.'),
  row('ada@slow.test', 'pending', 'The reply to RCPT takes 15 seconds: longer than the default deadline. Ask again.', {
    later: askedAgain(15_000, 'accepted'),
  }),

  // Refusals of us: they say nothing about Ada.
  row('ada@blocked.test', 'blocked', 'The greeting is `554`: our IP address is on a blocklist.'),
  row('ada@senderblocked.test', 'blocked', '`550 5.7.1` to MAIL: our network is on a block list.'),
  row('ada@relay.test', 'blocked', '`554 5.7.1` relay access denied: the server does not serve this domain.'),
  row('ada@spamhaus.test', 'blocked', '`550 5.7.1` at RCPT, about our IP address and not about Ada.'),
  row(
    'ada@guarded.test',
    'blocked',
    'Only the node fra1 is refused: with `npm start -- --nodes 2` the second one is accepted, and the answer is `accepted`. A refusal from before is remembered for up to 15 minutes: ask with `max_age=0`.',
  ),
  row('ada@tlsonly.test', 'blocked', '`530 5.7.0`: TLS is demanded, but not offered.'),
  row('ada@auth.test', 'blocked', '`530 5.7.0`: a login is demanded.'),

  // Connections that fail.
  row('ada@timeout.test', 'timeout', 'A tarpit: the greeting comes one octet a second, until we give up.'),
  row('ada@silent.test', 'pending', 'No greeting comes; we give up after half a minute.', {
    later: askedAgain(30_000, 'timeout'),
  }),
  row('ada@unreachable.test', 'unreachable', 'The connection is refused.'),
  row('ada@dropped.test', 'unreachable', 'The connection ends in the middle of a `550`: half a refusal is none.'),
  row('ada@garbage.test', 'protocol_error', 'The greeting is that of an SSH server.'),

  // Decided by the DNS alone.
  row('ada@nodomain.test', 'no_domain', 'NXDOMAIN; so is every name that is not in this table.'),
  row('ada@nomx.test', 'no_mx', 'The name exists and has no MX, A or AAAA record.'),
  row('ada@nullmx.test', 'null_mx', '`MX 0 .`: the domain takes no mail (RFC 7505).'),
  row('ada@dnsfail.test', 'dns_failure', 'SERVFAIL.'),
  row('ada@dnssilent.test', 'dns_failure', 'The resolver never answers.', { mayPendFirst: true }),

  // Accepted, over a path that not every client finds.
  row('ada@implicit.test', 'accepted', 'No MX record: the A record of the domain is its mail server.'),
  row('ada@backup.test', 'accepted', 'The first MX refuses the connection, the second accepts Ada.'),
  row('ada@nopipelining.test', 'accepted', 'PIPELINING is not offered, and using it ends the session.'),
  row('ada@helo.test', 'accepted', 'EHLO is refused with `502`, HELO is taken; replies have no enhanced codes.'),
  row('nobody@helo.test', 'mailbox_not_found', '`550 No such user here`, and no enhanced code.'),
  row(
    'ada@teaser.test',
    'accepted',
    'The greeting takes 2 seconds between its two lines; speaking early ends the session.',
  ),
  row('ada@hangup.test', 'accepted', 'The server hangs up after it has refused the random name.'),
  row('nobody@hangup.test', 'mailbox_not_found', 'The server hangs up after its `550 5.1.1`.'),
  row('ада@ascii.test', 'needs_smtputf8', 'No mail server of the domain offers SMTPUTF8.'),
  row('ada@ascii.test', 'accepted', 'An ASCII name needs no SMTPUTF8.'),
  row('ада@utf8.test', 'accepted', 'SMTPUTF8 is offered and used.'),
];

/** Verdicts that need no pretend server: decided before a server is asked, or by the options of the request. */
export const SETTLED_ELSEWHERE: readonly DocumentedAddress[] = [
  row('not-an-address', 'syntax', 'There is no `@`.'),
  row('ada_lovelace@gmail.com', 'provider_rules', 'Gmail names have no underscore.'),
  row('anyone@mailinator.com', 'disposable', 'A provider of disposable addresses: no connection.'),
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

/** Every documented address, in the order of docs/SANDBOX.md. */
export const DOCUMENTED_ADDRESSES: readonly DocumentedAddress[] = [...AT_PRETEND_DOMAINS, ...SETTLED_ELSEWHERE];

/** Those of a pretend domain. */
export function addressesAt(domain: string): readonly DocumentedAddress[] {
  return AT_PRETEND_DOMAINS.filter(({ address }) => address.endsWith(`@${domain}`));
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
