/**
 * The part of dns-packet that the edge uses. Its public types pull in all of Node's, and with them `process` would
 * compile here; edge/tsconfig.json maps the package to this file.
 */
export const RECURSION_DESIRED: number;
export const AUTHENTIC_DATA: number;

export type Question = { readonly type: string; readonly name: string; readonly class?: string };

type Owned = { readonly name: string; readonly class?: string; readonly ttl?: number };

export type Answer = { readonly type: 'OPT'; readonly name: string } | (Owned & Held);

type Held =
  | { readonly type: 'A' | 'AAAA' | 'CNAME'; readonly data: string }
  | { readonly type: 'MX'; readonly data: { readonly preference?: number; readonly exchange: string } }
  | { readonly type: 'SOA'; readonly data: { readonly minimum?: number } };

export type DecodedPacket = {
  readonly type?: 'query' | 'response' | undefined;
  readonly id?: number | undefined;
  readonly rcode?: string;
  readonly flag_tc: boolean;
  readonly flag_ad: boolean;
  readonly questions?: readonly Question[] | undefined;
  readonly answers?: readonly Answer[] | undefined;
  readonly authorities?: readonly Answer[] | undefined;
};

export function encode(packet: {
  readonly type: 'query';
  readonly id: number;
  readonly flags: number;
  readonly questions: readonly { readonly type: 'MX' | 'A' | 'AAAA'; readonly name: string }[];
}): Uint8Array;

/** Throws if the octets are not a DNS message. */
export const decode: {
  (message: Uint8Array): DecodedPacket;
  /** Octets that the last message took. */
  readonly bytes: number;
};
