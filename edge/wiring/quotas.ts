/**
 * The quota of each caller: the name of its counter, and the units of a day. Wiring only; before it: services.ts,
 * after it: quota/.
 */
import type { CryptoKey } from 'jose';
import { DAILY_QUOTA_MAX } from '../../shared/api-key.ts';
import { once } from '../../shared/once.ts';
import type { EdgeSettings, Env } from '../env.ts';
import { type HttpCache, readEntry, writeEntry } from '../memory/data-centre-cache.ts';
import { clientNetworkOf, siteOf } from '../quota/client-network.ts';
import { createCounterLink, type SharedAdmissions } from '../quota/counter-link.ts';
import { type CallerCounter, jointCounter } from '../quota/joint-counter.ts';
import { createUnitLeases } from '../quota/leases.ts';
import { createReservation, type Payment, type Reservation, type ReservationSettings } from '../quota/reservation.ts';
import { createTally, withTally } from '../quota/tally.ts';

/**
 * Quotas of one network that all networks of a /48 have together. A provider may have hundreds of households in one, and a
 * single caller all of its 65,536 networks.
 */
const SITE_QUOTAS = 64;
/** Part of a key's quota that the visitors of one /48 may use up. */
const SITE_SHARE = 1 / 2;

/** The caller of a request. Test keys have no quota: they are answered from a table. */
export type Caller = { readonly kind: 'test'; readonly id: string } | { readonly kind: 'payer'; readonly payer: Payer };

/** Whose quota a probe is charged to. */
export type Payer =
  | { readonly kind: 'operator' }
  | { readonly kind: 'key'; readonly id: string; readonly dailyQuota: number | null }
  /** A visitor of a page: spends the quota of its key, and a part of it at most. */
  | {
      readonly kind: 'visitor';
      readonly id: string;
      readonly dailyQuota: number | null;
      readonly perDay: number | null;
      readonly perMinute: number | null;
      readonly address: () => string;
    }
  /** `address` is read only if there is something to count. */
  | { readonly kind: 'anonymous'; readonly address: () => string };

export type Quotas = {
  /** Reserves units for the payer's probes. Null if the payer has no bound: then no counter is asked. */
  readonly reservationFor: (
    payer: Payer,
    addresses: ReservationSettings['addresses'],
    background: (work: Promise<unknown>) => void,
  ) => Reservation | null;
  /** Pays for the payer's probes with the reservation, and counts those of a key without a bound. Null if nothing is to be done. */
  readonly paymentFor: (
    payer: Payer,
    reservation: Reservation | null,
    addresses: ReservationSettings['addresses'],
    background: (work: Promise<unknown>) => void,
  ) => Payment | null;
  /** Units that the holder of a key has used today, with its visitors; null if the counter cannot tell. */
  readonly usedToday: (key: { readonly id: string }) => Promise<number | null>;
};

export type QuotaPorts = {
  readonly secret: CryptoKey;
  readonly nowMs: () => number;
  readonly onFault: (error: unknown) => void;
  /** The data centre's cache, or null if there is none. */
  readonly cache: HttpCache | null;
};

