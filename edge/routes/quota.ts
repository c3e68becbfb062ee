/** `GET /v1/quota`: the quota of the caller and what is left of it today. It costs nothing. */
import type { Context } from 'hono';
import * as z from 'zod';
import { once } from '../../shared/once.ts';
import { Problem } from '../../shared/problem.ts';
import type { App } from '../http/context.ts';
import type { Payer } from '../wiring/quotas.ts';
import { waitUntilOf } from './request.ts';

/** Seconds after which a counter that could not be reached is worth another call. */
const RETRY_SECONDS = '5';
const CALLERS = ['anonymous', 'secret', 'test', 'operator'] as const;
type CallerName = (typeof CALLERS)[number];

export const quotaReportSchema = once(() =>
  z.object({
    caller: z.enum(CALLERS).meta({ description: 'Kind of the key that was sent; `anonymous` without one' }),
    daily_quota: z.int().min(0).nullable().meta({ description: 'Probes a day (UTC); null without a bound' }),
    remaining: z.int().min(0).nullable().meta({ description: 'Probes left of today; null without a bound' }),
    reset_seconds: z
      .int()
      .min(1)
      .nullable()
      .meta({ description: 'Seconds until all of it is there again; null without a bound' }),
  }),
);

type QuotaReport = z.output<ReturnType<typeof quotaReportSchema>>;

export async function getQuota(c: Context<App>): Promise<Response> {
  c.header('cache-control', 'no-store');
  return c.json(await reportOf(c), 200);
}

async function reportOf(c: Context<App>): Promise<QuotaReport> {
  const { caller: from, services } = c.var;
  const caller = from.kind === 'test' ? 'test' : callerName(from.payer);
  const reservation = from.kind === 'test' ? null : services.quotas.reservationFor(from.payer, null, waitUntilOf(c));
  if (reservation === null) return { caller, daily_quota: null, remaining: null, reset_seconds: null };
  const status = await reservation.look();
  if (status === null) throw new Problem('store_unavailable', { headers: { 'retry-after': RETRY_SECONDS } });
  return { caller, daily_quota: status.limit, remaining: status.remaining, reset_seconds: status.resetSeconds };
}

function callerName({ kind }: Payer): CallerName {
  switch (kind) {
    case 'key':
      return 'secret';
    case 'visitor':
      // The route is for servers.
      throw new Problem('key_scope');
    default:
      return kind;
  }
}
