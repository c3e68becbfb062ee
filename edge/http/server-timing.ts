/**
 * The `Server-Timing` header (W3C Server Timing §3): the trace of the request, and how long each step of a verdict took.
 *
 * A trace is for requests (Trace Context §3.2): an answer has no header for it. Monitors of pages look for it here, where
 * scripts can read it, as `traceparent` with a description.
 */
import type { StepReport } from '../../shared/answer.ts';
import type { Trace } from '../../shared/trace.ts';

/** @param steps of a verdict; durations are in milliseconds */
export function serverTiming({ traceparent }: Trace, steps: readonly StepReport[] = []): string {
  let timing = `traceparent;desc="${traceparent}"`;
  for (const { step, ms } of steps) timing += `, ${step};dur=${ms}`;
  return timing;
}
