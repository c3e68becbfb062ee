/** The registry of the simulation: turns heartbeats into nodes, snapshot by snapshot. */

import type { ProbeNode, Roster } from '../../edge/nodes/registry/roster.ts';
import { LOST_AFTER_SECONDS } from '../../shared/enrolment.ts';
import type { Fleet } from './fleet.ts';

/** A node without a job since its last report has nothing new to say, except for counts that age. */
const STALE_MS = 600_000;

type Known = { node: ProbeNode; jobs: number; reportedAtMs: number; heardAtMs: number };

export type Registry = { readonly snapshot: (nowMs: number) => Roster };

export function createRegistry(
  nodes: readonly ProbeNode[],
  fleet: Fleet,
  isReachable: (nodeId: string) => boolean,
): Registry {
  const known: Known[] = nodes.map((node) => ({ node, jobs: 0, reportedAtMs: 0, heardAtMs: 0 }));
  return {
    snapshot: (nowMs) => {
      const jobs = fleet.jobs();
      for (const each of known) {
        const { id } = each.node;
        if (!isReachable(id)) continue;
        each.heardAtMs = nowMs;
        const count = jobs.get(id) ?? 0;
        if (count === each.jobs && nowMs - each.reportedAtMs < STALE_MS) continue;
        const { standings } = fleet.book(id)?.report() ?? { standings: [] };
        each.node = { ...each.node, standings: new Map(standings.map((stats) => [stats.provider, stats])) };
        each.jobs = count;
        each.reportedAtMs = nowMs;
      }
      const isLost = ({ heardAtMs }: Known): boolean => nowMs - heardAtMs >= LOST_AFTER_SECONDS * 1_000;
      return {
        nodes: known.map((each) => ({ ...each.node, state: isLost(each) ? 'lost' : 'active' })),
        takenAtMs: nowMs,
      };
    },
  };
}
