/**
 * Asks a node about one address, and another one where the first was refused.
 *
 * Before it: probe-once.ts. After it: nodes/dispatch.ts. The second node stands in another network and gets what is left of
 * the caller's deadline; whichever answer tells more is the one that counts, and the other is kept beside it.
 */
import type { Address } from '../shared/address.ts';
import { type Evidence, type MailHost, PROTOCOL_VERSION, type ProbeJob } from '../shared/job.ts';
import type { Provider } from '../shared/providers.ts';
import type { Reason } from '../shared/verdict.ts';
import type { ProbeNode } from './nodes/roster.ts';
import { isWorthSecondOpinion, tellsMore } from './second-opinion.ts';
import type { Judgement } from './verdict.ts';

export type NodeChoice = {
  /** What the node's reputation is with: provider id, or the first mail host. */
  readonly provider: string;
  /** Node to ask first whatever the order says, or null. */
  readonly prefer: string | null;
  /** Ask only nodes of other networks than this one's, or null. */
  readonly otherThan: string | null;
  /** Wall clock by which an answer is wanted, so that a node that is late may be overtaken by another; null for never. */
  readonly hedgeByMs: number | null;
};

export type NodePorts = {
  /** Evidence of one node, or null where none could take the job. `traceparent` is what the routes add. */
  readonly probe: (
    job: ProbeJob,
    choice: NodeChoice,
    signal: AbortSignal,
    traceparent?: string,
  ) => Promise<Evidence | null>;
  /** A node was refused for what it is. */
  readonly noteRefusal: (nodeId: ProbeNode['id'], provider: string) => void;
  /** What a question came to: who greylists or paces us is not asked by two nodes at once. */
  readonly noteReason: (domain: string, provider: string, reason: Reason) => void;
  readonly nowMs: () => number;
};

export type Question = {
  readonly address: Address;
  readonly hosts: readonly MailHost[];
  readonly provider: Provider | null;
  /** Those of which it is known what they answer to a random mailbox of the domain. */
  readonly knownHosts: readonly string[];
  readonly prefer: string | null;
  /** Wall clock at which the caller's deadline, and our own patience, end. */
  readonly deadlineAtMs: number;
  readonly patienceAtMs: number;
};

export type Asked = { readonly first: Evidence | null; readonly second: Evidence | null };

/** @param judgeIt what a piece of evidence comes to, all else being known */
export async function askNodes(
  question: Question,
  judgeIt: (evidence: Evidence) => Judgement,
  ports: NodePorts,
  signal: AbortSignal,
): Promise<Asked> {
  const { address, hosts, provider, knownHosts, deadlineAtMs, patienceAtMs } = question;
  const providerName = provider?.id ?? hosts[0]?.host ?? address.domain;
  const job = (untilMs: number): ProbeJob => ({
    version: PROTOCOL_VERSION,
    domain: address.domain,
    provider: provider?.id ?? null,
    mail_hosts: [...hosts],
    recipients: [{ id: 0, address: address.address }],
    // With one host that is not known there is something to ask, if it comes to that host.
    catch_all: knownHosts.length === hosts.length ? 'skip' : 'ask',
    ...(knownHosts.length === 0 ? {} : { known_hosts: [...knownHosts] }),
    deadline_ms: Math.max(1, Math.floor(untilMs - ports.nowMs())),
  });
  const { prefer } = question;
  // A recheck goes to the node that the server knows by now, and to no second stranger.
  const hedgeByMs = prefer === null ? deadlineAtMs : null;
  const choice: NodeChoice = { provider: providerName, prefer, otherThan: null, hedgeByMs };
  const first = await ports.probe(job(patienceAtMs), choice, signal);
  if (first === null) return { first, second: null };
  const judgement = judgeIt(first);
  ports.noteReason(address.domain, providerName, judgement.reason);
  if (judgement.isOurReputation) ports.noteRefusal(first.node, providerName);
  if (!isWorthSecondOpinion(judgement, deadlineAtMs - ports.nowMs())) return { first, second: null };
  const other: NodeChoice = { provider: providerName, prefer: null, otherThan: first.node, hedgeByMs: null };
  const second = await ports.probe(job(deadlineAtMs), other, signal);
  if (second === null) return { first, second };
  const secondJudgement = judgeIt(second);
  if (secondJudgement.isOurReputation) ports.noteRefusal(second.node, providerName);
  return tellsMore(secondJudgement, judgement) ? { first: second, second: first } : { first, second };
}
