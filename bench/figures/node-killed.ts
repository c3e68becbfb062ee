/**
 * The loss when a node is killed at work: 500 questions in flight, three nodes, and one of them is killed. Counts the
 * questions that get no verdict from the mail server, although two nodes are left.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { buildEdge } from '../edge/built-worker.ts';
import { startWholeSystem } from '../edge/whole-system.ts';
import type { EdgeStandIn } from '../edge-stand-in.ts';
import type { Figure } from '../figure.ts';
import type { Machine } from '../machine.ts';

const NODES = 3;
const QUESTIONS = 500;
const DOMAINS = 50;
/** Far enough that every question is in flight when the node is killed. */
const FAR = { dnsMs: 0, nodeMs: 0, mailMs: 300 };
/** Jobs that the node must hold for its death to matter. */
const JOBS_MIN = 50;
const LOOK_MS = 10;
const LOOKS_MAX = 1_000;

export async function measureNodeKilled(machine: Machine, standIn: EdgeStandIn): Promise<readonly Figure[]> {
  const system = await startWholeSystem(machine, standIn, await buildEdge(), DOMAINS + 1, FAR, NODES);
  try {
    await system.verify(`known.anna@d${DOMAINS}.test`);
    const startMs = performance.now();
    const answers = Promise.all(
      Array.from({ length: QUESTIONS }, (_, index) =>
        system.reasonOf(`known.person${index}@d${index % DOMAINS}.test`).catch(() => 'no answer'),
      ),
    );
    const [victim] = system.nodes;
    if (victim === undefined) throw new Error('no node');
    let jobs = 0;
    for (let look = 0; jobs < JOBS_MIN; look += 1) {
      if (look === LOOKS_MAX) throw new Error('the node was hardly asked');
      await delay(LOOK_MS);
      jobs = await victim.metric('vrfy_running_jobs');
    }
    process.kill(victim.pid, 'SIGKILL');
    const reasons = await answers;
    const seconds = (performance.now() - startMs) / 1000;
    const lost = reasons.filter((reason) => reason !== 'accepted').length;
    return [
      {
        figure: `a node killed with ${QUESTIONS} questions under way at ${NODES} nodes: without the mail server's verdict`,
        ours: `${lost} of ${QUESTIONS} (it had ${jobs} jobs; all answered after ${seconds.toFixed(1)} s)`,
        baseline: `without failover its own ${jobs} jobs`,
        target: `0 of ${QUESTIONS}`,
        isReached: lost === 0,
        measured: { lost, jobs, seconds, others: reasons.filter((reason) => reason !== 'accepted') },
      },
    ];
  } finally {
    await system.stop();
  }
}
