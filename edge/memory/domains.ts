/**
 * Knowledge about the mail hosts of a domain: whether each accepts everybody (catch-all). In KV, so that a random
 * mailbox of a domain is tried at a host once per life of the entry and not once per node.
 *
 * Keyed by domain and host: a backup that accepts every name says nothing of a primary that does not, and vice versa.
 * The lives differ: if a host stops accepting everybody, that is missed for a week at most; if it begins to, for three
 * days. A mailbox that a host refuses ends its "accepts everybody" at once. Key shapes are listed in docs/STORAGE.md.
 */
import * as z from 'zod';
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { MAIL_HOSTS_MAX } from '../../shared/job.ts';
import { parseJson } from '../../shared/parse-json.ts';
import type { Store } from './results.ts';

const DAY_SECONDS = 86_400;
/** A "yes", and the note that it has ended: a node may remember that yes for as long. */
const ACCEPTS_SECONDS = 7 * DAY_SECONDS;
const REFUSES_SECONDS = 3 * DAY_SECONDS;
/** KV refuses shorter lives. */
const TTL_SECONDS_MIN = 60;
/**
 * Milliseconds by which a reply to a random mailbox must be newer than the remembered one to count as another reply.
 */
const SAME_STRANGER_MS = 60_000;
/** Domains in the cache of an isolate, and their life: equal to the delay of KV. */
const DOMAINS_MAX = 5_000;
const AT_HAND_MS = 60_000;

const hostMemorySchema = z.object({
  /** Null: the host has refused a mailbox since it accepted everybody, so that its earlier yes no longer counts. */
  accepts_all: z.boolean().nullable(),
  /** Code and enhanced code of the reply. */
  code: z.int(),
  enhanced: z.string().nullable(),
  /** Node that reported it. */
  node: z.string(),
  /** Time of the reply. */
  learnt_at: z.iso.datetime(),
});

const domainMemorySchema = z.object({ hosts: z.record(z.string(), hostMemorySchema) });

export type HostMemory = z.infer<typeof hostMemorySchema>;

/** By mail host; empty if nothing is known. */
export type DomainMemory = ReadonlyMap<string, HostMemory>;

/** A domain, one of its mail hosts, and the knowledge about the domain when that host was asked. */
export type Lesson = { readonly domain: string; readonly host: string; readonly known: DomainMemory };

export type Domains = {
  /** @param from read instead of the store: a reader that gathers keys */
  readonly recallDomain: (domain: string, from?: Pick<Store, 'get'>) => Promise<DomainMemory>;
  /** Cached at once, stored when the promise is fulfilled. Known facts are not written again. */
  readonly rememberHost: (lesson: Lesson, memory: HostMemory) => Promise<void>;
};

/** The memory of domains of one isolate: a cache of the last minute over any store. */
export function createDomains(nowMs: () => number): (store: Store) => Domains {
  const atHand = new ExpiringMap<DomainMemory>(DOMAINS_MAX, nowMs);
  return (store) => ({
    async recallDomain(domain, from = store) {
      const held = atHand.get(domain);
      if (held !== undefined) return held;
      const found = await recallDomain(from, domain, nowMs());
      // A reply that was learnt while the store was read is newer.
      const meanwhile = atHand.get(domain);
      if (meanwhile !== undefined) return meanwhile;
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

/** Time of the reply, in milliseconds since 1970. */
export function learntAtMs({ learnt_at }: HostMemory): number {
  return Date.parse(learnt_at);
}

/** Nodes repeat old reports, and one node may know less than another has reported since. */
function isNews(memory: HostMemory, known: HostMemory | undefined): boolean {
  // A refusal ends a yes. Without a yes it proves nothing: a host that refuses one mailbox may still accept others.
  if (memory.accepts_all === null) return known?.accepts_all === true && learntAtMs(memory) >= learntAtMs(known);
  return known === undefined || learntAtMs(memory) >= learntAtMs(known) + SAME_STRANGER_MS;
}

/** As many hosts as a job may name; the oldest entry goes first. */
function bounded(hosts: DomainMemory): DomainMemory {
  if (hosts.size <= MAIL_HOSTS_MAX) return hosts;
  const newest = [...hosts].toSorted(([, a], [, b]) => learntAtMs(b) - learntAtMs(a));
  return new Map(newest.slice(0, MAIL_HOSTS_MAX));
}

/** Keys `d1:` held one answer for all hosts of a domain, and are not read. */
function keyOf(domain: string): string {
  return `d2:${domain}`;
}

/** The knowledge about the hosts of the domain that has not expired. If the store fails, it is empty. */
export async function recallDomain(store: Pick<Store, 'get'>, domain: string, nowMs: number): Promise<DomainMemory> {
  try {
    const value = await store.get(keyOf(domain));
    if (value === null) return new Map();
    const hosts = Object.entries(parseJson(domainMemorySchema, value)?.hosts ?? {});
    return new Map(hosts.filter(([, memory]) => leftSeconds(memory, nowMs) > 0));
  } catch {
    // As for verdicts: a store that fails reads as empty.
    return new Map();
  }
}

/** Stores for the rest of the longest life, counted from the time of each reply. */
export async function rememberDomain(store: Store, domain: string, memory: DomainMemory, nowMs: number): Promise<void> {
  const expirationTtl = Math.max(0, ...[...memory.values()].map((one) => leftSeconds(one, nowMs)));
  if (expirationTtl < TTL_SECONDS_MIN) return;
  await store.put(keyOf(domain), JSON.stringify({ hosts: Object.fromEntries(memory) }), { expirationTtl });
}

function leftSeconds(memory: HostMemory, nowMs: number): number {
  const lifeSeconds = memory.accepts_all === false ? REFUSES_SECONDS : ACCEPTS_SECONDS;
  return lifeSeconds - Math.max(0, Math.floor((nowMs - learntAtMs(memory)) / 1000));
}
