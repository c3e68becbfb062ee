/** Asks a peer many questions, some at the same time, each with a time limit. */
import type { Verdict } from '../../../shared/verdict.ts';
import type { RunningPeer } from '../peers/peer.ts';

/** A question without an answer after this time is hung: three times the patience that the peers are given. */
export const HUNG_MS = 60_000;
const AT_ONCE = 15;

export type Question = { readonly id: string; readonly address: string };
export type Answered = { readonly id: string; readonly verdict: Verdict | null; readonly ms: number };

/** Answers in the order of the questions. */
export async function askAll(
  peer: RunningPeer,
  questions: readonly Question[],
  atOnce = AT_ONCE,
  limitMs = HUNG_MS,
): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < questions.length; at = next++) {
      const question = questions[at];
      if (question !== undefined) answers[at] = await askOnce(peer, question, limitMs);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, questions.length) }, worker));
  return answers;
}

async function askOnce(peer: RunningPeer, { id, address }: Question, limitMs: number): Promise<Answered> {
  const startMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitMs);
  });
  const verdict = await Promise.race([peer.ask(address).catch(() => null), limit]);
  clearTimeout(timer);
  return { id, verdict, ms: performance.now() - startMs };
}
