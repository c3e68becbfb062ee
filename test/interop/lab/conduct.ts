// Reads a mail server's own log for the conduct of its clients: the evidence that the product behaves well.
//
// Each reader knows the format of one server. It returns every offence (talking before the greeting, pipelining
// uninvited, DATA, leaving without QUIT) as the log line that shows it, and the number of sessions, so that "no
// offence" cannot mean "no log". interop/conduct.test.ts sets a rude client on each server and checks that its reader
// notices.

export type Conduct = { readonly sessions: number; readonly offences: readonly string[] };

/** Postfix: postscreen names its tests in capitals; smtpd counts commands by name on disconnect (`data=`, `quit=1`). */
export function postfixConduct(log: string): Conduct {
  const rude =
    /PREGREET|COMMAND PIPELINING|NON-SMTP COMMAND|BARE NEWLINE|COMMAND \w+ LIMIT|HANGUP|improper command pipelining|lost connection|timeout after|too many errors|disconnect from .* data=/;
  const goodbyes = linesWith(log, /smtpd\[\d+\]: disconnect from /);
  return {
    sessions: goodbyes.length,
    offences: [...linesWith(log, rude), ...goodbyes.filter((line) => !/ quit=1 /.test(line))],
  };
}

/** Exim: enforces synchronisation, and says how each connection ended. */
export function eximConduct(log: string): Conduct {
  const rude =
    /synchronization error|protocol violation|rejected DATA|unexpected disconnection|connection lost|lost while|<= |timed out/;
  return { sessions: linesWith(log, /closed by QUIT/).length, offences: linesWith(log, rude) };
}

/** OpenSMTPD under `-T smtp`: the conversation itself, and the reason of each disconnection. */
export function opensmtpdConduct(log: string): Conduct {
  const endings = linesWith(log, /smtp disconnected reason=/);
  const rude = /Pipelining not supported|bad-input|<<< DATA/;
  return {
    sessions: endings.length,
    offences: [...linesWith(log, rude), ...endings.filter((line) => !line.includes('reason=quit'))],
  };
}

/** Sendmail under `-X`: the conversation, each line led by the session's process id. */
export function sendmailConduct(log: string): Conduct {
  const sessions = new Map<string, string[]>();
  for (const line of log.split('\n')) {
    const pid = /^(\d+) (<<<|>>>)/.exec(line)?.[1];
    if (pid !== undefined) sessions.set(pid, [...(sessions.get(pid) ?? []), line]);
  }
  const unfinished = [...sessions.values()].flatMap((lines) => {
    const last = lines.findLast((line) => line.includes(' <<< ')) ?? lines.at(-1) ?? '';
    return / <<< QUIT/.test(last) ? [] : [last];
  });
  const rude = /<<< DATA|>>> 554 .* not accepting messages/;
  return { sessions: sessions.size, offences: [...linesWith(log, rude), ...unfinished] };
}

function linesWith(log: string, pattern: RegExp): string[] {
  return log.split('\n').filter((line) => pattern.test(line));
}
