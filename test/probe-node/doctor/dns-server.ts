/**
 * A name server for tests: real messages over UDP on loopback, out of a table. A name that is not in the table does not
 * exist. It records the questions.
 */
import { createSocket } from 'node:dgram';
import { type Answer, decode, encode, RECURSION_AVAILABLE, type RecordType } from 'dns-packet';

/** `name TYPE` to records; names in lower case. A string is an error that the server answers with. */
export type Zone = Readonly<Record<string, readonly Data[] | 'SERVFAIL' | 'REFUSED' | 'silent'>>;
/** An address, a name or a text; an MX as `preference exchange`. */
type Data = string;

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

export type DnsServer = {
  /** For PROBE_DNS. */
  readonly resolver: string;
  /** `name TYPE`, in the order they came. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
};

/** @param zone read again for every question */
export async function startDnsServer(zone: () => Zone): Promise<DnsServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const key = `${question.name.toLowerCase()} ${question.type}`;
    asked.push(key);
    const found = zone()[key];
    if (found === 'silent') return;
    const exists = found !== undefined || Object.keys(zone()).some((name) => name.startsWith(`${key.split(' ')[0]} `));
    const rcode = typeof found === 'string' ? RCODES[found] : exists ? RCODES.NOERROR : RCODES.NXDOMAIN;
    const records = typeof found === 'object' ? found : [];
    const response = encode({
      type: 'response',
      id: query.id ?? 0,
      flags: RECURSION_AVAILABLE | rcode,
      questions: [question],
      answers: records.map((data) => toAnswer(question.name, question.type, data)),
    });
    socket.send(response, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    resolver: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function toAnswer(name: string, type: RecordType, data: Data): Answer {
  if (type !== 'MX') {
    // A text longer than a string of DNS is cut in two, as name servers do.
    const texts = type === 'TXT' && data.length > 255 ? [data.slice(0, 255), data.slice(255)] : data;
    return { type, name, ttl: 60, data: texts } as Answer;
  }
  const [preference, exchange = ''] = data.split(' ');
  return { type, name, ttl: 60, data: { preference: Number(preference), exchange } };
}
