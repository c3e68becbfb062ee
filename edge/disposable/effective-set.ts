/**
 * The disposable domains in force in this isolate: the operator's marks first, then the compiled set, then the overlay.
 *
 * Stale-while-revalidate: marks and overlay come from KV and are read at most every few minutes, behind the requests. A
 * look-up never waits. The first requests of an isolate begin to read when they come and wait before their first look-up,
 * so that an operator's mark holds from its first answer on. If the store fails or is slow, the known names stay. An
 * isolate that writes a mark knows it at once, others within REFRESH_MS and the minute that KV takes.
 */
import { withinOr } from '../async/timeout.ts';
import { allMarks, type Mark, type MarkedDomain, type MarkStore } from './mark.ts';
import { OVERLAY_KEY, type OverlayStore, parseOverlay } from './overlay.ts';

/** Milliseconds after which marks and overlay are read again. */
export const REFRESH_MS = 300_000;
/** Milliseconds until a retry, if the last read failed or its request ended first. */
const RETRY_MS = 15_000;
/** Milliseconds that the first requests of an isolate wait for the store: twice what a cold read takes from another continent. */
const FIRST_WAIT_MS = 1_000;

export type EffectiveSet = {
  /** True if the domain, or one above it, is marked or listed as disposable and not allowed. */
  isDisposable(domain: string): boolean;
  /** True if the operator allows the domain, or one above it. */
  isAllowed(domain: string): boolean;
  /** Refreshes the names if they are stale. Null if there is nothing to wait for. The promise never rejects. */
  freshen(): Promise<void> | null;
  /** Applies a mark that was just written or removed. */
  note(domain: string, mark: Mark | null): void;
};

export type NamesPorts = {
  readonly store: Pick<MarkStore, 'list'> & OverlayStore;
  /** The compiled set. */
  readonly isListed: (domain: string) => boolean;
  readonly nowMs: () => number;
  /** Keeps work alive after the answer, in the context of the request that is being served. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly log: (line: { readonly event: 'names_not_read'; readonly error: string }) => void;
};

export function createEffectiveSet({ store, isListed, nowMs, waitUntil, log }: NamesPorts): EffectiveSet {
  let marks: ReadonlyMap<string, Mark> = new Map();
  let overlay: ReadonlySet<string> = new Set();
  let overlayText: string | null = null;
  let isLoaded = false;
  let nextReadMs = 0;

  async function read(): Promise<void> {
    try {
      const [marked, text] = await Promise.all([allMarks(store), store.get(OVERLAY_KEY)]);
      marks = new Map(marked.map(({ domain, mark }: MarkedDomain) => [domain, mark]));
      // The overlay changes a few times a day and may have megabytes: skip parsing if the text is the same.
      if (text !== overlayText) overlay = new Set(parseOverlay(text).flatMap(({ names }) => names));
      overlayText = text;
      isLoaded = true;
      nextReadMs = nowMs() + REFRESH_MS;
    } catch (error) {
      nextReadMs = nowMs() + RETRY_MS;
      log({ event: 'names_not_read', error: error instanceof Error ? error.name : 'error' });
    }
  }

  /**
   * Each of the first requests reads for itself: in a Worker, work of another request ends when that request's client
   * goes.
   */
  async function firstRead(work: Promise<void>): Promise<void> {
    const ended = await withinOr(FIRST_WAIT_MS, work, 'late');
    if (ended === 'late' && !isLoaded) nextReadMs = nowMs() + RETRY_MS;
  }

  return {
    isDisposable(domain) {
      const mark = nearestMark(marks, domain);
      if (mark !== null) return mark === 'disposable';
      return isListed(domain) || isBelow(overlay, domain);
    },
    isAllowed: (domain) => nearestMark(marks, domain) === 'allow',
    freshen() {
      if (nowMs() < nextReadMs) return null;
      if (isLoaded) nextReadMs = nowMs() + RETRY_MS;
      const work = read();
      waitUntil(work);
      return isLoaded ? null : firstRead(work);
    },
    note(domain, mark) {
      const changed = new Map(marks);
      if (mark === null) changed.delete(domain);
      else changed.set(domain, mark);
      marks = changed;
    },
  };
}

/** The domain and its parent domains, the domain first; a single label is left out. */
function* namesAbove(domain: string): Generator<string> {
  for (let rest = domain; rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) yield rest;
}

/** The mark of the domain, or of its nearest parent with a mark. */
function nearestMark(marks: ReadonlyMap<string, Mark>, domain: string): Mark | null {
  if (marks.size === 0) return null;
  for (const name of namesAbove(domain)) {
    const mark = marks.get(name);
    if (mark !== undefined) return mark;
  }
  return null;
}

function isBelow(names: ReadonlySet<string>, domain: string): boolean {
  if (names.size === 0) return false;
  for (const name of namesAbove(domain)) if (names.has(name)) return true;
  return false;
}
