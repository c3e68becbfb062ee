/** DNS facts of the doctor, as values: look-up.ts asks, checks and SPF read. */

/** An answer of DNS. "No record" is a fact; a look-up without an answer is `failed`. */
export type DnsFact<T> =
  | { readonly kind: 'records'; readonly records: readonly T[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly fault: string };

export type MxFact = { readonly host: string; readonly preference: number };

/** The records; empty if there are none or the look-up failed. */
export function recordsOf<T>(lookup: DnsFact<T>): readonly T[] {
  return lookup.kind === 'records' ? lookup.records : [];
}
