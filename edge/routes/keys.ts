/**
 * `/v1/keys`: keys of the API, given and revoked by the operator, behind ADMIN_TOKEN.
 *
 * A key is shown once, in the answer that makes it. A revoked one is refused at once in the isolate that revoked it,
 * and within two minutes everywhere (keys/key-ring.ts).
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { parseAddress } from '../../shared/address.ts';
import { DAILY_QUOTA_MAX, KEY_KINDS, type KeyKind, type UsedKey } from '../../shared/api-key.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';
import { once } from '../../shared/once.ts';
import { Problem } from '../../shared/problem.ts';
import type { App } from '../http/context.ts';
import { refuseSlips } from './near-miss.ts';
import { fieldFault, parseFields, reached, readCursor, readJson } from './request.ts';

const NAME_LENGTH_MAX = 100;
const ORIGINS_MAX = 20;
const NO_STORE = { 'cache-control': 'no-store' };
const ORIGIN_RULE = 'must be an origin such as https://www.example.com (http for localhost only)';
const QUOTA_RULE = 'must be a whole number of probes, 0 or more, or null for no bound';
const FOR_PAGES = 'are for publishable keys only';

const quota = (rule: string) => z.int(rule).min(0, rule).max(DAILY_QUOTA_MAX, rule).nullable();

/** Settings of a key that an operator gives, when it is made and later. */
const settingsSchema = once(() =>
  z.object({
    name: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(NAME_LENGTH_MAX, `must have at most ${NAME_LENGTH_MAX} characters`)
      .optional()
      .meta({ description: 'What the operator calls it' }),
    origins: z
      .array(z.string().transform(originIn))
      .max(ORIGINS_MAX, `must be at most ${ORIGINS_MAX} origins`)
      .transform((origins) => [...new Set(origins)])
      .optional()
      .meta({ description: 'Pages that a publishable key may be used from: scheme, host and port, no path' }),
    daily_quota: quota(QUOTA_RULE)
      .optional()
      .meta({ description: 'Probes a day (UTC), null without a bound; default `EMAIL_KEY_DAILY_QUOTA`' }),
    visitor_daily_quota: quota(QUOTA_RULE).optional().meta({
      description:
        'Probes a day for one visitor of the pages of a publishable key, by network; null without a bound; default 100, and a fifth of `daily_quota` at most, but 10 at least',
    }),
    visitor_minute_quota: quota(QUOTA_RULE)
      .optional()
      .meta({ description: 'Probes a minute for one visitor; null without a bound; default 10' }),
  }),
);

export const keyRequestSchema = once(() =>
  settingsSchema()
    .extend({
      kind: z.enum(KEY_KINDS, { error: `must be one of ${KEY_KINDS.join(', ')}` }).meta({
        description: '`secret` for servers, `publishable` for pages of its origins, `test` for answers out of a table',
        example: 'secret',
      }),
      email: z
        .string()
        .refine((text) => parseAddress(text).ok, 'must be an email address')
        .optional()
        .meta({ description: 'Whose key it is' }),
    })
    .superRefine(({ kind, ...settings }, issues) => {
      const misfit = misfitOf(kind, { ...settings, origins: settings.origins ?? [] });
      if (misfit !== null) issues.addIssue({ code: 'custom', ...misfit, path: [misfit.field], input: settings });
    }),
);

export const keyChangeSchema = once(() =>
  settingsSchema().extend({ name: settingsSchema().shape.name.unwrap().nullable().optional() }),
);

type Settings = z.output<ReturnType<typeof keyChangeSchema>>;

/** The first setting that a key of this kind cannot have. Origins are compared only if they are given. */
function misfitOf(kind: KeyKind, settings: Settings): { readonly field: string; readonly message: string } | null {
  if (kind === 'publishable') {
    const isAnywhere = settings.origins?.length === 0;
    return isAnywhere ? { field: 'origins', message: 'must be given for a publishable key' } : null;
  }
  if ((settings.origins ?? []).length > 0) return { field: 'origins', message: FOR_PAGES };
  const ofVisitors = (['visitor_daily_quota', 'visitor_minute_quota'] as const).find(
    (field) => (settings[field] ?? null) !== null,
  );
  return ofVisitors === undefined ? null : { field: ofVisitors, message: FOR_PAGES };
}

export async function postKey(c: Context<App>): Promise<Response> {
  const fields = await readJson(c.req.raw);
  refuseSlipsOf(fields, keyRequestSchema().shape);
  const { kind, name, email, origins, ...quotas } = parseFields(keyRequestSchema(), fields);
  const { keyService, keyDailyQuota } = c.var.services;
  // A test key spends nothing.
  const daily_quota = kind === 'test' ? null : quotas.daily_quota === undefined ? keyDailyQuota : quotas.daily_quota;
  const wish = {
    kind,
    name: name ?? null,
    email: email ?? null,
    origins: origins ?? [],
    ...quotas,
    daily_quota,
  };
  return c.json(await reached(keyService.make(wish)), 201, NO_STORE);
}

/** Changes the given settings only. A change counts here at once, and within two minutes everywhere. */
export async function patchKey(c: Context<App>): Promise<Response> {
  const fields = await readJson(c.req.raw);
  refuseSlipsOf(fields, keyChangeSchema().shape);
  const settings = parseFields(keyChangeSchema(), fields);
  const { keyService } = c.var.services;
  const id = c.req.param('id') ?? '';
  const record = await reached(keyService.find(id));
  if (record === null) throw noSuchKey();
  const misfit = misfitOf(record.kind, settings);
  if (misfit !== null) throw fieldFault(misfit.field, 'custom', misfit.message);
  const change = record.kind === 'test' ? { ...settings, daily_quota: null } : settings;
  const changed = await reached(keyService.change(id, change));
  if (changed === null) throw noSuchKey();
  return c.json(changed, 200, NO_STORE);
}

export async function listKeys(c: Context<App>): Promise<Response> {
  const cursor = readCursor(c);
  const { keyService, quotas } = c.var.services;
  const page = await reached(keyService.list(cursor));
  const keys = await Promise.all(
    page.keys.map(
      async (key): Promise<UsedKey> => ({
        ...key,
        // A test key has no probes.
        used_today: key.kind === 'test' ? null : await quotas.usedToday(key),
      }),
    ),
  );
  return c.json({ ...page, keys }, 200, NO_STORE);
}

export async function deleteKey(c: Context<App>): Promise<Response> {
  const { keyService } = c.var.services;
  const wasThere = await reached(keyService.revoke(c.req.param('id') ?? ''));
  if (!wasThere) throw noSuchKey();
  return c.body(null, 204, NO_STORE);
}

export async function postWebhookSecret(c: Context<App>): Promise<Response> {
  const { keyService } = c.var.services;
  const webhook_secret = await reached(keyService.renewWebhookSecret(c.req.param('id') ?? ''));
  if (webhook_secret === null) throw noSuchKey();
  return c.json({ webhook_secret }, 201, NO_STORE);
}

function noSuchKey(): Problem {
  return new Problem('not_found', { detail: 'There is no key of this id.' });
}

function refuseSlipsOf(fields: unknown, shape: object): void {
  if (typeof fields === 'object' && fields !== null) refuseSlips(Object.keys(fields), Object.keys(shape));
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
