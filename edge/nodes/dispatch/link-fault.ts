/**
 * Words for the faults of a request to a node that has thrown: fixed ones, since an error's message could quote a peer.
 * They appear in the log line `node_fault`; docs/RUNBOOK.md says how to handle each.
 *
 * Workers distinguish few faults. Refused, reset and closed before the headers are one error, marked `remote` and
 * `retryable`; a name that does not resolve and a failed TLS handshake are another, which is `remote` alone. Elsewhere
 * `fetch` has a TypeError for all of them (Fetch standard §2.8).
 */

export type LinkFault =
  | 'timeout'
  | 'no_connection'
  | 'name_or_tls'
  | 'broken_stream'
  | 'line_too_long'
  | 'answer_too_long'
  | 'no_json'
  | 'internal';

/** Thrown if a line is longer than any evidence can be. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

/** Thrown if an answer is longer than all the requested evidence, or has more lines. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}

/** @param isReached true if the node has sent its headers */
export function linkFaultOf(error: unknown, isReached: boolean): LinkFault {
  if (!(error instanceof Error)) return 'internal';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout';
  if (error instanceof LineTooLong) return 'line_too_long';
  if (error instanceof AnswerTooLong) return 'answer_too_long';
  if (error instanceof SyntaxError) return 'no_json';
  if (isReached) return 'broken_stream';
  if ('remote' in error && error.remote === true) {
    return 'retryable' in error && error.retryable === true ? 'no_connection' : 'name_or_tls';
  }
  return error instanceof TypeError ? 'no_connection' : 'internal';
}
