/**
 * Hedged requests ("The Tail at Scale", Dean and Barroso 2013): asks the first source alone, and the next one in
 * parallel once the first is slower than usual, or at once if it fails. The first usable answer wins, and the others
 * are aborted.
 *
 * Each source must end by itself or when its signal aborts, and must not throw.
 */
import type { WireAnswer } from './ask-resolver.ts';

export type Runner = {
  readonly ask: (signal: AbortSignal) => Promise<WireAnswer>;
  /** Milliseconds after which the next source is asked in parallel. */
  readonly patienceMs: number;
};

/** The first answer that is not a failure, or the last failure; also a failure if the signal aborts first. */
export function race(runners: readonly Runner[], signal: AbortSignal): Promise<WireAnswer> {
  const { promise, resolve } = Promise.withResolvers<WireAnswer>();
  const controllers: AbortController[] = [];
  let failed = 0;
  let isOver = false;
  let hedge: ReturnType<typeof setTimeout> | undefined;
  const end = (answer: WireAnswer): void => {
    isOver = true;
    clearTimeout(hedge);
    signal.removeEventListener('abort', giveUp);
    resolve(answer);
    for (const controller of controllers) controller.abort();
  };
  const giveUp = (): void => end({ answer: { kind: 'failure', fault: 'timeout' }, ttlSeconds: 0, message: null });
  const askNext = (): void => {
    clearTimeout(hedge);
    const runner = runners[controllers.length];
    if (runner === undefined || isOver) return;
    const controller = new AbortController();
    controllers.push(controller);
    hedge = setTimeout(askNext, runner.patienceMs);
    runner.ask(controller.signal).then((answer) => {
      if (isOver) return;
      if (answer.answer.kind === 'failure') failed += 1;
      if (answer.answer.kind !== 'failure' || failed === runners.length) end(answer);
      else askNext();
    });
  };
  if (signal.aborted) giveUp();
  else {
    signal.addEventListener('abort', giveUp);
    askNext();
  }
  return promise;
}
