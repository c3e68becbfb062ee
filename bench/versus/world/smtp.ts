/**
 * Mail servers of the benchmark's world, each a script: honest, except for the acts that it names.
 *
 * A session also keeps what the client did that no mail server likes: it spoke before the greeting was complete, it sent
 * a command before the reply to the last one although PIPELINING was never announced, or it sent DATA.
 */
import type { Socket } from 'node:net';

type Moment = 'greeting' | 'ehlo' | 'helo' | 'mail' | 'rcpt' | 'rset' | 'starttls';

/** A reply, its lines joined by a line feed; or deeds of its own. */
type Act = string | ((session: Session, line: string) => void);

export type Script = Partial<Readonly<Record<Moment, Act>>> & {
  /** Local parts that exist; all do if it is `everybody`. */
  readonly knows?: readonly string[] | 'everybody';
  /** Drops every command of a piece of input but the first. */
  readonly forgets?: boolean;
};

export type Conduct = {
  sessions: number;
  /** Octets came before the greeting was complete. */
  spokeEarly: number;
  /** A command came before the reply to the last one, and PIPELINING was not announced. */
  outOfTurn: number;
  /** DATA or BDAT came. */
  sentData: number;
};

export type Session = {
  readonly socket: Socket;
  /** Ordinal of the session at this server, from 1. */
  readonly number: number;
  /** RCPT commands so far, the one at hand included. */
  readonly rcpts: () => number;
  /** Sends a reply with CRLF at each line end. */
  readonly say: (reply: string) => void;
  /** Sends octets as they are; `isWhole` (the default) if they complete the reply, so that the next command is read. */
  readonly send: (text: string, isWhole?: boolean) => void;
  /** Whether input waits that the server has not read yet. */
  readonly hasMore: () => boolean;
  /** Runs later, unless the session has ended. */
  readonly later: (ms: number, act: () => void) => void;
  /** Reads no more commands: whatever comes is dropped. */
  readonly fallSilent: () => void;
};

export const EHLO_REPLY = '250-mx.example.org\n250-PIPELINING\n250-8BITMIME\n250 ENHANCEDSTATUSCODES';
export const YES = '250 2.1.5 Ok';
export const NO = '550 5.1.1 User unknown';
const COMMAND_OCTETS_MAX = 100_000;
/**
 * Replies are at least this far apart, so that each is a packet of its own, as it mostly is over a network: some verifiers take a
 * packet for a reply, and on loopback the replies to commands that came together would be one.
 */
const REPLY_GAP_MS = 10;

export function newConduct(): Conduct {
  return { sessions: 0, spokeEarly: 0, outOfTurn: 0, sentData: 0 };
}

/** Serves one connection by the script, and keeps the client's conduct. */
export function serve(socket: Socket, script: Script, conduct: Conduct): void {
  conduct.sessions += 1;
  let isGreeted = false;
  let isSilent = false;
  let announced = false;
  let rcpts = 0;
  /** True from a command until its reply is whole, and before the greeting. */
  let isBusy = true;
  let repliedAtMs = 0;
  let isPausing = false;
  const queue: string[] = [];
  let rest = '';
  const seen = { early: false, outOfTurn: false, data: false };
  const timers = new Set<NodeJS.Timeout>();
  socket.setNoDelay(true);
  socket.on('error', () => {}); // A client that resets ends its session.
  socket.on('close', () => {
    for (const timer of timers) clearTimeout(timer);
  });

  const send = (text: string, isWhole = true): void => {
    if (/^250[- ]PIPELINING\r?$/m.test(text)) announced = true;
    if (socket.writable) socket.write(Buffer.from(text, 'utf8'));
    if (!isWhole) return;
    isGreeted = true;
    isBusy = false;
    repliedAtMs = performance.now();
  };
  const say = (reply: string): void => {
    send(`${reply.replaceAll('\n', '\r\n')}\r\n`);
  };
  const session: Session = {
    socket,
    number: conduct.sessions,
    rcpts: () => rcpts,
    say,
    send,
    hasMore: () => queue.length > 0 || rest !== '',
    later: (ms, act) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (!socket.writable) return;
        act();
        readOn();
      }, ms);
      timers.add(timer);
    },
    fallSilent: () => {
      isSilent = true;
    },
  };
  const perform = (moment: Moment, line: string, honest: string): void => {
    const act = script[moment] ?? honest;
    if (typeof act === 'string') say(act);
    else act(session, line);
  };

  socket.on('data', (chunk: Buffer) => {
    // A client that has lost patience may take its leave before it is greeted.
    const takesLeave = /^QUIT\r?\n$/i.test(chunk.toString('latin1'));
    if (!isGreeted && !seen.early && !takesLeave) {
      seen.early = true;
      conduct.spokeEarly += 1;
    }
    if (isSilent) return;
    rest = (rest + chunk.toString('utf8')).slice(-COMMAND_OCTETS_MAX);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    const isEarly = (isBusy || queue.length > 0 || lines.length > 1) && lines.length > 0;
    if (isEarly && !announced && !seen.outOfTurn && !takesLeave) {
      seen.outOfTurn = true;
      conduct.outOfTurn += 1;
    }
    queue.push(...(script.forgets === true ? lines.slice(0, 1) : lines));
    readOn();
  });

  const readOn = (): void => {
    while (!isBusy && !isSilent && !isPausing && queue.length > 0) {
      const pauseMs = repliedAtMs + REPLY_GAP_MS - performance.now();
      if (pauseMs > 0) pause(pauseMs);
      else {
        isBusy = true;
        answer((queue.shift() ?? '').trim());
      }
    }
  };

  const pause = (ms: number): void => {
    isPausing = true;
    session.later(ms, () => {
      isPausing = false;
    });
  };

  const answer = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') perform('ehlo', line, EHLO_REPLY);
    else if (verb === 'HELO') perform('helo', line, '250 mx.example.org');
    else if (verb === 'MAIL') perform('mail', line, '250 2.1.0 Ok');
    else if (verb === 'RCPT') {
      rcpts += 1;
      perform('rcpt', line, knows(script, line) ? YES : NO);
    } else if (verb === 'RSET') perform('rset', line, '250 2.0.0 Ok');
    else if (verb === 'STAR') perform('starttls', line, '502 5.5.1 Not offered');
    else if (verb === 'QUIT') {
      say('221 2.0.0 Bye');
      socket.end();
    } else if (verb === 'DATA' || verb === 'BDAT') {
      if (!seen.data) conduct.sentData += 1;
      seen.data = true;
      say('554 5.5.1 No mail is taken here');
    } else say('502 5.5.2 Command not recognized');
  };

  perform('greeting', '', '220 mx.example.org ESMTP');
}

/** Whether the script's server has the mailbox of a RCPT line; local parts are compared as they are (RFC 5321 §2.4). */
export function knows({ knows: known = ['ada'] }: Script, line: string): boolean {
  if (known === 'everybody') return true;
  return known.includes(localPartOf(line));
}

function localPartOf(line: string): string {
  return /^RCPT TO:\s*<(.*)@[^@>]*>/i.exec(line)?.[1] ?? '';
}
