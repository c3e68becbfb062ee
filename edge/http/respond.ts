/**
 * The answer to a request for a verdict, complete: made at once with every header that it carries, since to set them on an
 * answer that is there costs as much as the verdict of most addresses.
 */
import type { Answer } from '../../shared/answer.ts';
import type { Carried } from '../wiring/services.ts';
import { createPattern } from './headers.ts';
import { serverTiming } from './server-timing.ts';

/** One of each for all answers: a `Response` copies its headers when it is made, and nothing runs between that and the `set`. */
const ON_PLAIN = { forPages: createPattern(false, true), forAnybody: createPattern(false, false) };
const ON_SECURE = { forPages: createPattern(true, true), forAnybody: createPattern(true, false) };

export function respondWith(verdict: Answer, carried: Carried): Response {
  const { forPages, forAnybody } = carried.isSecure ? ON_SECURE : ON_PLAIN;
  const pattern = carried.isFromPage ? forPages : forAnybody;
  pattern.headers.set('server-timing', serverTiming(carried.trace, verdict.steps));
  carried.log.verdict = verdict;
  carried.isComplete = true;
  return new Response(JSON.stringify(verdict), pattern);
}
