/**
 * deep-email-validator in a process of its own, as fast as it can go.
 *
 * It asks the DNS for MX records and connects to port 25, and neither is possible on loopback without root: `resolveMx`
 * is answered from memory, at no cost to it, and every connection to port 25 goes to the sink. `isBare` leaves out its
 * checks of typing errors and disposable domains, which are not a node's work.
 */
import dns from 'node:dns';
import net from 'node:net';

type Order = { readonly addresses: readonly string[]; readonly concurrency: number; readonly isBare: boolean };
export type Done = { readonly ms: number; readonly cpuMs: number; readonly valid: number };

const port = Number(process.argv[2]);
const connect = net.connect as (port: number, host: string) => net.Socket;
const mutableDns = dns as unknown as Record<string, unknown>;
const mutableNet = net as unknown as Record<string, unknown>;
mutableDns['resolveMx'] = (domain: string, callback: (error: null, answer: object[]) => void) =>
  setImmediate(callback, null, [{ exchange: `mx.${domain}`, priority: 10 }]);
mutableNet['createConnection'] = () => connect(port, '127.0.0.1');

const { validate } = await import('deep-email-validator');

process.on('message', async ({ addresses, concurrency, isBare }: Order) => {
  let next = 0;
  let valid = 0;
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const worker = async (): Promise<void> => {
    for (let address = addresses[next++]; address !== undefined; address = addresses[next++]) {
      const result = await validate({
        email: address,
        sender: 'verify@probe.bench.test',
        validateTypo: !isBare,
        validateDisposable: !isBare,
      });
      if (result.valid) valid += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(startCpu);
  process.send?.({ ms, cpuMs: (user + system) / 1000, valid } satisfies Done);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
