/**
 * Tests another operator's port 25: connects, reads the greeting, sends QUIT, leaves.
 *
 * The greeting goes through the node's reply parser (bounded, hostile until parsed). Only QUIT is ever sent, and only
 * to a server that has greeted. Nothing throws; a failure is a code.
 */
import type { Socket } from 'node:net';
import { dial, type SocketAddress, type Wire } from '../smtp/dial.ts';
import { ReplyParser } from '../smtp/reply.ts';
import type { Knock } from './facts.ts';

/** Milliseconds for the greeting: longer than servers delay it to test the patience of unknown clients. */
const GREETING_TIMEOUT_MS = 15_000;

/** Greetings of RFC 5321 §3.1 and §3.8: welcome, not now, no. Each one shows that the port is open. */
const GREETING_CODES: readonly number[] = [220, 421, 554];

/** @param addresses of one host, in one family */
export async function knock(
  addresses: readonly SocketAddress[],
  sourceIp: string | null,
  signal: AbortSignal,
): Promise<Knock> {
  const dialled = await dial(addresses, sourceIp, signal);
  if (dialled.kind === 'failed') return { kind: 'failed', fault: dialled.faults[0]?.fault ?? 'connect_error' };
  const { socket } = dialled;
  // No longer available once the socket has ended.
  const localIp = socket.localAddress?.replace(/^::ffff:/, '') ?? null;
  const greeting = await greetingOf(dialled, signal);
  if (typeof greeting === 'string') {
    socket.destroy();
    return { kind: 'failed', fault: greeting };
  }
  leave(socket);
  return { kind: 'greeted', ...greeting, localIp };
}

/** Code and name of the greeting, or the reason that there is none. */
function greetingOf({ socket, hear }: Wire, signal: AbortSignal): Promise<{ code: number; name: string } | string> {
  const parser = new ReplyParser();
  return new Promise((resolve) => {
    const settle = (result: { code: number; name: string } | string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const onAbort = (): void => settle('deadline');
    const timer = setTimeout(() => settle('greeting_timeout'), GREETING_TIMEOUT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    hear((chunk) => {
      const { replies, fault } = parser.push(chunk);
      const [reply] = replies;
      if (reply === undefined) return fault === null ? undefined : settle(fault);
      if (!GREETING_CODES.includes(reply.code)) return settle(`greeting_${reply.code}`);
      // RFC 5321 §4.2: a 220 opens with the server's own name; a refusal may open with any word.
      const name = reply.code === 220 ? /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?=\s|$)/i.exec(reply.text)?.[0] : undefined;
      return settle({ code: reply.code, name: name?.toLowerCase() ?? '' });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'connect_error'));
    socket.on('close', () => settle('closed_before_greeting'));
  });
}

/** QUIT, without waiting for the 221; we close if the server does not. */
function leave(socket: Socket): void {
  socket.end('QUIT\r\n');
  const timer = setTimeout(() => socket.destroy(), 1_000);
  socket.once('close', () => clearTimeout(timer));
}
