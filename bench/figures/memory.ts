/** The memory of a node with 2,000 sessions held open by servers that never greet, and 10 s after the sessions end. */
import { setTimeout as delay } from 'node:timers/promises';
import { type EdgeStandIn, makeJob } from '../edge-stand-in.ts';
import { startFarSide } from '../far-side.ts';
import type { Figure } from '../figure.ts';
import type { Machine } from '../machine.ts';
import { type NodeUnderTest, startNode } from '../node-under-test.ts';

const SESSIONS = 2_000;
const DEADLINE_MS = 12_000;
const RSS_MIB_MAX = 200;
/** After the end of the last session. */
const SETTLE_MS = 10_000;
/** A process that has worked once keeps compiled code: this much above the first look counts as released. */
const RSS_BACK_MIB = 40;
/** Not leaks: the listener, and the connection for the metrics. */
const SOCKETS_LEFT_MAX = 3;

export async function measureMemory(machine: Machine, edge: EdgeStandIn): Promise<readonly Figure[]> {
  const farSide = await startFarSide();
  const { port } = await farSide.call('silent', null);
  const node = await startNode(machine, edge, {
    PROBE_ROUTES: Array.from({ length: SESSIONS }, (_, index) => `m${index}.s.test=127.0.0.1:${port}`).join(','),
  });
  try {
    const jobs = await Promise.all(
      Array.from({ length: SESSIONS }, (_, index) =>
        edge.sign(
          makeJob({
            domain: `d${index}.s.test`,
            host: `m${index}.s.test`,
            localParts: ['anna'],
            deadlineMs: DEADLINE_MS,
          }),
        ),
      ),
    );
    const before = look(node);
    const answers = Promise.all(jobs.map(node.post));
    let held = { sessions: 0, rssMib: 0, sockets: 0 };
    for (let waited = 0; waited < DEADLINE_MS && held.sessions < SESSIONS; waited += 250) {
      await delay(250);
      held = { sessions: (await farSide.call('silentCounts', null)).open, ...look(node) };
    }
    await delay(500);
    const during = { ...look(node), sessions: held.sessions };
    const outcomes = (await answers).map(({ text }) => JSON.parse(text).outcome);
    await delay(SETTLE_MS);
    const after = look(node);
    return figuresOf(before, during, after, outcomes.filter((outcome) => outcome === 'timeout').length);
  } finally {
    await node.stop();
    await farSide.stop();
  }
}

type Look = { readonly rssMib: number; readonly sockets: number };

function look(node: NodeUnderTest): Look {
  return { rssMib: node.rssMib(), sockets: node.sockets() };
}

function figuresOf(
  before: Look,
  during: Look & { readonly sessions: number },
  after: Look,
  timeouts: number,
): readonly Figure[] {
  const isHeld = during.sessions === SESSIONS && timeouts === SESSIONS;
  const isBack = after.rssMib - before.rssMib < RSS_BACK_MIB && after.sockets <= SOCKETS_LEFT_MAX;
  const mib = (value: number): string => value.toFixed(0);
  return [
    {
      figure: `RSS at ${SESSIONS} sessions held by silent servers`,
      ours: `${mib(during.rssMib)} MiB at ${during.sessions}`,
      baseline: `before them ${mib(before.rssMib)} MiB`,
      target: `< ${RSS_MIB_MAX} MiB`,
      isReached: isHeld && during.rssMib < RSS_MIB_MAX,
      measured: { before, during, timeouts },
    },
    {
      figure: '10 s after their end',
      ours: `${mib(after.rssMib)} MiB, ${after.sockets} sockets`,
      baseline: `before them ${mib(before.rssMib)} MiB, ${before.sockets} sockets`,
      target: `< ${RSS_BACK_MIB} MiB more, <= ${SOCKETS_LEFT_MAX} sockets`,
      isReached: isBack,
      measured: { before, after },
    },
  ];
}
