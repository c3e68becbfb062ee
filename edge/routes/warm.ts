/**
 * `POST /v1/warm`: a person has begun to type; have a session ready by the time they have finished.
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { parseDomainName } from '../../shared/domain-name.ts';
import { Problem } from '../../shared/problem.ts';
import type { App } from '../services.ts';
import { warm } from '../warm.ts';
import { parseFields, portsOf, readJson } from './request.ts';

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

/** Who asks as Cloudflare sees them; on a machine of one's own there is nobody to tell apart. */
const CALLER_HEADER = 'cf-connecting-ip';

/** The domain in A-labels, or an `invalid_request`. */
export function readDomain(fields: unknown): string {
  return parseFields(warmRequestSchema, fields).domain;
}

/** Answers at once; what comes of it shows in the time of the next verify. */
export async function postWarm(c: Context<App>): Promise<Response> {
  const domain = readDomain(await readJson(c.req.raw));
  const ports = portsOf(c, await c.env.services());
  const admission = ports.admitWarm(c.req.header(CALLER_HEADER) ?? 'local', domain);
  if (admission.kind === 'too_many') {
    const headers = { 'retry-after': String(admission.retryAfterSeconds) };
    throw new Problem('too_many_requests', { detail: 'Too many domains are being warmed up.', headers });
  }
  if (admission.kind === 'go') ports.waitUntil(warm(domain, ports));
  return c.json({ status: 'accepted' }, 202, { 'cache-control': 'no-store' });
}
