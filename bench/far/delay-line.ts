/**
 * A long path to a mail server: a relay that delays every octet by half a round trip, and the TCP handshake by one.
 *
 * Emulation, with RTT the round trip and t = 0 the moment the client's SYN would leave. The kernel answers the client's
 * connect at once, so that the cost of a real handshake is charged afterwards:
 *  - the server counts as having spoken at 1.5 RTT at the earliest, when the client's ACK would have told it of the
 *    connection, so its greeting reaches the client at 2 RTT;
 *  - octets of the client are held until RTT, when a real client could first have written, and delivered RTT/2 later;
 *  - octets of the server are delivered RTT/2 later; ends of stream likewise; order is kept in each direction.
 *
 * It does not emulate bandwidth, loss, congestion windows, and the stalls of Nagle with delayed ACKs, which a client
 * that writes one command in two pieces would pay on top. TLS is not used here.
 *
 * A kernel's netem would do the same, but is not available everywhere (nor here: CONFIG_NET_SCH_NETEM is not set).
 * Timers of a millisecond are too coarse for 25 of them, so the last two milliseconds are spent in a busy wait.
 */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

export type LinkOptions = { readonly toPort: number; readonly rttMs: number };

/** Milliseconds before the due time at which the timer hands over to the busy wait. */
const SPIN_MS = 2;

export async function startLink({ toPort, rttMs }: LinkOptions): Promise<{ readonly port: number }> {
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => carry(client, toPort, rttMs));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

/** Relays one connection, accepted just now with `allowHalfOpen` and `noDelay`. */
export function carry(client: net.Socket, toPort: number, rttMs: number): void {
  const syn = performance.now();
  const far = net.connect({ host: '127.0.0.1', port: toPort, noDelay: true, allowHalfOpen: true });
  relay(client, far, syn + rttMs, rttMs / 2);
  // Dials at once, but the server's octets count from the moment it could have known of the connection.
  relay(far, client, syn + rttMs * 1.5, rttMs / 2);
}

/** Passes octets from `from` to `to` after `wayMs`, counted from `earliest` if they came before that. */
function relay(from: net.Socket, to: net.Socket, earliest: number, wayMs: number): void {
  const arrival = (): number => Math.max(performance.now(), earliest) + wayMs;
  from.on('data', (chunk: Buffer) => at(arrival(), () => to.writable && to.write(chunk)));
  from.on('end', () => at(arrival(), () => to.writable && to.end()));
  from.on('error', () => at(arrival(), () => to.destroy()));
}

type Due = { readonly ms: number; readonly act: () => void };

const queue: Due[] = [];
let timer: NodeJS.Timeout | undefined;
let isSpinning = false;

/** Runs `act` at `ms`; acts with the same time run in the order given. */
function at(ms: number, act: () => void): void {
  let place = queue.length;
  while (place > 0 && (queue[place - 1]?.ms ?? 0) > ms) place -= 1;
  queue.splice(place, 0, { ms, act });
  if (place === 0 && !isSpinning) wait();
}

function wait(): void {
  clearTimeout(timer);
  isSpinning = false;
  for (;;) {
    const next = queue[0];
    if (next === undefined) return;
    const leftMs = next.ms - performance.now();
    if (leftMs > SPIN_MS) {
      timer = setTimeout(wait, leftMs - SPIN_MS);
      return;
    }
    if (leftMs > 0) {
      isSpinning = true;
      setImmediate(wait);
      return;
    }
    queue.shift();
    next.act();
  }
}
