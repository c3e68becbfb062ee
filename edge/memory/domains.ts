/**
 * What a domain has taught us: whether it accepts everybody. In KV, so that a domain is asked about a random mailbox
 * once in its life here and not once per node. Positive and negative lives differ: who stops being a catch-all is
 * missed for a week, who becomes one for three days. Key shapes are listed in docs/STORAGE.md.
 */
import * as z from 'zod';
import { ExpiringMap } from '../../shared/expiring-map.ts';
import type { Store } from './results.ts';

const DAY_SECONDS = 86_400;
const ACCEPTS_SECONDS = 7 * DAY_SECONDS;
const REFUSES_SECONDS = 3 * DAY_SECONDS;
/** Domains at hand in one isolate, and for how long: as late as KV may be. */
const DOMAINS_MAX = 5_000;
const AT_HAND_MS = 60_000;

const domainMemorySchema = z.object({
  accepts_all: z.boolean(),
  /** Code and enhanced code of the reply to the random mailbox. */
  code: z.int(),
  enhanced: z.string().nullable(),
  /** When that reply was given. */
  learnt_at: z.iso.datetime(),
});

export type DomainMemory = z.infer<typeof domainMemorySchema>;

export type Domains = {
  readonly recallDomain: (domain: string) => Promise<DomainMemory | null>;
  readonly rememberDomain: (domain: string, memory: DomainMemory) => Promise<void>;
};

/** The memory of domains as one isolate has it, those of the last minute at hand, over whatever store. */
export function createDomains(nowMs: () => number): (store: Store) => Domains {
  const atHand = new ExpiringMap<DomainMemory>(DOMAINS_MAX, nowMs);
  return (store) => ({
    async recallDomain(domain) {
      const known = atHand.get(domain);
      if (known !== undefined) return known;
      const found = await recallDomain(store, domain);
      if (found !== null) atHand.set(domain, found, AT_HAND_MS);
      return found;
    },
    async rememberDomain(domain, memory) {
      atHand.set(domain, memory, AT_HAND_MS);
      await rememberDomain(store, domain, memory, nowMs());
    },
  });
}

function keyOf(domain: string): string {
  return `d1:${domain}`;
}

/** What is known of the domain, or null. A store that fails knows nothing. */
export async function recallDomain(store: Store, domain: string): Promise<DomainMemory | null> {
  try {
    const value = await store.get(keyOf(domain));
    if (value === null) return null;
    const parsed = domainMemorySchema.safeParse(JSON.parse(value));
    return parsed.success ? parsed.data : null;
  } catch {
    // As for verdicts: a store that fails is a memory that is empty.
    return null;
  }
}

/** Remembers for what is left of its life, counted from when it was learnt. */
export async function rememberDomain(store: Store, domain: string, memory: DomainMemory, nowMs: number): Promise<void> {
  const lifeSeconds = memory.accepts_all ? ACCEPTS_SECONDS : REFUSES_SECONDS;
  const ageSeconds = Math.max(0, Math.floor((nowMs - Date.parse(memory.learnt_at)) / 1000));
  if (ageSeconds + 60 > lifeSeconds) return;
  await store.put(keyOf(domain), JSON.stringify(memory), { expirationTtl: lifeSeconds - ageSeconds });
}
