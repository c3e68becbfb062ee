/**
 * Lazy value: made on first use, then kept. For schemas and tables that few requests need: each would otherwise
 * lengthen every start of a Worker. Never for a promise: it would end with the request that began it.
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
