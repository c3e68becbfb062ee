/**
 * The registry's snapshot in the data centre's cache (memory/data-centre-cache.ts), so that the registry is asked by data centres
 * and not by isolates.
 *
 * A thousand busy isolates that each asked every two seconds were 43 million calls a day, 500 a second of one object, which bears
 * about a thousand. With this, a data centre asks once in NEAR_SECONDS at most times: in a hundred of them 2.2 million a day, 25 a
 * second. Without such a cache (workers.dev) each isolate asks every 3 to 5 s (roster-view.ts): 22 million.
 */
import { type HttpCache, readEntry, writeEntry } from '../../memory/data-centre-cache.ts';
import { hasActiveNode } from './roster.ts';
import { readRoster } from './roster-copy.ts';

/** Seconds for which a snapshot is handed on. */
export const NEAR_SECONDS = 4;
/** Octets of a snapshot: 10,000 nodes. */
const ROSTER_OCTETS_MAX = 16 * 1024 * 1024;

export type NearRosterPorts = {
  /** The registry's snapshot as text; may throw, and may never end. */
  readonly ask: () => Promise<string>;
  /** Null if there is none. */
  readonly cache: HttpCache | null;
  /** Tells this edge from others whose cache is the same: no other edge can name it. */
  readonly edgeName: string;
  /** Keeps work alive after the answer has gone out. */
  readonly background: (work: Promise<unknown>) => void;
  readonly nowMs: () => number;
};

/** The snapshot: that of the data centre, or the registry's. Rejects as `ask` does. */
export async function askNearFirst({ ask, cache, edgeName, background, nowMs }: NearRosterPorts): Promise<string> {
  if (cache === null) return ask();
  const url = `https://roster.vrfy.invalid/v1/${edgeName}`;
  const entry = await readEntry(cache, url, ROSTER_OCTETS_MAX, nowMs);
  if (entry !== null) return new TextDecoder().decode(entry.octets);
  const text = await ask();
  // The first node of an edge, or the first that is back, must not be unknown for seconds more.
  if (!hasActiveNode(readRoster(text))) return text;
  const life = { mediaType: 'application/json', lifeSeconds: NEAR_SECONDS, nowMs: nowMs() };
  background(writeEntry(cache, url, text, life));
  return text;
}
