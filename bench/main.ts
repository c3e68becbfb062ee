/**
 * `npm run bench`: every performance figure of the project beside its baseline, measured in one run on this machine.
 *
 *   --json        the figures as JSON, with every number that was measured
 *   --only NAME   one group of figures
 *
 * All traffic stays on loopback. Each group starts the servers that it needs and ends them. Exit code 1 if a target is missed.
 */
import { parseArgs } from 'node:util';
import { type EdgeStandIn, startEdgeStandIn } from './edge-stand-in.ts';
import { type Figure, renderTable } from './figure.ts';
import { measureBatch } from './figures/batch.ts';
import { measureConnections } from './figures/connections.ts';
import { measureConsole } from './figures/console.ts';
import { measureEdge } from './figures/edge.ts';
import { measureEdgeLatency } from './figures/edge-latency.ts';
import { measureForms } from './figures/forms.ts';
import { measureHostile } from './figures/hostile.ts';
import { measureJoin } from './figures/join.ts';
import { measureLists } from './figures/lists.ts';
import { measureListsKilled } from './figures/lists-killed.ts';
import { measureMemory } from './figures/memory.ts';
import { measureNodeKilled } from './figures/node-killed.ts';
import { measureNodes } from './figures/nodes.ts';
import { measurePages } from './figures/pages.ts';
import { measureReplies } from './figures/replies.ts';
import { measureRoundTrips } from './figures/round-trips.ts';
import { measureScale } from './figures/scale.ts';
import { measureThroughput } from './figures/throughput.ts';
import { lookAtMachine, type Machine } from './machine.ts';

const GROUPS: Readonly<Record<string, (machine: Machine, edge: EdgeStandIn) => Promise<readonly Figure[]>>> = {
  'round-trips': measureRoundTrips,
  connections: measureConnections,
  edge: measureEdge,
  'edge-latency': measureEdgeLatency,
  join: measureJoin,
  replies: measureReplies,
  throughput: measureThroughput,
  batch: measureBatch,
  memory: measureMemory,
  hostile: measureHostile,
  nodes: measureNodes,
  'node-killed': measureNodeKilled,
  forms: measureForms,
  lists: measureLists,
  'lists-killed': measureListsKilled,
  console: measureConsole,
  pages: measurePages,
  scale: measureScale,
};

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, only: { type: 'string' } } });
  const names = Object.keys(GROUPS).filter((name) => values.only === undefined || values.only === name);
  if (names.length === 0) {
    process.stderr.write(`--only takes one of ${Object.keys(GROUPS).join(', ')}\n`);
    return 2;
  }
  const startMs = performance.now();
  const machine = await lookAtMachine();
  const edge = await startEdgeStandIn();
  const figures: Figure[] = [];
  try {
    for (const name of names) {
      process.stderr.write(`measuring ${name} …\n`);
      figures.push(...((await GROUPS[name]?.(machine, edge)) ?? []));
    }
  } finally {
    edge.close();
  }
  const seconds = Math.round((performance.now() - startMs) / 1000);
  if (values.json) process.stdout.write(`${JSON.stringify({ machine: machine.line, seconds, figures }, null, 2)}\n`);
  else process.stdout.write(`${machine.line}\n\n${renderTable(figures)}\n\n${seconds} s\n`);
  return figures.some(({ isReached }) => isReached === false) ? 1 : 0;
}

process.exitCode = await main();
