/**
 * The DNS of the benchmark's world: over UDP and TCP on port 53, and over HTTPS (RFC 8484, plain HTTP) for the edge.
 *
 * A zone is a function of name and type. Nothing is forwarded.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { type Answer, decode, encode } from 'dns-packet';

export type DnsRecord =
  | { readonly type: 'A'; readonly data: string }
  | { readonly type: 'CNAME'; readonly data: string }
  | { readonly type: 'MX'; readonly data: { readonly preference: number; readonly exchange: string } };

/** `none`: the name exists without a record of the type. `silent`: the query is never answered. */
export type DnsAnswer = readonly DnsRecord[] | 'none' | 'no_such_name' | 'failure' | 'silent';

/** Names in lower case, without the last dot. */
export type WorldZone = (name: string, type: string) => DnsAnswer;

const RCODES = { none: 0, no_such_name: 3, failure: 2 } as const;
const AUTHORITATIVE = 0x0400;
const TTL_SECONDS = 60;

/** Starts all three; resolves with the URL for DOH_URLS. */
export async function startDns(zone: WorldZone): Promise<{ readonly dohUrl: string }> {
  const udp = createSocket('udp4');
  udp.on('message', (message, { port, address }) => {
    const reply = respond(zone, message);
    if (reply !== null) udp.send(reply, port, address);
  });
  udp.bind(53, '127.0.0.1');
  await once(udp, 'listening');
  const tcp = net.createServer((socket) => {
    socket.on('error', () => {});
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const end = 2 + rest.readUInt16BE(0);
        const reply = respond(zone, rest.subarray(2, end));
        rest = rest.subarray(end);
        if (reply === null) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([length, reply]));
      }
    });
  });
  tcp.listen(53, '127.0.0.1');
  await once(tcp, 'listening');
  const doh = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const inQuery = new URL(request.url ?? '', 'http://localhost').searchParams.get('dns');
      const reply = respond(zone, inQuery === null ? Buffer.concat(chunks) : Buffer.from(inQuery, 'base64url'));
      if (reply !== null) response.setHeader('content-type', 'application/dns-message').end(reply);
    });
  });
  doh.listen(0, '127.0.0.1');
  await once(doh, 'listening');
  return { dohUrl: `http://127.0.0.1:${(doh.address() as AddressInfo).port}/dns-query` };
}

/** The reply to one message, or null if there is none. */
export function respond(zone: WorldZone, message: Buffer): Buffer | null {
  const { id, questions } = decode(message);
  const question = questions?.[0];
  if (question === undefined) return null;
  const found = zone(question.name.toLowerCase().replace(/\.$/, ''), question.type);
  if (found === 'silent') return null;
  const answers = typeof found === 'string' ? [] : chase(zone, question.name, question.type, found);
  const flags = AUTHORITATIVE | (typeof found === 'string' ? RCODES[found] : 0);
  return encode({ type: 'response', ...(id === undefined ? {} : { id }), flags, questions: [question], answers });
}

/** The records, and behind an alias those of its target. */
function chase(zone: WorldZone, name: string, type: string, records: readonly DnsRecord[]): Answer[] {
  return records.flatMap((record): Answer[] => {
    const own: Answer = { ...record, name, ttl: TTL_SECONDS } as Answer;
    if (record.type !== 'CNAME' || type === 'CNAME') return [own];
    const behind = zone(record.data, type);
    return typeof behind === 'string' ? [own] : [own, ...chase(zone, record.data, type, behind)];
  });
}
