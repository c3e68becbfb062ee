/**
 * The location of this isolate, read from `cf` of its first request: an isolate never moves, and its clients are near it.
 * Outside of Cloudflare nothing is known.
 */
export type IsolateLocation = {
  /** To be called with each request; only the first is read. */
  readonly see: (request: Request) => void;
  /** Cloudflare's name of the data centre, or null. */
  readonly colo: () => string | null;
  /** Code of the continent that requests come from, such as `EU`, or null. */
  readonly continent: () => string | null;
};

type Located = Request & { readonly cf?: { readonly colo?: unknown; readonly continent?: unknown } };

export function createLocation(): IsolateLocation {
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
