/**
 * THE NODE'S FLOW: a job comes in, evidence goes out as it becomes known.
 *
 *   recipients → source address → mail hosts by preference → a session with one of them → MAIL, RCPT, RCPT → evidence
 *
 * Before it: http/run-jobs.ts (token and schema are checked). After it: ask-host.ts (one host), lease.ts (a session);
 * then the edge, which judges. If a host cannot be reached, is silent for its share of the time, refuses us before
 * MAIL, drops the connection or sends invalid SMTP, the next one is asked; a host that has replied about the sender or
 * the mailbox has settled the matter. Provider, lane and source go by the asked host; the job's own provider only
 * helped the edge to choose a node. One AbortSignal bounds everything. Nothing is thrown for faults of servers and DNS.
 */
import { type Address, parseAddress } from '../../shared/address.ts';
import { createRepeatedDomainName } from '../../shared/domain-name.ts';
import type { Attempt, Evidence, MailHost, ProbeJob } from '../../shared/job.ts';
import { answersForEachMailbox, providerOfMx } from '../../shared/providers.ts';
import { type ReplyClass, replyClassRow } from '../../shared/replies/classes.ts';
import type { classify } from '../../shared/replies/classify.ts';
import { acceptsStrangers } from '../../shared/replies/stranger.ts';
import type { StrangerNames } from '../memory/stranger-names.ts';
import { askHost, type QueuedRecipient, type RecipientFinding } from './ask-host.ts';
import { deferral, failure, type HostFinding, isSettled, mostTelling, NOWHERE } from './findings.ts';
import type { AskPorts, HostJob, IsWanted } from './host-job.ts';
import { laneOf, operatorOf, partyOf } from './lane.ts';
import { lease } from './lease.ts';
import { ownerOf } from './owner.ts';

/** Hosts of one domain that are tried. */
const HOSTS_MAX = 5;
/** Milliseconds for which a pre-opened session waits for its question. */
const WARM_MS = 20_000;
/** Retry hint in milliseconds for a job that had no turn in time, or spent its time waiting. */
const TURN_MS = 15_000;

export type ProbeSettings = { readonly id: string; readonly region: string; readonly mailFrom: string | null };

export type NodeProbePorts = AskPorts & {
  readonly strangerName: StrangerNames;
  readonly classify: typeof classify;
  /** In [0, 1). */
  readonly random: () => number;
};

/** Receives evidence in batches as it becomes known. */
export type Tell = (batch: readonly Evidence[]) => void;

/** Values that stay the same for a whole job. */
type Run = {
  readonly job: ProbeJob;
  readonly owner: string;
  readonly startMs: number;
  /** Milliseconds that the job has waited for our own limits so far. */
  readonly waited: { ms: number };
  /** Hosts that have answered: only the first answer of each is timed. */
  readonly answered: Set<string>;
  readonly settings: ProbeSettings;
  readonly ports: NodeProbePorts;
  readonly tell: Tell;
  readonly isWanted: IsWanted;
};

/**
 * Reports evidence for each recipient once; resolves when all is reported. A job without recipients opens a session for
 * the next one and reports nothing.
 */
export async function probe(
  job: ProbeJob,
  settings: ProbeSettings,
  ports: NodeProbePorts,
  tell: Tell,
  signal: AbortSignal,
  isWanted: IsWanted = () => true,
): Promise<void> {
  const run: Run = {
    job,
    owner: ownerOf(job.domain),
    startMs: ports.nowMs(),
    waited: { ms: 0 },
    answered: new Set(),
    settings,
    ports,
    tell,
    isWanted,
  };
  const { ascii, utf8, faulty } = sortRecipients(job);
  report(run, faulty, []);
  if (signal.aborted) {
    // Our turn came too late: no mail server was asked, so none is to blame.
    report(run, settle([...ascii, ...utf8], deferral(NOWHERE, 'paced', TURN_MS)), []);
    return;
  }
  if (job.recipients.length === 0) return warm(run, signal);
  await walk(run, ascii, false, signal);
  await walk(run, utf8, true, signal);
}

