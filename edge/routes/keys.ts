/**
 * `/v1/keys`: keys of the API, given and revoked by the operator, behind ADMIN_TOKEN.
 *
 * A key is shown once, in the answer that makes it. A revoked one is refused at once in the isolate that revoked it,
 * and within two minutes everywhere (keys/key-ring.ts).
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { parseAddress } from '../../shared/address.ts';
import { DAILY_QUOTA_MAX, KEY_KINDS } from '../../shared/api-key.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';
import { once } from '../../shared/once.ts';
import { Problem } from '../../shared/problem.ts';
import type { App } from '../http/context.ts';
import { refuseSlips } from './near-miss.ts';
import { parseFields, reached, readCursor, readJson } from './request.ts';

const NAME_LENGTH_MAX = 100;
const ORIGINS_MAX = 20;
const NO_STORE = { 'cache-control': 'no-store' };
const ORIGIN_RULE = 'must be an origin such as https://www.example.com (http for localhost only)';
const QUOTA_RULE = 'must be a whole number of probes, 0 or more, or null for no bound';

export const keyRequestSchema = once(() =>
  z
    .object({
      kind: z.enum(KEY_KINDS, { error: `must be one of ${KEY_KINDS.join(', ')}` }).meta({
        description: '`secret` for servers, `publishable` for pages of its origins, `test` for answers out of a table',
        example: 'secret',
      }),
      name: z
        .string()
        .trim()
        .min(1, 'must not be empty')
        .max(NAME_LENGTH_MAX, `must have at most ${NAME_LENGTH_MAX} characters`)
        .optional()
        .meta({ description: 'What the operator calls it' }),
      email: z
        .string()
        .refine((text) => parseAddress(text).ok, 'must be an email address')
        .optional()
        .meta({ description: 'Whose key it is' }),
      origins: z
        .array(z.string().transform(originIn))
        .max(ORIGINS_MAX, `must be at most ${ORIGINS_MAX} origins`)
        .default([])
        .meta({ description: 'Pages that a publishable key may be used from: scheme, host and port, no path' }),
      daily_quota: z
        .int(QUOTA_RULE)
        .min(0, QUOTA_RULE)
        .max(DAILY_QUOTA_MAX, QUOTA_RULE)
        .nullable()
        .optional()
        .meta({ description: 'Probes a day (UTC), null without a bound; default `EMAIL_KEY_DAILY_QUOTA`' }),
    })
    .superRefine(({ kind, origins }, issues) => {
      if ((kind === 'publishable') === origins.length > 0) return;
      const message = kind === 'publishable' ? 'must be given for a publishable key' : 'are for publishable keys only';
      issues.addIssue({ code: 'custom', path: ['origins'], message, input: origins });
    }),
);

export async function postKey(c: Context<App>): Promise<Response> {
  const fields = await readJson(c.req.raw);
  if (typeof fields === 'object' && fields !== null)
    refuseSlips(Object.keys(fields), Object.keys(keyRequestSchema().shape));
  const { kind, name, email, origins, daily_quota } = parseFields(keyRequestSchema(), fields);
  const { keyDesk, keyDailyQuota } = c.var.services;
  const quota = daily_quota === undefined ? keyDailyQuota : daily_quota;
  const wish = {
    kind,
    name: name ?? null,
    email: email ?? null,
    origins: [...new Set(origins)],
    // A test key spends nothing.
    daily_quota: kind === 'test' ? null : quota,
  };
  return c.json(await reached(keyDesk.make(wish)), 201, NO_STORE);
}

export async function listKeys(c: Context<App>): Promise<Response> {
  const cursor = readCursor(c);
  const { keyDesk } = c.var.services;
  return c.json(await reached(keyDesk.list(cursor)), 200, NO_STORE);
}

export async function deleteKey(c: Context<App>): Promise<Response> {
  const { keyDesk } = c.var.services;
  const wasThere = await reached(keyDesk.revoke(c.req.param('id') ?? ''));
  if (!wasThere) throw new Problem('not_found', { detail: 'There is no key of this id.' });
  return c.body(null, 204, NO_STORE);
}

/** The origin as browsers name it: host in A-labels and lower case, no default port. */
function originIn(text: string, issues: z.core.$RefinementCtx): string {
  const url = URL.parse(text);
  const isBare = url !== null && text !== '' && url.href === `${url.origin}/` && !text.endsWith('/');
  if (isBare && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))))
    return url.origin;
  issues.addIssue({ code: 'custom', message: ORIGIN_RULE, input: text });
  return z.NEVER;
}
