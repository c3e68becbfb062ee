/**
 * A line for each fault of ours: its code and where it broke. Never the words of an error, which could quote an address.
 */
import type { Problem } from '../../shared/problem.ts';

/** Faults of the request itself (4xx) are no faults of ours; their code stands in the line of the request. */
export function logFault({ code, status, cause }: Problem): void {
  if (status < 500) return;
  const at = cause instanceof Error ? `${cause.name} ${cause.stack?.split('\n')[1]?.trim() ?? ''}` : null;
  console.error(JSON.stringify({ event: 'fault', code, at }));
}
