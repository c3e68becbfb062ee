/**
 * The limits of the platform that a rehearsal imposes, each with a switch. docs/LIMITS.md has the sources.
 *
 * `PLATFORM` is the platform at its strictest reading of the documents; `NO_LIMITS` is plain workerd, so that a test can
 * show that the limit stops a worker that breaks it, and nothing else does.
 */

export type Limits = {
  /** Outgoing connections of an invocation that may wait for headers at once; further ones are queued. Null: unlimited. */
  readonly connections: number | null;
  /** Subrequests of an invocation; the next one throws. Null: unlimited. */
  readonly subrequests: number | null;
  /** Milliseconds for which `waitUntil` keeps an invocation alive after its answer. Null: unlimited. */
  readonly waitUntilMs: number | null;
  /** Whether the clock is that of the last I/O, and zero before the first. */
  readonly clockStandsStill: boolean;
  /** `fresh`: each invocation has an isolate of its own, with new module state. `kept`: one isolate for each location. */
  readonly isolates: 'fresh' | 'kept';
  readonly kv: {
    /** Whether a second write to a key within a second is refused with 429. */
    readonly isPaced: boolean;
    /** Milliseconds for which a location keeps what it has read, the absence of a key too. */
    readonly staleMs: number;
  };
  /** `location`: the Cache API keeps answers for one location. `none`: as on workers.dev, it drops them. */
  readonly cache: 'location' | 'none';
  /** Milliseconds of one call of a Durable Object: the way there and back. */
  readonly objectMs: number;
  /** How many times each queue message is delivered, and whether in any order. */
  readonly queue: { readonly copies: number; readonly isShuffled: boolean };
  /** How many times each alarm runs. */
  readonly alarmRuns: number;
};

export const PLATFORM: Limits = {
  connections: 6,
  subrequests: 1_000,
  waitUntilMs: 30_000,
  clockStandsStill: true,
  isolates: 'fresh',
  kv: { isPaced: true, staleMs: 60_000 },
  cache: 'location',
  objectMs: 100,
  queue: { copies: 2, isShuffled: true },
  alarmRuns: 2,
};

export const NO_LIMITS: Limits = {
  connections: null,
  subrequests: null,
  waitUntilMs: null,
  clockStandsStill: false,
  isolates: 'kept',
  kv: { isPaced: false, staleMs: 0 },
  cache: 'location',
  objectMs: 0,
  queue: { copies: 1, isShuffled: false },
  alarmRuns: 1,
};

/**
 * The fate of one call between Workers or of an object. `lost_before`: it never arrives. `lost_after`: it is carried out,
 * and its answer is lost. `cut`: the stream that it returns breaks off after its first chunk.
 */
export type Fate = 'arrives' | 'lost_before' | 'lost_after' | 'cut';
