/** Runs work as it comes, but no more than so much at once; the rest waits in order of arrival. */

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function atMost(max: number): InTurn {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    // A place is handed on, never free in between, so that work that comes just then cannot take it as well.
    if (running < max) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
