/**
 * A well-behaved mail server with PIPELINING: knows the mailboxes whose local part begins with `known`, refuses all
 * others, and accepts everybody at domains whose name begins with `catchall`. It counts its sessions and commands.
 */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

export type MailOptions = {
  readonly isCatchAll: boolean;
  /** Milliseconds until a reply; 0 if not given. */
  readonly replyMs?: number;
  /** Counts how often it is asked about each mailbox. */
  readonly countsRecipients?: boolean;
};

type Counts = { connections: number; commands: number };

const counts: Counts = { connections: 0, commands: 0 };
const recipients = new Map<string, number>();

export async function startMailServer(options: MailOptions): Promise<{ readonly port: number }> {
  const server = net.createServer({ noDelay: true }, (socket) => serveMail(socket, options.isCatchAll, options));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

/** Serves one connection. */
export function serveMail(
  socket: net.Socket,
  isCatchAll: boolean,
  { replyMs = 0, countsRecipients = false }: Omit<MailOptions, 'isCatchAll'> = {},
): void {
  counts.connections += 1;
  let rest = '';
  socket.write('220 mx.bench.test ESMTP\r\n');
  socket.on('data', (chunk: Buffer) => {
    // Some clients end their lines with LF alone.
    const lines = (rest + chunk.toString('latin1')).split(/\r?\n/);
    rest = lines.pop() ?? '';
    counts.commands += lines.length;
    if (countsRecipients) countRecipients(lines);
    const reply = (): void => {
      if (lines.length > 0) socket.write(lines.map((line) => replyTo(line, isCatchAll)).join(''));
      if (lines.some((line) => line.toUpperCase() === 'QUIT')) socket.end();
    };
    if (replyMs === 0) reply();
    else setTimeout(reply, replyMs);
  });
  socket.on('error', () => {});
}

/** Since the last call. */
export function mailCounts(): Counts {
  const told = { ...counts };
  counts.connections = 0;
  counts.commands = 0;
  return told;
}

/** By address. */
export function recipientCounts(): Readonly<Record<string, number>> {
  return Object.fromEntries(recipients);
}

function countRecipients(lines: readonly string[]): void {
  for (const line of lines) {
    const address = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1];
    if (address !== undefined) recipients.set(address, (recipients.get(address) ?? 0) + 1);
  }
}

function replyTo(line: string, isCatchAll: boolean): string {
  const verb = line.slice(0, 4).toUpperCase();
  if (verb === 'EHLO') return '250-mx.bench.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n';
  if (verb === 'HELO') return '250 mx.bench.test\r\n';
  if (verb === 'QUIT') return '221 2.0.0 Bye\r\n';
  if (verb !== 'RCPT') return '250 2.0.0 Ok\r\n';
  if (isCatchAll || /<known|@catchall/.test(line)) return '250 2.1.5 Ok\r\n';
  return '550 5.1.1 User unknown in local recipient table\r\n';
}
