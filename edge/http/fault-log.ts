/**
 * The log of faults: one line for each fault of ours, with its code, the kind of error, the stack frames in our code and
 * the trace id of the request.
 *
 * Never the message of an error, which could quote an address. A stack begins with the message, which may itself look like
 * frames, so only names of functions and positions in scripts are taken from it.
 */
import { type Problem, toProblem } from '../../shared/problem.ts';

/** Frames of one line, and characters of a stack that are looked at. */
const FRAMES_MAX = 5;
const STACK_LENGTH_MAX = 8_192;
/** Lines of one batch: a fault that breaks a thousand climbs is mostly one fault. */
const OF_A_LIST_MAX = 10;

const NAME = /^[A-Za-z]{1,40}$/;
/** `at async join (file:///…/worker.js:12:5)`, or without a function. No name of a function has an `@`. */
const FRAME =
  /^ {4}at (?:((?:(?:async|new) )?[\w$.<>#]{1,80})(?: \[as [\w$]{1,40}\])? \()?(?:[^()\s@]{0,1000}\/)?([\w.-]{1,60}\.(?:m?js|ts)):(\d{1,7}):\d{1,7}\)?$/;
/** Scripts of the runtime, and of packages if they are not bundled. */
const FOREIGN = /(?:\bnode:|cloudflare-internal:|\/node_modules\/)/;

/** Faults of the request itself (4xx) are no faults of ours; their code stands in the line of the request. */
export function logFault(problem: Problem, traceId?: string): void {
  if (problem.status < 500) return;
  const { code } = problem;
  const error = problem.cause ?? problem;
  console.error(JSON.stringify({ event: 'fault', code, error: errorKind(error), at: framesOf(error), trace: traceId }));
}

/** Logs the first faults of a batch, and returns each fault as a Problem. */
export function faultLogOf(traceId?: string): (error: unknown) => Problem {
  let left = OF_A_LIST_MAX;
  return (error) => {
    const problem = toProblem(error);
    if (left > 0) logFault(problem, traceId);
    left -= 1;
    return problem;
  };
}

/** Milliseconds between two lines about faults that come in numbers. */
const COUNT_MS = 10_000;

/**
 * Counts faults that come in numbers while something is away: one line at once, and then one in ten seconds.
 *
 * @param write takes the kind of the error, and how many there have been since the last line
 */
export function createFaultCount(
  nowMs: () => number,
  write: (kind: string, times: number) => void,
): (error: unknown) => void {
  let times = 0;
  let writtenAtMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    times += 1;
    if (nowMs() - writtenAtMs < COUNT_MS) return;
    write(errorKind(error), times);
    times = 0;
    writtenAtMs = nowMs();
  };
}

/** The kind of error in one word. */
export function errorKind(error: unknown): string {
  return error instanceof Error && NAME.test(error.name) ? error.name : typeof error;
}

/** The first frames in our own code: function, script, line. */
function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return [];
  const { message, stack } = error;
  const wordsAt = stack.indexOf(message);
  return stack
    .slice(wordsAt < 0 ? 0 : wordsAt + message.length)
    .slice(0, STACK_LENGTH_MAX)
    .split('\n')
    .flatMap((line) => {
      const [, called, script, row] = FOREIGN.test(line) ? [] : (FRAME.exec(line) ?? []);
      return script === undefined ? [] : `${called === undefined ? '' : `${called} `}${script}:${row}`;
    })
    .slice(0, FRAMES_MAX);
}
