/**
 * Asks a node about one address, and another one where the first was refused, or where the refusal of the mailbox is one of
 * the few that are looked at twice.
 *
 * Before it: probe-once.ts. After it: nodes/dispatch/dispatch.ts, by way of wiring/node-ports.ts. The second node
 * stands in another network and gets what is left of the caller's deadline; whichever answer tells more is the one that
 * counts, and the other is kept beside it. A mailbox that the second node finds alive is not dead: that answer counts,
 * and the operator is told of both nodes.
 */
import type { Address } from '../../shared/address.ts';
import { type Evidence, type MailHost, PROTOCOL_VERSION, type Priority, type ProbeJob } from '../../shared/job.ts';
import { type Provider, providerOfMx } from '../../shared/providers.ts';
import type { Reason } from '../../shared/verdict.ts';
import {
  isDisputed,
  isWorthSecondLook,
  isWorthSecondOpinion,
  type TwoJudgements,
  tellsMore,
} from '../judge/second-opinion.ts';
import type { Judgement } from '../judge/verdict.ts';
import type { ProbeNode } from '../nodes/registry/roster.ts';

export type NodeChoice = {
  /** What the node's reputation is with: provider id, or the first mail host. It helps to choose a node and nothing else. */
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
  /** A node was refused for what it is. `provider` is that of the host that did so, or that host, whoever comes first in the MX. */
  readonly noteRefusal: (nodeId: ProbeNode['id'], provider: string, domain: string) => void;
  /** What a question came to: who greylists or paces us is not asked by two nodes at once. `provider` as above. */
  readonly noteReason: (domain: string, provider: string, reason: Reason) => void;
  /** A second node has looked at the refusal of a mailbox. */
  readonly noteLook: (look: Look) => void;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
};

/** Two nodes that were asked about one mailbox, which the first says was refused. */
export type Look = {
  readonly nodes: readonly [first: ProbeNode['id'], second: ProbeNode['id']];
  /** True if the second has found the mailbox alive. */
  readonly isDisputed: boolean;
  /** Provider of the host that refused it; null for a host of nobody we know. */
  readonly provider: string | null;
  /** Rule that classified the refusal. */
  readonly rule: string | null;
  /** What the second node's answer comes to. */
  readonly reason: Reason;
};

export type Question = {
  readonly address: Address;
  readonly hosts: readonly MailHost[];
  readonly provider: Provider | null;
  /** Those of which it is known what they answer to a random mailbox of the domain. */
  readonly knownHosts: readonly string[];
  readonly prefer: string | null;
  readonly priority: Priority;
  /** Wall clock at which the caller's deadline, and our own patience, end. */
  readonly deadlineAtMs: number;
  readonly patienceAtMs: number;
};

export type NodeEvidence = { readonly first: Evidence | null; readonly second: Evidence | null };

/** @param judgeIt what a piece of evidence comes to, all else being known */
export async function askNodes(
  question: Question,
  judgeIt: (evidence: Evidence) => Judgement,
  ports: NodePorts,
  signal: AbortSignal,
): Promise<NodeEvidence> {
  const { address, hosts, provider, knownHosts, priority, deadlineAtMs, patienceAtMs } = question;
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
    // A job that says nothing is interactive, for nodes of every version.
    ...(priority === 'bulk' ? { priority } : {}),
  });
  const { prefer } = question;
  // A recheck goes to the node that the server knows by now, and to no second stranger. For bulk work being late is no harm.
  const hedgeByMs = prefer === null && priority === 'interactive' ? deadlineAtMs : null;
  const choice: NodeChoice = { provider: providerName, prefer, otherThan: null, hedgeByMs };
  const first = await ports.probe(job(patienceAtMs), choice, signal);
  if (first === null) return { first, second: null };
  const judgement = judgeIt(first);
  note(first, judgement, address, ports);
  const leftMs = deadlineAtMs - ports.nowMs();
  const isLook = isWorthSecondLook(judgement, leftMs, ports.random());
  if (!isLook && !isWorthSecondOpinion(judgement, leftMs)) return { first, second: null };
  const other: NodeChoice = { provider: providerName, prefer: null, otherThan: first.node, hedgeByMs: null };
  const second = await ports.probe(job(deadlineAtMs), other, signal);
  if (second === null) return { first, second };
  const secondJudgement = judgeIt(second);
  note(second, secondJudgement, address, ports);
  if (isLook) return lookedAt({ evidence: first, judgement }, { evidence: second, judgement: secondJudgement }, ports);
  return tellsMore(secondJudgement, judgement) ? { first: second, second: first } : { first, second };
}

/** What counts after a second look: the refusal, unless the mailbox was found alive. */
function lookedAt(first: TwoJudgements, second: TwoJudgements, { noteLook }: NodePorts): NodeEvidence {
  const isAlive = isDisputed(first, second);
  if (isAlive !== null) {
    const { host, node } = first.evidence;
    noteLook({
      nodes: [node, second.evidence.node],
      isDisputed: isAlive,
      provider: host === null ? null : (providerOfMx(host)?.id ?? null),
      rule: first.judgement.rule,
      reason: second.judgement.reason,
    });
  }
  return isAlive === true
    ? { first: second.evidence, second: first.evidence }
    : { first: first.evidence, second: null };
}

/** What was said counts for who said it: the provider of the host, or the host itself if it is nobody's we know. */
function note({ host, node }: Evidence, judgement: Judgement, { domain }: Address, ports: NodePorts): void {
  if (host === null) return;
  const provider = providerOfMx(host)?.id ?? host;
  ports.noteReason(domain, provider, judgement.reason);
  if (judgement.isOurReputation) ports.noteRefusal(node, provider, domain);
}
