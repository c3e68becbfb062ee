/**
 * Asks one mail host about the recipients of a job, over as many sessions as its quirks demand and as few as they
 * allow.
 *
 * Before it: probe.ts, which walks the hosts. After it: ask-stranger.ts, lease.ts. Answered recipients leave the queue;
 * if the host fails, the rest of the queue is for the next host. A session that hangs up, answers 421 or loses count
 * costs a reconnection and never a verdict: a question without an answer of its own is asked again, one by one if the
 * count was lost. A host is given up only if it fails twice without answering anyone, or is silent for its share of the
 * time.
 */
import { classify } from '../../shared/replies/classify.ts';
import type { Reply } from '../../shared/replies/reply.ts';
import { PACE_DEFAULT, PACE_SERVER } from '../pace/limiter.ts';
import type { HeldSession } from '../smtp/held.ts';
import type { Transaction, TransactionResult } from '../smtp/transaction.ts';
import { isStrangerSettled, settleStranger } from './ask-stranger.ts';
import { deferral, failure, findingOf, type HostFinding } from './findings.ts';
import type { AskPorts, HostJob } from './host-job.ts';
import { isOneTooMany, learn, quirksAfter } from './host-quirks.ts';
import { lease } from './lease.ts';
import { withinShare } from './share.ts';

/** Sessions in a row that may end without one answer. */
const STRIKES_MAX = 2;

/** A recipient that has no answer yet. */
export type QueuedRecipient = { readonly id: number; readonly address: string };

/** The finding for one recipient. */
export type RecipientFinding = { readonly id: number; readonly finding: HostFinding; readonly isTls: boolean };

/** Receives findings; their recipients have left the queue. */
export type TellTold = (told: readonly RecipientFinding[]) => void;

/** End of a session: the queue is empty (`done`), go on in a new session, or give the host up. */
type SessionEnd = 'done' | 'progress' | 'stale' | HostFinding;

/**
 * Reports findings in batches as they become known and takes their recipients off the queue. Resolves with the finding
 * that makes us give the host up, or null once the queue is empty.
 */
export async function askHost(
  job: HostJob,
  queue: QueuedRecipient[],
  ports: AskPorts,
  tell: TellTold,
  signal: AbortSignal,
): Promise<HostFinding | null> {
  let strikes = 0;
  while (queue.length > 0) {
    const held = await lease(job, ports, signal);
    if (!('session' in held)) return held;
    const lack = job.needsSmtputf8 ? await lackOfSmtputf8(held, signal) : null;
    if (lack !== null) {
      ports.pool.give(held);
      return lack;
    }
    const end = await converse(job, held, queue, ports, tell, signal);
    if (end === 'done') return null;
    if (end === 'stale') continue;
    if (end === 'progress') {
      strikes = 0;
      continue;
    }
    strikes += 1;
    // A silence costs its time once: this job asks no more, and the mark spares the next ones.
    if (end.outcome === 'timeout' && !signal.aborted) ports.badHosts.failed(job.host);
    const isOver = signal.aborted || end.outcome === 'timeout' || end.outcome === 'paced';
    if (isOver || strikes >= STRIKES_MAX) return end;
  }
  return null;
}

/**
 * Null if the host offers SMTPUTF8. `no_smtputf8` makes an address invalid, so only a host that was asked in full may
 * get it: with TLS, since some offer more then, and in answer to EHLO. Any other failure says nothing of the host.
 */
async function lackOfSmtputf8(held: HeldSession, signal: AbortSignal): Promise<HostFinding | null> {
  const { session, host } = held;
  if (session.offers('SMTPUTF8')) return null;
  if (!session.isTls && session.offers('STARTTLS')) {
    const ending = await session.secure(host, signal);
    if (ending?.kind === 'refused') return failure(held, 'protocol_error', 'starttls_refused', 'starttls');
    if (ending !== null && ending.kind !== 'answer') return findingOf(held, ending);
    if (session.offers('SMTPUTF8')) return null;
  }
  if (session.lacks('SMTPUTF8')) return failure(held, 'no_smtputf8', null, 'ehlo');
  return failure(held, 'protocol_error', 'extensions_unknown', 'ehlo');
}

