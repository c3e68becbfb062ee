/**
 * Cache of complete answers, by the text of the request: if a caller repeats a question within a minute, nothing is
 * parsed, checked or composed again.
 *
 * An answer is valid only for the remembered verdict from which it was composed; if that one was replaced or dropped,
 * so is the answer.
 */
import type { Answer } from '../../shared/answer.ts';
import { ExpiringMap } from '../../shared/expiring-map.ts';
import type { RememberedVerdict } from './results.ts';

/** Answers in the cache: some 2 KB each. */
const ANSWERS_MAX = 5_000;
const AT_HAND_MS = 60_000;
/** Longer texts are not addresses that are asked about twice. */
const INPUT_LENGTH_MAX = 320;

type AnswerAtHand = {
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
