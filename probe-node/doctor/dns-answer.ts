/** What the doctor has learnt from DNS, as values: look-up.ts asks, checks and SPF read. */

/** An answer of DNS. That there is nothing is a fact; that we could not learn it is `failed`. */
export type DnsFact<T> =
  | { readonly kind: 'records'; readonly records: readonly T[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly fault: string };

export type MxFact = { readonly host: string; readonly preference: number };

/** The records, or none where there are none or they could not be had. */
export function recordsOf<T>(lookup: DnsFact<T>): readonly T[] {
  return lookup.kind === 'records' ? lookup.records : [];
}
