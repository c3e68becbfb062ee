/**
 * The Cache API: answers of one location, for the seconds of `max-age`. On workers.dev it takes every answer and keeps none.
 */
import type { Limits } from '../limits.ts';

export type CachedResponse = {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
};

export type ResponseCache = {
  match(location: string, url: string): CachedResponse | null;
  put(location: string, url: string, response: CachedResponse): void;
  /** False if there was none. */
  delete(location: string, url: string): boolean;
};

export function createResponseCache(kind: Limits['cache'], nowMs: () => number): ResponseCache {
  const kept = new Map<string, { readonly response: CachedResponse; readonly untilMs: number }>();
  const nameOf = (location: string, url: string): string => `${location}\n${url}`;
  return {
    match(location, url) {
      const found = kept.get(nameOf(location, url));
      return found === undefined || found.untilMs <= nowMs() ? null : found.response;
    },
    put(location, url, response) {
      const control = response.headers.find(([name]) => name.toLowerCase() === 'cache-control')?.[1] ?? '';
      const seconds = Number(/(?:^|[ ,])(?:s-maxage|max-age)=([0-9]+)/.exec(control)?.[1] ?? 0);
      if (kind === 'none' || seconds === 0 || /no-store|private/.test(control)) return;
      kept.set(nameOf(location, url), { response, untilMs: nowMs() + seconds * 1000 });
    },
    delete: (location, url) => kept.delete(nameOf(location, url)),
  };
}
