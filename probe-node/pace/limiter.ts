/**
 * Rate limiter per lane: concurrent sessions, new sessions a second, recipients a second, and a back-off that grows
 * while the provider complains and shrinks while it does not.
 *
 * A lane is one provider (or a host without a known provider) seen from one source address, or one endpoint, whatever
 * names lead to it. A job that would have to wait beyond its deadline gets `{ kind: 'deferred' }` with the milliseconds
 * to wait at once and uses nothing. Waiters are served in order of arrival. Switched off (`PROBE_PACE=off`, for
 * measurements) it admits every job and only counts.
 */
import type { Pace } from '../../shared/providers.ts';
import { type Bucket, type BucketRate, refill, take, waitMs } from './bucket.ts';

/** For mail hosts without a known provider: usually a company's own server. */
export const PACE_DEFAULT: Pace = { sessionsMax: 4, sessionsPerSecond: 2, recipientsPerSecond: 10 };
/**
 * For one endpoint, however many host names it has: usually a hosting company's. No provider's own pace is faster, so
 * that for its endpoints its own lane decides.
 */
export const PACE_SERVER: Pace = { sessionsMax: 8, sessionsPerSecond: 4, recipientsPerSecond: 20 };

/** Seconds of its rate that a bucket may save up, and that a new one holds; one token can be saved at any rate. */
const BURST_SECONDS = 5;
/** First pause after a complaint, its growth, and its maximum. */
const BACK_OFF_MS_MIN = 15_000;
const BACK_OFF_FACTOR = 2;
const BACK_OFF_MS_MAX = 900_000;
/** Answers without a complaint after which the pause is halved. */
const EASE_AFTER = 20;
/** Lanes remembered (LRU). */
const LANES_MAX = 10_000;

/** Abort reason: without one the runtime would create an error for each. */
const OVER = 'over';

export type Deferral = { readonly kind: 'deferred'; readonly retryAfterMs: number };
export type LanePlace = {
  readonly kind: 'entered';
  readonly leave: () => void;
  /** Leaves without having opened a session: nothing was used. */
  readonly giveBack: () => void;
};

export type LimiterPorts = {
  readonly nowMs: () => number;
  /** Resolves after the delay, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Asked to close an idle session of the lane, so that a waiting job can have its place. */
  readonly makeRoom: (lane: string) => void;
};

type Waiter = { readonly admit: () => void };

type Lane = {
  readonly pace: Pace;
  sessions: Bucket;
  recipients: Bucket;
  inside: number;
  readonly waiters: Waiter[];
  backOffMs: number;
  closedUntilMs: number;
  /** The voice behind the complaint that closed the lane last; null if voices are not distinguished. */
  voice: string | null;
  answersSinceComplaint: number;
};

export class Limiter {
  readonly #lanes = new Map<string, Lane>();
  readonly #ports: LimiterPorts;
  readonly #isOn: boolean;

  constructor(ports: LimiterPorts, isOn: boolean) {
    this.#ports = ports;
    this.#isOn = isOn;
  }

