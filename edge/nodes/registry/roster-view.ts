/**
 * An isolate's view of the nodes: a snapshot of the registry, seconds old. Stale-while-revalidate: a caller gets the
 * snapshot at hand, and an old one is renewed behind the answer.
 *
 * Only the first question of an isolate waits: for the registry, and if that is slow for the copy in KV; and, for a moment,
 * the first question after an idle time, since nodes have come and gone meanwhile. If the registry cannot
 * be reached, the last snapshot stays in use, however long it takes, and no question waits any more; without any
 * snapshot there are no nodes, and the next question tries again.
 *
 * The first questions share one call (single-flight), so that the step which needs the nodes joins the one that read memory.
 */
import { createSingleFlight } from '../../async/single-flight.ts';
import { withinOr } from '../../async/timeout.ts';
import { hasActiveNode, type Roster } from './roster.ts';
import { readRoster } from './roster-copy.ts';

/**
 * Milliseconds after which a snapshot is renewed, a share of which is left to chance so that isolates do not ask together; and after
 * which another try may begin. With the age that the registry and the data centre's cache hand out (near-roster.ts), and the way, the
 * first stays below SNAPSHOT_SECONDS_MAX of shared/enrolment.ts.
 */
const FRESH_MS = 5_000;
const FRESH_SPREAD = 0.4;
const RETRY_MS = 5_000;
/** Milliseconds per call of the registry; shorter for a call that a request waits for. */
const ASK_TIMEOUT_MS = 4_000;
const FIRST_TIMEOUT_MS = 1_500;
/**
 * Milliseconds after which the copy in KV, which is read at the same time, will do. A registry on another continent takes 100 to 300,
 * and a location sees a copy that may be a minute old: nodes that have come since are not in it.
 */
const HEDGE_MS = 500;
/** Milliseconds after which a snapshot is too old to be used at once, and the wait for its renewal then. */
const STALE_MS = 10_000;
const STALE_TIMEOUT_MS = 300;

export type RosterPorts = {
  /** The registry's snapshot as text; may throw, and may never end. */
  readonly ask: () => Promise<string>;
  /** The copy that outlives the registry, or null. */
  readonly readCopy: () => Promise<string | null>;
  /** Keeps work alive after the answer has gone out. */
  readonly background: (work: Promise<unknown>) => void;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
};

export type RosterView = () => Promise<Roster>;

export function createRosterView(ports: RosterPorts): RosterView {
  let known: Roster | null = null;
  /** Wall clock from which a renewal may begin. */
  let dueAtMs = 0;
  let renewedAtMs = 0;
  let isReachable = true;
  const freshMs = (): number => FRESH_MS * (1 - FRESH_SPREAD * ports.random());
  const flights = createSingleFlight<First>({
    nowMs: ports.nowMs,
    waitUntil: ports.background,
    lostAfterMs: FIRST_LOST_AFTER_MS,
    givenUp: NOTHING_FOUND,
  });
  const keep = (roster: Roster): Roster => {
    // Answers may arrive out of order.
    if (known === null || roster.takenAtMs >= known.takenAtMs) known = roster;
    return known;
  };
  const renew = async (): Promise<void> => {
    dueAtMs = ports.nowMs() + RETRY_MS;
    const roster = await readWithin(ASK_TIMEOUT_MS, ports.ask);
    isReachable = roster !== null;
    if (roster === null) return;
    keep(roster);
    renewedAtMs = ports.nowMs();
    dueAtMs = renewedAtMs + freshMs();
  };
  return async () => {
    if (known !== null) {
      const nowMs = ports.nowMs();
      if (nowMs < dueAtMs) return known;
      const renewal = renew();
      ports.background(renewal);
      if (isReachable && nowMs - renewedAtMs > STALE_MS) await withinOr(STALE_TIMEOUT_MS, renewal, null);
      return known;
    }
    const never = new AbortController().signal;
    const { roster, isFinal } = (await flights.join('first', never, () => firstRoster(ports))).value;
    renewedAtMs = ports.nowMs();
    dueAtMs = renewedAtMs + (isFinal ? freshMs() : 0);
    return keep(roster);
  };
}

/** The first snapshot of an isolate; `isFinal` if it need not be renewed at once. */
type First = { readonly roster: Roster; readonly isFinal: boolean };

const NOTHING_FOUND: First = { roster: { nodes: [], takenAtMs: 0 }, isFinal: false };
/** Milliseconds after which a first question is taken to have ended with its request. */
const FIRST_LOST_AFTER_MS = 2 * FIRST_TIMEOUT_MS;

async function firstRoster({ ask, readCopy }: RosterPorts): Promise<First> {
  const asked = readWithin(FIRST_TIMEOUT_MS, ask).then((roster) => firstOf(roster, true));
  // A copy without a node to ask is one of before the first node came, as this location read it then.
  const copied = readWithin(FIRST_TIMEOUT_MS, readCopy).then((roster) =>
    firstOf(hasActiveNode(roster) ? roster : null, false),
  );
  const early = await withinOr(HEDGE_MS, asked, null);
  return early ?? (await Promise.race([asked, copied])) ?? (await asked) ?? (await copied) ?? NOTHING_FOUND;
}

function firstOf(roster: Roster | null, isFinal: boolean): First | null {
  return roster === null ? null : { roster, isFinal };
}

/** The snapshot, or null if none arrived in time that can be decoded. */
async function readWithin(timeoutMs: number, read: () => Promise<string | null>): Promise<Roster | null> {
  try {
    const text = await withinOr(timeoutMs, read(), null);
    return text === null ? null : readRoster(text);
  } catch {
    // Unreachable: the old snapshot is better than none, and the next question tries again.
    return null;
  }
}
