/** Exit codes of every command, and the two faults that have one of their own. */

export const EXIT = { fine: 0, problems: 1, usage: 2, unreachable: 69, fault: 70, config: 78 } as const;

/** The command was called wrongly; the message says how. */
export class UsageError extends Error {}

/** The edge did not answer, or not as an edge does. */
export class UnreachableError extends Error {}
