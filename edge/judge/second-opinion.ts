/**
 * Whether to ask a second node, and which of two answers to believe. Pure.
 *
 * If one node is refused, another may not be: a refusal of us says nothing about the mailbox, so that any answer about
 * the mailbox is worth more. Besides, a small share of mailbox refusals gets a second look, in order to find nodes that
 * lie or are lied to: a mailbox that accepts mail elsewhere is not dead because one node says so.
 */
import type { Evidence } from '../../shared/job.ts';
import { reasonRow } from '../../shared/verdict.ts';
import type { Judgement } from './verdict.ts';

/** Share of mailbox refusals that a second node checks. */
const LOOKED_AT_SHARE = 0.01;

/** Milliseconds of the deadline that must be left: a connection far away costs four round trips. */
const LEFT_MS_MIN = 500;

export function isWorthSecondOpinion({ blame }: Judgement, leftMs: number): boolean {
  return blame === 'us' && leftMs >= LEFT_MS_MIN;
}

/** @param lot in [0, 1), drawn for this question */
export function isWorthSecondLook({ reason }: Judgement, leftMs: number, lot: number): boolean {
  const isRefusal = reason === 'mailbox_not_found' || reason === 'mailbox_disabled';
  return isRefusal && leftMs >= LEFT_MS_MIN && lot < LOOKED_AT_SHARE;
}

/** The evidence of one node, and the judgement on it. */
export type TwoJudgements = { readonly evidence: Evidence; readonly judgement: Judgement };

/**
 * True if the second look contradicts the refusal, false if it confirms it; null if the second node learnt nothing
 * about the mailbox.
 */
export function isDisputed(refusal: TwoJudgements, { evidence, judgement: { reason } }: TwoJudgements): boolean | null {
  const { verdict } = reasonRow(reason);
  if (verdict === 'unknown') return null;
  if (verdict === 'invalid') return false;
  // A backup that accepts everybody does not contradict the host that knows the mailboxes.
  const isProven = reason !== 'catch_all' && reason !== 'unconfirmed';
  return isProven || evidence.host === refusal.evidence.host ? true : null;
}

/** True if the second judgement tells more than the first. */
export function tellsMore(second: Judgement, first: Judgement): boolean {
  return informationIn(second) > informationIn(first);
}

function informationIn({ reason, blame }: Judgement): number {
  if (reasonRow(reason).verdict !== 'unknown') return 3;
  if (blame === 'server') return 2;
  return blame === 'us' ? 1 : 0;
}
