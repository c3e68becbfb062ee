/**
 * Single-flight: concurrent calls with the same key share one execution.
 *
 * The calls may belong to different requests of one isolate, and workerd ties I/O to the request that began it. So they
 * share a promise of plain data and nothing else: it settles in the request that began the work, and the continuation of
 * each joiner runs in the joiner's own request (compatibility flag `handle_cross_request_promise_resolution`). Timers and
 * signals are never shared. The first request holds the work with `waitUntil`; neither its client nor a verdict found
 * elsewhere may end it. If that request ends all the same, the promise never settles, or workerd rejects it for everyone
 * that awaits it. So a joiner waits only as long as such work can last, and takes a rejection for the end of the other
 * request: in both cases it does the work itself. Only the call that began the work gets its error.
 */

type FlightResult<T> = {
  readonly value: T;
  /** False if the call joined work that was under way. */
  readonly isOwn: boolean;
};

export type SingleFlight<T> = {
  /**
   * @param signal the caller's own: when it aborts, the call ends, and so does the work unless another call has joined it
   * @param start begins the work if none is under way
   */
  join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<FlightResult<T>>;
};

export type SingleFlightRules<T> = {
  readonly nowMs: () => number;
  /** Keeps work alive after the answer, in the context of the request that is being served. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Milliseconds after which work is taken to be lost. */
  readonly lostAfterMs: number;
  /** The value for a caller whose signal aborts. */
  readonly givenUp: T;
};

type Flight<T> = { readonly landed: Promise<T>; readonly sinceMs: number; isJoined: boolean };

export function createSingleFlight<T>({
  nowMs,
  waitUntil,
  lostAfterMs,
  givenUp,
}: SingleFlightRules<T>): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();
  const join: SingleFlight<T>['join'] = async (key, signal, start) => {
    const known = flights.get(key);
    const leftMs = known === undefined ? 0 : known.sinceMs + lostAfterMs - nowMs();
    if (known !== undefined && leftMs > 0) {
      known.isJoined = true;
      const met = await meet(known.landed, signal, leftMs).catch((): 'lost' => 'lost');
      if (met !== 'lost') return { value: met === 'aborted' ? givenUp : met.value, isOwn: false };
      if (flights.get(key) === known) flights.delete(key);
      return join(key, signal, start);
    }
    const own = new AbortController();
    const flight: Flight<T> = { landed: start(own.signal), sinceMs: nowMs(), isJoined: false };
    flights.set(key, flight);
    const { promise: isOver, resolve } = Promise.withResolvers<void>();
    const end = (): void => {
      signal.removeEventListener('abort', stop);
      if (flights.get(key) === flight) flights.delete(key);
      resolve();
    };
    const stop = (): void => {
      if (flight.isJoined) return;
      own.abort();
      // A later call must not get the error of this abort.
      end();
    };
    signal.addEventListener('abort', stop);
    flight.landed.then(end, end);
    waitUntil(isOver);
    const met = await meet(flight.landed, signal, null);
    return { value: typeof met === 'string' ? givenUp : met.value, isOwn: true };
  };
  return { join };
}

/** Shares nothing: for callers of which no two ask the same at once. */
export function sharingNothing<T>(): SingleFlight<T> {
  return { join: async (_, signal, start) => ({ value: await start(signal), isOwn: true }) };
}

/** Waits with the caller's own timer and signal. */
async function meet<T>(
  landed: Promise<T>,
  signal: AbortSignal,
  patienceMs: number | null,
): Promise<{ readonly value: T } | 'aborted' | 'lost'> {
  if (signal.aborted) return 'aborted';
  const { promise: left, resolve } = Promise.withResolvers<'aborted' | 'lost'>();
  const timer = patienceMs === null ? undefined : setTimeout(() => resolve('lost'), patienceMs);
  const onAbort = (): void => resolve('aborted');
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([landed.then((value) => ({ value })), left]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
