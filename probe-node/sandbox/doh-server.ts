/**
 * The sandbox's DNS over HTTPS (RFC 8484, wire format, GET and POST), in plain HTTP on loopback.
 *
 * Names of the sandbox are answered from its zone with the codes, the echoed question and the SOA of a real server (RFC
 * 2308 §2, §3); other names are forwarded, or refused without a forwarder. A request that is no DNS message is an HTTP
 * error; every DNS message is HTTP 200.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
} from 'dns-packet';
import type { Forwarder } from './forwarder.ts';
import { isSandboxName, TTL_SECONDS, type Zone } from './zone.ts';

/** RFC 8484 §6. */
const MESSAGE_BYTES_MAX = 65_535;
const MEDIA_TYPE = 'application/dns-message';
const PATH = '/dns-query';

/** RFC 1035 §4.1.1. */
const RCODES = {
  no_error: 0,
  format_error: 1,
  server_failure: 2,
  no_such_name: 3,
  not_implemented: 4,
  refused: 5,
} as const;

export type DohServer = {
  /** `http://127.0.0.1:PORT/dns-query` */
  readonly url: string;
  readonly close: () => Promise<void>;
};

/** Starts the server on a free port of 127.0.0.1. `forwarder` null: names outside the sandbox are REFUSED. */
export async function startDohServer(zone: Zone, forwarder: Forwarder | null): Promise<DohServer> {
  const server = createServer((request, response) => {
    answerRequest(request, response, zone, forwarder).catch((cause: unknown) => {
      // Only a body that breaks off or never ends gets here: the client no longer waits for an answer.
      response.destroy(cause instanceof Error ? cause : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      // The callback's error only says that the server was closed before, which is fine.
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}${PATH}`, close };
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  zone: Zone,
  forwarder: Forwarder | null,
): Promise<void> {
  const query = await readQuery(request);
  if (query.kind === 'fault') {
    response.writeHead(query.status, query.headers).end(`${query.text}\n`);
    return;
  }
  const answer = await answerMessage(query.message, zone, forwarder);
  if (answer === 'not_dns') response.writeHead(400, { 'content-type': 'text/plain' }).end('not a DNS message\n');
  else if (answer !== 'silent') {
    response.writeHead(200, {
      'content-type': MEDIA_TYPE,
      'content-length': answer.length,
      'cache-control': 'no-store',
    });
    response.end(answer);
  }
}

type HttpQuery =
  | { readonly kind: 'message'; readonly message: Buffer }
  | {
      readonly kind: 'fault';
      readonly status: number;
      readonly text: string;
      readonly headers: Record<string, string>;
    };

/** Takes the message out of a request: `?dns=` in base64url, or the body (RFC 8484 §4.1). */
async function readQuery(request: IncomingMessage): Promise<HttpQuery> {
  const url = URL.parse(request.url ?? '/', 'http://sandbox.test');
  if (url?.pathname !== PATH) return fault(404, `the only path here is ${PATH}`);
  if (request.method === 'GET') {
    const text = url.searchParams.get('dns');
    if (text === null || !/^[A-Za-z0-9_-]+$/.test(text)) return fault(400, '?dns= holds no base64url');
    return { kind: 'message', message: Buffer.from(text, 'base64url') };
  }
  if (request.method !== 'POST') return fault(405, 'GET or POST', { allow: 'GET, POST' });
  if (request.headers['content-type'] !== MEDIA_TYPE) return fault(415, `the body must be ${MEDIA_TYPE}`);
  if (Number(request.headers['content-length'] ?? 0) > MESSAGE_BYTES_MAX) {
    return fault(413, 'a DNS message has at most 65535 octets', { connection: 'close' });
  }
  return { kind: 'message', message: await readBody(request) };
}

/** Reads a body of undeclared length; throws, and so ends the connection, if it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > MESSAGE_BYTES_MAX) throw new Error('the body is longer than a DNS message can be');
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

function fault(status: number, text: string, headers: Record<string, string> = {}): HttpQuery {
  return { kind: 'fault', status, text, headers: { 'content-type': 'text/plain', ...headers } };
}

async function answerMessage(
  message: Buffer,
  zone: Zone,
  forwarder: Forwarder | null,
): Promise<Buffer | 'not_dns' | 'silent'> {
  const query = readMessage(message);
  if (query === null) return 'not_dns';
  if (((query.flags ?? 0) & OPCODE_MASK) !== 0) return respond(query, 'not_implemented', []);
  const [question, ...more] = query.questions ?? [];
  if (question === undefined || more.length > 0) return respond(query, 'format_error', []);
  if (!isSandboxName(question.name)) {
    if (forwarder === null) return respond(query, 'refused', []);
    return (await forwarder.forward(message)) ?? respond(query, 'server_failure', []);
  }
  if (question.class !== 'IN') return respond(query, 'refused', []);
  const answer = zone(question.name, question.type);
  switch (answer.kind) {
    case 'silent':
      return 'silent';
    case 'failure':
      return respond(query, 'server_failure', []);
    case 'no_such_name':
      return respond(query, 'no_such_name', []);
    case 'no_data':
      return respond(query, 'no_error', []);
    case 'records':
      // Owner names keep the case of the question: some resolvers check it.
      return respond(
        query,
        'no_error',
        answer.records.map((record) => ({ ...record, name: question.name, ttl: TTL_SECONDS })),
      );
    default:
      return answer satisfies never;
  }
}

/** RFC 1035 §4.1.1: four bits of the flags; 0 is a standard query. */
const OPCODE_MASK = 0x7800;

function readMessage(message: Buffer): DecodedPacket | null {
  try {
    const packet = decode(message);
    return packet.type === 'query' ? packet : null;
  } catch {
    // The decoder throws on every malformed message; the broken rule does not matter here.
    return null;
  }
}

function respond(query: DecodedPacket, code: keyof typeof RCODES, answers: Answer[]): Buffer {
  const isNegative = answers.length === 0 && (code === 'no_error' || code === 'no_such_name');
  const isOurs = answers.length > 0 || isNegative;
  const hasOpt = query.additionals?.some((record) => record.type === 'OPT') ?? false;
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags:
      ((query.flags ?? 0) & (RECURSION_DESIRED | OPCODE_MASK)) |
      RECURSION_AVAILABLE |
      (isOurs ? AUTHORITATIVE_ANSWER : 0) |
      RCODES[code],
    questions: query.questions ?? [],
    answers,
    authorities: isNegative ? [SOA] : [],
    // RFC 6891 §6.1.1: a query with an OPT record gets one back.
    additionals: hasOpt ? [OPT] : [],
  });
}

/** The lifetime of a negative answer is the smaller of its TTL and `minimum` (RFC 2308 §5). */
const SOA: Answer = {
  type: 'SOA',
  name: 'test',
  ttl: TTL_SECONDS,
  data: {
    mname: 'ns.test',
    rname: 'hostmaster.test',
    serial: 1,
    refresh: 3_600,
    retry: 600,
    expire: 86_400,
    minimum: TTL_SECONDS,
  },
};

const OPT: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1_232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};
