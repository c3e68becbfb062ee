/**
 * Disposable domains that no list has, or that the weighing of the lists would leave out. Each line: the source, then the
 * names. Read by scripts/build-disposable.ts. How to add a name: docs/DISPOSABLE.md.
 */
const ALSO_DISPOSABLE_BY_SOURCE: readonly (readonly [source: string, domains: string])[] = [];

export const ALSO_DISPOSABLE: readonly string[] = ALSO_DISPOSABLE_BY_SOURCE.flatMap(([, domains]) =>
  domains.split(' '),
);
