/** The two errors of a command that have an exit code of their own (shared/exit-codes.ts). */

/** Wrong use of a command; the message says how to call it. */
export class UsageError extends Error {}

/** The edge did not answer, or the answer is not that of an edge. */
export class UnreachableError extends Error {}
