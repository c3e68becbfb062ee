/**
 * THE NODE'S FLOW: a job comes in, evidence goes out as it becomes known.
 *
 *   recipients → source address → mail hosts by preference → a session with one of them → MAIL, RCPT, RCPT → evidence
 *
 * Before it: server.ts (token, schema). After it: ask-host.ts (one host), lease.ts (a session), smtp/ (the wire); then
 * the edge, which judges. A host that cannot be reached, greets with 4yz, drops us or talks nonsense hands over to the
 * next; a host that has spoken about the sender or the mailbox has settled the matter. One AbortSignal bounds
 * everything. Nothing is thrown for what servers and DNS do.
 */
import { type Address, parseAddress } from '../shared/address.ts';
import { createRepeatedDomainName } from '../shared/domain-name.ts';
import type { Attempt, Evidence, MailHost, ProbeJob } from '../shared/job.ts';
import { type Provider, providerById } from '../shared/providers.ts';
import { type ReplyClass, replyClassRow } from '../shared/replies/classes.ts';
import type { classify } from '../shared/replies/classify.ts';
import { type Asked, type AskPorts, askHost, type HostJob, type IsWanted, type Told } from './ask-host.ts';
import { deferral, type Finding, failure, isSettled, mostTelling, NOWHERE } from './findings.ts';
import { laneOf } from './lane.ts';
import { lease } from './lease.ts';
import type { Sources } from './memory/sources.ts';
import { strangerLocalPart } from './smtp/stranger.ts';

/** Hosts tried of one domain. */
const HOSTS_MAX = 5;
/** Milliseconds for which a session that was opened ahead waits for its question. */
const WARM_MS = 20_000;

export type ProbeSettings = { readonly id: string; readonly region: string; readonly mailFrom: string | null };

export type ProbePorts = AskPorts & {
  readonly sources: Sources;
  readonly classify: typeof classify;
  /** In [0, 1). */
  readonly random: () => number;
};

/** Takes evidence as it becomes known, in batches. */
export type Tell = (batch: readonly Evidence[]) => void;

/** What stays the same for a whole job. */
type Run = {
  readonly job: ProbeJob;
  readonly provider: Provider | null;
  /** What the node's standing is with: provider id, or the first mail host. */
  readonly providerName: string;
  readonly startMs: number;
  hasAnswer: boolean;
  readonly settings: ProbeSettings;
  readonly ports: ProbePorts;
  readonly tell: Tell;
};

/**
 * Tells what becomes known of each recipient, once; resolves when all is told. A job without recipients opens a session
 * for the next one, and tells nothing.
 */
export async function probe(
  job: ProbeJob,
  settings: ProbeSettings,
  ports: ProbePorts,
  tell: Tell,
  signal: AbortSignal,
  isWanted: IsWanted = () => true,
): Promise<void> {
  const provider = job.provider === null ? null : providerById(job.provider);
  const providerName = provider?.id ?? job.mail_hosts[0]?.host ?? job.domain;
  const run: Run = { job, provider, providerName, startMs: ports.nowMs(), hasAnswer: false, settings, ports, tell };
  const { ascii, utf8, faulty } = sortRecipients(job);
  report(run, faulty, []);
  const chosen = ports.sources.choose(job.domain, providerName);
  if (chosen.kind === 'resting') {
    const finding = deferral(NOWHERE, 'resting', chosen.retryAfterMs);
    report(run, settle([...ascii, ...utf8], finding), []);
    return;
  }
  const { source } = chosen;
  const base: HostJob = {
    host: '',
    domain: job.domain,
    source,
    lane: laneOf(source.ip, providerName),
    provider,
    latestMs: run.startMs + job.deadline_ms,
    mailFrom: settings.mailFrom ?? `verify@${source.heloName}`,
    needsSmtputf8: false,
    wantsStranger: job.catch_all === 'ask',
    isWanted,
    drawStranger: () => `${strangerLocalPart(ports.random)}@${job.domain}`,
  };
  if (job.recipients.length === 0) return warm(run, base, signal);
  await walk(run, base, ascii, signal);
  await walk(run, { ...base, needsSmtputf8: true }, utf8, signal);
}

/** Parsed anew: what the edge has sent becomes a command only where our own parser agrees. */
function sortRecipients(job: ProbeJob): { ascii: Asked[]; utf8: Asked[]; faulty: readonly Told[] } {
  const ascii: Asked[] = [];
  const utf8: Asked[] = [];
  const faulty: Told[] = [];
  const parseDomain = createRepeatedDomainName();
  for (const { id, address } of job.recipients) {
    const parsed = parseAddress(address, parseDomain);
    if (!parsed.ok || parsed.address.domain !== job.domain) {
      const fault = parsed.ok ? 'other_domain' : parsed.rule;
      faulty.push({ id, finding: failure(NOWHERE, 'bad_address', fault), isTls: false });
    } else {
      const queue = parsed.address.needsSmtputf8 ? utf8 : ascii;
      queue.push({ id, address: onTheWire(parsed.address) });
    }
  }
  return { ascii, utf8, faulty };
}

