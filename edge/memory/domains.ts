/**
 * What a domain has taught us: whether it accepts everybody. In KV, so that a domain is asked about a random mailbox
 * once in its life here and not once per node. Positive and negative lives differ: who stops being a catch-all is
 * missed for a week, who becomes one for three days. Key shapes are listed in docs/STORAGE.md.
 */
import { z } from 'zod';
import type { Store } from './results.ts';

const DAY_SECONDS = 86_400;
const ACCEPTS_SECONDS = 7 * DAY_SECONDS;
const REFUSES_SECONDS = 3 * DAY_SECONDS;

const domainMemorySchema = z.object({
  accepts_all: z.boolean(),
  /** Code and enhanced code of the reply to the random mailbox. */
  code: z.int(),
  enhanced: z.string().nullable(),
  /** When that reply was given. */
  learnt_at: z.iso.datetime(),
});

export type DomainMemory = z.infer<typeof domainMemorySchema>;

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
