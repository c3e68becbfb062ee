/**
 * `POST /v1/warm`: a person has begun to type; have a session ready by the time they have finished.
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { parseDomainName } from '../../shared/domain-name.ts';
import { Problem } from '../../shared/problem.ts';
import { warm } from '../probe/warm.ts';
import { nameOf, type Payer } from '../wiring/quotas.ts';
import type { App, Services } from '../wiring/services.ts';
import { callerOf, quotaProblem } from './caller.ts';
import { parseFields, portsOf, type RequestPorts, readJson } from './request.ts';

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

/** Answers at once; what comes of it shows in the time of the next verify. */
export async function postWarm(c: Context<App>): Promise<Response> {
  const domain = readDomain(await readJson(c.req.raw));
  const services = await c.env.services();
  const caller = await callerOf(c, services, 'pages');
  if (caller.kind === 'payer') await warmFor(caller.payer, domain, portsOf(c, services), services);
  return c.json({ status: 'accepted' }, 202, { 'cache-control': 'no-store' });
}

/** It costs no quota, but whoever has none left could not make use of it. */
async function warmFor(payer: Payer, domain: string, ports: RequestPorts, { quotas }: Services): Promise<void> {
  const standing = (await quotas.purseOf(payer, null, ports.waitUntil)?.look()) ?? null;
  if (standing?.remaining === 0) throw quotaProblem(standing);
  const admission = ports.admitWarm(nameOf(payer), domain);
  if (admission.kind === 'too_many') {
    const headers = { 'retry-after': String(admission.retryAfterSeconds) };
    throw new Problem('too_many_requests', { detail: 'Too many domains are being warmed up.', headers });
  }
  if (admission.kind === 'go') ports.waitUntil(warm(domain, ports));
}
