/**
 * How questions about recipients ended, by the minute: for the operator's history of throughput. It decides nothing.
 *
 * Only whole minutes are reported, each in several heartbeats; the registry keeps one row for each, so that repeats do
 * no harm and a lost heartbeat loses nothing.
 */
import { MINUTES_MAX, type MinuteCounts } from '../../shared/enrolment.ts';
import type { Outcome } from '../../shared/job.ts';
import { type ReplyClass, replyClassRow } from '../../shared/replies/classes.ts';

const MINUTE_MS = 60_000;

/** A count of minuteSchema. */
type End = Exclude<keyof MinuteCounts, 'minute' | 'jobs'>;
type Counting = { -readonly [Name in keyof MinuteCounts]: number };

export class RecentMinutes {
  readonly #wallMs: () => number;
  /** Oldest first; the last may be the current one. */
  #minutes: Counting[] = [];

  /** @param wallMs wall clock, milliseconds since 1970 */
  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  job(): void {
    this.#current().jobs += 1;
  }

  /** @param takesAll whether the host takes every name; null if that is not known, or the recipient was not taken */
  ended(outcome: Outcome, replyClass: ReplyClass | null, takesAll: boolean | null): void {
    this.#current()[endOf(outcome, replyClass, takesAll)] += 1;
  }

  /** The last minutes that are over and in which anything ended. */
  whole(): MinuteCounts[] {
    const now = this.#now();
    return this.#minutes
      .filter(({ minute }) => minute < now && minute >= now - MINUTES_MAX)
      .map((counts) => ({ ...counts }))
      .slice(-MINUTES_MAX);
  }

  #now(): number {
    return Math.floor(this.#wallMs() / MINUTE_MS);
  }

  #current(): Counting {
    const minute = this.#now();
    const last = this.#minutes.at(-1);
    if (last?.minute === minute) return last;
    const counts = {
      minute,
      jobs: 0,
      accepted: 0,
      doubtful: 0,
      mailbox_refused: 0,
      deferred: 0,
      blocked: 0,
      no_reply: 0,
      held_back: 0,
    };
    // If the clock was set back, minutes that are still to come are dropped: they would be counted twice.
    this.#minutes = [...this.#minutes.filter((each) => each.minute < minute).slice(-MINUTES_MAX), counts];
    return counts;
  }
}

function endOf(outcome: Outcome, replyClass: ReplyClass | null, takesAll: boolean | null): End {
  if (outcome === 'paced' || outcome === 'resting') return 'held_back';
  if (outcome !== 'reply' || replyClass === null) return 'no_reply';
  if (replyClass === 'protocol_error') return 'no_reply';
  if (replyClass === 'accepted_unverified' || replyClass === 'mailbox_full') return 'doubtful';
  switch (replyClassRow(replyClass).blame) {
    case 'nobody':
      return takesAll === true ? 'doubtful' : 'accepted';
    case 'recipient':
      return 'mailbox_refused';
    case 'server':
      return 'deferred';
    case 'us':
      return 'blocked';
  }
}
