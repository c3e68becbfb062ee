/**
 * What domains have said to a random mailbox: asked once per domain and week, whoever asks about whom.
 *
 * Only a decisive reply is kept that long; one that says nothing of the domain (temporary, or about us) is kept for a
 * few minutes, so that a burst of addresses does not ask it over and over.
 */

import { ExpiringMap } from '../../shared/expiring-map.ts';
import type { Reply } from '../../shared/replies/reply.ts';
import { acceptsStrangers } from '../../shared/replies/stranger.ts';
import { createRepeatedClassify } from '../repeated-reply.ts';

const DECISIVE_MS = 7 * 86_400_000;
const INDECISIVE_MS = 300_000;
const DOMAINS_MAX = 50_000;

/** The reply to a random mailbox and when it was given, on the scale of `nowMs`. */
export type StrangerReply = { readonly reply: Reply; readonly atMs: number };

export class Strangers {
  readonly #replies: ExpiringMap<StrangerReply>;
  readonly #nowMs: () => number;
  readonly #classify = createRepeatedClassify();
  /** Domains that are being asked at this moment, with those who wait for what comes of it. */
  readonly #waiters = new Map<string, (() => void)[]>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#replies = new ExpiringMap(DOMAINS_MAX, nowMs);
  }

  recall(domain: string): StrangerReply | null {
    return this.#replies.get(domain) ?? null;
  }

  /** Whether the domain is known to take everybody: three-valued, as `acceptsStrangers`. */
  takesEverybody(domain: string, providerId: string | null): boolean | null {
    return acceptsStrangers(this.recall(domain)?.reply ?? null, providerId, this.#classify);
  }

  /** True for a reply that says whether a domain takes everybody. */
  isTelling(reply: Reply, providerId: string | null): boolean {
    return acceptsStrangers(reply, providerId, this.#classify) !== null;
  }

  /** True for the one who is to ask the domain now; they must `release` it, whatever comes of it. */
  claim(domain: string): boolean {
    if (this.#waiters.has(domain) || this.recall(domain) !== null) return false;
    this.#waiters.set(domain, []);
    return true;
  }

  release(domain: string): void {
    const waiters = this.#waiters.get(domain) ?? [];
    this.#waiters.delete(domain);
    for (const wake of waiters) wake();
  }

  /** Resolves when nobody is asking the domain, or the signal aborts. */
  settled(domain: string, signal: AbortSignal): Promise<void> {
    const waiters = this.#waiters.get(domain);
    if (waiters === undefined || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiters.push(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  remember(domain: string, reply: Reply, providerId: string | null): StrangerReply {
    const known = { reply, atMs: this.#nowMs() };
    const lifeMs = this.isTelling(reply, providerId) ? DECISIVE_MS : INDECISIVE_MS;
    this.#replies.set(domain, known, lifeMs);
    return known;
  }
}
