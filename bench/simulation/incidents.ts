/** Measures the two incidents of the day: a region that goes down, and a provider that blocks nodes. */
import type { Roster } from '../../edge/nodes/registry/roster.ts';
import { type Asked, firstChoice, type Isolate } from './edge.ts';
import type { Question } from './traffic.ts';

const MINUTE_MS = 60_000;

export type OutageResult = {
  readonly questions: number;
  /** Share of them that belonged to the lost region, and share of the others that went elsewhere than before. */
  readonly ownMoved: number;
  readonly othersMoved: number;
  /** Questions that tried a dead node, and the time from the first to the last of them. */
  readonly delayed: number;
  readonly normalAfterMs: number;
  /** The longest time of one of them. */
  readonly longestMs: number;
  readonly lost: number;
};

type Outage = { readonly region: string; readonly fromMs: number; readonly untilMs: number };

export function createOutageWatch(outage: Outage, regionOf: ReadonlyMap<string, string>) {
  let before: Roster | null = null;
  let [questions, own, others, othersMoved, delayed, lastMs, longestMs, lost] = [0, 0, 0, 0, 0, outage.fromMs, 0, 0];
  return {
    /** Keeps the last snapshot before the incident. */
    pass: (atMs: number, roster: Roster): void => {
      if (atMs < outage.fromMs || before === null) before = roster;
    },
    note: (
      question: Question,
      asked: Asked & { readonly isolate: Isolate },
      isReachable: (nodeId: string) => boolean,
    ): void => {
      if (before === null || question.atMs < outage.fromMs || question.atMs >= outage.untilMs) return;
      questions += 1;
      lost += Number(asked.answer === null);
      // A session opened in advance wins, wherever it is.
      const usual = question.isTyped ? (asked.nodeIds[0] ?? '') : firstChoice(asked.isolate, before, question);
      const isOwn = regionOf.get(usual) === outage.region;
      own += Number(isOwn);
      others += Number(!isOwn);
      othersMoved += Number(!isOwn && usual !== asked.nodeIds.at(-1));
      if (asked.nodeIds.every(isReachable)) return;
      delayed += 1;
      lastMs = question.atMs;
      longestMs = Math.max(longestMs, asked.ms);
    },
    result: (): OutageResult => ({
      questions,
      ownMoved: own / questions,
      othersMoved: othersMoved / others,
      delayed,
      normalAfterMs: lastMs - outage.fromMs,
      longestMs,
      lost,
    }),
  };
}

export type BlockResult = {
  /** Share of the questions to the provider that met a blocked node: in the first minutes, and after them. */
  readonly atFirst: number;
  readonly later: number;
  readonly questions: number;
  /** Questions without a node. */
  readonly unanswered: number;
};

const FIRST_MINUTES = 5;
const WATCHED_MINUTES = 30;

type Block = { readonly provider: string; readonly fromMs: number };

/** @param begin called once, when the incident begins */
export function createBlockWatch({ provider, fromMs }: Block, begin: () => void) {
  let hasBegun = false;
  const [first, rest] = [
    { questions: 0, refused: 0 },
    { questions: 0, refused: 0 },
  ];
  let unanswered = 0;
  return {
    pass: (atMs: number): void => {
      if (hasBegun || atMs < fromMs) return;
      hasBegun = true;
      begin();
    },
    note: ({ domain, atMs }: Question, { answer, nodeIds }: Asked): void => {
      if (!hasBegun || domain.provider !== provider || atMs > fromMs + WATCHED_MINUTES * MINUTE_MS) return;
      const part = atMs < fromMs + FIRST_MINUTES * MINUTE_MS ? first : rest;
      part.questions += 1;
      part.refused += Number(nodeIds.length > 1);
      unanswered += Number(answer?.outcome === 'refused');
    },
    result: (): BlockResult => ({
      atFirst: first.refused / first.questions,
      later: rest.refused / rest.questions,
      questions: first.questions + rest.questions,
      unanswered,
    }),
  };
}
