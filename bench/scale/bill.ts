/** What a day costs by the platform's public prices (limits.ts), item by item, without the nodes. Pure. */
import { HEARTBEAT_SECONDS } from '../../shared/enrolment.ts';
import { greylistedShare } from '../simulation/world.ts';
import { FORM_COST, ROW_COST } from './costs.ts';
import { PRICES } from './limits.ts';
import { DAY_SECONDS, type Load } from './load.ts';
import { WORKER_CPU_MS } from './measured.ts';

export type Item = {
  readonly name: string;
  /** In a day. */
  readonly count: number;
  readonly dollars: number;
  readonly source: string;
};

/** Operations of one message. */
const QUEUE_OPERATIONS = 3;
/** An object is billed for as much memory while it runs, whatever it uses. */
const OBJECT_GIGABYTES = 0.128;
/** Rows of one list. */
const LIST_ROWS = 1_000_000;

/** The dearest first. */
export function billOf({ addressesADay, nodes, formsShare }: Load): readonly Item[] {
  const forms = addressesADay * formsShare;
  const rows = addressesADay - forms;
  const both = (of: 'kvReads' | 'kvWrites' | 'quotaCalls' | 'listRows' | 'invocations'): number =>
    forms * FORM_COST[of] + rows * ROW_COST[of];
  const heartbeats = (nodes * DAY_SECONDS) / HEARTBEAT_SECONDS;
  // Each list runs all day.
  const objects = 1 + rows / LIST_ROWS;
  const counts: readonly (readonly [string, number, keyof typeof PRICES])[] = [
    ['KV, writes: a verdict each', both('kvWrites'), 'kvWrite'],
    ['KV, reads', both('kvReads'), 'kvRead'],
    ['rows written by lists', both('listRows'), 'rowWritten'],
    ['rows written by counters of quota', both('quotaCalls'), 'rowWritten'],
    ['rows written by heartbeats', heartbeats, 'rowWritten'],
    ['requests to objects', both('quotaCalls') + heartbeats + both('invocations'), 'objectRequest'],
    ['invocations of the worker', both('invocations') + heartbeats, 'invocation'],
    ['running objects: the registry and the lists, GB-s', objects * DAY_SECONDS * OBJECT_GIGABYTES, 'gigabyteSecond'],
    [`processor time of the worker at ${WORKER_CPU_MS} ms, ms`, addressesADay * WORKER_CPU_MS, 'cpuMillisecond'],
    ['operations of the queue', forms * greylistedShare() * QUEUE_OPERATIONS, 'queueOperation'],
  ];
  return counts
    .map(([name, count, price]) => {
      const { dollarsPerMillion, source } = PRICES[price];
      return { name, count, dollars: (count / 1_000_000) * dollarsPerMillion, source };
    })
    .toSorted((a, b) => b.dollars - a.dollars);
}
