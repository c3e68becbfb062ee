/** The tables of docs/SCALE.md, as cells. `npm run bench -- --only scale` prints what it takes from the machine beside them. */
import { type RushPolicy, type RushResult, simulateRush } from '../simulation/rush.ts';
import { billOf } from './bill.ts';
import { type Arrivals, busiestHour, type Load, listsInThreeHours, TEN_MILLION } from './load.ts';
import { SNAPSHOTS_PER_SECOND, usesOf } from './resources.ts';
import { snapshotOf } from './snapshot.ts';

export type Cells = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

export type RushRow = { readonly name: string; readonly policy: RushPolicy; readonly result: RushResult };

const DAYS_OF_A_MONTH = 30;
const SNAPSHOT_NODES = [200, 1_000, 2_000];
const KIB = 1_024;

const RUSHES: readonly (readonly [name: string, policy: RushPolicy, arrivals: (load: Load) => Arrivals])[] = [
  ['busiest hour', 'ours', busiestHour],
  ['all lists in three hours', 'ours', listsInThreeHours],
  ['all lists in three hours', 'in order', listsInThreeHours],
  ['all lists in three hours', 'no pace', listsInThreeHours],
];

const POLICY_TOLD: Readonly<Record<RushPolicy, string>> = {
  ours: 'forms first',
  'in order': 'the same pace, in order of arrival',
  'no pace': 'no pace',
};

export function usesTable(load: Load): Cells {
  const rows = usesOf(load).map(({ resource, unit, perSecond, limit, source, breaksAt }) => [
    resource,
    unit,
    short(perSecond),
    short(limit),
    Number.isFinite(breaksAt) ? millions(breaksAt) : 'never',
    source,
  ]);
  const head = [
    'resource',
    'counted',
    'per second, busiest hour',
    'limit',
    'reached at, addresses per day',
    'source of the limit',
  ];
  return { head, rows };
}

export function billTable(load: Load): Cells {
  const items = billOf(load);
  const total = items.reduce((sum, { dollars }) => sum + dollars, 0);
  const rows = items.map(({ name, count, dollars, source }) => [name, millions(count), money(dollars), source]);
  const sum = [`together: ${money(total * DAYS_OF_A_MONTH)} a month`, '', money(total), ''];
  return { head: ['item', 'per day', 'dollars per day', 'source of the price'], rows: [...rows, sum] };
}

/** The snapshot, and the registry's load if every data centre is busy. */
export function snapshotTable(load: Load): Cells {
  const rows = SNAPSHOT_NODES.map((nodes) => {
    const kib = snapshotOf(nodes).length / KIB;
    const registry = usesOf({ ...load, nodes }).find(({ resource }) => resource === 'registry object');
    return [
      short(nodes),
      `${short(kib)} KiB`,
      short(registry?.perSecond ?? 0),
      `${short((SNAPSHOTS_PER_SECOND * kib) / KIB)} MiB/s`,
    ];
  });
  return { head: ['nodes', 'snapshot', 'requests to the registry per second', 'sent by the registry'], rows };
}

/** The same in each run. It takes some seconds. */
export async function simulateRushes(): Promise<readonly RushRow[]> {
  const rows: RushRow[] = [];
  for (const [name, policy, arrivals] of RUSHES) {
    rows.push({ name, policy, result: await simulateRush(policy, arrivals(TEN_MILLION), TEN_MILLION.nodes) });
  }
  return rows;
}

export async function rushTable(): Promise<Cells> {
  const rows = (await simulateRushes()).map(({ name, policy, result }) => [
    name,
    POLICY_TOLD[policy],
    `${(result.answered * 100).toFixed(1)} %`,
    `${result.p50Ms.toFixed(0)}, ${result.p95Ms.toFixed(0)} ms`,
    result.rowsPerSecond.toFixed(0),
    String(result.googleMost),
  ]);
  const head = [
    'traffic',
    'order',
    'forms answered in 10 s',
    'their time, median and p95',
    'rows answered per second',
    'most questions of one node to Google in a second',
  ];
  return { head, rows };
}

function short(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));
}

function millions(value: number): string {
  return value >= 1_000_000 ? `${short(value / 1_000_000)} million` : short(value);
}

function money(dollars: number): string {
  return `$${dollars >= 100 ? short(dollars) : dollars.toFixed(2)}`;
}
