/**
 * Whole answers at hand, by the text that was asked about: for who asks twice within a minute nothing is parsed, checked or
 * composed again.
 *
 * An answer stands for exactly the remembered verdict that it was composed of; where another one is at hand by now, or
 * none, it is not the answer any more.
 */
import type { Answer } from '../../shared/answer.ts';
import { ExpiringMap } from '../../shared/expiring-map.ts';
import type { RememberedVerdict } from './results.ts';

/** Answers at hand: some 2 KB each. */
const ANSWERS_MAX = 5_000;
const AT_HAND_MS = 60_000;
/** Longer texts are no addresses that anybody asks about twice. */
const INPUT_LENGTH_MAX = 320;

export type AnswerAtHand = {
  readonly answer: Answer;
  readonly remembered: RememberedVerdict;
  readonly domain: string;
};

export type Answers = {
  readonly get: (input: string) => AnswerAtHand | null;
  readonly hold: (input: string, known: AnswerAtHand) => void;
};

export function createAnswers(nowMs: () => number): Answers {
  const answers = new ExpiringMap<AnswerAtHand>(ANSWERS_MAX, nowMs);
  return {
    get: (input) => answers.get(input) ?? null,
    hold(input, known) {
      if (input.length <= INPUT_LENGTH_MAX) answers.set(input, known, AT_HAND_MS);
    },
  };
}
