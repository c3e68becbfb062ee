/**
 * A TCP connection to one host that has several addresses: Happy Eyeballs (RFC 8305) for SMTP.
 *
 * IPv4 and IPv6 take turns, IPv4 first: reverse DNS and reputation over IPv6 are what most nodes lack, and large
 * providers refuse for it. The next attempt starts when the one before has failed, or has not succeeded within
 * ATTEMPT_DELAY_MS; the first connection wins and the others are given up, unspoken to.
 */
import net from 'node:net';

/** RFC 8305 §5 recommends 250 ms between two attempts. */
export const ATTEMPT_DELAY_MS = 250;
/** Milliseconds for a TCP handshake with one address. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Addresses tried of one host: a provider with fifty of them must not eat the deadline. */
const ADDRESSES_MAX = 6;

export type Address = { readonly ip: string; readonly port: number };

/** Why one address could not be connected to: a code such as `ECONNREFUSED`, `connect_timeout` or `deadline`. */
export type DialFault = { readonly ip: string; readonly fault: string };

export type Dialled =
  | { readonly kind: 'connected'; readonly socket: net.Socket; readonly ip: string }
  | { readonly kind: 'failed'; readonly faults: readonly DialFault[] };

/** @param sourceIp address to bind; only addresses of its family can be reached then */
export async function dial(
  addresses: readonly Address[],
  sourceIp: string | null,
  signal: AbortSignal,
): Promise<Dialled> {
  const reachable = takeTurns(addresses.filter(({ ip }) => sourceIp === null || net.isIP(ip) === net.isIP(sourceIp)));
  const faults: DialFault[] = [];
  const over = new AbortController();
  const waiting = reachable.slice(0, ADDRESSES_MAX);
  if (waiting.length === 0) return { kind: 'failed', faults: [{ ip: sourceIp ?? '', fault: 'other_family' }] };
  return new Promise((resolve) => {
    let running = 0;
    let timer: NodeJS.Timeout | undefined;
    const startNext = (): void => {
      clearTimeout(timer);
      const address = waiting.shift();
      if (address === undefined) return;
      running += 1;
      if (waiting.length > 0) timer = setTimeout(startNext, ATTEMPT_DELAY_MS);
      void connect(address, sourceIp, AbortSignal.any([signal, over.signal])).then((result) => onEnd(address, result));
    };
    const onEnd = ({ ip }: Address, result: net.Socket | string): void => {
      running -= 1;
      if (typeof result !== 'string') {
        if (over.signal.aborted) return void result.destroy();
        clearTimeout(timer);
        over.abort('over');
        resolve({ kind: 'connected', socket: result, ip });
        return;
      }
      faults.push({ ip, fault: result });
      if (waiting.length > 0 && !signal.aborted) startNext();
      else if (running === 0 && !over.signal.aborted) {
        clearTimeout(timer);
        resolve({ kind: 'failed', faults });
      }
    };
    startNext();
  });
}

/** IPv4 and IPv6 in turn, each in the order given. */
function takeTurns(addresses: readonly Address[]): Address[] {
  const families = [4, 6].map((family) => addresses.filter(({ ip }) => net.isIP(ip) === family));
  const turns = Math.max(...families.map(({ length }) => length), 0);
  return Array.from({ length: turns }, (_, turn) => families.flatMap((family) => family[turn] ?? [])).flat();
}

/** A connected socket, or why there is none. */
function connect({ ip, port }: Address, sourceIp: string | null, signal: AbortSignal): Promise<net.Socket | string> {
  if (signal.aborted) return Promise.resolve('deadline');
  const socket = net.connect({
    host: ip,
    port,
    noDelay: true,
    autoSelectFamily: false,
    ...(sourceIp === null ? {} : { localAddress: sourceIp }),
  });
  return new Promise((resolve) => {
    const settle = (result: net.Socket | string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('connect', onConnect);
      if (typeof result === 'string') socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => settle('deadline');
    const onConnect = (): void => settle(socket);
    const timer = setTimeout(() => settle('connect_timeout'), CONNECT_TIMEOUT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', onConnect);
    // Stays: an error that comes after the wait is over must find a listener, or it ends the process.
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'connect_error'));
  });
}