function onTheWire({ address }: Address): string {
  return address;
}

/** Asks host after host until nobody is left in the queue. */
async function walk(run: Run, base: HostJob, queue: Asked[], signal: AbortSignal): Promise<void> {
  if (queue.length === 0) return;
  const attempts: Finding[] = [];
  let untried = run.job.mail_hosts.length;
  for (const { host } of hostsInOrder(run)) {
    untried -= 1;
    const tell = (told: readonly Told[]): void => report(run, told, attempts);
    const end = await askHost({ ...base, host }, queue, run.ports, tell, signal);
    if (queue.length === 0) return;
    if (end !== null) attempts.push(end);
    const last = attempts.at(-1);
    if (signal.aborted || (last !== undefined && isSettled(last))) break;
  }
  const last = attempts.at(-1);
  const settling = last !== undefined && isSettled(last) ? last : null;
  // Only what no host is left to contradict may make an address invalid, and one that was not tried is left.
  const finding = settling ?? mostTelling(untried > 0 ? [...attempts, leftUntried(signal)] : attempts);
  const others = attempts.filter((attempt) => attempt !== finding);
  report(run, settle(queue, finding), others);
}

function leftUntried({ aborted }: AbortSignal): Finding {
  return aborted ? failure(NOWHERE, 'timeout', 'deadline') : failure(NOWHERE, 'unreachable', 'hosts_untried');
}

/** Lower preference first, at random among equals (RFC 5321 §5.1); those that failed lately last. */
function hostsInOrder({ job, ports }: Run): readonly MailHost[] {
  if (job.mail_hosts.length === 1) return job.mail_hosts;
  const byPreference = job.mail_hosts
    .map((host) => ({ host, lot: ports.random() }))
    .sort((a, b) => a.host.preference - b.host.preference || a.lot - b.lot)
    .map(({ host }) => host);
  return ports.badHosts.order(byPreference).slice(0, HOSTS_MAX);
}

/** Opens a session with the first host that grants one and leaves it in the pool. */
async function warm(run: Run, base: HostJob, signal: AbortSignal): Promise<void> {
  for (const { host } of hostsInOrder(run)) {
    const held = await lease({ ...base, host }, run.ports, signal);
    if ('session' in held) return run.ports.pool.give(held, WARM_MS);
    if (signal.aborted || isSettled(held)) return;
  }
}

function settle(queue: readonly Asked[], finding: Finding): readonly Told[] {
  return queue.map(({ id }) => ({ id, finding, isTls: false }));
}

function report(run: Run, told: readonly Told[], attempts: readonly Finding[]): void {
  if (told.length === 0) return;
  const { job, provider, settings, ports, tell } = run;
  const nowMs = ports.nowMs();
  const known = ports.strangers.recall(job.domain);
  const counts = { answers: 0, refusals: 0 };
  const evidence = told.map(({ id, finding, isTls }): Evidence => {
    const { stage, reply, retryAfterMs } = finding;
    const classified = reply === null ? null : ports.classify(stage, reply, provider?.id ?? null);
    if (classified !== null) count(classified.class, counts);
    const isAccepted = stage === 'rcpt' && reply !== null && reply.code < 300;
    return {
      id,
      ...attemptOf(finding),
      stranger:
        isAccepted && known !== null ? { reply: known.reply, age_s: Math.round((nowMs - known.atMs) / 1000) } : null,
      tls: isTls,
      rule: classified?.rule ?? null,
      retry_after_s: retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000),
      node: settings.id,
      region: settings.region,
      attempts: attempts.map(attemptOf),
      ms: Math.round((nowMs - run.startMs) * 100) / 100,
    };
  });
  ports.meter.evidence(provider?.id ?? 'other', evidence);
  ports.standing.told(run.providerName, counts);
  if (counts.answers > 0 && !run.hasAnswer) ports.standing.answered(run.providerName, nowMs - run.startMs);
  run.hasAnswer ||= counts.answers > 0;
  tell(evidence);
}

/** A refusal of this node for what it is, or a reply about the mailbox; what is neither counts for nothing. */
function count(replyClass: ReplyClass, counts: { answers: number; refusals: number }): void {
  const { blame } = replyClassRow(replyClass);
  if (replyClass === 'ip_blocked') counts.refusals += 1;
  else if (blame === 'nobody' || blame === 'recipient') counts.answers += 1;
}

/** The finding without how long to wait, which evidence says in a word of its own. */
function attemptOf({ host, ip, stage, outcome, reply, fault }: Finding): Attempt {
  return { host, ip, stage, outcome, reply, fault };
}
