/**
 * Pool of open, idle sessions, kept for a short while so that the next question to the same server from the same source
 * costs one round trip.
 *
 * A session is found by the mail host that it was last used for and, while in clear text, by its endpoint: names that
 * lead to one server share its sessions. TLS was agreed on with a name (RFC 6066 §3) and stays with that name. A
 * session is lent to one job at a time and comes back, or not; a waiting job gets it before it is idle. It is closed if
 * it has been used as often as the server tolerates (see Usage), has been idle too long, if its host, its endpoint or
 * the whole pool has too many, or when the server closes; each time with QUIT if that is still possible. For lack of
 * room the session that has been idle longest goes first.
 */
import type { Priority } from '../../shared/job.ts';
import type { HeldSession } from './held.ts';
import { SessionWaiters, type Waiter } from './session-waiters.ts';

export type PoolLimits = {
  readonly idleMs: number;
  readonly idlePerKeyMax: number;
  readonly idleMax: number;
  readonly transactionsMax: number;
  readonly recipientsMax: number;
  readonly refusalsMax: number;
  readonly ageMsMax: number;
};

/**
 * Postfix slows a session down after 10 refused commands and ends it after 20; Exim ends it after 10 commands that are
 * not mail, RSET and repeated EHLO among them, the first of each not counted. Leaving before either costs a connection
 * and no good will.
 */
export const POOL_LIMITS: PoolLimits = {
  idleMs: 5_000,
  idlePerKeyMax: 4,
  idleMax: 1_000,
  transactionsMax: 10,
  recipientsMax: 100,
  refusalsMax: 9,
  ageMsMax: 120_000,
};

type Idle = {
  readonly held: HeldSession;
  readonly timer: NodeJS.Timeout;
  /** True if it was opened ahead for a form: bulk work leaves it alone. */
  readonly isWarm: boolean;
};

export class SessionPool {
  /** In the order in which they became idle. */
  readonly #idle = new Set<Idle>();
  /** The same under both of their keys, in the same order. */
  readonly #idleByKey = new Map<string, Set<Idle>>();
  readonly #waiters = { interactive: new SessionWaiters(), bulk: new SessionWaiters() };
  readonly #limits: PoolLimits;
  readonly #nowMs: () => number;
  readonly #isAwaited: (held: HeldSession) => boolean;
  #isClosed = false;

