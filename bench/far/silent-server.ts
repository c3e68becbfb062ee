/** A server that accepts every connection and never sends an octet. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

let open = 0;

export async function startSilentServer(): Promise<{ readonly port: number }> {
  const server = net.createServer((socket) => {
    open += 1;
    socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => {
      open -= 1;
    });
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

export function silentCounts(): { readonly open: number } {
  return { open };
}
