/**
 * Replies of a sandbox mail server: one command and the state of the session in, the reply and the next state out.
 *
 * Pure: no socket, no clock. It enforces the order of RFC 5321 §4.1.4, so that a client which departs from it gets the
 * same errors here as outside, and it never takes a message: DATA and BDAT are refused and end the session.
 * smtp-server.ts (bytes, counters) passes the lines; personas.ts describes the behaviour.
 */
import type { Greylist } from './greylist.ts';
import type { SmtpConduct } from './personas.ts';

/** One mail server of one domain. */
export type MailSite = { readonly domain: string; readonly host: string; readonly conduct: SmtpConduct };

export type SandboxSession = {
  readonly hello: 'none' | 'helo' | 'ehlo';
  /** The open transaction, or null. `accepted` counts its recipients. */
  readonly transaction: { readonly mailFrom: string; readonly isUtf8: boolean; readonly accepted: number } | null;
  /** Whether RCPT has been answered in this session: only the first is delayed. */
  readonly hasAskedRcpt: boolean;
};

/** `cut` gives half of the reply and closes. */
export type Turn = {
  readonly session: SandboxSession;
  readonly reply: string;
  readonly delayMs: number;
  readonly end: 'stay' | 'close' | 'cut';
  /** Whether the client tried to send a message. */
  readonly isMessage: boolean;
};

export const NEW_SESSION: SandboxSession = { hello: 'none', transaction: null, hasAskedRcpt: false };

/** RFC 2920 §3.1: commands that may stand anywhere in a group. Every other one must be its last. */
const GROUPABLE = new Set(['MAIL', 'RCPT', 'RSET']);

/** Whether the client may send more before it has this command's reply. */
export function mayBeFollowed(site: MailSite, session: SandboxSession, line: string): boolean {
  const isAnnounced = session.hello === 'ehlo' && site.conduct.extensions.includes('PIPELINING');
  return isAnnounced && GROUPABLE.has(splitCommand(line).verb);
}

/** Answers one command line, given without its line end; enhanced codes only if they are offered (RFC 2034 §3). */
export function answerCommand(site: MailSite, session: SandboxSession, line: string, greylist: Greylist): Turn {
  const turn = answerVerb(site, session, line, greylist);
  if (site.conduct.extensions.includes('ENHANCEDSTATUSCODES')) return turn;
  return { ...turn, reply: turn.reply.replace(/^([0-9]{3}[ -])[245]\.[0-9]+\.[0-9]+ /gm, '$1') };
}

/** Fills in the placeholders of a reply of personas.ts. */
export function fillReply(site: MailSite, reply: string, address = ''): string {
  return reply
    .replaceAll('{host}', site.host)
    .replaceAll('{domain}', site.domain)
    .replaceAll('{address}', () => address);
}

function answerVerb(site: MailSite, session: SandboxSession, line: string, greylist: Greylist): Turn {
  const { verb, argument } = splitCommand(line);
  switch (verb) {
    case 'EHLO':
    case 'HELO':
      return answerHello(site, session, verb, argument);
    case 'MAIL':
      return answerMail(site, session, argument);
    case 'RCPT':
      return answerRcpt(site, session, argument, greylist);
    case 'DATA':
    case 'BDAT':
      return {
        ...stay(session, '554 5.7.1 This is a pretend mail server: it never takes a message'),
        end: 'close',
        isMessage: true,
      };
    case 'RSET':
      return stay({ ...session, transaction: null }, '250 2.0.0 Ok');
    case 'NOOP':
      return stay(session, '250 2.0.0 Ok');
    case 'VRFY':
      return stay(session, '252 2.5.0 Cannot VRFY the user; try RCPT');
    case 'QUIT':
      return { ...stay(session, '221 2.0.0 Bye'), end: 'close' };
    default:
      return stay(session, '500 5.5.2 Error: command not recognized');
  }
}

function answerHello(site: MailSite, session: SandboxSession, verb: 'EHLO' | 'HELO', argument: string): Turn {
  const { conduct, host, domain } = site;
  if (verb === 'EHLO' && conduct.ehlo !== null) return stay(session, conduct.ehlo);
  const name = argument.trim().toLowerCase();
  if (name === '') return stay(session, `501 5.5.4 Syntax: ${verb} hostname`);
  // A client that introduces itself by our own name is a known mark of bad checkers, and refused by many servers.
  if (name === host || name === domain) return stay(session, '550 5.7.1 You are not me');
  if (conduct.refusedHelo !== null && name.startsWith(conduct.refusedHelo)) {
    return stay(session, `550 5.7.1 Client host rejected: ${name} is on our block list`);
  }
  const next: SandboxSession = { ...session, hello: verb === 'EHLO' ? 'ehlo' : 'helo', transaction: null };
  if (verb === 'HELO') return stay(next, `250 ${host}`);
  const lines = [host, ...conduct.extensions.map((extension) => (extension === 'SIZE' ? 'SIZE 10485760' : extension))];
  return stay(next, lines.map((text, at) => `250${at === lines.length - 1 ? ' ' : '-'}${text}`).join('\n'));
}

