/**
 * The command order of the peers: one command at a time, each reply awaited. Shows the cost of a check without
 * pipelining.
 *
 * With the catch-all question it is Reacher's: connect, greeting, EHLO, MAIL, RCPT of a random mailbox, RCPT of the
 * mailbox (left out if the random one was accepted), QUIT with its reply. Without it, that of the Node libraries:
 * connect, greeting, EHLO, MAIL, RCPT, and the connection is closed.
 */
import net from 'node:net';

export type Order = 'with catch-all' | 'without catch-all';

/** Milliseconds to the verdict. */
export async function askSequentially(port: number, address: string, order: Order): Promise<number> {
  const startMs = performance.now();
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  const replies = repliesOf(socket);
  const say = async (command: string): Promise<string> => {
    socket.write(`${command}\r\n`);
    return (await replies.next()).value ?? '';
  };
  await replies.next();
  await say('EHLO peer.bench.test');
  await say('MAIL FROM:<verify@peer.bench.test>');
  if (order === 'without catch-all') await say(`RCPT TO:<${address}>`);
  else {
    const domain = address.slice(address.indexOf('@'));
    const random = await say(`RCPT TO:<nobody.${startMs.toString(36).replace('.', '')}${domain}>`);
    if (!random.startsWith('250')) await say(`RCPT TO:<${address}>`);
    await say('QUIT');
  }
  const ms = performance.now() - startMs;
  socket.destroy();
  return ms;
}

async function* repliesOf(socket: net.Socket): AsyncGenerator<string, undefined> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    const lines = text.split('\r\n');
    text = lines.pop() ?? '';
    for (const line of lines) if (line[3] === ' ') yield line;
  }
}
