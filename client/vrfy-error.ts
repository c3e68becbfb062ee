/** The one error of this package: a problem that the edge has told (RFC 9457), or that it could not be asked. */
import type { ProblemCode, ProblemDocument } from './api-types.ts';

/**
 * Beside the codes of the edge: it could not be reached or broke off (`unreachable`), did not answer in time (`timeout`), or
 * not as an edge does (`bad_answer`).
 */
export type ErrorCode = ProblemCode | 'unreachable' | 'timeout' | 'bad_answer' | (string & {});

export type ErrorOptions = {
  /** HTTP status, 0 if there was no answer. */
  readonly status?: number;
  readonly errors?: ProblemDocument['errors'] | undefined;
  /** Seconds after which asking again is worthwhile. */
  readonly retryAfter?: number | null;
  readonly cause?: unknown;
};

export class VrfyError extends Error {
  override readonly name = 'VrfyError';
  readonly code: ErrorCode;
  readonly status: number;
  /** The fields that do not fit, if that is the problem. */
  readonly errors: NonNullable<ProblemDocument['errors']>;
  /** Seconds after which asking again is worthwhile, or null if the edge did not say. */
  readonly retryAfter: number | null;

  /** @param detail one sentence for a developer; the edge puts no address and no key into it */
  constructor(
    code: ErrorCode,
    detail: string,
    { status = 0, errors = [], retryAfter = null, cause }: ErrorOptions = {},
  ) {
    super(detail, { cause });
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}
