/**
 * When a node is refused, another one may not be: whether to ask it, and which of two answers to believe. Pure.
 *
 * A refusal of us says nothing of the mailbox, so any answer about the mailbox is worth more. Two answers about the
 * mailbox never meet here: the second node is only asked after a refusal.
 */
import { reasonRow } from '../shared/verdict.ts';
import type { Judgement } from './verdict.ts';

/** Milliseconds of the deadline that must be left: a connection far away costs four round trips. */
const LEFT_MS_MIN = 500;

export function isWorthSecondOpinion({ blame }: Judgement, leftMs: number): boolean {
  return blame === 'us' && leftMs >= LEFT_MS_MIN;
}

/** True where the second judgement tells more than the first. */
export function tellsMore(second: Judgement, first: Judgement): boolean {
  return informationIn(second) > informationIn(first);
}

function informationIn({ reason, blame }: Judgement): number {
  if (reasonRow(reason).verdict !== 'unknown') return 3;
  if (blame === 'server') return 2;
  return blame === 'us' ? 1 : 0;
}
