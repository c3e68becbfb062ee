/** Asks a DNS-over-HTTPS server in wire format, for the tests of the sandbox. */
import { type DecodedPacket, decode, encode, type Packet, RECURSION_DESIRED, type RecordType } from 'dns-packet';

export const MEDIA_TYPE = 'application/dns-message';

/** The code stands in the low four bits of the flags; the declarations of dns-packet leave its own field out. */
export type DnsAnswer = DecodedPacket & { readonly code: number };

export function wireQuestion(name: string, type: RecordType, extra: Packet = {}): Buffer {
  const questions = [{ type, name }];
  return encode({ type: 'query', id: 0x2b1d, flags: RECURSION_DESIRED, questions, ...extra });
}

export function readAnswer(message: Uint8Array): DnsAnswer {
  const packet = decode(Buffer.from(message));
  return { ...packet, code: (packet.flags ?? 0) & 0x0f };
}

export async function askByPost(url: string, message: Buffer): Promise<DnsAnswer> {
  const body = new Uint8Array(message);
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': MEDIA_TYPE }, body });
  return readAnswer(await response.bytes());
}
