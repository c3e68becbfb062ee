/**
 * The DNS of the hostile lab: one zone, served over HTTP to the edge (RFC 8484) and over UDP to the nodes. It may hold any
 * name, those of real providers too: no query leaves the machine. A name that is not in it does not exist.
 *
 * Every TTL is 0, so that a zone that changes is seen at once. The two resolvers may disagree: `hideFromNodes`.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Answer, decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED } from 'dns-packet';

const NO_SUCH_NAME = 3;

export type Dns = {
  /** For DOH_URLS. */
  readonly dohUrl: string;
  /** For PROBE_DNS. */
  readonly resolver: string;
  /** Mail hosts of a domain by preference, equal ones in one list. */
  readonly mx: (domain: string, hosts: Readonly<Record<number, string | readonly string[]>>) => void;
  readonly address: (host: string, ip: string) => void;
  /** The nodes' resolver knows nothing of the host; that of the edge goes on to tell. */
  readonly hideFromNodes: (host: string, as: 'no_such_name' | 'no_data') => void;
  readonly close: () => Promise<void>;
};

export async function startDns(): Promise<Dns> {
  const zone = new Map<string, readonly Answer[]>();
  const hidden = new Map<string, 'no_such_name' | 'no_data'>();

  const answer = (message: Buffer, isNode: boolean): Buffer => {
    const { id, questions = [] } = decode(message);
    const [question] = questions;
    const name = question?.name.toLowerCase() ?? '';
    const blindness = isNode ? hidden.get(name) : undefined;
    const records = blindness === undefined ? zone.get(name) : undefined;
    const isMissing = records === undefined && blindness !== 'no_data';
    return encode({
      type: 'response',
      ...(id === undefined ? {} : { id }),
      flags: RECURSION_DESIRED | RECURSION_AVAILABLE | (isMissing ? NO_SUCH_NAME : 0),
      questions,
      answers: (records ?? []).filter(({ type }) => type === question?.type),
    });
  };

  const http = createServer(async (request, response) => {
    const message = answer(await buffer(request), false);
    response.writeHead(200, { 'content-type': 'application/dns-message' }).end(message);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const udp = createSocket('udp4', (message, { port, address }) => udp.send(answer(message, true), port, address));
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  const httpAddress = http.address();
  if (httpAddress === null || typeof httpAddress === 'string') throw new Error('a TCP server has no port');

  return {
    dohUrl: `http://127.0.0.1:${httpAddress.port}/dns-query`,
    resolver: `127.0.0.1:${udp.address().port}`,
    mx: (domain, hosts) => {
      const records = Object.entries(hosts).flatMap(([preference, names]) =>
        [names].flat().map((exchange): Answer => {
          return { type: 'MX', name: domain, ttl: 0, data: { preference: Number(preference), exchange } };
        }),
      );
      zone.set(domain, records);
    },
    address: (host, ip) => zone.set(host, [{ type: 'A', name: host, ttl: 0, data: ip }]),
    hideFromNodes: (host, as) => hidden.set(host, as),
    close: async () => {
      udp.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
