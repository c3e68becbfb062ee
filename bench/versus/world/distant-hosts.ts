/**
 * The mail servers of the cost part, in a thread of their own so that a busy peer never makes them late. All are the honest
 * server of bench/far/mail-server.ts; the second octet of a host's address says how far away it is.
 */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { carry } from '../../far/delay-line.ts';
import { mailCounts, serveMail } from '../../far/mail-server.ts';
import { FAR_OCTET, RTT_MS } from './distances.ts';

const inner = net.createServer({ noDelay: true }, (socket) => serveMail(socket, false));
inner.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
await once(inner, 'listening');
const { port } = inner.address() as AddressInfo;

const gate = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {}); // A peer that resets has no more questions.
  const isFar = socket.localAddress?.split('.')[1] === String(FAR_OCTET);
  if (isFar) return carry(socket, port, RTT_MS);
  // Without a relay between, so that the rate is that of the peer.
  socket.allowHalfOpen = false;
  serveMail(socket, false);
});
gate.listen({ port: 25, host: '0.0.0.0', backlog: 4_096 });
await once(gate, 'listening');

parentPort?.on('message', () => parentPort?.postMessage(mailCounts()));
parentPort?.postMessage('ready');
