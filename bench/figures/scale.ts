/**
 * Scale: ten million addresses a day with 200 nodes, as sums and in simulation (docs/SCALE.md has the tables), and the time in
 * which an isolate reads a snapshot of many nodes.
 */
import { readRoster } from '../../edge/nodes/registry/roster-copy.ts';
import { type Figure, showSpread, spreadOf } from '../figure.ts';
import { TEN_MILLION } from '../scale/load.ts';
import { usesOf } from '../scale/resources.ts';
import { snapshotOf } from '../scale/snapshot.ts';
import { type RushRow, simulateRushes } from '../scale/tables.ts';

/** Times as many addresses as there are, before anything breaks. */
const ROOM_MIN = 2;
const ANSWERED_MIN = 0.95;
const RUNS = 15;

export async function measureScale(): Promise<readonly Figure[]> {
  return [roomFigure(), ...rushFigures(await simulateRushes()), ...[200, 2_000].map(snapshotFigure)];
}

function roomFigure(): Figure {
  const [first, second] = usesOf(TEN_MILLION);
  const room = (first?.breaksAt ?? 0) / TEN_MILLION.addressesADay;
  return {
    figure: '10,000,000 addresses a day, 200 nodes: breaks first, at times as many',
    ours: `${first?.resource}, ${room.toFixed(1)} times`,
    baseline: `next: ${second?.resource}, ${((second?.breaksAt ?? 0) / TEN_MILLION.addressesADay).toFixed(1)} times`,
    target: `>= ${ROOM_MIN} times`,
    isReached: room >= ROOM_MIN,
    measured: { room },
  };
}

function rushFigures(rows: readonly RushRow[]): readonly Figure[] {
  const [busiest, ours, inOrder, unpaced] = rows.map(({ result }) => result);
  if (busiest === undefined || ours === undefined || inOrder === undefined || unpaced === undefined) return [];
  return [
    {
      figure: 'simulated: forms answered within 10 s, in the busiest hour; all lists in three hours',
      ours: `${percent(busiest.answered)}; ${percent(ours.answered)}`,
      baseline: `in order of arrival ${percent(inOrder.answered)}; no pace ${percent(unpaced.answered)}`,
      target: `>= ${percent(ANSWERED_MIN)}`,
      isReached: Math.min(busiest.answered, ours.answered) >= ANSWERED_MIN,
      measured: { busiest, ours, inOrder, unpaced },
    },
    {
      figure: 'simulated: rows a second then; most questions of a node to Google in a second',
      ours: `${ours.rowsPerSecond.toFixed(0)}; ${ours.googleMost}`,
      baseline: `in order of arrival ${inOrder.rowsPerSecond.toFixed(0)}; ${inOrder.googleMost}; no pace ${unpaced.rowsPerSecond.toFixed(0)}; ${unpaced.googleMost}`,
      target: '',
      isReached: null,
      measured: {},
    },
  ];
}

function snapshotFigure(nodes: number): Figure {
  const text = snapshotOf(nodes);
  const ours = spreadOf(Array.from({ length: RUNS }, () => msOf(() => readRoster(text))));
  const parsed = spreadOf(Array.from({ length: RUNS }, () => msOf(() => JSON.parse(text))));
  return {
    figure: `snapshot of ${nodes} nodes, read by an isolate, ${Math.round(text.length / 1024)} KiB`,
    ours: `${showSpread(ours, 1)} ms`,
    baseline: `JSON.parse alone ${showSpread(parsed, 1)} ms`,
    target: '',
    isReached: null,
    measured: { ours, parsed },
  };
}

function msOf(work: () => unknown): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
