/**
 * Rate limiter per lane: concurrent sessions, new sessions a second, recipients a second, and a back-off that grows
 * while the provider complains and shrinks while it does not.
 *
 * A lane is one provider (or a host without a known provider) seen from one source address, or one endpoint, whatever
 * names lead to it. A job that would have to wait beyond its deadline gets `{ kind: 'deferred' }` with the milliseconds
 * to wait at once and uses nothing. Waiters are served in order of arrival, interactive ones before bulk ones (contest.ts).
 * Switched off (`PROBE_PACE=off`, for measurements) it admits every job and only counts.
 */
import type { Priority } from '../../shared/job.ts';
import type { Pace } from '../../shared/providers.ts';
import { Contest } from './contest.ts';
import { Places } from './places.ts';
import { type GatePorts, TokenGate } from './token-gate.ts';

/** For mail hosts without a known provider: usually a company's own server. */
export const PACE_DEFAULT: Pace = { sessionsMax: 4, sessionsPerSecond: 2, recipientsPerSecond: 10 };
/**
 * For one endpoint, however many host names it has: usually a hosting company's. No provider's own pace is faster, so
 * that for its endpoints its own lane decides.
 */
export const PACE_SERVER: Pace = { sessionsMax: 8, sessionsPerSecond: 4, recipientsPerSecond: 20 };

/** First pause after a complaint, its growth, and its maximum. */
const BACK_OFF_MS_MIN = 15_000;
const BACK_OFF_FACTOR = 2;
const BACK_OFF_MS_MAX = 900_000;
/** Answers without a complaint after which the pause is halved. */
const EASE_AFTER = 20;
/** Lanes remembered (LRU). */
const LANES_MAX = 10_000;

export type Deferral = { readonly kind: 'deferred'; readonly retryAfterMs: number };
export type LanePlace = {
  readonly kind: 'entered';
  readonly leave: () => void;
  /** Leaves without having opened a session: nothing was used. */
  readonly giveBack: () => void;
};

export type LimiterPorts = GatePorts & {
  /** Asked to close an idle session of the lane, so that a waiting job can have its place. */
  readonly makeRoom: (lane: string, priority: Priority) => void;
};

type Lane = {
  readonly pace: Pace;
  readonly contest: Contest;
  readonly sessions: TokenGate;
  readonly recipients: TokenGate;
  readonly places: Places;
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
  async enter(
    name: string,
    pace: Pace,
    latestMs: number,
    signal: AbortSignal,
    priority: Priority = 'interactive',
  ): Promise<LanePlace | Deferral> {
    const lane = this.#askedLane(name, pace, priority);
    if (!this.#isOn) return entered(lane, lane.places.enter(priority));
    const closedUntilMs = (): number => lane.closedUntilMs;
    const passage = await lane.sessions.pass({ count: 1, priority, latestMs, signal, closedUntilMs });
    if (typeof passage === 'object') return deferred(passage.waitMs);
    const leave = passage === 'passed' ? await lane.places.enterInTurn(priority, latestMs, signal) : null;
    if (leave !== null) return entered(lane, leave);
    // A job that is not admitted has used nothing. A bulk job that was aborted had taken nothing yet.
    if (passage === 'passed' || priority === 'interactive') lane.sessions.giveBack(1);
    return deferred(BACK_OFF_MS_MIN);
  }

  /** Permission to open a session if it needs no wait, else null. */
  enterNow(name: string, pace: Pace, priority: Priority = 'interactive'): LanePlace | null {
    const lane = this.#askedLane(name, pace, priority);
    if (!this.#isOn) return entered(lane, lane.places.enter(priority));
    if (!lane.places.hasRoom(priority) || lane.closedUntilMs > this.#ports.nowMs()) return null;
    return lane.sessions.passNow(1, priority) ? entered(lane, lane.places.enter(priority)) : null;
  }

  /** Waits for permission to ask `count` recipients, or defers. */
  async ask(
    name: string,
    pace: Pace,
    count: number,
    latestMs: number,
    signal: AbortSignal,
    priority: Priority = 'interactive',
  ): Promise<Deferral | null> {
    if (!this.#isOn) return null;
    const lane = this.#askedLane(name, pace, priority);
    const closedUntilMs = (): number => lane.closedUntilMs;
    const passage = await lane.recipients.pass({ count, priority, latestMs, signal, closedUntilMs });
    if (typeof passage === 'object') return deferred(passage.waitMs);
    return passage === 'aborted' ? deferred(BACK_OFF_MS_MIN) : null;
  }

  /** Recipients that may be asked at once without waiting, at least 1. */
  burst(name: string, pace: Pace, priority: Priority = 'interactive'): number {
    if (!this.#isOn) return Number.POSITIVE_INFINITY;
    return this.#lane(name, pace).recipients.available(priority);
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

  /** Jobs that wait for a place in the lane, of both classes or of one. */
  waiting(name: string, priority?: Priority): number {
    return this.#lanes.get(name)?.places.waiting(priority) ?? 0;
  }

  #askedLane(name: string, pace: Pace, priority: Priority): Lane {
    const lane = this.#lane(name, pace);
    if (priority === 'interactive') lane.contest.note(this.#ports.nowMs());
    return lane;
  }

  #lane(name: string, pace: Pace): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const contest = new Contest();
    const makeRoom = (priority: Priority): void => this.#ports.makeRoom(name, priority);
    const lane: Lane = {
      pace,
      contest,
      sessions: new TokenGate(pace.sessionsPerSecond, contest, this.#ports),
      recipients: new TokenGate(pace.recipientsPerSecond, contest, this.#ports),
      places: new Places(pace.sessionsMax, contest, { ...this.#ports, makeRoom }),
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
      if (lane.places.isInUse) continue;
      if (!owesAnything(lane, nowMs)) {
        this.#lanes.delete(name);
        return;
      }
      if (lane.pace === PACE_DEFAULT || lane.pace === PACE_SERVER) idle ??= name;
    }
    if (idle !== null) this.#lanes.delete(idle);
  }
}

/** True while a new lane would admit a job earlier, or pause for less time after a complaint. */
function owesAnything({ backOffMs, closedUntilMs, sessions, recipients }: Lane, nowMs: number): boolean {
  if (backOffMs > 0 && nowMs < closedUntilMs + BACK_OFF_MS_MAX) return true;
  return sessions.isShort() || recipients.isShort();
}

function entered({ sessions }: Lane, leave: () => void): LanePlace {
  const giveBack = (): void => {
    leave();
    sessions.giveBack(1);
  };
  return { kind: 'entered', leave, giveBack };
}

function deferred(ms: number): Deferral {
  return { kind: 'deferred', retryAfterMs: Math.ceil(ms) };
}
