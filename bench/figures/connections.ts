/** TCP connections for a hundred known addresses of one domain, counted by the mail server. */
import { askSequentially } from '../baselines/sequential-client.ts';
import { type EdgeStandIn, makeJob } from '../edge-stand-in.ts';
import { type FarSide, startFarSide } from '../far-side.ts';
import type { Figure } from '../figure.ts';
import type { Machine } from '../machine.ts';
import { startNode } from '../node-under-test.ts';

const ADDRESSES = 100;
const IN_ONE_JOB_MAX = 2;

export async function measureConnections(machine: Machine, edge: EdgeStandIn): Promise<readonly Figure[]> {
  const farSide = await startFarSide();
  const { port } = await farSide.call('mail', { isCatchAll: false });
  const node = await startNode(machine, edge, {
    PROBE_ROUTES: ['a', 'b', 'c'].map((name) => `mx.${name}.bench.test=127.0.0.1:${port}`).join(','),
  });
  const people = Array.from({ length: ADDRESSES }, (_, index) => `known.person${index}`);
  const post = async (domain: string, localParts: readonly string[]): Promise<void> => {
    const { text } = await node.post(await edge.sign(makeJob({ domain, localParts })));
    const accepted = text.split('\n').filter((line) => line !== '' && JSON.parse(line).reply?.code === 250);
    if (accepted.length !== localParts.length) throw new Error(`${domain}: ${accepted.length} addresses accepted`);
  };
  try {
    const inOneJob = await counted(farSide, () => post('a.bench.test', people));
    const oneByOne = await counted(farSide, async () => {
      for (const person of people) await post('b.bench.test', [person]);
    });
    const atOnce = await counted(farSide, async () => {
      await Promise.all(people.map((person) => post('c.bench.test', [person])));
    });
    const sequential = await counted(farSide, async () => {
      for (const person of people) await askSequentially(port, `${person}@a.bench.test`, 'with catch-all');
    });
    const baseline = `sequential client ${sequential}`;
    const figureOf = (how: string, ours: number, max: number | null): Figure => ({
      figure: `TCP connections, ${ADDRESSES} known addresses of one domain, ${how}`,
      ours: String(ours),
      baseline,
      target: max === null ? '' : `<= ${max}`,
      isReached: max === null ? null : ours <= max,
      measured: { ours, sequential },
    });
    return [
      figureOf('one job', inOneJob, IN_ONE_JOB_MAX),
      figureOf('100 jobs in a row', oneByOne, null),
      figureOf('100 jobs at once, unpaced', atOnce, null),
    ];
  } finally {
    await node.stop();
    await farSide.stop();
  }
}

async function counted(farSide: FarSide, work: () => Promise<void>): Promise<number> {
  await farSide.call('mailCounts', null);
  await work();
  return (await farSide.call('mailCounts', null)).connections;
}
