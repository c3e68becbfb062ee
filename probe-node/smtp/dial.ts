/**
 * Happy Eyeballs (RFC 8305) for SMTP: a TCP connection to one host with several addresses.
 *
 * IPv4 and IPv6 alternate, IPv4 first: most nodes lack reverse DNS and reputation over IPv6, and large providers refuse
 * for it. The next attempt starts when the one before has failed, or has not succeeded within ATTEMPT_DELAY_MS; the
 * first connection wins and the others are closed before a byte is sent.
 */
import net from 'node:net';

/** RFC 8305 §5 recommends 250 ms between two attempts. */
export const ATTEMPT_DELAY_MS = 250;
/** Milliseconds for a TCP handshake with one address. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Addresses of one host that are tried: a provider with fifty of them must not eat the deadline. */
export const ADDRESSES_MAX = 6;

export type SocketAddress = { readonly ip: string; readonly port: number };

/** Reason why a connection to one address failed: a code such as `ECONNREFUSED`, `connect_timeout` or `deadline`. */
type DialFault = { readonly ip: string; readonly fault: string };

/** A connected socket and its incoming bytes. */
export type Wire = {
  readonly socket: net.Socket;
  /** Replaces the listener for incoming bytes; a chunk is valid only during the call. */
  readonly hear: (listener: (chunk: Uint8Array) => void) => void;
};

export type DialResult =
  | ({ readonly kind: 'connected'; readonly ip: string } & Wire)
  | { readonly kind: 'failed'; readonly faults: readonly DialFault[] };

/**
 * One read buffer for all sockets: each chunk is consumed before the next read. A buffer per read of each session would
 * be the largest cost of garbage collection.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);

/** @param sourceIp address to bind; only addresses of its family can be reached then */
export async function dial(
  addresses: readonly SocketAddress[],
  sourceIp: string | null,
  signal: AbortSignal,
): Promise<DialResult> {
  const waiting = inDialOrder(addresses, sourceIp).slice(0, ADDRESSES_MAX);
  if (waiting.length === 0) return { kind: 'failed', faults: [{ ip: sourceIp ?? '', fault: 'other_family' }] };
  if (signal.aborted) return { kind: 'failed', faults: [{ ip: waiting[0]?.ip ?? '', fault: 'deadline' }] };
  const faults: DialFault[] = [];
  /** The cancel function of each running attempt, with its address. */
  const running = new Map<() => void, string>();
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const finish = (dialled: DialResult): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      for (const giveUp of running.keys()) giveUp();
      resolve(dialled);
    };
    const onAbort = (): void => {
      for (const ip of running.values()) faults.push({ ip, fault: 'deadline' });
      finish({ kind: 'failed', faults });
    };
    const startNext = (): void => {
      clearTimeout(timer);
      const address = waiting.shift();
      if (address === undefined) return;
      if (waiting.length > 0) timer = setTimeout(startNext, ATTEMPT_DELAY_MS);
      const giveUp = connect(address, sourceIp, (result) => {
        running.delete(giveUp);
        onEnd(address, result);
      });
      running.set(giveUp, address.ip);
    };
    const onEnd = ({ ip }: SocketAddress, result: Wire | string): void => {
      if (typeof result === 'string') faults.push({ ip, fault: result });
      if (typeof result !== 'string') finish({ kind: 'connected', ip, ...result });
      else if (waiting.length > 0) startNext();
      else if (running.size === 0) finish({ kind: 'failed', faults });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    startNext();
  });
}

/** The addresses that the source can reach, IPv4 and IPv6 alternating, each family in the given order. */
export function inDialOrder<A extends SocketAddress>(all: readonly A[], sourceIp: string | null): A[] {
  const family = sourceIp === null ? null : net.isIP(sourceIp);
  const addresses = family === null ? all : all.filter(({ ip }) => net.isIP(ip) === family);
  if (addresses.length < 2) return [...addresses];
  const families = [4, 6].map((family) => addresses.filter(({ ip }) => net.isIP(ip) === family));
  const turns = Math.max(...families.map(({ length }) => length), 0);
  return Array.from({ length: turns }, (_, turn) => families.flatMap((family) => family[turn] ?? [])).flat();
}

/** Reports once: a connected socket, or the fault. The returned function cancels the attempt without a report. */
function connect(
  { ip, port }: SocketAddress,
  sourceIp: string | null,
  onEnd: (result: Wire | string) => void,
): () => void {
  const { callback, hear } = createEar();
  const socket = net.connect({
    host: ip,
    port,
    noDelay: true,
    autoSelectFamily: false,
    onread: { buffer: READ_BUFFER, callback },
    ...(sourceIp === null ? {} : { localAddress: sourceIp }),
  });
  let isOver = false;
  const conclude = (): boolean => {
    if (isOver) return false;
    isOver = true;
    clearTimeout(timer);
    socket.removeListener('connect', onConnect).removeListener('error', onError);
    return true;
  };
  const settle = (result: Wire | string): void => {
    if (!conclude()) return;
    if (typeof result === 'string') socket.destroy();
    onEnd(result);
  };
  const onConnect = (): void => settle({ socket, hear });
  const timer = setTimeout(() => settle('connect_timeout'), CONNECT_TIMEOUT_MS);
  socket.once('connect', onConnect);
  const onError = (error: NodeJS.ErrnoException): void => settle(error.code ?? 'connect_error');
  socket.on('error', onError);
  // Kept on purpose: an error without a listener would end the process, and one may come after the wait is over.
  socket.on('error', ignore);
  return () => {
    if (conclude()) socket.destroy();
  };
}

function ignore(): void {}

/**
 * The listener for a socket's bytes, apart from the dialling: a session keeps it, and thousands of them must not keep
 * all that their dialling needed.
 */
function createEar(): Pick<Wire, 'hear'> & { readonly callback: (octets: number) => boolean } {
  let listener: ((chunk: Uint8Array) => void) | null = null;
  /** Bytes that came before there was a listener. */
  const early: Uint8Array[] = [];
  return {
    callback: (octets) => {
      const chunk = READ_BUFFER.subarray(0, octets);
      if (listener === null) early.push(Uint8Array.from(chunk));
      else listener(chunk);
      return true;
    },
    hear: (next) => {
      listener = next;
      for (const chunk of early.splice(0)) next(chunk);
    },
  };
}
