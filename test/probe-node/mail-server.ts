/**
 * A well-behaved mail server for tests: it knows its mailboxes, answers each write in one, and has one oddity if a test
 * sets one. It keeps the clients' input, write by write. Raw TCP on 127.0.0.1, port 0.
 */
import { createServer, type Socket } from 'node:net';
import tls from 'node:tls';

/** One connection. */
export type Visit = {
  /** Place among all connections, from 0. */
  readonly index: number;
  /** The client's input, each write as one text. */
  readonly writes: string[];
  isTls: boolean;
  /** MAIL commands heard so far. */
  transactions: number;
  /** Hangs up after the current reply: any further input of the client is not answered. */
  hangUp: () => void;
  readonly socket: Socket;
  /** Address that the client came from. */
  readonly peer: string | undefined;
};

export type ServerBehaviour = {
  readonly greeting: string;
  readonly extensions: readonly string[];
  readonly isKnown: (address: string) => boolean;
  /** The reply to a command, lines parted by CRLF, or null for silence; undefined for the usual one. */
  readonly reply: (line: string, visit: Visit) => string | null | undefined;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Sent in one segment with the 220 to STARTTLS. */
  readonly afterStarttls: string;
  /** Octets taken of one write; the rest is lost. */
  readonly octetsMax: number;
};

export type MailServer = {
  readonly port: number;
  readonly visits: readonly Visit[];
  /** Every command of every visit. */
  readonly commands: () => readonly string[];
  /** Mailboxes that were asked about, in order. */
  readonly asked: () => readonly string[];
  readonly close: () => Promise<void>;
};

export const OK = '250 2.1.5 Ok';
export const UNKNOWN = '550 5.1.1 User unknown';

export async function startMailServer(behaviour: Partial<ServerBehaviour> = {}): Promise<MailServer> {
  const sockets = new Set<Socket>();
  const visits: Visit[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    const peer = socket.remoteAddress;
    const visit = { index: visits.length, writes: [], isTls: false, transactions: 0, hangUp: () => {}, socket, peer };
    visits.push(visit);
    serve(socket, visit, { ...USUAL, ...behaviour });
    socket.write(`${behaviour.greeting ?? USUAL.greeting}\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const commands = () => visits.flatMap(({ writes }) => writes.flatMap((write) => write.split('\r\n').filter(Boolean)));
  return {
    port: address.port,
    visits,
    commands,
    asked: () => commands().flatMap((line) => /^RCPT TO:<(.*)>$/.exec(line)?.[1] ?? []),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

const USUAL: ServerBehaviour = {
  greeting: '220 mx.example.test ESMTP',
  extensions: ['PIPELINING', 'SMTPUTF8'],
  isKnown: (address) => /^(?:ada|known\d*)@/.test(address),
  reply: () => undefined,
  tls: null,
  afterStarttls: '',
  octetsMax: Number.POSITIVE_INFINITY,
};

function serve(stream: Socket, visit: Visit, behaviour: ServerBehaviour): void {
  stream.on('data', (chunk) => {
    const text = String(chunk);
    visit.writes.push(text);
    let isOver = false;
    visit.hangUp = () => {
      isOver = true;
    };
    let said = '';
    for (const line of text.slice(0, behaviour.octetsMax).split('\r\n').filter(Boolean)) {
      const reply = replyTo(line, visit, behaviour);
      if (reply !== null) said += `${reply}\r\n`;
      if (line === 'STARTTLS' && behaviour.tls !== null && reply?.startsWith('220') === true) {
        return upgrade(stream, visit, behaviour, said);
      }
      if (line === 'QUIT') isOver = true;
      if (isOver) break;
    }
    if (said !== '') stream.write(said);
    if (isOver) stream.end();
  });
}

function upgrade(stream: Socket, visit: Visit, behaviour: ServerBehaviour, said: string): void {
  stream.removeAllListeners('data');
  stream.write(said + behaviour.afterStarttls);
  if (behaviour.tls === null) return;
  const secured = new tls.TLSSocket(stream, { isServer: true, ...behaviour.tls });
  secured.on('error', () => {});
  visit.isTls = true;
  serve(secured, visit, behaviour);
}

function replyTo(
  line: string,
  visit: Visit,
  { reply, extensions, isKnown, tls: certificate }: ServerBehaviour,
): string | null {
  if (line.startsWith('MAIL')) visit.transactions += 1;
  const own = reply(line, visit);
  if (own !== undefined) return own;
  const [verb = ''] = line.split(' ', 1);
  if (verb === 'EHLO') {
    const offered = ['mx.example.test', ...extensions, ...(certificate === null || visit.isTls ? [] : ['STARTTLS'])];
    return offered.map((name, index) => `250${index === offered.length - 1 ? ' ' : '-'}${name}`).join('\r\n');
  }
  if (verb === 'RCPT') return isKnown(line.slice('RCPT TO:<'.length, -1)) ? OK : UNKNOWN;
  if (verb === 'QUIT') return '221 2.0.0 Bye';
  if (verb === 'STARTTLS') return certificate === null ? '502 5.5.1 What?' : '220 2.0.0 Go ahead';
  if (verb === 'MAIL') return '250 2.1.0 Ok';
  return verb === 'RSET' || verb === 'HELO' ? '250 2.0.0 Ok' : '502 5.5.1 What?';
}
