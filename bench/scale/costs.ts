/**
 * What one address costs the platform, counted: test/bench/scale/costs.test.ts counts the same in the real flow. For the costly
 * case: a mailbox that is not remembered, of a domain that is, at a server that answers.
 */

export type AddressCost = {
  readonly kvReads: number;
  readonly kvWrites: number;
  /** Calls of the counter of a key; a row is written in each. */
  readonly quotaCalls: number;
  /** Rows written in the object of a list. */
  readonly listRows: number;
  /** Requests to the worker, or invocations that the object of a list makes. */
  readonly invocations: number;
};

/** `GET /v1/verify` with a secret key. Reads: the verdict, the domain. Writes: the verdict. */
export const FORM_COST: AddressCost = { kvReads: 2, kvWrites: 1, quotaCalls: 1, listRows: 0, invocations: 1 };

/** Addresses of one batch of a list (edge/lists/schedule.ts). */
export const BATCH = 50;
/** Units that are reserved at once for a list (edge/quota/reservation.ts). */
export const BLOCK = 25;

/**
 * One row of a list. Reads: the verdict in the free pass and once more before the question, and the domain once a batch.
 * Rows: when it is read, and when it has its verdict (docs/STORAGE.md).
 */
export const ROW_COST: AddressCost = {
  kvReads: 2 + 1 / BATCH,
  kvWrites: 1,
  quotaCalls: 1 / BLOCK,
  listRows: 2,
  invocations: 1 / BATCH,
};
