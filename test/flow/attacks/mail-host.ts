/**
 * One mail server of the hostile lab, at a loopback address of its own. It behaves unless its script says otherwise,
 * and records the commands. A script may change while the lab runs: `become`.
 *
 * Commands are answered one after the other, each when its reply is ready: a `reply` that never resolves is a server
 * that stays silent, one that calls `visit.say` first has said too much.
 */
import { createServer, type Socket } from 'node:net';
import tls from 'node:tls';
import type { Certificate } from '../../probe-node/certificate.ts';

export type Command = {
  /** In capitals. */
  readonly verb: string;
  readonly line: string;
  /** The text between `<` and `>`. */
  readonly address: string;
};

/** One connection. */
export type Visit = {
  /** Address, HELO name and sender of the client. */
  readonly ip: string;
  readonly helo: string;
  readonly sender: string;
  readonly isTls: boolean;
  readonly commands: readonly string[];
  /** Says a line beside the replies. */
  readonly say: (line: string) => void;
  readonly hangUp: () => void;
};

/** The whole reply, lines separated by CRLF; null for silence; undefined for the reply of a good server. */
export type Said = string | null | undefined;

export type Script = {
  /** Null for silence; `down` for a connection that is closed without a word. Default: 220. */
  readonly greeting?: string | null;
  readonly isDown?: boolean;
  /** As EHLO tells them. */
  readonly keywords?: readonly string[];
  /** Offers STARTTLS; `keywords` may differ after it. */
  readonly tls?: { readonly certificate: Certificate; readonly keywords?: readonly string[] };
  /** Which addresses are mailboxes here. Default: `ada`, `grace` and `info` at any domain. */
  readonly knows?: (address: string) => boolean;
  /** Octets read per chunk; the rest is lost. */
  readonly octetsMax?: number;
  readonly reply?: (command: Command, visit: Visit) => Said | Promise<Said>;
};

export type MailHost = {
  readonly name: string;
  readonly ip: string;
  readonly become: (script: Script) => void;
  readonly visits: readonly Visit[];
  /** Connections that are open now, and the most that ever were. */
  readonly connections: () => { readonly open: number; readonly most: number };
  /** Every command. */
  readonly commands: () => readonly string[];
  /** Every recipient that was asked about. */
  readonly asked: () => readonly string[];
  readonly close: () => Promise<void>;
};

export const KNOWN = /^(?:ada|grace|info)@/;
export const NO_SUCH_USER = '550 5.1.1 User unknown';
const OK = '250 2.1.5 Ok';
const KEYWORDS = ['PIPELINING', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];

