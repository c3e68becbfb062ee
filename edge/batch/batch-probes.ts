/**
 * Coalesces the probes of many addresses: those of one domain become one job, and jobs for one node become one request.
 *
 * Each address climbs on its own (verify-many.ts); here the climbs of a domain wait for each other, so that the domain
 * costs one job, one session and one random mailbox. A climb that needs no probe says so when it ends, and a timeout
 * bounds the wait anyway. Each caller gets the evidence of its own address.
 */
import type { Evidence, ProbeJob, Recipient } from '../../shared/job.ts';
import type { NodeChoice, NodePorts } from '../probe/ask-nodes.ts';

/** Milliseconds for which the climbs of a domain wait for the last of them, and a complete job for other jobs. */
const DOMAIN_MS = 50;
const BUNDLE_MS = 5;

/** A job for a whole domain, and the receiver of its evidence. */
export type GatheredJob = {
  readonly job: ProbeJob;
  readonly choice: NodeChoice;
  readonly onEvidence: (evidence: Evidence) => void;
};

export type GatherProbesPorts = {
  /** Sends jobs to nodes; ends when no more evidence can come. */
  readonly dispatch: (jobs: readonly GatheredJob[], signal: AbortSignal) => Promise<void>;
  /** Sets a timer, in milliseconds. */
  readonly after: (ms: number, callBack: () => void) => unknown;
};

/** One climb among those of its domain. */
export type BatchMember = {
  readonly probe: NodePorts['probe'];
  /** The climb has ended, with or without a question. */
  readonly leave: () => void;
};

/** Climbs with the same question about the same domain. */
type Group = {
  readonly job: Omit<ProbeJob, 'recipients' | 'deadline_ms'>;
  readonly choice: NodeChoice;
  deadlineMs: number;
  /** Indexed by recipient id. */
  readonly recipients: Recipient[];
  readonly waiters: PromiseWithResolvers<Evidence | null>[];
};

/** @returns registers a climb that is about to begin; call it for all climbs before the first can ask */
export function gatherProbes(ports: GatherProbesPorts, signal: AbortSignal): (domain: string) => BatchMember {
  const awaited = new Map<string, number>();
  const groups = new Map<string, Group>();
  let ready: Group[] = [];

  const send = (): void => {
    const sent = ready;
    ready = [];
    void sendAll(sent, ports, signal);
  };
  const close = (key: string, group: Group): void => {
    if (groups.get(key) !== group) return;
    groups.delete(key);
    if (ready.push(group) === 1) ports.after(BUNDLE_MS, send);
  };
  const closeWhereComplete = (domain: string): void => {
    if ((awaited.get(domain) ?? 0) > 0) return;
    for (const [key, group] of groups) if (group.job.domain === domain) close(key, group);
  };
  const ask = (job: ProbeJob, choice: NodeChoice): Promise<Evidence | null> => {
    const { recipients, deadline_ms, ...rest } = job;
    const { hedgeByMs: _, ...wishes } = choice;
    const key = JSON.stringify([rest, wishes]);
    const known = groups.get(key);
    const group: Group = known ?? { job: rest, choice, deadlineMs: deadline_ms, recipients: [], waiters: [] };
    if (known === undefined) {
      groups.set(key, group);
      const isComplete = (awaited.get(job.domain) ?? 0) === 0;
      ports.after(isComplete ? BUNDLE_MS : DOMAIN_MS, () => close(key, group));
    }
    const waiter = Promise.withResolvers<Evidence | null>();
    for (const recipient of recipients) group.recipients.push({ ...recipient, id: group.waiters.push(waiter) - 1 });
    group.deadlineMs = Math.max(group.deadlineMs, deadline_ms);
    return waiter.promise;
  };

  return (domain) => {
    awaited.set(domain, (awaited.get(domain) ?? 0) + 1);
    let isAwaited = true;
    const arrive = (): void => {
      if (!isAwaited) return;
      isAwaited = false;
      awaited.set(domain, (awaited.get(domain) ?? 1) - 1);
      closeWhereComplete(domain);
    };
    return {
      probe: (job, choice) => {
        const evidence = ask(job, choice);
        arrive();
        return evidence;
      },
      leave: arrive,
    };
  };
}

async function sendAll(groups: readonly Group[], ports: GatherProbesPorts, signal: AbortSignal): Promise<void> {
  const waiters = groups.flatMap((group) => group.waiters);
  const jobs = groups.map(({ job, choice, deadlineMs, recipients, waiters: own }) => ({
    job: { ...job, recipients, deadline_ms: deadlineMs },
    choice,
    onEvidence: (evidence: Evidence) => own[evidence.id]?.resolve({ ...evidence, id: 0 }),
  }));
  // A climb that has its evidence gets no more.
  try {
    if (!signal.aborted) await ports.dispatch(jobs, signal);
    for (const { resolve } of waiters) resolve(null);
  } catch (error) {
    for (const { reject } of waiters) reject(error);
  }
}
