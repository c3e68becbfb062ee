/**
 * Sessions that are open and idle, kept for a short while so that the next question to the same host from the same
 * source costs one round trip.
 *
 * A session is lent to one asker at a time and comes back, or not. It leaves for good when it has been used enough for
 * the server not to mind (see Usage), when it has been idle too long, when its host or the whole pool has too many, or
 * when the server hangs up; every way out says QUIT where that is still possible. Which session goes first for want of
 * room: the one that has been idle longest.
 */
import type { Session } from './connection.ts';

/** An open session with what its owner must know of it. */
export type Held = {
  readonly session: Session;
  /** Host and source: what a session can be used again for. */
  readonly key: string;
  /** Lane of the limiter that it takes a place in. */
  readonly lane: string;
  readonly host: string;
  readonly ip: string;
};

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
 * none of mail, RSET among them. Leaving before either costs a connection and no good will.
 */
export const POOL_LIMITS: PoolLimits = {
  idleMs: 5_000,
  idlePerKeyMax: 2,
  idleMax: 1_000,
  transactionsMax: 10,
  recipientsMax: 100,
  refusalsMax: 9,
  ageMsMax: 120_000,
};

type Idle = Held & { readonly timer: NodeJS.Timeout };

export class SessionPool {
  /** Each list in the order in which its sessions became idle. */
  readonly #idleByKey = new Map<string, Idle[]>();
  readonly #limits: PoolLimits;
  readonly #nowMs: () => number;
  #idleCount = 0;
  #isClosed = false;

  constructor(limits: PoolLimits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  get idleCount(): number {
    return this.#idleCount;
  }

  /** An idle session for the key, the one used last, or null. */
  take(key: string): Held | null {
    const idle = this.#idleByKey.get(key)?.findLast(({ session }) => session.isAlive);
    if (idle === undefined) return null;
    this.#forget(idle);
    return idle;
  }

  /**
   * Takes a session back: keeps it while it is of use, else parts with it. One that has put somebody off is of no use to
   * the next: who is asked to come back later is meant to come anew.
   */
  give(held: Held, idleMs = this.#limits.idleMs): void {
    if (this.#isClosed || !this.isUsable(held) || held.session.usage.deferrals > 0) {
      held.session.close();
      return;
    }
    const sameKey = this.#idleByKey.get(held.key) ?? [];
    if (sameKey.length >= this.#limits.idlePerKeyMax) this.#part(sameKey[0]);
    if (this.#idleCount >= this.#limits.idleMax) this.#part(this.#all().next().value);
    const timer = setTimeout(() => this.#part(idle), idleMs);
    const idle: Idle = { ...held, timer };
    const list = this.#idleByKey.get(held.key);
    if (list === undefined) this.#idleByKey.set(held.key, [idle]);
    else list.push(idle);
    this.#idleCount += 1;
    held.session.onGone(() => this.#forget(idle));
  }

  /** True while the session may be asked once more. */
  isUsable({ session }: Held): boolean {
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
   * Recipients that a session may be asked in one go: as many as could all be refused without harm, or as it has left
   * where nobody is refused.
   */
  room({ session }: Held, refusesNobody = false): number {
    const { recipients, refusals } = session.usage;
    const left = this.#limits.recipientsMax - recipients;
    return Math.max(1, refusesNobody ? left : Math.min(this.#limits.refusalsMax - refusals, left));
  }

  /** Parts with one idle session of the lane, for somebody who waits for its place. */
  makeRoom(lane: string): void {
    for (const idle of this.#all()) {
      if (idle.lane !== lane) continue;
      this.#part(idle);
      return;
    }
  }

  /** Parts with every idle session; what comes back later is parted with at once. */
  close(): void {
    this.#isClosed = true;
    for (const idle of [...this.#all()]) this.#part(idle);
  }

  *#all(): Generator<Idle> {
    for (const list of this.#idleByKey.values()) yield* list;
  }

  #part(idle: Idle | undefined): void {
    if (idle === undefined) return;
    this.#forget(idle);
    idle.session.close();
  }

  #forget(idle: Idle): void {
    clearTimeout(idle.timer);
    const list = this.#idleByKey.get(idle.key);
    const place = list?.indexOf(idle) ?? -1;
    if (list === undefined || place < 0) return;
    list.splice(place, 1);
    this.#idleCount -= 1;
    if (list.length === 0) this.#idleByKey.delete(idle.key);
  }
}
