// Reads a mail server's own log for its traffic: connections, and every RCPT in order.
//
// Each reader knows the format of one server, as those of conduct.ts do. Postfix and Exim log a RCPT because the lab
// tells them to; one that postscreen or a HELO restriction answers is not among them.

export type Traffic = { readonly connections: number; readonly recipients: readonly string[] };

export function postfixTraffic(log: string): Traffic {
  return {
    connections: count(log, /smtpd\[\d+\]: connect from /g),
    recipients: captures(log, /info: RCPT from .* to=<([^>]*)> proto=/g),
  };
}

export function eximTraffic(log: string): Traffic {
  return {
    connections: count(log, /SMTP connection from .*TCP\/IP connection count/g),
    recipients: captures(log, / asked <([^>]*)> from /g),
  };
}

export function opensmtpdTraffic(log: string): Traffic {
  return {
    connections: count(log, / smtp connected /g),
    recipients: captures(log, /<<< RCPT TO:<([^>]*)>/g),
  };
}

export function sendmailTraffic(log: string): Traffic {
  return {
    // EHLO is said again in a session.
    connections: count(log, /^\d+ >>> 220 \S+ ESMTP /gm),
    recipients: captures(log, /<<< RCPT TO:<([^>]*)>/g),
  };
}

function count(log: string, pattern: RegExp): number {
  return [...log.matchAll(pattern)].length;
}

function captures(log: string, pattern: RegExp): string[] {
  return [...log.matchAll(pattern)].map((match) => match[1] ?? '');
}
