/**
 * What is made when it is first asked for, and then kept: schemas and tables that few requests need would each be a part of
 * every start of a Worker. Never a promise: it would end with the request that began it.
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
