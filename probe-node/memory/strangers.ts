/**
 * Memory of catch-all probes: replies of mail hosts to a random mailbox of a domain. One probe per domain, host and
 * week, whatever jobs ask.
 *
 * The reply belongs to the host that gave it: a strict primary may have a backup that accepts every name. Only a
 * decisive reply is kept that long; one that says nothing of the domain (temporary, or about us) is kept for a few
 * minutes, so that a burst of addresses does not repeat it.
 */

import { ExpiringMap } from '../../shared/expiring-map.ts';
import { classify } from '../../shared/replies/classify.ts';
import type { Reply } from '../../shared/replies/reply.ts';
import { retryHintSeconds } from '../../shared/replies/retry-hint.ts';
import { acceptsStrangers } from '../../shared/replies/stranger.ts';

const DECISIVE_MS = 7 * 86_400_000;
const INDECISIVE_MS = 300_000;
const ENTRIES_MAX = 50_000;

/** The reply to a random mailbox and when it was given, on the scale of `nowMs`. */
export type StrangerReply = { readonly reply: Reply; readonly atMs: number };

/** A domain at one of its mail hosts, by the host name that is asked. */
export type Post = { readonly domain: string; readonly host: string };

export class Strangers {
  readonly #replies: ExpiringMap<StrangerReply>;
  readonly #nowMs: () => number;
  readonly #classify: typeof classify;
  /** Single-flight: posts that are being asked now, with the jobs that wait for the result. */
  readonly #waiters = new Map<string, (() => void)[]>();

  /** @param classifyReply may be a cached `classify` */
  constructor(nowMs: () => number, classifyReply: typeof classify = classify) {
    this.#nowMs = nowMs;
    this.#classify = classifyReply;
    this.#replies = new ExpiringMap(ENTRIES_MAX, nowMs);
  }

  recall(post: Post): StrangerReply | null {
    return this.#replies.get(keyOf(post)) ?? null;
  }

  /** Whether the host is known to accept every name of the domain: three-valued, like `acceptsStrangers`. */
  takesEverybody(post: Post, providerId: string | null): boolean | null {
    return acceptsStrangers(this.recall(post)?.reply ?? null, providerId, this.#classify);
  }

  /** True for a reply that shows whether every name is accepted. */
  isTelling(reply: Reply, providerId: string | null): boolean {
    return acceptsStrangers(reply, providerId, this.#classify) !== null;
  }

  /** True for the one caller that is to ask the random mailbox now; it must `release` the claim in any case. */
  claim(post: Post): boolean {
    const key = keyOf(post);
    if (this.#waiters.has(key) || this.recall(post) !== null) return false;
    this.#waiters.set(key, []);
    return true;
  }

  release(post: Post): void {
    const key = keyOf(post);
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    for (const wake of waiters) wake();
  }

  /** Resolves when no job is asking there, or the signal aborts. */
  settled(post: Post, signal: AbortSignal): Promise<void> {
    const waiters = this.#waiters.get(keyOf(post));
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

  remember(post: Post, reply: Reply, providerId: string | null): StrangerReply {
    const known = { reply, atMs: this.#nowMs() };
    const lifeMs = this.isTelling(reply, providerId) ? DECISIVE_MS : indecisiveMs(reply);
    this.#replies.set(keyOf(post), known, lifeMs);
    return known;
  }

  /**
   * The host has refused a mailbox of the domain: if it accepted every name before, it answers for each mailbox now.
   */
  refuted(post: Post, providerId: string | null): void {
    if (this.takesEverybody(post, providerId) === true) this.#replies.delete(keyOf(post));
  }
}

/** Neither name can contain a blank. */
function keyOf({ domain, host }: Post): string {
  return `${domain} ${host}`;
}

/** If a host names a time, it is asked again by then: the recheck of the address comes at that time. */
function indecisiveMs(reply: Reply): number {
  const hintSeconds = retryHintSeconds(reply);
  return hintSeconds === null ? INDECISIVE_MS : Math.min(INDECISIVE_MS, hintSeconds * 1_000);
}