function answerMail(site: MailSite, session: SandboxSession, argument: string): Turn {
  const { conduct } = site;
  if (session.hello === 'none') return stay(session, '503 5.5.1 Error: send HELO/EHLO first');
  if (session.transaction !== null) return stay(session, '503 5.5.1 Error: nested MAIL command');
  const match = /^FROM:<([^<>\s]*)>((?: [^\s]+)*)$/i.exec(argument);
  if (match === null) return stay(session, '501 5.5.4 Syntax: MAIL FROM:<address>');
  const mailFrom = match[1] ?? '';
  const parameters = (match[2] ?? '')
    .toUpperCase()
    .split(' ')
    .filter((parameter) => parameter !== '');
  const unknown = parameters.find((parameter) => !isOffered(site, session, parameter));
  if (unknown !== undefined) return stay(session, '555 5.5.4 Unsupported option');
  const isUtf8 = parameters.includes('SMTPUTF8');
  if (!isUtf8 && !isAscii(mailFrom)) return stay(session, '553 5.6.7 The sender address needs SMTPUTF8');
  if (conduct.mail !== null) return stay(session, fillReply(site, conduct.mail));
  return stay({ ...session, transaction: { mailFrom, isUtf8, accepted: 0 } }, '250 2.1.0 Ok');
}

/** Whether a parameter of MAIL belongs to an extension that was offered in this session. */
function isOffered({ conduct }: MailSite, session: SandboxSession, parameter: string): boolean {
  if (session.hello !== 'ehlo') return false;
  if (/^SIZE=[0-9]+$/.test(parameter)) return conduct.extensions.includes('SIZE');
  if (/^BODY=(?:7BIT|8BITMIME)$/.test(parameter)) return conduct.extensions.includes('8BITMIME');
  return parameter === 'SMTPUTF8' && conduct.extensions.includes('SMTPUTF8');
}

function answerRcpt(site: MailSite, session: SandboxSession, argument: string, greylist: Greylist): Turn {
  const { transaction } = session;
  if (transaction === null) return stay(session, '503 5.5.1 Error: need MAIL command');
  const recipient = readRecipient(argument);
  if (recipient === null) return stay(session, '501 5.1.3 Syntax: RCPT TO:<address>');
  const reply = replyToRecipient(site, transaction, recipient, greylist);
  const isAccepted = reply.startsWith('2');
  const next: SandboxSession = {
    ...session,
    hasAskedRcpt: true,
    transaction: { ...transaction, accepted: transaction.accepted + (isAccepted ? 1 : 0) },
  };
  return {
    ...stay(next, reply),
    delayMs: session.hasAskedRcpt ? 0 : site.conduct.firstRcptDelayMs,
    end: reply.startsWith('5') ? HANG_UP_ENDS[site.conduct.hangsUp] : 'stay',
  };
}

const HANG_UP_ENDS = { never: 'stay', after_refusal: 'close', within_refusal: 'cut' } as const;

type Recipient = { readonly localPart: string; readonly domain: string | null; readonly address: string };

/** Order as in Postfix: limits of the transaction, refusals of the client, greylisting, and only then the mailbox. */
function replyToRecipient(
  site: MailSite,
  transaction: NonNullable<SandboxSession['transaction']>,
  recipient: Recipient,
  greylist: Greylist,
): string {
  const { conduct, domain } = site;
  const { localPart, address } = recipient;
  if (transaction.accepted >= conduct.recipientsMax) return '452 4.5.3 Error: too many recipients';
  if (!transaction.isUtf8 && !isAscii(address)) return '553 5.6.7 The recipient address needs SMTPUTF8';
  if (recipient.domain !== null && recipient.domain.toLowerCase() !== domain) {
    return fillReply(site, '554 5.7.1 <{address}>: Relay access denied', address);
  }
  const name = localPart.toLowerCase().replace(/\+.*$/s, '');
  if (!greylist.lets(transaction.mailFrom, address)) {
    return fillReply(site, `450 4.7.1 ${site.conduct.greylistText}`, address);
  }
  const ownReply = Object.hasOwn(conduct.mailboxes, name) ? conduct.mailboxes[name] : undefined;
  return fillReply(site, ownReply ?? conduct.others, address);
}

/** Reads `TO:<local@domain>`, quoted local parts unwrapped, and `TO:<postmaster>` (RFC 5321 §4.1.1.3). */
function readRecipient(argument: string): Recipient | null {
  if (/^TO:<postmaster>$/i.test(argument)) return { localPart: 'postmaster', domain: null, address: 'postmaster' };
  const match = /^TO:<((?:"(?:[^"\\]|\\.)+"|[^"@<>\s]+)@([^@<>\s]+))>$/i.exec(argument);
  if (match === null) return null;
  const [, address = '', domain = ''] = match;
  const raw = address.slice(0, -domain.length - 1);
  const localPart = raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/gs, '$1') : raw;
  return { localPart, domain, address };
}

function splitCommand(line: string): { readonly verb: string; readonly argument: string } {
  const at = line.indexOf(' ');
  const verb = (at < 0 ? line : line.slice(0, at)).toUpperCase();
  return { verb, argument: at < 0 ? '' : line.slice(at + 1) };
}

function stay(session: SandboxSession, reply: string): Turn {
  return { session, reply, delayMs: 0, end: 'stay', isMessage: false };
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
