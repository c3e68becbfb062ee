/**
 * Encodes the snapshot for isolates and for KV as text, and decodes it.
 *
 * The text may be of another version: one that does not fit is ignored. States are those of the time of the snapshot;
 * an old snapshot says which nodes were there then, so that no node is lost only because the registry is. Provider
 * statistics are most of it, and a thousand nodes must be decoded in a few milliseconds, since an isolate does nothing
 * else meanwhile: they are encoded as rows, with the names of providers in one list.
 */
import * as z from 'zod';
import { NODE_STATES, type ProviderStats, publicKeySchema } from '../../../shared/enrolment.ts';
import { once } from '../../../shared/once.ts';
import { parseJson } from '../../../shared/parse-json.ts';
import type { Forgotten } from './forgotten.ts';
import { type NodeRecord, networkOfNode, stateOf, type Wake } from './registry.ts';
import type { ProbeNode, Roster } from './roster.ts';

/** The part of a KV namespace that is used here. */
export type CopyStore = {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
};

const COPY_KEY = 'n1:roster';
/** Seconds for which a copy may outlive its registry. */
const COPY_SECONDS = 7 * 86_400;
/** Raised when the rows change. */
const COPY_VERSION = 1;
/** Providers per node: the busiest come first. */
const STATS_MAX = 40;

/** Index of the provider's name, answers, refusals, 1 if it rests, connect_ms, answer_ms. */
type Row = readonly (number | null)[];
const ROW_LENGTH = 6;

const copySchema = once(() =>
  z.object({
    version: z.literal(COPY_VERSION),
    taken_at_ms: z.number(),
    providers: z.array(z.string()),
    // Missing in the text of an older registry.
    forgotten: z.array(z.object({ id: z.string(), since_ms: z.number(), until_ms: z.number() })).default([]),
    nodes: z.array(
      z.object({
        id: z.string(),
        url: z.url().transform((url) => new URL(url)),
        region: z.string(),
        network: z.string(),
        state: z.enum(NODE_STATES),
        // Missing in the text of an older registry.
        key: publicKeySchema.nullable().default(null),
        capacity: z.number(),
        running_jobs: z.number(),
        // Checked row by row below: a schema for each of a hundred thousand numbers takes longer than all the rest.
        standings: z.custom<readonly unknown[]>(Array.isArray),
      }),
    ),
  }),
);

export function writeRoster(
  nodes: readonly NodeRecord[],
  nowMs: number,
  wake: Wake,
  forgotten: readonly Forgotten[] = [],
): string {
  const places = new Map<string, number>();
  const placeOf = (provider: string): number => {
    const place = places.get(provider) ?? places.size;
    places.set(provider, place);
    return place;
  };
  const written = nodes
    .filter(({ removedAtMs }) => removedAtMs === null)
    .map((node) => ({
      id: node.id,
      url: node.url,
      region: node.region,
      network: networkOfNode(node),
      state: stateOf(node, nowMs, wake),
      key: node.key,
      capacity: node.heartbeat?.capacity ?? 1,
      running_jobs: node.heartbeat?.running_jobs ?? 0,
      standings: (node.heartbeat?.standings ?? []).slice(0, STATS_MAX).map((stats) => rowOf(stats, placeOf)),
    }));
  return JSON.stringify({
    version: COPY_VERSION,
    taken_at_ms: nowMs,
    providers: [...places.keys()],
    forgotten: forgotten.map(({ id, sinceMs, untilMs }) => ({ id, since_ms: sinceMs, until_ms: untilMs })),
    nodes: written,
  });
}

export function readRoster(text: string): Roster | null {
  const copy = parseJson(copySchema(), text);
  if (copy === null) return null;
  const { taken_at_ms, providers, nodes, forgotten } = copy;
  return {
    takenAtMs: taken_at_ms,
    nodes: nodes.map((node) => nodeOf(node, providers)),
    forgotten: forgotten.map(({ id, since_ms, until_ms }) => ({ id, sinceMs: since_ms, untilMs: until_ms })),
  };
}

/** For isolates that begin while the registry is away. */
export function putRosterCopy(store: CopyStore, text: string): Promise<void> {
  return store.put(COPY_KEY, text, { expirationTtl: COPY_SECONDS });
}

export function getRosterCopy(store: CopyStore): Promise<string | null> {
  return store.get(COPY_KEY);
}

function rowOf(stats: ProviderStats, placeOf: (provider: string) => number): Row {
  const { provider, answers, refusals, is_resting, connect_ms, answer_ms } = stats;
  return [placeOf(provider), answers, refusals, is_resting ? 1 : 0, tenths(connect_ms), tenths(answer_ms)];
}

function tenths(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}

type Written = z.output<ReturnType<typeof copySchema>>['nodes'][number];

function nodeOf({ running_jobs, standings, ...node }: Written, providers: readonly string[]): ProbeNode {
  const byProvider = new Map<string, ProviderStats>();
  for (const row of standings) {
    const stats = statsOf(row, providers);
    if (stats !== null) byProvider.set(stats.provider, stats);
  }
  return { ...node, runningJobs: running_jobs, standings: byProvider };
}

/** An invalid row is skipped: a node without statistics is asked like any other. */
function statsOf(row: unknown, providers: readonly string[]): ProviderStats | null {
  if (!Array.isArray(row) || row.length !== ROW_LENGTH) return null;
  const [place, answers, refusals, resting, connect_ms, answer_ms]: readonly unknown[] = row;
  const provider = typeof place === 'number' ? providers[place] : undefined;
  if (provider === undefined || typeof answers !== 'number' || typeof refusals !== 'number') return null;
  if (!isTime(connect_ms) || !isTime(answer_ms)) return null;
  return { provider, answers, refusals, is_resting: resting === 1, connect_ms, answer_ms };
}

function isTime(ms: unknown): ms is number | null {
  return ms === null || typeof ms === 'number';
}
