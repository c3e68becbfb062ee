/**
 * `/v1/domains`: the operator's own marks on domains, behind ADMIN_TOKEN.
 *
 * A mark counts at once in the isolate that wrote it, and within some minutes everywhere (disposable/effective-set.ts).
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { parseDomainName } from '../../shared/domain-name.ts';
import { Problem } from '../../shared/problem.ts';
import type { PublicSuffixes } from '../checks/public-suffix.ts';
import { MARKS, markedDomainSchema } from '../disposable/mark.ts';
import type { App } from '../http/context.ts';
import { fieldFault, parseFields, reached, readCursor, readJson } from './request.ts';

const NO_STORE = { 'cache-control': 'no-store' };

export const markRequestSchema = z.object({
  mark: z.enum(MARKS, { error: `must be ${MARKS.join(' or ')}` }).meta({
    description: '`disposable` marks the domain and every name below it as disposable; `allow` beats every list',
  }),
});

export const markPageSchema = z.object({
  domains: z.array(markedDomainSchema),
  cursor: z.string().nullable().meta({ description: 'Asks for the next page, or null where there is none' }),
});

export async function getDomain(c: Context<App>): Promise<Response> {
  const { marks } = c.var.services;
  const marked = await reached(marks.get(domainOf(c)));
  if (marked === null) throw noMark();
  return c.json(marked, 200, NO_STORE);
}

export async function putDomain(c: Context<App>): Promise<Response> {
  const domain = domainOf(c);
  const { mark } = parseFields(markRequestSchema, await readJson(c.req.raw));
  const { marks, publicSuffixes } = c.var.services;
  if (mark === 'disposable') refusePublicSuffix(domain, await reached(publicSuffixes()));
  return c.json(await reached(marks.put(domain, mark)), 200, NO_STORE);
}

export async function deleteDomain(c: Context<App>): Promise<Response> {
  const { marks } = c.var.services;
  if (!(await reached(marks.delete(domainOf(c))))) throw noMark();
  return c.body(null, 204, NO_STORE);
}

export async function listDomains(c: Context<App>): Promise<Response> {
  const cursor = readCursor(c);
  const { marks } = c.var.services;
  return c.json(await reached(marks.list(cursor)), 200, NO_STORE);
}

/** The name in the path, in lower-case A-labels. */
function domainOf(c: Context<App>): string {
  const parsed = parseDomainName((c.req.param('name') ?? '').trim().replace(/\.$/, ''));
  if (!parsed.ok) throw fieldFault('name', parsed.rule, 'must be a domain such as example.com');
  return parsed.ascii;
}

/** A public suffix is no disposable domain: thousands of owners register their domains below it. */
function refusePublicSuffix(domain: string, { isPublicSuffix }: PublicSuffixes): void {
  if (isPublicSuffix(domain)) throw fieldFault('name', 'public_suffix', 'is a public suffix; mark the names below it');
}

function noMark(): Problem {
  return new Problem('not_found', { detail: 'The domain has no mark.' });
}
