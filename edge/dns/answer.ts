/**
 * One DNS message, made and read (RFC 1035 §4, RFC 8484 §4.1). Pure: bytes to values.
 *
 * A resolver is hostile until parsed: an answer that is not one, that answers another question, is cut off or does not
 * parse is a failure. NXDOMAIN and "no such record" are facts; every other response code is a failure too, so that a
 * resolver's trouble is never taken for a missing domain.
 */
import { Buffer } from 'node:buffer';
import * as dnsPacket from 'dns-packet';

export type RecordType = 'MX' | 'A' | 'AAAA';

export type MxRecord = { readonly preference: number; readonly exchange: string };

/** `mx` is filled for MX, `addresses` for A and AAAA. */
export type DnsAnswer =
  | { readonly kind: 'records'; readonly mx: readonly MxRecord[]; readonly addresses: readonly string[] }
  | { readonly kind: 'nodata' }
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'failure'; readonly fault: string };

/** Octets of a message; the most that DNS can carry. */
export const MESSAGE_OCTETS_MAX = 65_535;
/** Records looked at in one answer. */
const RECORDS_MAX = 200;

/** A query with id 0, as RFC 8484 §4.1 asks for the sake of caches, recursion desired. */
export function writeQuery(name: string, type: RecordType): Uint8Array<ArrayBuffer> {
  const message = dnsPacket.encode({
    type: 'query',
    id: 0,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type, name }],
  });
  return new Uint8Array(message);
}

export function readAnswer(message: Uint8Array, name: string, type: RecordType): DnsAnswer {
  if (message.length > MESSAGE_OCTETS_MAX) return failure('message_too_long');
  let packet: dnsPacket.DecodedPacket;
  try {
    packet = dnsPacket.decode(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  } catch {
    return failure('malformed_message');
  }
  const fault = faultOf(packet, name, type);
  if (fault !== null) return failure(fault);
  const rcode = 'rcode' in packet ? packet.rcode : null;
  if (rcode === 'NXDOMAIN') return { kind: 'nxdomain' };
  if (rcode !== 'NOERROR') return failure(String(rcode).toLowerCase());
  return recordsOf(packet.answers ?? [], name, type);
}

function failure(fault: string): DnsAnswer {
  return { kind: 'failure', fault };
}

/** What makes a message no answer to our question, or null. */
function faultOf(packet: dnsPacket.DecodedPacket, name: string, type: RecordType): string | null {
  if (packet.type !== 'response') return 'not_a_response';
  if (packet.id !== 0) return 'other_id';
  if (packet.flag_tc) return 'truncated';
  const [question, ...others] = packet.questions ?? [];
  if (question === undefined || others.length > 0) return 'other_question';
  return question.type === type && sameName(question.name, name) ? null : 'other_question';
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The records of the type at the name, or at the end of the CNAME chain that starts there (RFC 1034 §3.6.2). */
function recordsOf(answers: readonly dnsPacket.Answer[], name: string, type: RecordType): DnsAnswer {
  const names = new Set([name.toLowerCase()]);
  const mx: MxRecord[] = [];
  const addresses: string[] = [];
  const considered = answers.slice(0, RECORDS_MAX);
  // A chain may come in any order, and has at most as many links as there are records.
  for (let links = 0; links <= considered.length; links += 1) {
    const before = names.size;
    for (const answer of considered) {
      if (answer.type === 'CNAME' && names.has(answer.name.toLowerCase())) names.add(answer.data.toLowerCase());
    }
    if (names.size === before) break;
  }
  for (const answer of considered) {
    if (answer.type !== type || !names.has(answer.name.toLowerCase())) continue;
    if (answer.type === 'MX') mx.push({ preference: answer.data.preference ?? 0, exchange: answer.data.exchange });
    if (answer.type === 'A' || answer.type === 'AAAA') addresses.push(answer.data);
  }
  return mx.length + addresses.length > 0 ? { kind: 'records', mx, addresses } : { kind: 'nodata' };
}
