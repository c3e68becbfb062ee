/**
 * How long a verdict may be remembered: policy only, no storage.
 *
 * The lives follow Postfix verify(8) and Exim callouts: a yes lasts a month, a no three days. What was only a state of
 * the moment is not remembered, with one exception: the outcome of work that went on after its caller had been told
 * `pending` is kept for a short while, so that the next call finds it, and so is that of a recheck, so that one which
 * the queue delivers twice is made once.
 */
import { REASONS, type Reason } from '../../shared/verdict.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** Seconds for which an outcome awaits the caller who was told `pending`. */
const AWAITED_SECONDS = 120;

const LIFE_SECONDS: Partial<Record<Reason, number>> = {
  accepted: 31 * DAY_SECONDS,
  role: 31 * DAY_SECONDS,
  mailbox_not_found: 3 * DAY_SECONDS,
  mailbox_disabled: 3 * DAY_SECONDS,
  mailbox_full: DAY_SECONDS,
  catch_all: 7 * DAY_SECONDS,
  unconfirmed: HOUR_SECONDS,
  needs_smtputf8: DAY_SECONDS,
};

/** What stands for longer may only be replaced by what stands as long: a shrug does not undo an answer. */
export function mayReplace(reason: Reason, remembered: Reason): boolean {
  return rank(reason) >= rank(remembered);
}

function rank(reason: Reason): number {
  if (REASONS[reason].verdict === 'unknown') return 0;
  return reason === 'unconfirmed' ? 1 : 2;
}

/** Seconds for which a verdict is remembered; 0 for not at all. Only what a mail server said is. */
export function lifeSeconds(reason: Reason, wasPending: boolean): number {
  return LIFE_SECONDS[reason] ?? (wasPending && REASONS[reason].verdict === 'unknown' ? AWAITED_SECONDS : 0);
}
