/**
 * An isolate's view of the nodes: a snapshot of the registry, seconds old. Stale-while-revalidate: a caller gets the
 * snapshot at hand, and an old one is renewed behind the answer.
 *
 * Only the first question of an isolate waits: for the registry, and if that is slow for the copy in KV as well; and,
 * for a moment, the first question after an idle time, since nodes have come and gone meanwhile. If the registry cannot
 * be reached, the last snapshot stays in use, however long it takes, and no question waits any more; without any
 * snapshot there are no nodes, and the next question tries again.
 *
 * No promise is shared between requests: in a Worker one request must not await the I/O of another.
 */
import { withinOr } from '../../async/timeout.ts';
import type { Roster } from './roster.ts';
import { readRoster } from './roster-copy.ts';

/**
 * Milliseconds after which a snapshot is renewed, and after which another try may begin. With the age that the registry
 * hands out, and the way, the first stays below SNAPSHOT_SECONDS_MAX of shared/enrolment.ts.
 */
const FRESH_MS = 2_000;
const RETRY_MS = 5_000;
/** Milliseconds per call of the registry; shorter for a call that a request waits for. */
const ASK_TIMEOUT_MS = 4_000;
const FIRST_TIMEOUT_MS = 1_500;
/** Milliseconds after which the copy in KV is read in parallel (hedge). */
const HEDGE_MS = 300;
/** Milliseconds after which a snapshot is too old to be used at once, and the wait for its renewal then. */
const STALE_MS = 5_000;
const STALE_TIMEOUT_MS = 300;

export type RosterPorts = {
  /** The registry's snapshot as text; may throw, and may never end. */
  readonly ask: () => Promise<string>;
  /** The copy that outlives the registry, or null. */
  readonly readCopy: () => Promise<string | null>;
  /** Keeps work alive after the answer has gone out. */
  readonly background: (work: Promise<unknown>) => void;
  readonly nowMs: () => number;
};

export type RosterView = () => Promise<Roster>;

export function createRosterView(ports: RosterPorts): RosterView {
  let known: Roster | null = null;
  /** Wall clock from which a renewal may begin. */
  let dueAtMs = 0;
  let renewedAtMs = 0;
  let isReachable = true;
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
    dueAtMs = renewedAtMs + FRESH_MS;
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
    const { roster, isFinal } = await firstRoster(ports);
    renewedAtMs = ports.nowMs();
    dueAtMs = renewedAtMs + (isFinal ? FRESH_MS : 0);
    return keep(roster);
  };
}

/** The first snapshot of an isolate; `isFinal` if it need not be renewed at once. */
type First = { readonly roster: Roster; readonly isFinal: boolean };

async function firstRoster({ ask, readCopy }: RosterPorts): Promise<First> {
  const asked = readWithin(FIRST_TIMEOUT_MS, ask).then((roster) => firstOf(roster, true));
  const early = await withinOr(HEDGE_MS, asked, null);
  if (early !== null) return early;
  const copied = readWithin(FIRST_TIMEOUT_MS, readCopy).then((roster) => firstOf(roster, false));
  const empty: First = { roster: { nodes: [], takenAtMs: 0 }, isFinal: false };
  return (await Promise.race([asked, copied])) ?? (await asked) ?? (await copied) ?? empty;
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
