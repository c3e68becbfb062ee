/**
 * The nodes as an isolate sees them: a snapshot of the registry, seconds old, that keeps a verify waiting for a moment at most.
 *
 * Whoever asks gets what is there, and an old snapshot is renewed behind the answer. Only the first question of an
 * isolate waits: for the registry, and when that is slow for the copy in KV as well; and, for a moment, the first after an
 * idle time, since nodes have come and gone meanwhile. A registry that cannot be reached leaves the last snapshot standing
 * for as long as it takes, and is waited for no more; without any there are no nodes, which is asked again soon.
 *
 * No promise is shared between requests: in a Worker the I/O of one request must not be awaited by another.
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
/** Milliseconds that a question to the registry may take; shorter for the one that somebody waits for. */
const ASK_TIMEOUT_MS = 4_000;
const FIRST_TIMEOUT_MS = 1_500;
/** Milliseconds after which the copy is looked for beside the registry. */
const HEDGE_MS = 300;
/** Milliseconds after which a snapshot tells of another time, and how long its renewal is then waited for. */
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
  /** Wall clock from which on a renewal may begin. */
  let dueAtMs = 0;
  let renewedAtMs = 0;
  let isReachable = true;
  const keep = (roster: Roster): Roster => {
    // Answers may overtake each other.
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

/** The first snapshot of an isolate; `isFinal` where it need not be renewed at once. */
type First = { readonly roster: Roster; readonly isFinal: boolean };

async function firstRoster({ ask, readCopy }: RosterPorts): Promise<First> {
  const asked = readWithin(FIRST_TIMEOUT_MS, ask).then((roster) => firstOf(roster, true));
  const early = await withinOr(HEDGE_MS, asked, null);
  if (early !== null) return early;
  const copied = readWithin(FIRST_TIMEOUT_MS, readCopy).then((roster) => firstOf(roster, false));
  const nobody: First = { roster: { nodes: [], takenAtMs: 0 }, isFinal: false };
  return (await Promise.race([asked, copied])) ?? (await asked) ?? (await copied) ?? nobody;
}

function firstOf(roster: Roster | null, isFinal: boolean): First | null {
  return roster === null ? null : { roster, isFinal };
}

/** The snapshot, or null where none that can be read came in time. */
async function readWithin(timeoutMs: number, read: () => Promise<string | null>): Promise<Roster | null> {
  try {
    const text = await withinOr(timeoutMs, read(), null);
    return text === null ? null : readRoster(text);
  } catch {
    // Not reachable: the snapshot that stands is better than none, and the next question tries again.
    return null;
  }
}
