/** Makes DNS responses as a resolver sends them, for the tests of the reader and of the DoH client. */
import { type Answer, encode, type RecordType as PacketType } from 'dns-packet';
import type { RecordType } from '../../../edge/dns/answer.ts';

type Reply = {
  readonly id?: number;
  readonly rcode?: number;
  readonly isTruncated?: boolean;
  readonly isAuthentic?: boolean;
  readonly kind?: 'query' | 'response';
  readonly questions?: readonly { readonly name: string; readonly type: PacketType }[];
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
};

const TRUNCATED = 1 << 9;
const AUTHENTIC = 1 << 5;

/** Bits of the flags: recursion desired and available, as every resolver sets them. */
const RECURSIVE = (1 << 8) | (1 << 7);

export function wireReply(name: string, type: RecordType, reply: Reply = {}): Uint8Array<ArrayBuffer> {
  const { id = 0, rcode = 0, isTruncated = false, isAuthentic = false, kind = 'response' } = reply;
  return new Uint8Array(
    encode({
      id,
      type: kind,
      flags: RECURSIVE | rcode | (isTruncated ? TRUNCATED : 0) | (isAuthentic ? AUTHENTIC : 0),
      questions: [...(reply.questions ?? [{ name, type }])],
      answers: [...(reply.answers ?? [])],
      authorities: [...(reply.authorities ?? [])],
    }),
  );
}

export function mx(name: string, exchange: string, preference = 10): Answer {
  return { type: 'MX', name, ttl: 60, data: { exchange, preference } };
}

export function address(name: string, data: string): Answer {
  return { type: data.includes(':') ? 'AAAA' : 'A', name, ttl: 60, data };
}

export function cname(name: string, data: string): Answer {
  return { type: 'CNAME', name, ttl: 60, data };
}

export function soa(name: string, ttl: number, minimum: number): Answer {
  return { type: 'SOA', name, ttl, data: { mname: `ns.${name}`, rname: `admin.${name}`, minimum } };
}
