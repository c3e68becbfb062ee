/**
 * Rates that `npm run bench` has measured on two cores of a shared machine, 2026-11-29, so that they are lower bounds. The group
 * `scale` prints its own figures only; these come from the groups that are named.
 */

/** Addresses of a node in a second, 500 domains, nothing warm (`throughput`). */
export const NODE_ADDRESSES_PER_SECOND = 2_000;
/** Rows of one list in a second, mail servers at hand (`lists`). */
export const LIST_ROWS_PER_SECOND = 80;
/** Processor time of the worker for a verdict that needs no probe (`edge`), milliseconds; one with a probe takes more. */
export const WORKER_CPU_MS = 0.3;
