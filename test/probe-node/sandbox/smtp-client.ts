/**
 * A small SMTP client for the tests of the sandbox: writes given lines at once and in one segment, and reads replies
 * one by one. It enforces no order, since the tests need to break it.
 */
import { connect, type Socket } from 'node:net';

export type SmtpClient = {
  /** Writes lines in one segment, each with CRLF. */
  readonly send: (...lines: readonly string[]) => void;
  readonly sendRaw: (text: string) => void;
  /** The next whole reply, its lines joined by `\n`; rejects when the connection ends before it is whole. */
  readonly reply: () => Promise<string>;
  /** Everything not yet read, once the server has closed. */
  readonly rest: () => Promise<string>;
  /** Sends one line and reads its reply. */
  readonly ask: (line: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

export async function openClient(port: number): Promise<SmtpClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let unread = '';
  let hasEnded = false;
  let wake = (): void => {};
  socket.on('data', (chunk) => {
    unread += chunk.toString('utf8');
    wake();
  });
  for (const event of ['end', 'error', 'close']) {
    socket.on(event, () => {
      hasEnded = true;
      wake();
    });
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });

  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const reply = async (): Promise<string> => {
    for (;;) {
      const match = /^(?:[0-9]{3}-[^\r\n]*\r\n)*[0-9]{3}(?: [^\r\n]*)?\r\n/.exec(unread);
      if (match !== null) {
        unread = unread.slice(match[0].length);
        return match[0].trimEnd().replaceAll('\r\n', '\n');
      }
      if (hasEnded) throw new Error(`the connection ended; unread: ${JSON.stringify(unread)}`);
      await change();
    }
  };
  const rest = async (): Promise<string> => {
    while (!hasEnded) await change();
    return unread;
  };
  const sendRaw = (text: string): void => {
    socket.write(text);
  };
  const send = (...lines: readonly string[]): void => sendRaw(lines.map((line) => `${line}\r\n`).join(''));
  const ask = (line: string): Promise<string> => {
    send(line);
    return reply();
  };
  return { send, sendRaw, reply, rest, ask, close: () => closeSocket(socket) };
}

function closeSocket(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}
