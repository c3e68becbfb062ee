/**
 * A sandbox mail server on a loopback socket: bytes to command lines, replies to bytes, and counts of client behaviour
 * that a real server would object to.
 *
 * It decides nothing: greeting and replies come from smtp-session.ts. Input is bounded; a client that sends too much or
 * breaks lines wrongly gets an error and is closed. Timers and the clock are ports, so that tests need not wait. Before
 * it: server.ts, which starts one for each mail host.
 */
import { createServer, type Socket } from 'node:net';
import { createGreylist, type Greylist } from './greylist.ts';
import {
  answerCommand,
  fillReply,
  type MailSite,
  mayBeFollowed,
  NEW_SESSION,
  type SandboxSession,
  type Turn,
} from './smtp-session.ts';

/**
 * Octets of one command line with its CRLF. RFC 5321 §4.5.3.1.4 has 512 plus the allowance for extensions; Postfix
 * takes 2048.
 */
const LINE_BYTES_MAX = 2_048;
/** Octets held unread of one connection: far beyond any group of commands that a client has reason to send. */
const UNREAD_BYTES_MAX = 65_536;
/** RFC 5321 §4.5.3.2.7: a server should wait at least 5 minutes for the next command. */
const IDLE_MS_MAX = 300_000;
const CONNECTIONS_MAX = 256;
/** Milliseconds between two octets of a `drip` greeting. */
const DRIP_MS = 1_000;

type Cancel = () => void;

/** Runs `run` once after the delay unless cancelled. */
export type After = (delayMs: number, run: () => void) => Cancel;

export type SmtpPorts = { readonly nowMs: () => number; readonly after: After };

/** Counts of clients' actions at one mail host. */
export type HostCounters = {
  connections: number;
  commands: number;
  /** Connections on which the client wrote before the whole greeting was out. */
  pregreets: number;
  /** Commands followed by more without waiting, though pipelining was not announced or not allowed there. */
  badPipelining: number;
  /** DATA and BDAT commands: attempts to send a message. */
  data: number;
};

export type SmtpServer = {
  readonly port: number;
  readonly counters: () => Readonly<HostCounters>;
  /** Ends every connection and timer. */
  readonly close: () => Promise<void>;
};

/** Starts the server of one mail host on a free port of 127.0.0.1. */
export async function startSmtpServer(site: MailSite, ports: SmtpPorts): Promise<SmtpServer> {
  const counters: HostCounters = { connections: 0, commands: 0, pregreets: 0, badPipelining: 0, data: 0 };
  const greylist = createGreylist(site.conduct.greylistMs, ports.nowMs);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    counters.connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new Conversation({ site, ports, counters, greylist, socket }).open();
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      // The callback's error only says that the server was closed before, which is fine.
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: address.port, counters: () => ({ ...counters }), close };
}

type ConversationParts = {
  readonly site: MailSite;
  readonly ports: SmtpPorts;
  readonly counters: HostCounters;
  readonly greylist: Greylist;
  readonly socket: Socket;
};

/** `answering`: a command has been read, its reply is delayed. `over`: the last reply is out. */
type Phase = 'greeting' | 'listening' | 'answering' | 'over';

class Conversation {
  readonly #parts: ConversationParts;
  #phase: Phase = 'greeting';
  #session: SandboxSession = NEW_SESSION;
  #unread: Buffer = Buffer.alloc(0);
  #hasPregreeted = false;
  /** Whether input during `answering` is early but announced. */
  #mayFollow = false;
  #cancelTimer: Cancel = () => {};

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  open(): void {
    const { socket } = this.#parts;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => socket.resume());
    // A client may reset the connection at any time; 'close' follows and cleans up.
    socket.on('error', () => {});
    socket.once('close', () => this.#stop());
    socket.setTimeout(IDLE_MS_MAX, () => {
      this.#finish('421 4.4.2 Error: timeout exceeded');
      socket.destroySoon();
    });
    this.#greet();
  }

  #greet(): void {
    const { site, ports } = this.#parts;
    const { greeting } = site.conduct;
    switch (greeting.kind) {
      case 'silent':
        break;
      case 'says':
        this.#finish(fillReply(site, greeting.text));
        break;
      case 'teaser':
        this.#write(`220-${site.host} ESMTP, a moment please`);
        this.#cancelTimer = ports.after(greeting.delayMs, () => this.#welcome());
        break;
      case 'drip':
        this.#drip(`220 ${site.host} ESMTP, and you will have to wait for the end of this line`);
        break;
      case 'ready':
        this.#welcome();
        break;
      default:
        greeting satisfies never;
    }
  }