export function createQuotas(
  { QUOTA }: Pick<Env, 'QUOTA'>,
  { anonymousDailyQuota }: Pick<EdgeSettings, 'anonymousDailyQuota'>,
  { secret, nowMs, onFault, cache }: QuotaPorts,
): Quotas {
  const admissions = cache === null ? null : admissionsIn(cache, nowMs);
  const link = createCounterLink({
    counter: (name) => QUOTA.getByName(name),
    secret,
    nowMs,
    randomText: () => crypto.randomUUID(),
    onFault,
    admissions,
  });
  const leases = createUnitLeases({ link, nowMs, pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) });
  return {
    usedToday: ({ id }) => link.used(keyNameOf(id)),
    paymentFor(payer, reservation, addresses, background) {
      const isCountedHere = (payer.kind === 'key' || payer.kind === 'visitor') && payer.dailyQuota === null;
      if (!isCountedHere) return reservation;
      const name = keyNameOf(payer.id);
      const count = (units: number): Promise<unknown> => link.reserveAhead(name, units, Number.MAX_SAFE_INTEGER);
      const tally = createTally({ addresses }, { count, background });
      return reservation === null ? tally : withTally(reservation, tally);
    },
    reservationFor(payer, addresses, background) {
      const tightest = tightestOf(payer, anonymousDailyQuota);
      if (tightest === null) return null;
      // Most verdicts need no probe and so no counter: the address is parsed on first use.
      const counter = once((): CallerCounter => {
        const counters = boundsOf(payer, anonymousDailyQuota).map(
          ({ name, limit, minuteLimit = null }): CallerCounter =>
            // A list reserves in blocks of its own.
            addresses === null && minuteLimit === null
              ? {
                  reserve: (units) => leases.reserve(name, units, limit, background),
                  release: (units, day, vain) => leases.release(name, units, day, vain),
                }
              : {
                  reserve: (units) => link.reserve(name, units, limit, minuteLimit),
                  release: (units, day, vain) => link.release(name, units, day, vain),
                },
        );
        const [only, ...more] = counters;
        return only !== undefined && more.length === 0 ? only : jointCounter(counters, background);
      });
      const reserve: CallerCounter['reserve'] = (units) => counter().reserve(units);
      const release: CallerCounter['release'] = (...given) => counter().release(...given);
      return createReservation({ ...tightest, addresses }, { reserve, release, background, nowMs });
    },
  };
}

function admissionsIn(cache: HttpCache, nowMs: () => number): SharedAdmissions {
  const urlOf = (name: string): string => `https://uncounted.vrfy.invalid/v1/${name}`;
  return {
    has: async (name) => (await readEntry(cache, urlOf(name), 1, nowMs)) !== null,
    note: (name, lifeSeconds) =>
      writeEntry(cache, urlOf(name), '1', { mediaType: 'text/plain', lifeSeconds, nowMs: nowMs() }),
  };
}

type Bound = { readonly name: string; readonly limit: number; readonly minuteLimit?: number | null };

/** The bound that a payer is told of; null if there is none. */
function tightestOf(payer: Payer, anonymousDailyQuota: number | null): Omit<Bound, 'name'> | null {
  if (payer.kind === 'operator') return null;
  if (payer.kind === 'anonymous') return anonymousDailyQuota === null ? null : { limit: anonymousDailyQuota };
  if (payer.kind === 'key') return payer.dailyQuota === null ? null : { limit: payer.dailyQuota };
  const limit = Math.min(payer.perDay ?? DAILY_QUOTA_MAX, payer.dailyQuota ?? DAILY_QUOTA_MAX);
  const isBounded = payer.perDay !== null || payer.perMinute !== null || payer.dailyQuota !== null;
  return isBounded ? { limit, minuteLimit: payer.perMinute } : null;
}

/** Everything that must agree before the payer has a probe. */
function boundsOf(payer: Payer, anonymousDailyQuota: number | null): readonly Bound[] {
  const own = tightestOf(payer, anonymousDailyQuota);
  if (own === null) return [];
  const bounds: Bound[] = [{ ...own, name: nameOf(payer) }];
  const site = payer.kind === 'anonymous' || payer.kind === 'visitor' ? siteOf(payer.address()) : null;
  if (payer.kind === 'anonymous' && site !== null) {
    bounds.push({ name: `client ${site}`, limit: own.limit * SITE_QUOTAS });
  }
  if (payer.kind !== 'visitor') return bounds;
  const { id, dailyQuota } = payer;
  if (site !== null) {
    const limit = Math.min(own.limit * SITE_QUOTAS, Math.ceil((dailyQuota ?? DAILY_QUOTA_MAX) * SITE_SHARE));
    bounds.push({ name: `visitor ${id} ${site}`, limit });
  }
  if (dailyQuota !== null) bounds.push({ name: keyNameOf(id), limit: dailyQuota });
  return bounds;
}

function keyNameOf(id: string): string {
  return `key ${id}`;
}

/** Tells payers apart, in memory and hashed as the name of a counter. */
export function nameOf(payer: Payer): string {
  switch (payer.kind) {
    case 'operator':
      return 'operator';
    case 'key':
      return keyNameOf(payer.id);
    case 'visitor':
      return `visitor ${payer.id} ${clientNetworkOf(payer.address())}`;
    case 'anonymous':
      return `client ${clientNetworkOf(payer.address())}`;
  }
}
