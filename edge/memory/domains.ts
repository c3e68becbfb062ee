/**
 * What the mail hosts of a domain have taught us: whether each of them accepts everybody. In KV, so that a host is asked
 * about a random mailbox of a domain once in its life here and not once per node.
 *
 * By domain and host: a backup that takes every name says nothing of the primary that does not, nor the other way round.
 * Lives differ: a host that stops to accept everybody is missed for a week at most, one that begins to for three days. A
 * mailbox that a host refuses ends its yes at once. Key shapes are listed in docs/STORAGE.md.
 */
import * as z from 'zod';
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { MAIL_HOSTS_MAX } from '../../shared/job.ts';
import { parseJson } from '../../shared/parse-json.ts';
import type { Store } from './results.ts';

const DAY_SECONDS = 86_400;
/** A yes, and the word that it has ended: a node may hold on to that yes for as long. */
const ACCEPTS_SECONDS = 7 * DAY_SECONDS;
const REFUSES_SECONDS = 3 * DAY_SECONDS;
/** KV refuses shorter lives. */
const TTL_SECONDS_MIN = 60;
/** Milliseconds by which a reply to a random mailbox must be newer than the one remembered to be another one. */
const SAME_STRANGER_MS = 60_000;
/** Domains at hand in one isolate, and for how long: as late as KV may be. */
const DOMAINS_MAX = 5_000;
const AT_HAND_MS = 60_000;

const hostMemorySchema = z.object({
  /** Null: it has refused a mailbox since it accepted everybody, and what it said before counts no more. */
  accepts_all: z.boolean().nullable(),
  /** Code and enhanced code of the reply that taught it. */
  code: z.int(),
  enhanced: z.string().nullable(),
  /** Node that reported it. */
  node: z.string(),
  /** When that reply was given. */
  learnt_at: z.iso.datetime(),
});

const domainMemorySchema = z.object({ hosts: z.record(z.string(), hostMemorySchema) });

export type HostMemory = z.infer<typeof hostMemorySchema>;

/** By mail host; empty where nothing is known. */
export type DomainMemory = ReadonlyMap<string, HostMemory>;

/** A domain, one of its mail hosts, and what was known of the domain when that host was asked. */
export type Lesson = { readonly domain: string; readonly host: string; readonly known: DomainMemory };

export type Domains = {
  readonly recallDomain: (domain: string) => Promise<DomainMemory>;
  /** At hand at once; in the store when the promise is fulfilled. What is no news is not written. */
  readonly rememberHost: (lesson: Lesson, memory: HostMemory) => Promise<void>;
};

/** The memory of domains as one isolate has it, those of the last minute at hand, over whatever store. */
export function createDomains(nowMs: () => number): (store: Store) => Domains {
  const atHand = new ExpiringMap<DomainMemory>(DOMAINS_MAX, nowMs);
  return (store) => ({
    async recallDomain(domain) {
      const held = atHand.get(domain);
      if (held !== undefined) return held;
      const found = await recallDomain(store, domain, nowMs());
      if (found.size > 0) atHand.set(domain, found, AT_HAND_MS);
      return found;
    },
    async rememberHost({ domain, host, known }, memory) {
      const before = atHand.get(domain) ?? known;
      if (leftSeconds(memory, nowMs()) < TTL_SECONDS_MIN || !isNews(memory, before.get(host))) return;
      const after = bounded(new Map(before).set(host, memory));
      atHand.set(domain, after, AT_HAND_MS);
      await rememberDomain(store, domain, after, nowMs());
    },
  });
}

/** When the reply that taught it was given, in milliseconds since 1970. */
export function learntAtMs({ learnt_at }: HostMemory): number {
  return Date.parse(learnt_at);
}

/** A node tells again what it has told before, and one node may know less than another has taught us since. */
function isNews(memory: HostMemory, known: HostMemory | undefined): boolean {
  // A refusal ends a yes. Without one there is nothing to end: a host that refuses one mailbox may yet take others.
  if (memory.accepts_all === null) return known?.accepts_all === true && learntAtMs(memory) >= learntAtMs(known);
  return known === undefined || learntAtMs(memory) >= learntAtMs(known) + SAME_STRANGER_MS;
}

/** As many hosts as a job may name; what was learnt first goes first. */
function bounded(hosts: DomainMemory): DomainMemory {
  if (hosts.size <= MAIL_HOSTS_MAX) return hosts;
  const newest = [...hosts].toSorted(([, a], [, b]) => learntAtMs(b) - learntAtMs(a));
  return new Map(newest.slice(0, MAIL_HOSTS_MAX));
}

/** `d1:` held one answer for all hosts of a domain, and is not read. */
function keyOf(domain: string): string {
  return `d2:${domain}`;
}

/** What is known of the hosts of the domain and has not outlived its kind. A store that fails knows nothing. */
export async function recallDomain(store: Store, domain: string, nowMs: number): Promise<DomainMemory> {
  try {
    const value = await store.get(keyOf(domain));
    if (value === null) return new Map();
    const hosts = Object.entries(parseJson(domainMemorySchema, value)?.hosts ?? {});
    return new Map(hosts.filter(([, memory]) => leftSeconds(memory, nowMs) > 0));
  } catch {
    // As for verdicts: a store that fails is a memory that is empty.
    return new Map();
  }
}

/** Remembers for what is left of the longest life, counted from when each was learnt. */
export async function rememberDomain(store: Store, domain: string, memory: DomainMemory, nowMs: number): Promise<void> {
  const expirationTtl = Math.max(0, ...[...memory.values()].map((one) => leftSeconds(one, nowMs)));
  if (expirationTtl < TTL_SECONDS_MIN) return;
  await store.put(keyOf(domain), JSON.stringify({ hosts: Object.fromEntries(memory) }), { expirationTtl });
}

function leftSeconds(memory: HostMemory, nowMs: number): number {
  const lifeSeconds = memory.accepts_all === false ? REFUSES_SECONDS : ACCEPTS_SECONDS;
  return lifeSeconds - Math.max(0, Math.floor((nowMs - learntAtMs(memory)) / 1000));
}
