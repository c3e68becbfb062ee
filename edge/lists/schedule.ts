/**
 * Whether an address of a list is asked about again, and when; and how many addresses of a provider go into one batch. Pure.
 *
 * A server that says "later" is asked again when it said, for a day; then its last word stands. Every other verdict is
 * final: the owner of the list wants it back, and can ask about a silent server later.
 */
import type { Answer } from '../../shared/answer.ts';
import { type Reason, reasonRow } from '../../shared/verdict.ts';

/** Milliseconds after which an address that is still put off is given up. */
export const GIVEN_UP_AFTER_MS = 86_400_000;
const SECONDS_MIN = 5;
/** Seconds between two questions to a server that has named no time, at most. */
const BACK_OFF_SECONDS_MAX = 3_600;

/** About ourselves: it is over when it is over. */
const OURS: ReadonlySet<Reason> = new Set(['pending', 'no_node', 'paced']);

/** True for an answer that is asked for again: it says nothing of the mailbox, and a later one may. */
export function isForLater(reason: Reason): boolean {
  return OURS.has(reason) || reasonRow(reason).isRechecked;
}

/** Seconds until the address is asked about again, or null if the answer stands. */
export function askAgainSeconds(
  { reason, retry_after }: Pick<Answer, 'reason' | 'retry_after'>,
  attempts: number,
  waitedMs: number,
): number | null {
  if (waitedMs >= GIVEN_UP_AFTER_MS || !isForLater(reason)) return null;
  const named = Math.max(SECONDS_MIN, retry_after ?? reasonRow(reason).retryAfterSeconds ?? SECONDS_MIN);
  if (OURS.has(reason)) return named;
  // Three times as the server said, then ever less often: a day is long.
  return Math.max(named, Math.min(BACK_OFF_SECONDS_MAX, named * 2 ** Math.max(0, attempts - 2)));
}

/** Addresses of one batch: few enough that no form waits for their beginning, which keeps a processor for 10 ms. */
export const BATCH_MAX = 50;
const BATCH_MIN = 10;

/** The size of the next batch for a provider, by how many of the last one our own pacing had put off. */
export function nextBatchSize(size: number, asked: number, paced: number): number {
  if (asked === 0) return size;
  if (paced / asked > 0.25) return Math.max(BATCH_MIN, Math.ceil(size / 2));
  return paced === 0 ? Math.min(BATCH_MAX, size + 25) : size;
}

/** Batches that are out at once: at first, and at most. */
export const BATCHES_MIN = 1;
export const BATCHES_MAX = 16;

/** How many batches may be out after one has ended: one more if it was served, half as many if a tenth of it was not. */
export function nextWidth(width: number, asked: number, unserved: number): number {
  if (unserved / Math.max(1, asked) > 0.1) return Math.max(BATCHES_MIN, Math.floor(width / 2));
  return Math.min(BATCHES_MAX, width + 1);
}
