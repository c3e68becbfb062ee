/**
 * Reservation of quota units: the units from which one request, or one list, pays its probes.
 *
 * Before it: flow/probe-worth.ts, which settles. flow/steps.ts begins to reserve in parallel with memory and DNS and
 * takes a unit before it asks a node. A list reserves in blocks, so that a thousand addresses need some forty calls,
 * takes units only for probes, and reuses units that were given back. After it: counter-link.ts, by way of
 * wiring/quotas.ts.
 */
import { type GrantedUnits, secondsUntilReset } from './day-count.ts';

/** Units per reservation of a list: as many may lie idle while it runs. */
export const BLOCK_UNITS = 25;
/** Share of what is left that a list reserves at once: what lies idle with it must not be what a form is refused for. */
const BLOCK_SHARE = 0.1;

/** Fruitless probes of a list before the counter is told of them. */
const VAIN_UNTOLD_MAX = 25;

/** Value of a probe: `vain` costs no unit either, but is counted (flow/probe-worth.ts). */
export type Worth = 'paid' | 'free' | 'vain';

/**
 * Permission for one probe. `day`: the UTC day it was counted on; null if the counter was unreachable and the probe was
 * admitted uncounted.
 */
export type Unit = { readonly day: number | null };

/** The caller's quota, for the RateLimit headers. */
export type QuotaStatus = {
  readonly limit: number;
  /** Units of a minute, or null if only the day is bounded. */
  readonly minuteLimit: number | null;
  readonly remaining: number;
  readonly resetSeconds: number;
  /** True if nothing is left because too many probes of the day were fruitless. */
  readonly isVainSpent: boolean;
  /** True if nothing is granted because the counter cannot be reached. */
  readonly isUncounted: boolean;
  /** True if nothing is granted because the units of this minute are spent; `resetSeconds` is then the end of it. */
  readonly isPaused: boolean;
};

/** Pays for the probes of one request, or of one list. */
export type Payment = {
  /** Begins to reserve; null if there is nothing to reserve yet. */
  prepare(): Promise<void> | null;
  /** A unit, or null if the quota of the day is spent. */
  take(): Promise<Unit | null>;
  /** Ends a climb; a unit that paid for nothing is given back. */
  settle(unit: Unit | null, worth: Worth): void;
  /** Gives back the remaining units, and every unit that comes back later. */
  close(): void;
  /** As far as it is known by now. */
  status(): QuotaStatus | null;
};

export type Reservation = Payment & {
  readonly limit: number;
  readonly minuteLimit: number | null;
  /** The status from the counter; null if it cannot tell. */
  look(): Promise<QuotaStatus | null>;
};

export type ReservationPorts = {
  /** Null if the counter cannot tell: then the caller is admitted. */
  readonly reserve: (units: number) => Promise<GrantedUnits | null>;
  readonly release: (units: number, day: number, vain: number) => Promise<void>;
  /** Keeps work alive after the answer. */
  readonly background: (work: Promise<unknown>) => void;
  readonly nowMs: () => number;
};

export type ReservationSettings = {
  readonly limit: number;
  readonly minuteLimit?: number | null;
  /** Number of addresses of a list; null for a single address. */
  readonly addresses: number | null;
};

export function createReservation(
  { limit, minuteLimit = null, addresses }: ReservationSettings,
  ports: ReservationPorts,
): Reservation {
  const isList = addresses !== null;
  const blockMax = Math.max(1, Math.min(addresses ?? 1, BLOCK_UNITS));
  /** Units in hand, of `last.day`. */
  let held = 0;
  let uncounted = 0;
  /** Fruitless probes of `last.day` that the counter was not told of yet. */
  let vain = 0;
  let isSpent = false;
  let isOpen = isList;
  let last: GrantedUnits | null = null;
  let reserving: Promise<void> | null = null;

  const blockNow = (): number => {
    return last === null ? blockMax : Math.min(blockMax, Math.max(1, Math.ceil(last.remaining * BLOCK_SHARE)));
  };
  const reserve = (): Promise<void> => {
    const block = blockNow();
    reserving ??= ports.reserve(block).then((reserved) => {
      reserving = null;
      if (reserved === null) {
        uncounted += block;
        return;
      }
      // Units of a past day are void.
      held = (last?.day === reserved.day ? held : 0) + reserved.granted;
      isSpent = reserved.granted < block;
      last = reserved;
    });
    return reserving;
  };
  const giveBack = async (): Promise<void> => {
    if (reserving !== null) await reserving;
    if ((held === 0 && vain === 0) || last === null) return;
    const units = held;
    held = 0;
    last = { ...last, remaining: last.remaining + units };
    await tell(units, last);
  };
  const tell = (units: number, { day, vainLeft, ...reserved }: GrantedUnits): Promise<void> => {
    const told = vain;
    vain = 0;
    last = { ...reserved, day, vainLeft: vainLeft - told };
    return ports.release(units, day, told);
  };
  const giveBackWhereHeld = (): void => {
    if (held > 0 || vain > 0 || reserving !== null) ports.background(giveBack());
  };
  const isVainSpent = (): boolean => last !== null && last.vainLeft - vain <= 0;
  const statusOf = ({ remaining, vainLeft, day, uncountedSeconds, pausedSeconds }: GrantedUnits): QuotaStatus => {
    return {
      limit,
      minuteLimit,
      remaining: isVainSpent() ? 0 : remaining + held,
      resetSeconds: uncountedSeconds ?? pausedSeconds ?? secondsUntilReset(day, ports.nowMs()),
      isVainSpent: vainLeft - vain <= 0,
      isUncounted: uncountedSeconds !== undefined,
      isPaused: pausedSeconds !== undefined,
    };
  };
  return {
    limit,
    minuteLimit,
    prepare: () => (isList ? null : reserve()),
    async take() {
      for (;;) {
        if (isVainSpent()) return null;
        if (held > 0 && last !== null) {
          held -= 1;
          return { day: last.day };
        }
        if (uncounted > 0) {
          uncounted -= 1;
          return { day: null };
        }
        if (isSpent) return null;
        await reserve();
      }
    },
    settle(unit, worth) {
      if (unit !== null && worth !== 'paid') {
        if (unit.day === null) uncounted += 1;
        else if (unit.day === last?.day) {
          held += 1;
          if (worth === 'vain') vain += 1;
        }
      }
      if (!isOpen) giveBackWhereHeld();
      else if (vain >= VAIN_UNTOLD_MAX && last !== null) ports.background(tell(0, last));
    },
    close() {
      isOpen = false;
      giveBackWhereHeld();
    },
    status: () => (last === null ? null : statusOf(last)),
    async look() {
      const reserved = await ports.reserve(0);
      return reserved === null ? null : statusOf(reserved);
    },
  };
}
