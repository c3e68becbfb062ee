/**
 * `POST /v1/warm`: a person has begun to type; have a session ready by the time they have finished.
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { parseDomainName } from '../../shared/domain-name.ts';
import { Problem } from '../../shared/problem.ts';
import type { App } from '../http/context.ts';
import { warm } from '../probe/warm.ts';
import { nameOf, type Payer, type Quotas } from '../wiring/quotas.ts';
import { quotaProblem } from './caller.ts';
import { BODY_OCTETS_MAX, JSON_OR_TEXT, parseFields, portsOf, type RequestPorts, readJson } from './request.ts';

export const warmRequestSchema = z.object({
  domain: z
    .string()
    .max(255)
    .transform((text, issues) => {
      const parsed = parseDomainName(text.trim());
      if (parsed.ok) return parsed.ascii;
      issues.addIssue({ code: 'custom', message: 'must be a domain such as example.com', input: text });
      return z.NEVER;
    })
    .meta({ description: 'The part after the @', example: 'good.test' }),
});

/** The domain in A-labels, or an `invalid_request`. */
export function readDomain(fields: unknown): string {
  return parseFields(warmRequestSchema, fields).domain;
}

/** Answers at once. The effect shows in the time of the next verify. */
export async function postWarm(c: Context<App>): Promise<Response> {
  const domain = readDomain(await readJson(c.req.raw, BODY_OCTETS_MAX, JSON_OR_TEXT));
  const { caller, services } = c.var;
  if (caller.kind === 'payer') await warmFor(caller.payer, domain, portsOf(c), services.quotas);
  return c.json({ status: 'accepted' }, 202, { 'cache-control': 'no-store' });
}

/** Costs no quota, but is refused if none is left: the verify that it prepares would be refused too. */
async function warmFor(payer: Payer, domain: string, ports: RequestPorts, quotas: Quotas): Promise<void> {
  const status = (await quotas.reservationFor(payer, null, ports.waitUntil)?.look()) ?? null;
  if (status?.remaining === 0) throw quotaProblem(status);
  const admission = ports.admitWarm(nameOf(payer), domain);
  if (admission.kind === 'too_many') {
    const headers = { 'retry-after': String(admission.retryAfterSeconds) };
    throw new Problem('too_many_requests', { detail: 'Too many domains are being warmed up.', headers });
  }
  if (admission.kind === 'go') ports.waitUntil(warmOnceKnown(domain, ports));
}

/** An isolate's first requests wait for the names of disposable domains. */
async function warmOnceKnown(domain: string, ports: RequestPorts): Promise<void> {
  await ports.names;
  await warm(domain, ports);
}
