/**
 * Catch-all probe: handles the reply to the random mailbox of a transaction, and asks it alone if it got none of its
 * own.
 *
 * Before it: ask-host.ts, which asks it in one group with the recipients. After it: memory/strangers.ts, lease.ts. It
 * is asked once per domain and host, and its reply belongs to the host that gave it.
 */
import type { Reply } from '../../shared/replies/reply.ts';
import type { Post, Strangers } from '../memory/strangers.ts';
import type { HeldSession } from '../smtp/held.ts';
import type { TransactionResult } from '../smtp/transaction.ts';
import type { AskPorts, HostJob } from './host-job.ts';
import { isOneTooMany, learn } from './host-quirks.ts';
import { lease } from './lease.ts';

/** Stores the reply to the random mailbox; false if it got no answer of its own and one is needed. */
export function isStrangerSettled(
  job: HostJob,
  held: HeldSession,
  { stranger, recipients }: TransactionResult,
  isNeeded: boolean,
  ports: AskPorts,
): boolean {
  const { strangers } = ports;
  if (stranger === null) return !isNeeded;
  if (isOneTooMany(stranger)) {
    learn(held.host, { recipientsMax: recipients.length }, ports);
    return !isNeeded;
  }
  if (stranger.code === 421) return !isNeeded;
  // The server defers every recipient: the deferral says nothing, and the random mailbox is asked again after an
  // acceptance.
  if (isNeeded || strangers.isTelling(stranger, job.provider?.id ?? null)) keepStranger(job, stranger, ports);
  return true;
}

/** Remembers the reply; a deferred random mailbox is asked again from the same source. */
function keepStranger(job: HostJob, reply: Reply, { strangers, sources }: AskPorts): void {
  if (reply.code < 500 && reply.code >= 400) sources.greylisted(job, job.source);
  strangers.remember(job, reply, job.provider?.id ?? null);
}

/** Asks the random mailbox alone, once no other job is asking. */
export async function settleStranger(
  job: HostJob,
  held: HeldSession,
  hasClaim: boolean,
  ports: AskPorts,
  signal: AbortSignal,
): Promise<void> {
  if (!(hasClaim || (await claimInTurn(job, ports.strangers, signal)))) return;
  try {
    const reply = await askStrangerAlone(job, held, ports, signal);
    if (reply !== null) keepStranger(job, reply, ports);
  } finally {
    if (!hasClaim) ports.strangers.release(job);
  }
}

/** Waits for a job that is asking there; true if it brought no answer and it is our turn. */
async function claimInTurn(post: Post, strangers: Strangers, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && strangers.recall(post) === null) {
    if (strangers.claim(post)) return true;
    await strangers.settled(post, signal);
  }
  return false;
}

/** One more transaction, on this session or a new one, for a random mailbox alone. */
async function askStrangerAlone(
  job: HostJob,
  held: HeldSession,
  ports: AskPorts,
  signal: AbortSignal,
): Promise<Reply | null> {
  const other = held.session.isAlive ? held : await lease(job, ports, signal);
  if (!('session' in other)) return null;
  const ending = await other.session.ask(
    {
      mailFrom: job.mailFrom,
      recipients: [job.drawStranger()],
      stranger: null,
      strangerApart: false,
      smtputf8: false,
    },
    signal,
  );
  if (other !== held) ports.pool.give(other);
  return ending.kind === 'answer' ? (ending.answer.recipients[0] ?? null) : null;
}