  #drip(text: string): void {
    if (text === '') return;
    this.#parts.socket.write(text.slice(0, 1));
    this.#cancelTimer = this.#parts.ports.after(DRIP_MS, () => this.#drip(text.slice(1)));
  }

  #welcome(): void {
    this.#phase = 'listening';
    this.#write(`220 ${this.#parts.site.host} ESMTP pretend mail server`);
  }

  #read(chunk: Buffer): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'greeting') {
      this.#notePregreet();
      return;
    }
    if (this.#phase === 'answering') this.#noteEarly();
    this.#unread = Buffer.concat([this.#unread, chunk]);
    if (this.#unread.length > UNREAD_BYTES_MAX) this.#finish('421 4.7.0 Error: too much input');
    else this.#work();
  }

  #notePregreet(): void {
    const { counters, site } = this.#parts;
    if (!this.#hasPregreeted) counters.pregreets += 1;
    this.#hasPregreeted = true;
    // As Postfix's postscreen does; a silent server sends no reply here either.
    if (site.conduct.greeting.kind === 'teaser')
      this.#finish('554 5.5.1 Protocol error: you spoke before the greeting');
  }

  #noteEarly(): void {
    if (this.#mayFollow) return;
    this.#parts.counters.badPipelining += 1;
    // One count for one command, whatever number of segments follows it.
    this.#mayFollow = true;
  }

  #work(): void {
    while (this.#phase === 'listening') {
      const end = this.#unread.indexOf(0x0a);
      const lineBytes = end < 0 ? this.#unread.length : end + 1;
      if (lineBytes > LINE_BYTES_MAX) this.#finish('500 5.5.2 Error: line too long');
      else if (end < 0) break;
      else this.#takeLine(end);
    }
  }

  #takeLine(end: number): void {
    const line = this.#unread.toString('utf8', 0, end);
    this.#unread = this.#unread.subarray(end + 1);
    if (line.endsWith('\r')) this.#obey(line.slice(0, -1));
    else this.#finish('521 5.5.2 Error: bare LF received');
  }

  #obey(line: string): void {
    const { site, ports, counters, greylist } = this.#parts;
    counters.commands += 1;
    this.#mayFollow = mayBeFollowed(site, this.#session, line);
    if (this.#unread.length > 0 && !this.#mayFollow) {
      this.#noteEarly();
      if (site.conduct.punishesPipelining) {
        this.#finish('554 5.5.0 Error: SMTP protocol synchronization');
        return;
      }
    }
    const turn = answerCommand(site, this.#session, line, greylist);
    if (turn.isMessage) counters.data += 1;
    this.#session = turn.session;
    if (turn.delayMs === 0) {
      this.#give(turn);
      return;
    }
    this.#phase = 'answering';
    this.#cancelTimer = ports.after(turn.delayMs, () => {
      this.#phase = 'listening';
      this.#give(turn);
      this.#work();
    });
  }

  #give(turn: Turn): void {
    if (turn.end === 'stay') this.#write(turn.reply);
    else if (turn.end === 'close') this.#finish(turn.reply);
    else this.#finish(turn.reply.slice(0, turn.reply.length / 2), '');
  }

  #write(reply: string, lineEnd = '\r\n'): void {
    const { socket } = this.#parts;
    // We do not read from a client that does not read its replies: the bound on memory per client.
    if (socket.writable && !socket.write(`${reply.replaceAll('\n', '\r\n')}${lineEnd}`)) socket.pause();
  }

  /**
   * Sends the last reply and closes our half. Later input is read and dropped, so that no reset overtakes the reply.
   */
  #finish(reply: string, lineEnd = '\r\n'): void {
    if (this.#phase === 'over') return;
    this.#stop();
    this.#write(reply, lineEnd);
    this.#parts.socket.resume();
    this.#parts.socket.end();
  }

  #stop(): void {
    this.#phase = 'over';
    this.#unread = Buffer.alloc(0);
    this.#cancelTimer();
  }
}
