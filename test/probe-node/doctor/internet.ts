/**
 * An internet for one examination, all of it on loopback: operators with port 25, each on an address of its own, name
 * servers, and an edge. A node with these settings has no problem; each test breaks one thing.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import type { ExamineSettings } from '../../../probe-node/doctor/examine.ts';
import { parseNetworks } from '../../../probe-node/smtp/public-ip.ts';
import { startDnsServer, type Zone } from './dns-server.ts';

export const OPERATORS = ['gmail.com', 'outlook.com', 'yahoo.com', 'icloud.com', 'gmx.net'];
const LISTS = [
  'zen.spamhaus.org',
  'b.barracudacentral.org',
  'bl.spamcop.net',
  'psbl.surriel.com',
  'dnsbl-1.uceprotect.net',
];

export type Internet = {
  readonly settings: ExamineSettings;
  /** As probe-node/settings.ts reads them. */
  readonly environment: Readonly<Record<string, string>>;
  /** The greeting of each operator's host; null hangs up at once. By index in OPERATORS. */
  readonly greetings: (string | null)[];
  /** Text that each connection has received. */
  readonly said: readonly { text: string }[];
  readonly zone: Record<string, Zone[string]>;
  readonly asked: readonly string[];
  /** Answer of the edge. */
  readonly edge: { status: number; date: string | null; trace: string | null };
  /** Closes the operators' port. */
  readonly closePort: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function startInternet(): Promise<Internet> {
  const greetings: (string | null)[] = OPERATORS.map((domain) => `220 mx.${domain} ESMTP`);
  const said: { text: string }[] = [];
  const zone = usualZone();
  const hosts = await startHosts(greetings, said);
  const dns = await startDnsServer(() => zone);
  const edge: Internet['edge'] = { status: 200, date: null, trace: null };
  const http = createHttpServer((request, response) => {
    response.sendDate = false;
    if (request.url !== '/cdn-cgi/trace') {
      response.writeHead(edge.status, { date: edge.date ?? new Date().toUTCString() }).end('{"keys":[]}');
    } else response.writeHead(edge.trace === null ? 404 : 200).end(edge.trace ?? '');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const edgeUrl = `http://127.0.0.1:${portOf(http)}`;
  const closePort = async (): Promise<void> => {
    await Promise.all(hosts.servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  };
  return {
    settings: {
      sources: [{ ip: null, heloName: 'probe1.example.com' }],
      mailFrom: null,
      dnsServers: [dns.resolver],
      smtpPort: hosts.port,
      allowedNetworks: parseNetworks('127.0.0.0/8'),
      edge: new URL(edgeUrl),
      url: null,
    },
    environment: {
      PROBE_DOCTOR: 'on',
      PROBE_HELO: 'probe1.example.com',
      PROBE_EDGE: edgeUrl,
      PROBE_DNS: dns.resolver,
      PROBE_SMTP_PORT: String(hosts.port),
      PROBE_ALLOW_NETWORKS: '127.0.0.0/8',
    },
    greetings,
    said,
    zone,
    asked: dns.asked,
    edge,
    closePort,
    close: async () => {
      await closePort();
      await dns.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** A zone in which all is well with 127.0.0.1, which is the address that the operators see. */
function usualZone(): Record<string, Zone[string]> {
  const operators = OPERATORS.flatMap((domain, index) => [
    [`${domain} MX`, [`10 mx.${domain}`]],
    [`mx.${domain} A`, [`127.0.1.${index + 1}`]],
  ]);
  const lists = LISTS.map((list) => [`2.0.0.127.${list} A`, ['127.0.0.2']]);
  return {
    ...Object.fromEntries([...operators, ...lists]),
    'probe1.example.com A': ['127.0.0.1'],
    'probe1.example.com MX': ['10 mail.example.com'],
    'probe1.example.com TXT': ['v=spf1 ip4:127.0.0.0/8 -all'],
    '1.0.0.127.in-addr.arpa PTR': ['probe1.example.com'],
  };
}

/** One host an operator, at 127.0.1.1 and so on, all at one port. */
async function startHosts(greetings: readonly (string | null)[], said: { text: string }[]) {
  for (;;) {
    const servers: Server[] = [];
    let port = 0;
    try {
      for (const index of OPERATORS.keys()) {
        const server = createServer((socket) => greet(socket, greetings[index] ?? null, said));
        await listen(server, port, `127.0.1.${index + 1}`);
        servers.push(server);
        port = portOf(server);
      }
      return { servers, port };
    } catch {
      // The port of the first is taken at another address: another one will not be.
      for (const server of servers) server.close();
    }
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function greet(socket: Socket, greeting: string | null, said: { text: string }[]): void {
  const visit = { text: '' };
  said.push(visit);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    visit.text += String(chunk);
  });
  socket.on('end', () => socket.end());
  if (greeting === null) socket.destroy();
  else socket.write(`${greeting}\r\n`);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
