/** Facts of an examination as values: gathered by examine.ts, judged by checks.ts. */
import type { Blocklist } from './data/blocklists.ts';
import type { DnsFact, MxFact } from './dns-answer.ts';
import type { SpfResult } from './spf.ts';

/** One way out of the node: a source address, or one family of the system's choice. */
export type OutgoingPath = {
  /** PROBE_SOURCE_IPS; null for the system's choice. */
  readonly sourceIp: string | null;
  readonly family: 4 | 6;
  readonly heloName: string;
};

/**
 * Result of a connection to another operator's port 25; `name` is empty if the greeting had none. `unresolved` says
 * nothing about the port.
 */
export type Knock =
  | { readonly kind: 'greeted'; readonly code: number; readonly name: string; readonly localIp: string | null }
  | { readonly kind: 'failed'; readonly fault: string }
  | { readonly kind: 'unresolved'; readonly fault: string };

export type KnockAt = { readonly operator: string; readonly knock: Knock };

/** The address that mail servers see, and its source: the socket, the edge, or only the record of its name. */
export type PublicIp = { readonly ip: string; readonly from: 'socket' | 'edge' | 'name' };

export type WayOutFacts = {
  readonly way: OutgoingPath;
  readonly knocks: readonly KnockAt[];
  readonly publicIp: PublicIp | null;
  /** A or AAAA of the EHLO name, by the family. */
  readonly forward: DnsFact<string>;
  /** Null if the public address is not known. */
  readonly reverse: DnsFact<string> | null;
  /** Addresses of each reverse name. */
  readonly confirmed: ReadonlyMap<string, DnsFact<string>>;
  readonly listings: readonly Listing[];
};

type Listing = { readonly list: Blocklist; readonly codes: DnsFact<string> };

/** Whether a list answers us, by its test entries. */
export type ListAccess = {
  readonly list: Blocklist;
  readonly listed: DnsFact<string>;
  readonly unlisted: DnsFact<string>;
};

export type SenderFacts = {
  readonly domain: string;
  /** False for the null sender, whose domain is the EHLO name (RFC 7208 §2.4) and takes no mail. */
  readonly takesMail: boolean;
  readonly mx: DnsFact<MxFact>;
  readonly addresses: DnsFact<string>;
  /** By public address that writes in its name. */
  readonly spf: readonly { readonly ip: string; readonly result: SpfResult }[];
};

export type EdgeFacts =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** How far our clock is ahead of the edge's, with its uncertainty; null if the edge sends no time. */
      readonly clock: { readonly aheadMs: number; readonly uncertainMs: number } | null;
    }
  | { readonly kind: 'failed'; readonly fault: string };

export type CertificateFacts =
  | { readonly kind: 'valid'; readonly leftMs: number; readonly lifeMs: number }
  | { readonly kind: 'refused'; readonly fault: string }
  | { readonly kind: 'unreachable'; readonly fault: string }
  /** PROBE_URL is http, or not set. */
  | { readonly kind: 'none'; readonly url: 'http' | 'loopback' | 'not_set' };

export type Facts = {
  readonly ways: readonly WayOutFacts[];
  readonly senders: readonly SenderFacts[];
  readonly lists: readonly ListAccess[];
  readonly edge: EdgeFacts;
  readonly certificate: CertificateFacts;
};