/** Asks over one session until its limit, the end of the queue, or a failure. */
async function converse(
  job: HostJob,
  held: HeldSession,
  queue: QueuedRecipient[],
  ports: AskPorts,
  tell: TellTold,
  signal: AbortSignal,
): Promise<SessionEnd> {
  const { session } = held;
  let hasProgress = false;
  while (queue.length > 0 && ports.pool.isUsable(held) && !isWornOut(held, ports)) {
    if (hasProgress && isYielding(job, held, ports)) break;
    const isReused = session.usage.transactions > 0;
    const batch = await admit(job, held, queue, ports, signal);
    if (!Array.isArray(batch)) {
      ports.pool.give(held);
      return batch;
    }
    const said = await withinShare(job, ports.nowMs, signal, (share) => question(job, held, batch, ports, share));
    if (said.kind === 'again') continue;
    if (said.kind === 'failed') {
      session.close();
      if (hasProgress && said.finding.outcome !== 'timeout') return 'progress';
      // An idle session may have been closed by the server without our noticing.
      return said.finding.outcome === 'dropped' && isReused ? 'stale' : said.finding;
    }
    if (said.kind === 'turned_away') {
      session.close();
      if (hasProgress || isReused) return 'progress';
      tell(settleAll(queue, said.finding, session.isTls));
      return 'done';
    }
    hasProgress = true;
    const ids = new Set(said.told.map(({ id }) => id));
    // The batch is the head of the queue; its unanswered recipients stay there.
    queue.splice(0, batch.length, ...batch.filter(({ id }) => !ids.has(id)));
    tell(said.told);
    if (signal.aborted && queue.length > 0) {
      ports.pool.give(held);
      return failure(held, 'timeout', 'deadline', 'rcpt');
    }
  }
  if (isWornOut(held, ports)) session.close();
  else if (queue.length > 0 || job.isWanted(held.host, held.ip)) ports.pool.give(held);
  else if (!ports.pool.offer(held)) session.close();
  return queue.length === 0 ? 'done' : 'progress';
}

/** The recipients that pacing lets us ask now, after waiting for a turn; or how long to stay away. */
async function admit(
  job: HostJob,
  held: HeldSession,
  queue: readonly QueuedRecipient[],
  ports: AskPorts,
  signal: AbortSignal,
): Promise<QueuedRecipient[] | HostFinding> {
  const { lane, provider, latestMs, priority } = job;
  const pace = provider?.pace ?? PACE_DEFAULT;
  const count = Math.min(
    queue.length,
    // A host that accepts every name refuses none, so refusals put no limit on its sessions.
    ports.pool.room(held, ports.strangers.takesEverybody(job, provider?.id ?? null) === true),
    recipientsPerTransaction(job, ports),
    ports.limiter.burst(lane, pace, priority),
    ports.servers.burst(held.server, PACE_SERVER, priority),
  );
  const startMs = ports.nowMs();
  const deferred =
    (await ports.limiter.ask(lane, pace, count, latestMs, signal, priority)) ??
    (await ports.servers.ask(held.server, PACE_SERVER, count, latestMs, signal, priority));
  job.waited.ms += ports.nowMs() - startMs;
  return deferred === null ? queue.slice(0, count) : deferral(held, 'paced', deferred.retryAfterMs);
}

/** True for a bulk job whose session, or the place of it, an interactive one waits for. */
function isYielding({ priority, lane }: HostJob, held: HeldSession, { pool, limiter, servers }: AskPorts): boolean {
  if (priority !== 'bulk') return false;
  const waiting = limiter.waiting(lane, 'interactive') + servers.waiting(held.server, 'interactive');
  return waiting > 0 || pool.isAwaitedBy(held, 'interactive');
}

function recipientsPerTransaction({ host, provider }: HostJob, ports: AskPorts): number {
  const learnt = ports.quirks.get(host)?.recipientsMax ?? Number.POSITIVE_INFINITY;
  return Math.min(learnt, provider?.recipientsPerTransaction ?? Number.POSITIVE_INFINITY);
}

/** Result of one transaction: answers, a refusal of us, a reason to ask again, or a failure. */
type TransactionOutcome =
  | { readonly kind: 'told'; readonly told: readonly RecipientFinding[] }
  | { readonly kind: 'turned_away'; readonly finding: HostFinding }
  | { readonly kind: 'failed'; readonly finding: HostFinding }
  | { readonly kind: 'again' };

