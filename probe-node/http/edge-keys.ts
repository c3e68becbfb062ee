/**
 * The public keys of the edge, fetched from its `/.well-known/jwks.json` and cached.
 *
 * - An unknown `kid` triggers a fetch at once, so that a new key works as soon as it signs; a second such fetch waits
 *   for LOOK_AGAIN_MS, and the job with it, so that a third party cannot make us fetch at will and a rotation loses
 *   nothing.
 * - A key whose `exp` (seconds since 1970) has come is refused from that second on, without a fetch.
 * - A key that has left the set is refused after REFRESH_WAIT_MS at most, if the edge can be reached.
 * - While the edge cannot be reached the known keys serve for STALE_MS; then `keys_unavailable` is thrown.
 */
import { type CryptoKey, importJWK } from 'jose';
import * as z from 'zod';
import { readBounded } from '../../shared/bounded-body.ts';
import { publicKeySchema } from '../../shared/enrolment.ts';
import { Problem } from '../../shared/problem.ts';
import type { KeyFinder } from '../../shared/token.ts';

const FETCH_TIMEOUT_MS = 3_000;
/**
 * Stale-while-revalidate: age from which the set is fetched beside the job that found it, and age from which the job
 * waits.
 */
const REFRESH_MS = 60_000;
const REFRESH_WAIT_MS = 120_000;
/**
 * Age up to which the set is used while the edge cannot be reached: as long as a bad deploy or a cut cable may last.
 */
const STALE_MS = 3_600_000;
/** Milliseconds between two fetches for an unknown `kid`, and between two tries at an edge that does not answer. */
const LOOK_AGAIN_MS = 5_000;
const RETRY_MS = 1_000;
/** Jobs that may wait for the next fetch; each holds its body. */
const WAITING_MAX = 100;
const SET_OCTETS_MAX = 64 * 1024;
const KEYS_MAX = 64;

const keySetSchema = z.object({ keys: z.array(z.unknown()).max(KEYS_MAX) });
const publishedKeySchema = publicKeySchema.extend({
  kid: z.string().min(1).max(128),
  /** As in a JWT, although RFC 7517 does not name it: the second from which the key is not believed any more. */
  exp: z.number().optional(),
});

type PublishedKey = { readonly key: CryptoKey | Uint8Array; readonly endsAtMs: number };
type Held = { readonly keys: ReadonlyMap<string, PublishedKey>; readonly fetchedAtMs: number };

export type EdgeKeysPorts = {
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
};

/** A finder that returns null for a `kid` the edge does not publish; throws `keys_unavailable` if it cannot ask. */
export function createEdgeKeys(edge: URL, { nowMs, sleep }: EdgeKeysPorts): KeyFinder {
  const url = new URL('/.well-known/jwks.json', edge);
  let held: Held | null = null;
  let fetching: Promise<void> | null = null;
  let failure: { readonly atMs: number; readonly cause: unknown } | null = null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let waiting = 0;

  const refresh = (): Promise<void> => {
    fetching ??= fetchKeys(url)
      .then(
        (keys) => {
          held = { keys, fetchedAtMs: nowMs() };
          failure = null;
        },
        (cause: unknown) => {
          failure = { atMs: nowMs(), cause };
        },
      )
      .finally(() => {
        fetching = null;
      });
    return fetching;
  };
  const unavailable = (): Problem =>
    new Problem('keys_unavailable', { cause: failure?.cause, headers: { 'retry-after': '5' } });

  /** A set that is young enough, or as old as an unreachable edge excuses. */
  const current = async (): Promise<Held> => {
    const ageMs = held === null ? Number.POSITIVE_INFINITY : nowMs() - held.fetchedAtMs;
    if (held !== null && ageMs < REFRESH_MS) return held;
    const mayTry = failure === null || nowMs() - failure.atMs >= RETRY_MS;
    // Waits only if it must and is likely to succeed: one job finds out that the edge is away, not each.
    const isWaitedFor = ageMs >= STALE_MS || (ageMs >= REFRESH_WAIT_MS && failure === null);
    const refreshed = mayTry || fetching !== null ? refresh() : null;
    if (isWaitedFor) await refreshed;
    if (held === null || nowMs() - held.fetchedAtMs >= STALE_MS) throw unavailable();
    return held;
  };

  /** Ensures a set that was fetched after this call. Concurrent callers share one fetch. */
  const lookAgain = async (kid: string): Promise<void> => {
    // A fetch under way may have begun before the key was published.
    if (fetching !== null) await fetching;
    if (held?.keys.has(kid)) return;
    const lastLookMs = lookedAtMs;
    const leftMs = lastLookMs + LOOK_AGAIN_MS - nowMs();
    if (leftMs > 0) {
      if (waiting >= WAITING_MAX) return;
      waiting += 1;
      await sleep(leftMs);
      waiting -= 1;
    }
    if (lookedAtMs === lastLookMs) {
      lookedAtMs = nowMs();
      await refresh();
    } else await fetching;
    if (failure !== null) throw unavailable();
  };

  return async (kid) => {
    const { keys } = await current();
    if (!keys.has(kid)) await lookAgain(kid);
    const published = held?.keys.get(kid);
    return published === undefined || published.endsAtMs <= nowMs() ? null : published.key;
  };
}

/** An entry that is no key of ours is skipped; a body that is no key set throws. */
async function fetchKeys(url: URL): Promise<ReadonlyMap<string, PublishedKey>> {
  const response = await fetch(url, {
    // An old set from a cache on the way would refuse a new key and accept a removed one.
    headers: { 'cache-control': 'no-cache' },
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the edge answers ${response.status}`);
  const body = await readBounded(response.body, SET_OCTETS_MAX);
  if (body === null) throw new Error('the key set is too long');
  const keys = new Map<string, PublishedKey>();
  for (const entry of keySetSchema.parse(JSON.parse(new TextDecoder().decode(body))).keys) {
    const parsed = publishedKeySchema.safeParse(entry);
    if (!parsed.success) continue;
    const { kid, exp, kty, crv, x } = parsed.data;
    const key = await importJWK({ kty, crv, x }, 'EdDSA');
    keys.set(kid, { key, endsAtMs: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000 });
  }
  return keys;
}