export async function startMailHost(name: string, ip: string, port: number, first: Script): Promise<MailHost> {
  let script = first;
  const sockets = new Set<Socket>();
  const visits: Visit[] = [];
  let most = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    if (script.isDown === true) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that has let go may come again before Node has closed the socket here.
    const open = [...sockets].filter(({ readableEnded, destroyed }) => !(readableEnded || destroyed)).length;
    most = Math.max(most, open);
    visits.push(serve(socket, name, () => script));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ip, resolve);
  });
  const commands = (): readonly string[] => visits.flatMap((visit) => visit.commands);
  return {
    name,
    ip,
    become: (next) => {
      script = next;
      // Earlier clients meet the new conduct too.
      for (const socket of sockets) socket.destroy();
    },
    visits,
    connections: () => ({ open: sockets.size, most }),
    commands,
    asked: () => commands().flatMap((line) => (verbOf(line) === 'RCPT' ? [inBrackets(line)] : [])),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

type Session = { -readonly [Name in keyof Visit]: Visit[Name] } & { commands: string[] };

function serve(socket: Socket, name: string, script: () => Script): Visit {
  let stream = socket;
  let unread = '';
  /** Finish one reply before reading the next command. */
  let turn = Promise.resolve();
  const visit: Session = {
    ip: socket.remoteAddress ?? '',
    helo: '',
    sender: '',
    isTls: false,
    commands: [],
    say: (line) => {
      if (stream.writable) stream.write(`${line}\r\n`);
    },
    hangUp: () => void stream.end(),
  };
  const obey = async (line: string): Promise<void> => {
    const command: Command = { verb: verbOf(line), line, address: inBrackets(line) };
    visit.commands.push(line);
    if (command.verb === 'EHLO' || command.verb === 'HELO') visit.helo = line.slice(5).trim();
    if (command.verb === 'MAIL') visit.sender = command.address;
    const own = await script().reply?.(command, visit);
    const said = own === undefined ? goodReply(command, name, visit, script()) : own;
    if (said === null) return;
    visit.say(said);
    if (command.verb === 'STARTTLS' && said.startsWith('220')) secure();
    else if (command.verb === 'QUIT' || said.startsWith('421')) visit.hangUp();
  };
  const hear = (chunk: Buffer): void => {
    unread += chunk.subarray(0, script().octetsMax ?? chunk.length).toString('utf8');
    const lines = unread.split('\r\n');
    unread = lines.pop() ?? '';
    for (const line of lines) turn = turn.then(() => obey(line));
  };
  const secure = (): void => {
    const { certificate } = script().tls ?? {};
    if (certificate === undefined) throw new Error('a script that offers no TLS has begun it');
    socket.removeListener('data', hear);
    stream = new tls.TLSSocket(socket, { isServer: true, ...certificate });
    stream.on('error', () => {});
    stream.on('data', hear);
    visit.isTls = true;
  };
  socket.on('data', hear);
  const { greeting = `220 ${name} ESMTP` } = script();
  if (greeting !== null) visit.say(greeting);
  if (greeting !== null && !greeting.startsWith('2')) visit.hangUp();
  return visit;
}

function goodReply({ verb, address }: Command, name: string, { isTls }: Visit, script: Script): string {
  const { knows = (asked) => KNOWN.test(asked), tls: secured } = script;
  const keywords = (isTls ? secured?.keywords : undefined) ?? script.keywords ?? KEYWORDS;
  const offered = [name, ...keywords, ...(secured === undefined || isTls ? [] : ['STARTTLS'])];
  switch (verb) {
    case 'EHLO':
      return offered.map((text, at) => `250${at === offered.length - 1 ? ' ' : '-'}${text}`).join('\r\n');
    case 'RCPT':
      return knows(address) ? OK : NO_SUCH_USER;
    case 'STARTTLS':
      return secured === undefined ? '502 5.5.1 Not here' : '220 2.0.0 Go ahead';
    case 'QUIT':
      return '221 2.0.0 Bye';
    case 'HELO':
    case 'MAIL':
    case 'RSET':
      return '250 2.0.0 Ok';
    default:
      return '502 5.5.1 What?';
  }
}

function verbOf(line: string): string {
  return line.split(' ', 1)[0]?.toUpperCase() ?? '';
}

function inBrackets(line: string): string {
  return /<(.*)>/.exec(line)?.[1] ?? '';
}

/** Accepts everybody, as many backups do. */
export const TAKES_EVERYBODY: Script = { knows: () => true };

/**
 * Greylists by the whole triplet of client, sender and recipient, mailbox or not, and accepts none before `seconds`.
 */
export function greylister(seconds: number): Script {
  const firstSeenMs = new Map<string, number>();
  return {
    reply: ({ verb, address }, { ip, sender }) => {
      if (verb !== 'RCPT') return undefined;
      const triplet = `${ip} ${sender} ${address}`;
      const seenMs = firstSeenMs.get(triplet);
      if (seenMs === undefined) firstSeenMs.set(triplet, Date.now());
      const isLetIn = seenMs !== undefined && Date.now() - seenMs >= seconds * 1000;
      return isLetIn ? undefined : `450 4.7.1 <${address}>: Greylisted, please try again in ${seconds} seconds`;
    },
  };
}