/** One transaction: a batch of recipients, and a random mailbox if the domain has not been asked about one. */
async function question(
  job: HostJob,
  held: HeldSession,
  batch: readonly QueuedRecipient[],
  ports: AskPorts,
  signal: AbortSignal,
): Promise<TransactionOutcome> {
  const hasClaim = job.wantsStranger && ports.strangers.claim(job);
  try {
    const transaction: Transaction = {
      mailFrom: job.mailFrom,
      recipients: batch.map(({ address }) => address),
      stranger: hasClaim ? job.drawStranger() : null,
      strangerApart: recipientsPerTransaction(job, ports) === 1,
      smtputf8: job.needsSmtputf8,
    };
    const ending = await held.session.ask(transaction, signal);
    if (ending.kind !== 'answer') {
      const quirks = quirksAfter(ending, batch.length);
      if (quirks !== null) learn(held.host, quirks, ports);
      return { kind: 'failed', finding: findingOf(held, ending) };
    }
    const { answer } = ending;
    // Several were asked at once and some have no reply: anything beyond 1,024 octets may have been lost.
    if (answer.cut === 'silent' && batch.length > 1) learn(held.host, { isLockstep: true }, ports);
    if (demandsTls(job, held, answer) && (await secure(held, ports, signal))) return { kind: 'again' };
    if (answer.mail.code >= 400) {
      ports.heard(answer.mail, 'mail', job, held.server);
      return { kind: 'turned_away', finding: { ...failure(held, 'reply', null, 'mail'), reply: answer.mail } };
    }
    const told = findingsOf(job, held, batch, answer, ports);
    if (told.length === 0) return unanswered(held, answer);
    const isAnyAccepted = told.some(({ finding }) => (finding.reply?.code ?? 500) < 300);
    // A server that held the reply back would do so again, and an acceptance that is not proved must not be confirmed.
    const isConfirmable = answer.cut !== 'silent' && answer.isProved;
    if (job.wantsStranger && !isStrangerSettled(job, held, answer, isAnyAccepted, ports) && isConfirmable) {
      await settleStranger(job, held, hasClaim, ports, signal);
    }
    return { kind: 'told', told };
  } finally {
    if (hasClaim) ports.strangers.release(job);
  }
}

/** True if the server demands TLS and offers it. */
function demandsTls({ provider }: HostJob, { session }: HeldSession, { mail, recipients }: TransactionResult): boolean {
  if (session.isTls || !session.isAlive || !session.offers('STARTTLS')) return false;
  const isDemand = (stage: 'mail' | 'rcpt', reply: Reply | null): boolean =>
    reply !== null &&
    reply.code >= 400 &&
    classify(stage, reply, provider?.id ?? null).class === 'requires_tls_or_auth';
  return isDemand('mail', mail) || recipients.some((reply) => isDemand('rcpt', reply));
}

/** STARTTLS on the same session; true if the question must be asked again. */
async function secure({ session, host }: HeldSession, ports: AskPorts, signal: AbortSignal): Promise<boolean> {
  learn(host, { needsTls: true }, ports);
  return (await session.secure(host, signal)) === null;
}

/** Findings of the recipients with a reply of their own; the others stay in the queue. */
function findingsOf(
  job: HostJob,
  held: HeldSession,
  batch: readonly QueuedRecipient[],
  answer: TransactionResult,
  ports: AskPorts,
): readonly RecipientFinding[] {
  const told: RecipientFinding[] = [];
  for (const [index, { id }] of batch.entries()) {
    const reply = answer.recipients[index] ?? null;
    if (reply === null) continue;
    if (index > 0 && isOneTooMany(reply)) {
      learn(held.host, { recipientsMax: index }, ports);
      break;
    }
    ports.heard(reply, 'rcpt', job, held.server);
    if (reply.code === 421) {
      const { refusals } = held.session.usage;
      if (refusals > 1) learn(held.host, { refusalsMax: refusals - 1 }, ports);
      // 421 closes the channel and says nothing of the mailbox (RFC 5321 §3.8): that recipient is asked again.
      break;
    }
    told.push({ id, finding: { ...failure(held, 'reply', null, 'rcpt'), reply }, isTls: held.session.isTls });
  }
  return told;
}

/** No recipient got an answer of its own: the first got 421, which is about us, or the line went dead. */
function unanswered(held: HeldSession, { recipients: [first] }: TransactionResult): TransactionOutcome {
  if (first?.code !== 421) return { kind: 'failed', finding: failure(held, 'dropped', null, 'rcpt') };
  return { kind: 'turned_away', finding: { ...failure(held, 'reply', null, 'rcpt'), reply: first } };
}

/** True if the host is known to end a session after as many refusals as this one has had. */
function isWornOut({ host, session }: HeldSession, ports: AskPorts): boolean {
  return session.usage.refusals >= (ports.quirks.get(host)?.refusalsMax ?? Number.POSITIVE_INFINITY);
}

/** The same finding for every recipient left in the queue. */
function settleAll(queue: QueuedRecipient[], finding: HostFinding, isTls: boolean): readonly RecipientFinding[] {
  return queue.splice(0).map(({ id }) => ({ id, finding, isTls }));
}