/** Parsed again: text of the edge becomes a command only if our own parser agrees. */
function sortRecipients(job: ProbeJob): {
  ascii: QueuedRecipient[];
  utf8: QueuedRecipient[];
  faulty: readonly RecipientFinding[];
} {
  const ascii: QueuedRecipient[] = [];
  const utf8: QueuedRecipient[] = [];
  const faulty: RecipientFinding[] = [];
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

/** Asks host after host until the queue is empty. */
async function walk(run: Run, queue: QueuedRecipient[], needsSmtputf8: boolean, signal: AbortSignal): Promise<void> {
  if (queue.length === 0) return;
  const attempts: HostFinding[] = [];
  const end = await approach(
    run,
    needsSmtputf8,
    signal,
    (hostJob) => {
      const startMs = run.ports.nowMs();
      const tell = (told: readonly RecipientFinding[]): void => report(run, told, attempts, startMs);
      return askHost(hostJob, queue, run.ports, tell, signal);
    },
    attempts,
  );
  if (queue.length === 0) return;
  // A finding may make an address invalid only if no host is left to contradict it, and an untried one is left.
  const finding = end.settling ?? mostTelling(end.untried > 0 ? [...attempts, leftUntried(signal)] : attempts);
  const others = attempts.filter((attempt) => attempt !== finding);
  report(run, settle(queue, isOurDelay(run, finding) ? deferral(finding, 'paced', TURN_MS) : finding), others);
}

/**
 * Takes the hosts in turn until one settles the matter or answers null, and keeps the findings of the others in
 * `attempts`. If a host's operator refused us as a node, rests, or is paced beyond the deadline, the operator's other
 * hosts are skipped too: they would answer the same, and asking around is bad conduct. A host of another operator may
 * answer.
 */
async function approach(
  run: Run,
  needsSmtputf8: boolean,
  signal: AbortSignal,
  ask: (hostJob: HostJob) => Promise<HostFinding | null>,
  attempts: HostFinding[],
): Promise<{ readonly settling: HostFinding | null; readonly untried: number }> {
  const passedOver = new Set<string>();
  const hosts = hostsInOrder(run);
  let untried = run.job.mail_hosts.length;
  for (const [place, { host }] of hosts.entries()) {
    untried -= 1;
    if (passedOver.has(operatorOf(host))) continue;
    const hostsLeft = hosts.slice(place).filter((each) => !passedOver.has(operatorOf(each.host))).length;
    const hostJob = jobAt(run, host, hostsLeft, needsSmtputf8);
    const end = 'outcome' in hostJob ? hostJob : await ask(hostJob);
    if (end === null) break;
    attempts.push(end);
    if (isSettled(end)) return { settling: end, untried };
    if (meansOperator(run, end)) passedOver.add(operatorOf(host));
    if (signal.aborted) break;
  }
  return { settling: null, untried };
}

/** The job for one host, or the finding that no source of ours may ask it now. */
function jobAt(run: Run, host: string, hostsLeft: number, needsSmtputf8: boolean): HostJob | HostFinding {
  const { job, settings, ports } = run;
  const post = { domain: job.domain, host };
  const provider = providerOfMx(host);
  const party = partyOf(host);
  const chosen = ports.sources.choose(post, party, run.owner);
  if (chosen.kind === 'resting') return deferral({ host, ip: null }, 'resting', chosen.retryAfterMs);
  const { source } = chosen;
  const isKnown = job.known_hosts?.includes(host) === true || answersForEachMailbox(provider, job.domain);
  return {
    ...post,
    owner: run.owner,
    source,
    lane: laneOf(source.ip, party),
    provider,
    latestMs: run.startMs + job.deadline_ms,
    hostsLeft,
    waited: run.waited,
    priority: job.priority ?? 'interactive',
    mailFrom: settings.mailFrom ?? `verify@${source.heloName}`,
    needsSmtputf8,
    wantsStranger: job.catch_all === 'ask' && !isKnown,
    isWanted: run.isWanted,
    drawStranger: () => `${ports.strangerName(post)}@${job.domain}`,
  };
}

/**
 * True if the finding of one host holds for every host of its operator: our own pacing and resting, and a refusal of
 * this node as such (IP address, PTR, EHLO name), in the greeting or, whatever the words, of our EHLO. 4yz, and a
 * greeting of 521 (RFC 7504) or 554 that names nothing of ours, is about that host, and the next may take mail.
 */
function meansOperator({ ports }: Run, { host, stage, outcome, reply }: HostFinding): boolean {
  if (outcome !== 'reply' || reply === null) return outcome === 'paced' || outcome === 'resting';
  if (reply.code < 500) return false;
  return stage === 'ehlo' || ports.classify(stage, reply, providerIdOf(host)).class === 'ip_blocked';
}

/** True if our own queues took the greater part of the job's time: then a late answer is no fault of the server. */
function isOurDelay({ job, waited }: Run, { outcome, fault }: HostFinding): boolean {
  return outcome === 'timeout' && fault === 'deadline' && waited.ms * 2 > job.deadline_ms;
}

function leftUntried({ aborted }: AbortSignal): HostFinding {
  return aborted ? failure(NOWHERE, 'timeout', 'deadline') : failure(NOWHERE, 'unreachable', 'hosts_untried');
}

/** Lower preference first, at random among equals (RFC 5321 §5.1); recently failed hosts last. */
function hostsInOrder({ job, ports }: Run): readonly MailHost[] {
  if (job.mail_hosts.length === 1) return job.mail_hosts;
  const byPreference = job.mail_hosts
    .map((host) => ({ host, lot: ports.random() }))
    .sort((a, b) => a.host.preference - b.host.preference || a.lot - b.lot)
    .map(({ host }) => host);
  return ports.badHosts.order(byPreference).slice(0, HOSTS_MAX);
}

/** Opens a session with the first host that grants one and leaves it in the pool. */
async function warm(run: Run, signal: AbortSignal): Promise<void> {
  const open = async (hostJob: HostJob): Promise<HostFinding | null> => {
    const held = await lease(hostJob, run.ports, signal);
    if (!('session' in held)) return held;
    run.ports.pool.keepWarm(held, WARM_MS);
    return null;
  };
  await approach(run, false, signal, open, []);
}

function settle(queue: readonly QueuedRecipient[], finding: HostFinding): readonly RecipientFinding[] {
  return queue.map(({ id }) => ({ id, finding, isTls: false }));
}

/**
 * Reports recipients about which the same host has replied, or none.
 *
 * @param startMs when that host's turn began, so that its distance does not include the hosts before it
 */
function report(
  run: Run,
  told: readonly RecipientFinding[],
  attempts: readonly HostFinding[],
  startMs = run.startMs,
): void {
  const host = told[0]?.finding.host;
  if (host === undefined) return;
  const { job, settings, ports, tell } = run;
  const nowMs = ports.nowMs();
  const known = host === null ? null : ports.strangers.recall({ domain: job.domain, host });
  const providerId = providerIdOf(host);
  const takesAll = acceptsStrangers(known?.reply ?? null, providerId, ports.classify);
  const counts = { answers: 0, refusals: 0 };
  const evidence = told.map(({ id, finding, isTls }): Evidence => {
    const { stage, reply, retryAfterMs } = finding;
    const classified = reply === null ? null : ports.classify(stage, reply, providerId);
    if (classified !== null) count(classified.class, counts);
    const isAccepted = stage === 'rcpt' && reply !== null && reply.code < 300;
    ports.providerStats.ended(finding.outcome, classified?.class ?? null, isAccepted ? takesAll : null);
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
  ports.meter.evidence(providerId ?? 'other', evidence);
  if (host !== null) {
    const party = partyOf(host);
    ports.providerStats.told(party, counts, run.owner);
    if (counts.answers > 0 && !run.answered.has(host)) ports.providerStats.answered(party, nowMs - startMs);
    if (counts.answers > 0) run.answered.add(host);
  }
  tell(evidence);
}

function providerIdOf(host: string | null): string | null {
  return host === null ? null : (providerOfMx(host)?.id ?? null);
}

/** Counts a refusal of this node as such, or a reply about the mailbox; other replies do not count. */
function count(replyClass: ReplyClass, counts: { answers: number; refusals: number }): void {
  const { blame } = replyClassRow(replyClass);
  if (replyClass === 'ip_blocked') counts.refusals += 1;
  else if (blame === 'nobody' || blame === 'recipient') counts.answers += 1;
}

/** The finding without the wait, which evidence has a field of its own for. */
function attemptOf({ host, ip, stage, outcome, reply, fault }: HostFinding): Attempt {
  return { host, ip, stage, outcome, reply, fault };
}
