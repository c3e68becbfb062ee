/**
 * Encodes and decodes one DNS message (RFC 1035 §4, RFC 8484 §4.1). Pure: bytes to values.
 *
 * A resolver is hostile until parsed. A message that is malformed, answers another question, is cut off, has more
 * sections than it counts, names owners off the chain or contradicts itself is a failure. NXDOMAIN and "no such record"
 * are facts; every other response code is a failure too, so that a resolver's trouble is never taken for a missing
 * domain. chain.ts decides which records count.
 */
import { Buffer } from 'node:buffer';
import * as dnsPacket from 'dns-packet';
import { type Chain, followChain, lifeOfAbsence } from './chain.ts';

export type RecordType = 'MX' | 'A' | 'AAAA';

export type MxRecord = { readonly preference: number; readonly exchange: string };

/** `mx` is filled for MX, `addresses` for A and AAAA. */
export type DnsAnswer =
  | {
      readonly kind: 'records';
      readonly mx: readonly MxRecord[];
      readonly addresses: readonly string[];
      /** True if the resolver has validated the records with DNSSEC: the AD bit of RFC 6840 §5.8. */
      readonly isAuthentic?: boolean;
    }
  | { readonly kind: 'nodata' }
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'failure'; readonly fault: string };

/** An answer, and the seconds for which its zone allows caching: 0 for a failure. */
export type TimedAnswer = { readonly answer: DnsAnswer; readonly ttlSeconds: number };

/** Octets of a message; the most that DNS can carry. */
export const MESSAGE_OCTETS_MAX = 65_535;
/** Records per section: the longest lists of mail hosts in use have a few dozen. */
const RECORDS_MAX = 200;
const HEADER_OCTETS = 12;
/** Offset of the counts of answers, authorities and additional records in the header. */
const COUNT_OFFSETS = [6, 8, 10] as const;

/**
 * A query with id 0, as RFC 8484 §4.1 asks for the sake of caches; recursion desired, and AD set, to learn whether the
 * answer was validated (RFC 6840 §5.7).
 */
export function writeQuery(name: string, type: RecordType): Uint8Array<ArrayBuffer> {
  const message = dnsPacket.encode({
    type: 'query',
    id: 0,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.AUTHENTIC_DATA,
    questions: [{ type, name }],
  });
  return new Uint8Array(message);
}

export function readAnswer(message: Uint8Array, name: string, type: RecordType): TimedAnswer {
  if (message.length > MESSAGE_OCTETS_MAX) return failure('message_too_long');
  if (message.length < HEADER_OCTETS) return failure('malformed_message');
  // Check the counts before decoding: a count costs two octets, and reading the announced records costs time.
  const header = new DataView(message.buffer, message.byteOffset, HEADER_OCTETS);
  if (COUNT_OFFSETS.some((offset) => header.getUint16(offset) > RECORDS_MAX)) return failure('too_many_records');
  let packet: dnsPacket.DecodedPacket;
  try {
    packet = dnsPacket.decode(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  } catch {
    return failure('malformed_message');
  }
  if (dnsPacket.decode.bytes !== message.length) return failure('malformed_message');
  const fault = faultOf(packet, name, type);
  if (fault !== null) return failure(fault);
  const chain = followChain(packet.answers ?? [], name, type);
  if (typeof chain === 'string') return failure(chain);
  return answerOf(packet, chain);
}

function failure(fault: string): TimedAnswer {
  return { answer: { kind: 'failure', fault }, ttlSeconds: 0 };
}

/** The reason why a message is not an answer to our question, or null. */
function faultOf(packet: dnsPacket.DecodedPacket, name: string, type: RecordType): string | null {
  if (packet.type !== 'response') return 'not_a_response';
  if (packet.id !== 0) return 'other_id';
  if (packet.flag_tc) return 'truncated';
  const [question, ...others] = packet.questions ?? [];
  if (question === undefined || others.length > 0 || question.class !== 'IN') return 'other_question';
  if (question.type !== type || question.name.toLowerCase() !== name.toLowerCase()) return 'other_question';
  const rcode = rcodeOf(packet);
  return rcode === 'NOERROR' || rcode === 'NXDOMAIN' ? null : rcode.toLowerCase();
}

function rcodeOf(packet: dnsPacket.DecodedPacket): string {
  return 'rcode' in packet ? String(packet.rcode) : '';
}

/**
 * The content of the records at the end of the chain. A name that does not exist but has records contradicts itself.
 */
function answerOf(packet: dnsPacket.DecodedPacket, chain: Chain): TimedAnswer {
  const mx: MxRecord[] = [];
  const addresses: string[] = [];
  for (const record of chain.records) {
    if (record.type === 'MX') mx.push({ preference: record.data.preference ?? 0, exchange: record.data.exchange });
    if (record.type === 'A' || record.type === 'AAAA') addresses.push(record.data);
  }
  const isMissing = rcodeOf(packet) === 'NXDOMAIN';
  if (chain.records.length > 0) {
    if (isMissing) return failure('contradiction');
    return { answer: { kind: 'records', mx, addresses, isAuthentic: packet.flag_ad }, ttlSeconds: chain.ttlSeconds };
  }
  const ttlSeconds = Math.min(chain.ttlSeconds, lifeOfAbsence(packet.authorities ?? [], chain.end));
  return { answer: { kind: isMissing ? 'nxdomain' : 'nodata' }, ttlSeconds };
}
