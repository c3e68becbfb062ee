/**
 * Asks one node about an address, and a second one if the first was refused, or if the refusal of the mailbox is drawn
 * for a second look.
 *
 * Before it: probe-once.ts. After it: nodes/dispatch/dispatch.ts, by way of wiring/node-ports.ts. The second node is in
 * another network and gets the rest of the caller's deadline; the answer that tells more counts, and the other is kept
 * beside it. If the second node finds a refused mailbox alive, that answer counts, and the operator is told of both
 * nodes.
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
  /** Counterparty of the node's reputation: provider id, or the first mail host. Only used to choose a node. */
  readonly provider: string;
  /** Node to ask first regardless of the order, or null. */
  readonly prefer: string | null;
  /** Ask only nodes of other networks than this node's, or null. */
  readonly otherThan: string | null;
  /** Wall clock by which an answer is wanted, so that a late node may be hedged by another; null for never. */
  readonly hedgeByMs: number | null;
};

export type NodePorts = {
  /** Evidence of one node, or null if none could take the job. The routes add `traceparent`. */
  readonly probe: (
    job: ProbeJob,
    choice: NodeChoice,
    signal: AbortSignal,
    traceparent?: string,
  ) => Promise<Evidence | null>;
  /**
   * A node was refused for its own reputation. `provider` is that of the host that refused, or that host, which need
   * not be the first in the MX.
   */
  readonly noteRefusal: (nodeId: ProbeNode['id'], provider: string, domain: string) => void;
  /**
   * Reason that a question ended with: a domain or provider that greylists or paces us is not hedged. `provider` as
   * above.
   */
  readonly noteReason: (domain: string, provider: string, reason: Reason) => void;
  /** A second node has checked the refusal of a mailbox. */
  readonly noteLook: (look: Look) => void;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
};

/** Two nodes that were asked about one mailbox, which the first reports as refused. */
export type Look = {
  readonly nodes: readonly [first: ProbeNode['id'], second: ProbeNode['id']];
  /** True if the second node found the mailbox alive. */
  readonly isDisputed: boolean;
  /** Provider of the host that refused; null if the provider is unknown. */
  readonly provider: string | null;
  /** Rule that classified the refusal. */
  readonly rule: string | null;
  /** Reason from the second node's answer. */
  readonly reason: Reason;
};

export type Question = {
  readonly address: Address;
  readonly hosts: readonly MailHost[];
  readonly provider: Provider | null;
  /** Hosts with a known answer to a random mailbox of the domain. */
  readonly knownHosts: readonly string[];
  readonly prefer: string | null;
  readonly priority: Priority;
  /** Wall clock of the caller's deadline, and of our own longer patience. */
  readonly deadlineAtMs: number;
  readonly patienceAtMs: number;
};

export type NodeEvidence = { readonly first: Evidence | null; readonly second: Evidence | null };

/** @param judgeIt judges a piece of evidence, with all other findings as they are */
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
    // A single unknown host is enough to ask, in case it is the one that answers.
    catch_all: knownHosts.length === hosts.length ? 'skip' : 'ask',
    ...(knownHosts.length === 0 ? {} : { known_hosts: [...knownHosts] }),
    deadline_ms: Math.max(1, Math.floor(untilMs - ports.nowMs())),
    // A job that says nothing is interactive, for nodes of every version.
    ...(priority === 'bulk' ? { priority } : {}),
  });
  const { prefer } = question;
  // A recheck goes to the node that the server knows by now: a hedge would be a stranger to a server that greylists.
  // Bulk work may be late.
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

/** The evidence that counts after a second look: the refusal, unless the mailbox was found alive. */
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

/** Attributes the answer to the provider of the host, or to the host itself if its provider is unknown. */
function note({ host, node }: Evidence, judgement: Judgement, { domain }: Address, ports: NodePorts): void {
  if (host === null) return;
  const provider = providerOfMx(host)?.id ?? host;
  ports.noteReason(domain, provider, judgement.reason);
  if (judgement.isOurReputation) ports.noteRefusal(node, provider, domain);
}
