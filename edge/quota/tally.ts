/**
 * Counts the probes that a caller without a bound has had, for its operator to see: behind the answers, so that it grants
 * everything, refuses none and makes no caller wait.
 *
 * Before it: wiring/quotas.ts, which gives it the counter. If that cannot be reached, the figure is a little too small.
 */
import type { Payment, ReservationPorts, ReservationSettings, Unit } from './reservation.ts';

/** Probes of a list before the counter is told of them: a list reserves as many at once (reservation.ts). */
const UNTOLD_MAX = 25;

const UNCOUNTED: Unit = { day: null };

export type TallyPorts = Pick<ReservationPorts, 'background'> & {
  /** Never rejects. */
  readonly count: (units: number) => Promise<unknown>;
};

export function createTally(
  { addresses }: Pick<ReservationSettings, 'addresses'>,
  { count, background }: TallyPorts,
): Payment {
  let isOpen = addresses !== null;
  let untold = 0;
  const tell = (): void => {
    if (untold === 0) return;
    const units = untold;
    untold = 0;
    background(count(units));
  };
  return {
    prepare: () => null,
    take: async () => UNCOUNTED,
    settle(unit, worth) {
      if (unit !== null && worth === 'paid') untold += 1;
      if (!isOpen || untold >= UNTOLD_MAX) tell();
    },
    close() {
      isOpen = false;
      tell();
    },
    status: () => null,
  };
}

/** Pays from the reservation, and counts as well. */
export function withTally(reservation: Payment, tally: Payment): Payment {
  return {
    ...reservation,
    settle(unit, worth) {
      reservation.settle(unit, worth);
      tally.settle(unit, worth);
    },
    close() {
      reservation.close();
      tally.close();
    },
  };
}
