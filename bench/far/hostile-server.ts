/** Hostile mail servers (mood.ts) behind one port, and a DNS that resolves every name to this machine. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { type Answer, decode, encode } from 'dns-packet';
import { type Deed, type Mood, type MoodStage, moodOf } from './mood.ts';

export type HostileOptions = { readonly seed: number };

const FLOOD = Buffer.from('250-and on and on and on\r\n'.repeat(1_000));

let sessions = 0;
let open = 0;

export async function startHostileServers({ seed }: HostileOptions) {
  const server = net.createServer({ noDelay: true }, (socket) => {
    sessions += 1;
    open += 1;
    socket.on('error', () => {});
    socket.on('close', () => {
      open -= 1;
    });
    serve(socket, moodOf(seed, sessions));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return { smtpPort: (server.address() as AddressInfo).port, dnsPort: await startDns() };
}

export function hostileCounts(): { readonly sessions: number; readonly open: number } {
  return { sessions, open };
}

function serve(socket: net.Socket, mood: Mood): void {
  const turns = new Map<MoodStage, number>();
  let isSilent = false;
  const reply = (stage: MoodStage, honest: string): void => {
    if (isSilent || !socket.writable) return;
    const turn = turns.get(stage) ?? 0;
    turns.set(stage, turn + 1);
    const isActing = mood.stage === stage && mood.turn === turn;
    const deed = isActing ? mood.act(honest) : { text: honest };
    isSilent = deed.next !== undefined;
    perform(socket, { ...deed, text: mood.isSloppy ? sloppy(deed.text) : deed.text });
  };
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split('\r\n');
    rest = lines.pop() ?? '';
    socket.cork();
    for (const line of lines) answer(line, mood, reply, socket);
    socket.uncork();
  });
  reply('greeting', '220 mx.hostile.test ESMTP\r\n');
}

function answer(line: string, mood: Mood, reply: (stage: MoodStage, text: string) => void, socket: net.Socket): void {
  const verb = line.slice(0, 4).toUpperCase();
  const exists = /<known|@catchall/.test(line);
  if (verb === 'QUIT') socket.end('221 2.0.0 Bye\r\n');
  else if (verb === 'EHLO') reply('ehlo', mood.isOld ? '502 5.5.2 Command not recognized\r\n' : capabilities(mood));
  else if (verb === 'HELO') reply('ehlo', '250 mx.hostile.test\r\n');
  else if (verb === 'MAIL') reply('mail', '250 2.1.0 Ok\r\n');
  else if (verb === 'RCPT') reply('rcpt', exists ? '250 2.1.5 Ok\r\n' : '550 5.1.1 User unknown\r\n');
  // Not a TLS record, so that the handshake fails.
  else if (verb === 'STAR') reply('ehlo', '220 2.0.0 Ready\r\n');
  else reply('rset', '250 2.0.0 Ok\r\n');
}

function capabilities({ offersPipelining, offersStarttls }: Mood): string {
  const lines = ['mx.hostile.test', '8BITMIME', 'ENHANCEDSTATUSCODES'];
  if (offersPipelining) lines.push('PIPELINING');
  if (offersStarttls) lines.push('STARTTLS');
  return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}\r\n`).join('');
}

function sloppy(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function perform(socket: net.Socket, { text, next, dripMs }: Deed): void {
  if (dripMs !== undefined) drip(socket, text, dripMs);
  else if (text !== '') socket.write(Buffer.from(text, 'latin1'));
  if (next === 'end') socket.end();
  if (next === 'reset') socket.resetAndDestroy();
  if (next === 'flood') flood(socket);
}

/** Continues until the other side closes. */
function flood(socket: net.Socket): void {
  while (socket.writable && socket.write(FLOOD)) {}
  if (socket.writable) socket.once('drain', () => flood(socket));
}

function drip(socket: net.Socket, text: string, dripMs: number): void {
  if (text === '' || !socket.writable) return;
  socket.write(text.slice(0, 1));
  setTimeout(() => drip(socket, text.slice(1), dripMs), dripMs);
}

async function startDns(): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { id, questions } = decode(message);
    const answers: Answer[] = (questions ?? []).flatMap(({ type, name }) =>
      type === 'A' ? [{ type, name, ttl: 60, data: '127.0.0.1' }] : [],
    );
    socket.send(
      encode({ type: 'response', ...(id === undefined ? {} : { id }), questions: questions ?? [], answers }),
      port,
      address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket.address().port;
}