  /** Waits for permission to open a session. `latestMs` is on the scale of `nowMs`. Aborting the signal defers. */
  async enter(name: string, pace: Pace, latestMs: number, signal: AbortSignal): Promise<LanePlace | Deferral> {
    const lane = this.#lane(name, pace);
    const rate = rateOf(pace.sessionsPerSecond);
    if (!this.#isOn) return this.#letIn(lane, pace);
    const nowMs = this.#ports.nowMs();
    const untilMs = Math.max(lane.closedUntilMs, nowMs + waitMs(lane.sessions, rate, 1, nowMs));
    if (untilMs > latestMs) return deferred(untilMs - nowMs);
    lane.sessions = take(lane.sessions, rate, 1, nowMs);
    if (untilMs > nowMs) await this.#ports.sleep(untilMs - nowMs, signal);
    const hasPlace = !signal.aborted && (await this.#findPlace(name, lane, pace, latestMs, signal));
    if (hasPlace) return this.#entered(lane, pace);
    // A job that is not admitted has used nothing.
    lane.sessions = take(lane.sessions, rate, -1, this.#ports.nowMs());
    return deferred(BACK_OFF_MS_MIN);
  }

  /** Permission to open a session if it needs no wait, else null. */
  enterNow(name: string, pace: Pace): LanePlace | null {
    const lane = this.#lane(name, pace);
    if (!this.#isOn) return this.#letIn(lane, pace);
    const rate = rateOf(pace.sessionsPerSecond);
    const nowMs = this.#ports.nowMs();
    const isFree = lane.inside < pace.sessionsMax && lane.waiters.length === 0;
    if (!isFree || lane.closedUntilMs > nowMs || waitMs(lane.sessions, rate, 1, nowMs) > 0) return null;
    lane.sessions = take(lane.sessions, rate, 1, nowMs);
    return this.#letIn(lane, pace);
  }

  #letIn(lane: Lane, pace: Pace): LanePlace {
    lane.inside += 1;
    return this.#entered(lane, pace);
  }

  #entered(lane: Lane, pace: Pace): LanePlace {
    const leave = this.#leaver(lane, pace);
    const giveBack = (): void => {
      leave();
      lane.sessions = take(lane.sessions, rateOf(pace.sessionsPerSecond), -1, this.#ports.nowMs());
    };
    return { kind: 'entered', leave, giveBack };
  }

  async #findPlace(name: string, lane: Lane, pace: Pace, latestMs: number, signal: AbortSignal): Promise<boolean> {
    if (lane.inside >= pace.sessionsMax) return this.#queue(name, lane, latestMs, signal);
    lane.inside += 1;
    return true;
  }

  /** Waits for permission to ask `count` recipients, or defers. */
  async ask(name: string, pace: Pace, count: number, latestMs: number, signal: AbortSignal): Promise<Deferral | null> {
    if (!this.#isOn) return null;
    const lane = this.#lane(name, pace);
    const rate = rateOf(pace.recipientsPerSecond);
    const nowMs = this.#ports.nowMs();
    const pauseMs = Math.max(lane.closedUntilMs - nowMs, waitMs(lane.recipients, rate, count, nowMs));
    if (nowMs + pauseMs > latestMs) return deferred(pauseMs);
    lane.recipients = take(lane.recipients, rate, count, nowMs);
    if (pauseMs > 0) await this.#ports.sleep(pauseMs, signal);
    return signal.aborted ? deferred(BACK_OFF_MS_MIN) : null;
  }

  /** Recipients that may be asked at once without waiting; at least 1. */
  burst(name: string, pace: Pace): number {
    if (!this.#isOn) return Number.POSITIVE_INFINITY;
    const lane = this.#lane(name, pace);
    const { tokens } = take(lane.recipients, rateOf(pace.recipientsPerSecond), 0, this.#ports.nowMs());
    return Math.max(1, Math.floor(tokens));
  }

  /**
   * The server complained: the lane is closed for a while, longer each time. With a `voice` (the addressee of the
   * complaint, if many share the lane) the pause grows only if another voice got the same complaint before.
   */
  backOff(name: string, pace: Pace, voice: string | null = null): void {
    const lane = this.#lane(name, pace);
    const nowMs = this.#ports.nowMs();
    // Many sessions may get it at once: that is one complaint.
    if (lane.closedUntilMs > nowMs) return;
    const factor = voice !== null && voice === lane.voice ? 1 : BACK_OFF_FACTOR;
    lane.backOffMs = Math.min(BACK_OFF_MS_MAX, Math.max(BACK_OFF_MS_MIN, lane.backOffMs * factor));
    lane.voice = voice;
    lane.closedUntilMs = nowMs + lane.backOffMs;
    lane.answersSinceComplaint = 0;
  }

  /** An answer came without a complaint. */
  ease(name: string, pace: Pace): void {
    const lane = this.#lane(name, pace);
    lane.answersSinceComplaint += 1;
    if (lane.answersSinceComplaint < EASE_AFTER) return;
    lane.answersSinceComplaint = 0;
    lane.backOffMs = lane.backOffMs <= BACK_OFF_MS_MIN ? 0 : lane.backOffMs / BACK_OFF_FACTOR;
  }

  /** Lanes that are closed now, with the milliseconds until they open. */
  closedLanes(): ReadonlyMap<string, number> {
    const nowMs = this.#ports.nowMs();
    const closed = new Map<string, number>();
    for (const [name, { closedUntilMs }] of this.#lanes) {
      if (closedUntilMs > nowMs) closed.set(name, closedUntilMs - nowMs);
    }
    return closed;
  }

  /** Number of jobs that wait for a place in the lane. */
  waiting(name: string): number {
    return this.#lanes.get(name)?.waiters.length ?? 0;
  }

  #lane(name: string, pace: Pace): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const nowMs = this.#ports.nowMs();
    const lane: Lane = {
      sessions: { tokens: pace.sessionsPerSecond * BURST_SECONDS, atMs: nowMs },
      recipients: { tokens: pace.recipientsPerSecond * BURST_SECONDS, atMs: nowMs },
      pace,
      inside: 0,
      waiters: [],
      backOffMs: 0,
      closedUntilMs: 0,
      voice: null,
      answersSinceComplaint: 0,
    };
    if (this.#lanes.size >= LANES_MAX) this.#forgetOne();
    this.#lanes.set(name, lane);
    return lane;
  }

  /**
   * A lane without users and debt can be recreated at any time. If all have debt, one of a host or an endpoint goes:
   * those can be made up in any number, and must not reset the lane of a provider.
   */
  #forgetOne(): void {
    const nowMs = this.#ports.nowMs();
    let idle: string | null = null;
    for (const [name, lane] of this.#lanes) {
      if (lane.inside > 0 || lane.waiters.length > 0) continue;
      if (!owesAnything(lane, nowMs)) {
        this.#lanes.delete(name);
        return;
      }
      if (lane.pace === PACE_DEFAULT || lane.pace === PACE_SERVER) idle ??= name;
    }
    if (idle !== null) this.#lanes.delete(idle);
  }

  #leaver(lane: Lane, pace: Pace): () => void {
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      // The place is handed over and never free in between, so that no newcomer can take it too.
      const next = lane.inside <= pace.sessionsMax ? lane.waiters.shift() : undefined;
      if (next === undefined) lane.inside -= 1;
      else next.admit();
    };
  }

  /** Waits until a user leaves and hands over its place; false if the time is up first. */
  async #queue(name: string, lane: Lane, latestMs: number, signal: AbortSignal): Promise<boolean> {
    let isAdmitted = false;
    const over = new AbortController();
    const end = (): void => over.abort(OVER);
    const waiter: Waiter = {
      admit: () => {
        isAdmitted = true;
        end();
      },
    };
    lane.waiters.push(waiter);
    this.#ports.makeRoom(name);
    if (!isAdmitted) {
      signal.addEventListener('abort', end, { once: true });
      await this.#ports.sleep(Math.max(0, latestMs - this.#ports.nowMs()), over.signal);
      signal.removeEventListener('abort', end);
    }
    if (isAdmitted) return true;
    const place = lane.waiters.indexOf(waiter);
    if (place >= 0) lane.waiters.splice(place, 1);
    return false;
  }
}

/** True if forgetting the lane would admit a job earlier, or shorten the next pause. */
function owesAnything({ pace, backOffMs, closedUntilMs, sessions, recipients }: Lane, nowMs: number): boolean {
  if (backOffMs > 0 && nowMs < closedUntilMs + BACK_OFF_MS_MAX) return true;
  const isShort = (bucket: Bucket, perSecond: number): boolean =>
    refill(bucket, rateOf(perSecond), nowMs).tokens < perSecond * BURST_SECONDS;
  return isShort(sessions, pace.sessionsPerSecond) || isShort(recipients, pace.recipientsPerSecond);
}

function rateOf(perSecond: number): BucketRate {
  return { perSecond, burst: Math.max(1, perSecond * BURST_SECONDS) };
}

function deferred(ms: number): Deferral {
  return { kind: 'deferred', retryAfterMs: Math.ceil(ms) };
}
