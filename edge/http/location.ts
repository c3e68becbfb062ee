/**
 * Where this isolate runs, as its first request tells: it never moves, and its clients are those of its surroundings. To look
 * at `cf` costs microseconds, so once is enough. Outside of Cloudflare nothing is known.
 */
export type Place = {
  /** To be called with each request; only the first is looked at. */
  readonly see: (request: Request) => void;
  /** Cloudflare's name of the data centre, or null. */
  readonly colo: () => string | null;
  /** Code of the continent that requests come from, such as `EU`, or null. */
  readonly continent: () => string | null;
};

type Located = Request & { readonly cf?: { readonly colo?: unknown; readonly continent?: unknown } };

export function createPlace(): Place {
  let seen: { readonly colo: string | null; readonly continent: string | null } | null = null;
  return {
    see(request) {
      if (seen !== null) return;
      const { cf } = request as Located;
      seen = { colo: textOf(cf?.colo), continent: textOf(cf?.continent) };
    },
    colo: () => seen?.colo ?? null,
    continent: () => seen?.continent ?? null,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
