/** The two faults of a command that have an exit code of their own (shared/exit-codes.ts). */

/** The command was called wrongly; the message says how. */
export class UsageError extends Error {}

/** The edge did not answer, or not as an edge does. */
export class UnreachableError extends Error {}
