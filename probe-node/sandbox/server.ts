/**
 * The sandbox: a pretend internet for `npm start` and for tests, on loopback only.
 *
 * One DNS-over-HTTP server and one mail server for each mail host of personas.ts, each on a free port of 127.0.0.1
 * (macOS has no 127.0.0.2, so hosts differ by port). It sends nothing outside, except DNS questions about names that
 * are not its own, to the servers of `forwardTo`. Used by cli/start.ts and test/flow.
 */
import { startDohServer } from './doh-server.ts';
import { createForwarder } from './forwarder.ts';
import { PERSONAS } from './personas.ts';
import { type HostCounters, type SmtpPorts, startSmtpServer } from './smtp-server.ts';
import { createZone } from './zone.ts';

/** tcpmux: nothing listens there, and only root can take it, unlike a free port that was given back. */
const CLOSED_PORT = 1;

export type SandboxOptions = Partial<SmtpPorts> & {
  /** DNS-over-HTTPS servers for names outside `.test`, in order. Default none: such names are REFUSED. */
  readonly forwardTo?: readonly string[];
};

export type Sandbox = {
  readonly dohUrl: string;
  /** `host=127.0.0.1:port,…` for every mail host, closed ones included: the node's PROBE_ROUTES. */
  readonly routes: string;
  /** Counts of clients' actions at each listening mail host, by host name. */
  readonly counters: () => Readonly<Record<string, Readonly<HostCounters>>>;
  /** Ends everything that was started; safe to call twice. */
  readonly close: () => Promise<void>;
};

/** Starts the sandbox. Fails only if loopback ports are not available; then no part of it is left running. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { forwardTo = [], nowMs = Date.now, after = afterTimeout } = options;
  const closers: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(closers.map((closer) => closer()));
  };
  try {
    const counters = new Map<string, () => Readonly<HostCounters>>();
    const routes: string[] = [];
    for (const { domain, hosts } of PERSONAS) {
      for (const { host, conduct } of hosts) {
        if (conduct === null) {
          routes.push(`${host}=127.0.0.1:${CLOSED_PORT}`);
          continue;
        }
        const server = await startSmtpServer({ domain, host, conduct }, { nowMs, after });
        closers.push(server.close);
        counters.set(host, server.counters);
        routes.push(`${host}=127.0.0.1:${server.port}`);
      }
    }
    const forwarder = forwardTo.length === 0 ? null : createForwarder(forwardTo, after);
    if (forwarder !== null) closers.push(forwarder.close);
    const doh = await startDohServer(createZone(PERSONAS), forwarder);
    closers.push(doh.close);
    const countAll = () => Object.fromEntries([...counters].map(([host, count]) => [host, count()]));
    return { dohUrl: doh.url, routes: routes.join(','), counters: countAll, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

function afterTimeout(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
