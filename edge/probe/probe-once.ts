/**
 * Single-flight for probes: concurrent climbs of this isolate with the same address share one probe.
 *
 * Before it: flow/steps.ts. After it: ask-nodes.ts, async/single-flight.ts. Each climb keeps its own deadline. A probe
 * that its own climb has abandoned, or that found no node, is no answer for the others: they try for themselves.
 */
import type { Evidence } from '../../shared/job.ts';
import type { SingleFlight } from '../async/single-flight.ts';
import type { Judgement } from '../judge/verdict.ts';
import { askNodes, type NodeEvidence, type NodePorts, type Question } from './ask-nodes.ts';

export type ProbePorts = NodePorts & {
  /** Probes in flight, by the address on the wire; null if no climb waits any more. */
  readonly probes: SingleFlight<NodeEvidence | null>;
};

export type ProbeResult = {
  readonly asked: NodeEvidence;
  /** False if another climb's probe was joined. */
  readonly isOwn: boolean;
};

const NO_EVIDENCE: NodeEvidence = { first: null, second: null };

/** @param judgeIt judges a piece of evidence, with all other findings as they are */
export async function probeOnce(
  question: Question,
  judgeIt: (evidence: Evidence) => Judgement,
  ports: ProbePorts,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const ask = (own: AbortSignal): Promise<NodeEvidence> => askNodes(question, judgeIt, ports, own);
  // A recheck needs its previous node, so that it never joins another probe.
  if (question.prefer !== null) return { asked: await ask(signal), isOwn: true };
  const { address } = question.address;
  for (;;) {
    const { value, isOwn } = await ports.probes.join(address, signal, ask);
    if (isOwn || signal.aborted) return { asked: value ?? NO_EVIDENCE, isOwn };
    if (value !== null && value.first !== null) return { asked: value, isOwn };
  }
}
