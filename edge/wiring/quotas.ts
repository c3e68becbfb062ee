/**
 * The quota of each caller: the name of its counter, and the units of a day. Wiring only; before it: services.ts,
 * after it: quota/.
 */
import type { CryptoKey } from 'jose';
import { once } from '../../shared/once.ts';
import type { EdgeSettings, Env } from '../env.ts';
import { clientNetworkOf, siteOf } from '../quota/client-network.ts';
import { createCounterLink } from '../quota/counter-link.ts';
import { type CallerCounter, jointCounter } from '../quota/joint-counter.ts';
import { createReservation, type Reservation, type ReservationSettings } from '../quota/reservation.ts';

/**
 * Quotas of one network that all networks of a /48 have together. A provider may have hundreds of households in one, and a
 * single caller all of its 65,536 networks.
 */
const SITE_QUOTAS = 64;

/** The caller of a request. Test keys have no quota: they are answered from a table. */
export type Caller = { readonly kind: 'test' } | { readonly kind: 'payer'; readonly payer: Payer };

/** Whose quota a probe is charged to. */
export type Payer =
  | { readonly kind: 'operator' }
  | { readonly kind: 'key'; readonly id: string; readonly dailyQuota: number | null }
  /** `address` is read only if there is something to count. */
  | { readonly kind: 'anonymous'; readonly address: () => string };

export type Quotas = {
  /** Reserves units for the payer's probes. Null if the payer has no bound: then no counter is asked. */
  readonly reservationFor: (
    payer: Payer,
    addresses: ReservationSettings['addresses'],
    background: (work: Promise<unknown>) => void,
  ) => Reservation | null;
};

export type QuotaPorts = {
  readonly secret: CryptoKey;
  readonly nowMs: () => number;
  readonly onFault: (error: unknown) => void;
};

export function createQuotas(
  { QUOTA }: Pick<Env, 'QUOTA'>,
  { anonymousDailyQuota }: Pick<EdgeSettings, 'anonymousDailyQuota'>,
  { secret, nowMs, onFault }: QuotaPorts,
): Quotas {
  const link = createCounterLink({ counter: (name) => QUOTA.getByName(name), secret, nowMs, onFault });
  const limitOf = (payer: Payer): number | null => {
    if (payer.kind === 'operator') return null;
    return payer.kind === 'key' ? payer.dailyQuota : anonymousDailyQuota;
  };
  return {
    reservationFor(payer, addresses, background) {
      const limit = limitOf(payer);
      if (limit === null) return null;
      const counterOf = (name: string, ofName: number): CallerCounter => ({
        reserve: (units) => link.reserve(name, units, ofName),
        release: (units, day, vain) => link.release(name, units, day, vain),
      });
      // Most verdicts need no probe and so no counter: the address is parsed on first use.
      const counter = once((): CallerCounter => {
        const own = counterOf(nameOf(payer), limit);
        const site = payer.kind === 'anonymous' ? siteOf(payer.address()) : null;
        return site === null ? own : jointCounter([own, counterOf(`client ${site}`, limit * SITE_QUOTAS)], background);
      });
      const reserve: CallerCounter['reserve'] = (units) => counter().reserve(units);
      const release: CallerCounter['release'] = (...given) => counter().release(...given);
      return createReservation({ limit, addresses }, { reserve, release, background, nowMs });
    },
  };
}

/** Tells payers apart, in memory and hashed as the name of a counter. */
export function nameOf(payer: Payer): string {
  switch (payer.kind) {
    case 'operator':
      return 'operator';
    case 'key':
      return `key ${payer.id}`;
    case 'anonymous':
      return `client ${clientNetworkOf(payer.address())}`;
  }
}