  /** @param isAwaited whether a job waits for the place that a returned session would hold */
  constructor(limits: PoolLimits, nowMs: () => number, isAwaited: (held: HeldSession) => boolean = () => false) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#isAwaited = isAwaited;
  }

  get idleCount(): number {
    return this.#idle.size;
  }

  /** An idle session for the first of the keys that has one, of several the one used last; or null. */
  take(keys: readonly string[], priority: Priority = 'interactive'): HeldSession | null {
    for (const key of keys) {
      const idle = [...(this.#idleByKey.get(key) ?? [])].findLast(
        (each) => answersTo(each, key) && (priority === 'interactive' || !each.isWarm),
      );
      if (idle === undefined) continue;
      this.#forget(idle);
      return idle.held;
    }
    return null;
  }

  /** Waits for a session that would answer to one of the keys and is in use now. */
  waitFor(keys: readonly string[], signal: AbortSignal, priority: Priority = 'interactive'): Waiter {
    return this.#waiters[priority].add(keys, signal);
  }

  /** True if a caller of this class waits for the session. */
  isAwaitedBy(held: HeldSession, priority: Priority): boolean {
    return this.#waiters[priority].has(keysOf(held));
  }

  /**
   * Hands a session that comes back to whoever has waited for it longest, interactive callers first; false where it is still
   * the giver's.
   */
  offer(held: HeldSession): boolean {
    if (!this.#isOfUse(held)) return false;
    const keys = keysOf(held);
    return this.#waiters.interactive.fulfil(keys, held) || this.#waiters.bulk.fulfil(keys, held);
  }

  /** Takes a session back: hands it to a waiting job, keeps it while it is usable, else closes it. */
  give(held: HeldSession, idleMs = this.#limits.idleMs): void {
    this.#giveBack(held, idleMs, false);
  }

  /** Keeps a session that was opened ahead for a form. */
  keepWarm(held: HeldSession, idleMs: number): void {
    this.#giveBack(held, idleMs, true);
  }

  #giveBack(held: HeldSession, idleMs: number, isWarm: boolean): void {
    if (this.offer(held)) return;
    if (!this.#isOfUse(held) || this.#isAwaited(held)) {
      held.session.close();
      return;
    }
    for (const key of keysOf(held)) {
      const sameKey = this.#idleByKey.get(key);
      if ((sameKey?.size ?? 0) >= this.#limits.idlePerKeyMax) this.#part(sameKey?.values().next().value);
    }
    if (this.#idle.size >= this.#limits.idleMax) this.#part(this.#idle.values().next().value);
    const timer = setTimeout(() => this.#part(idle), idleMs);
    const idle: Idle = { held, timer, isWarm };
    this.#remember(idle);
    held.session.onGone(() => this.#forget(idle));
  }

  /**
   * A session in which the server deferred a recipient is useless: the server expects a new connection for the retry.
   */
  #isOfUse(held: HeldSession): boolean {
    return !this.#isClosed && this.isUsable(held) && held.session.usage.deferrals === 0;
  }

  /** True while the session may be asked once more. */
  isUsable({ session }: HeldSession): boolean {
    const { transactions, recipients, refusals, openedAtMs } = session.usage;
    const { transactionsMax, recipientsMax, refusalsMax, ageMsMax } = this.#limits;
    return (
      session.isAlive &&
      transactions < transactionsMax &&
      recipients < recipientsMax &&
      refusals < refusalsMax &&
      this.#nowMs() - openedAtMs < ageMsMax
    );
  }

  /**
   * Recipients that a session may be asked in one go: as many as may all be refused without harm; or all that it has
   * left if the domain refuses none.
   */
  room({ session }: HeldSession, refusesNobody = false): number {
    const { recipients, refusals } = session.usage;
    const left = this.#limits.recipientsMax - recipients;
    return Math.max(1, refusesNobody ? left : Math.min(this.#limits.refusalsMax - refusals, left));
  }

  /** Parts with one idle session of the lane, be it of a host or an endpoint, for somebody who waits for its place. */
  makeRoom(place: string, priority: Priority = 'interactive'): void {
    for (const idle of this.#idle) {
      if (idle.held.lane !== place && idle.held.server !== place) continue;
      if (idle.isWarm && priority === 'bulk') continue;
      this.#part(idle);
      return;
    }
  }

  /** Closes every idle session; those that come back later are closed at once. */
  close(): void {
    this.#isClosed = true;
    for (const idle of [...this.#idle]) this.#part(idle);
  }

  #part(idle: Idle | undefined): void {
    if (idle === undefined) return;
    this.#forget(idle);
    idle.held.session.close();
  }

  #remember(idle: Idle): void {
    this.#idle.add(idle);
    for (const key of keysOf(idle.held)) {
      const known = this.#idleByKey.get(key);
      if (known === undefined) this.#idleByKey.set(key, new Set([idle]));
      else known.add(idle);
    }
  }

  #forget(idle: Idle): void {
    clearTimeout(idle.timer);
    if (!this.#idle.delete(idle)) return;
    for (const key of keysOf(idle.held)) {
      const known = this.#idleByKey.get(key);
      known?.delete(idle);
      if (known?.size === 0) this.#idleByKey.delete(key);
    }
  }
}

function answersTo({ held }: Idle, key: string): boolean {
  return held.session.isAlive && keysOf(held).includes(key);
}

/** Keys that the session can be found by now. */
function keysOf({ session, key, endpoint }: HeldSession): readonly string[] {
  return session.isTls ? [key] : [key, endpoint];
}
