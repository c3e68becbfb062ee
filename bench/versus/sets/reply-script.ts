/** A labelled reply as a mail server: it says the reply at its stage, and is honest before. */
import { NO, type Script, type Session } from '../world/smtp.ts';
import type { LabelledReply } from './replies.ts';

/** Stand-ins for the parties of a reply. The asker's address is one of documentation (RFC 5737). */
const ASKER_IP = '192.0.2.10';

export type Parties = { readonly rcpt: string; readonly sender: string };

export function fillIn(reply: string, { rcpt, sender }: Parties): string {
  const cut = rcpt.lastIndexOf('@');
  return reply
    .replaceAll('{rcpt}', rcpt)
    .replaceAll('{local}', rcpt.slice(0, cut))
    .replaceAll('{domain}', rcpt.slice(cut + 1))
    .replaceAll('{sender}', sender)
    .replaceAll('{senderdomain}', sender.slice(sender.lastIndexOf('@') + 1))
    .replaceAll('{ip}', ASKER_IP);
}

/**
 * The script for one reply about `parties.rcpt`. A reply before RCPT is final, so the server closes after it; so it does
 * after 421 (RFC 5321 §3.8). At RCPT a random mailbox of the domain gets the reply as well, unless the reply is about this
 * mailbox alone: then the server refuses the random one.
 */
export function scriptOf({ about, stage, reply }: LabelledReply, parties: Parties): Script {
  const text = fillIn(reply, parties);
  const isLast = stage !== 'rcpt' || text.startsWith('421');
  const act = (session: Session): void => {
    session.say(text);
    if (isLast) session.socket.end();
  };
  if (stage === 'connect') return { greeting: act };
  if (stage === 'ehlo') return { ehlo: act, helo: act };
  if (stage === 'mail') return { mail: act };
  const isOfMailbox = about === 'full' || about === 'accepted' || about === 'gone';
  return {
    rcpt: (session, line) =>
      isOfMailbox && !line.toLowerCase().includes(parties.rcpt.toLowerCase()) ? session.say(NO) : act(session),
  };
}
