/**
 * Leases of units: a caller that asks again and again is served from a block of units that this isolate holds, and not by a call of
 * its counter each time. A counter lives at the place of its first use, which may be another continent: 100 ms and more a call.
 *
 * Before it: wiring/quotas.ts. After it: counter-link.ts. A lease begins only with the second question within a moment, if the
 * counter is far, and is a tenth of the rest at most: with a few units left every unit is asked for. Idle units go back
 * after seconds; an isolate that is evicted before loses it for the day. A caller with a bound by the minute has no lease, since
 * the units of a minute are counted when they are reserved.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';
import type { CounterLink } from './counter-link.ts';
import { dayOf, type GrantedUnits } from './day-count.ts';

/** Callers with a lease, or with a question lately. */
const CALLERS_MAX = 5_000;
/** Milliseconds within which a second question makes a burst, and a call of a counter that is far. */
const BURST_MS = 10_000;
const FAR_MS = 20;
/** Units of a block, and the share of the rest that it may be: a list holds as many (reservation.ts). */
const BLOCK_UNITS = 25;
const BLOCK_SHARE = 0.1;
/** Milliseconds without a question after which the units go back; and after which they do in any case, before `waitUntil` ends. */
const IDLE_MS = 5_000;
const WATCH_MS = 20_000;

export type UnitLeasePorts = {
  readonly link: Pick<CounterLink, 'reserve' | 'reserveAhead' | 'release'>;
  readonly nowMs: () => number;
  /** Ends after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
};

export type UnitLeases = {
  /** As `CounterLink.reserve`. */
  reserve(
    caller: string,
    units: number,
    limit: number,
    background: (work: Promise<unknown>) => void,
  ): Promise<GrantedUnits | null>;
  release: CounterLink['release'];
};

/** Units in hand, of `last.day`; `last` is the counter's last answer, without them. */
type Lease = {
  readonly limit: number;
  last: GrantedUnits;
  held: number;
  /** Units of the next block. */
  block: number;
  isFar: boolean;
  isRefilling: boolean;
  usedAtMs: number;
  /** Until when a request watches over idle units. */
  watchedUntilMs: number;
};

export function createUnitLeases({ link, nowMs, pause }: UnitLeasePorts): UnitLeases {
  const leases = new ExpiringMap<Lease>(CALLERS_MAX, nowMs);

  const leaseOf = (caller: string, limit: number): Lease | null => {
    const lease = leases.get(caller);
    return lease?.limit === limit && lease.last.day === dayOf(nowMs()) ? lease : null;
  };
  /** Asks the counter, and keeps the surplus over `units` while a watch gives it back. With `units` 0 no caller waits. */
  const ask = async (caller: string, units: number, limit: number, extra: number): Promise<GrantedUnits | null> => {
    const startMs = nowMs();
    const isAhead = units === 0 && extra > 0;
    const said = await link[isAhead ? 'reserveAhead' : 'reserve'](caller, units + extra, limit);
    if (said === null || said.uncountedSeconds !== undefined) return said;
    const granted = Math.min(units, said.granted);
    const known = leaseOf(caller, limit);
    const lease: Lease = known ?? {
      limit,
      last: said,
      held: 0,
      block: 1,
      isFar: false,
      isRefilling: false,
      usedAtMs: startMs,
      watchedUntilMs: 0,
    };
    const surplus = said.granted - granted;
    const isWatched = nowMs() < lease.watchedUntilMs;
    lease.last = isWatched ? said : { ...said, remaining: said.remaining + surplus };
    if (isWatched) lease.held += surplus;
    else if (surplus > 0) await link.release(caller, surplus, said.day, 0);
    lease.isFar = nowMs() - startMs >= FAR_MS;
    leases.set(caller, lease, WATCH_MS + BURST_MS);
    return told(lease, granted);
  };
  const refill = async (caller: string, lease: Lease): Promise<void> => {
    lease.isRefilling = true;
    try {
      await ask(caller, 0, lease.limit, lease.block);
    } finally {
      lease.isRefilling = false;
    }
  };
  const giveBack = async (caller: string, lease: Lease): Promise<void> => {
    const units = lease.held;
    lease.held = 0;
    lease.block = 1;
    if (units > 0) await link.release(caller, units, lease.last.day, 0);
  };
  /** Gives units back once no question has come for a while. */
  const watch = async (caller: string, lease: Lease): Promise<void> => {
    while (nowMs() < lease.watchedUntilMs && nowMs() - lease.usedAtMs < IDLE_MS) await pause(IDLE_MS);
    lease.watchedUntilMs = 0;
    await giveBack(caller, lease);
  };

  return {
    async reserve(caller, units, limit, background) {
      const lease = leaseOf(caller, limit);
      if (lease === null || units !== 1) return ask(caller, units, limit, 0);
      const isBurst = lease.isFar && nowMs() - lease.usedAtMs < BURST_MS;
      lease.usedAtMs = nowMs();
      if (!isBurst || lease.last.vainLeft <= 0) return ask(caller, units, limit, 0);
      lease.block = Math.min(BLOCK_UNITS, lease.block * 2, Math.floor(lease.last.remaining * BLOCK_SHARE));
      if (lease.held === 0 && lease.block <= 1) return ask(caller, units, limit, 0);
      if (nowMs() >= lease.watchedUntilMs) {
        lease.watchedUntilMs = nowMs() + WATCH_MS;
        background(watch(caller, lease));
      }
      if (lease.held === 0) return ask(caller, units, limit, lease.block);
      lease.held -= 1;
      if (lease.held < lease.block / 2 && lease.block > 1 && !lease.isRefilling) background(refill(caller, lease));
      return told(lease, 1);
    },
    async release(caller, units, day, vain) {
      const lease = leases.get(caller);
      // Without a lease, or with enough in hand, units are of more use to other isolates.
      const isKept = lease !== undefined && lease.last.day === day && nowMs() < lease.watchedUntilMs;
      if (!isKept || lease.held + units > BLOCK_UNITS) return link.release(caller, units, day, vain);
      lease.held += units;
      if (vain === 0) return;
      lease.last = { ...lease.last, vainLeft: lease.last.vainLeft - vain };
      await link.release(caller, 0, day, vain);
    },
  };
}

/** The caller's rest: at the counter, and in hand. */
function told({ last, held }: Lease, granted: number): GrantedUnits {
  const { pausedSeconds: _, ...rest } = last;
  return { ...rest, granted, remaining: last.remaining + held };
}
