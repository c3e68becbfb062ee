/**
 * The edge's bindings and settings: validated once per isolate, with a sentence for every bad one.
 *
 * Variables and secrets arrive as text. A missing or wrong setting is a `misconfigured` Problem: the worker answers
 * with it instead of half working.
 */
import * as z from 'zod';
import { parseAddress } from '../shared/address.ts';
import { DAILY_QUOTA_MAX } from '../shared/api-key.ts';
import { isLoopbackHost } from '../shared/loopback.ts';
import { fieldFaultsOf, Problem } from '../shared/problem.ts';
import type { MarkStore } from './disposable/mark.ts';
import type { WritableOverlayStore } from './disposable/overlay.ts';
import type { KeyHolder } from './keys/key-holder.ts';
import type { KeyKeeper } from './keys/key-keeper.ts';
import type { Mail } from './keys/key-mail.ts';
import type { KeyStore } from './keys/records.ts';
import type { ListBucket } from './lists/files.ts';
import type { ListApi } from './lists/list-api.ts';
import type { Store } from './memory/results.ts';
import type { Registry } from './nodes/registry/registry-service.ts';
import type { QuotaCounter } from './quota/day-count.ts';

export type Env = {
  /** The static files of the build. */
  readonly ASSETS: { fetch(request: Request): Promise<Response> };
  /** A KV namespace. */
  readonly MEMORY: Store & MarkStore & WritableOverlayStore & KeyStore;
  /** A queue, for rechecks. */
  readonly RECHECKS: { send(message: string, options: { delaySeconds: number }): Promise<unknown> };
  /** A Durable Object namespace of RegistryObject. */
  readonly REGISTRY: { getByName(name: string, options?: { locationHint?: RegistryLocation }): Registry };
  /** A Durable Object namespace of QuotaObject. */
  readonly QUOTA: { getByName(name: string): QuotaCounter };
  /** A Durable Object namespace of KeyHolderObject. */
  readonly KEY_HOLDERS: { getByName(name: string): KeyHolder & KeyKeeper };
  /** A `send_email` binding; without it, and without MAIL_FROM, there are no free keys by mail. */
  readonly EMAIL?: { send(message: Mail & { from: { name: string; email: string } }): Promise<unknown> };
  readonly MAIL_FROM?: string;
  readonly OUTBOX_URL?: string;
  /** An R2 bucket, for people's lists. */
  readonly FILES: ListBucket;
  /** A Durable Object namespace of ListObject. */
  readonly LISTS: { getByName(name: string): ListApi };
  readonly DOH_URLS?: string;
  readonly SANDBOX_DOH_URL?: string;
  readonly PROBE_SIGNING_KEY?: string;
  readonly CACHE_KEY?: string;
  readonly NODE_URLS?: string;
  readonly REGISTRY_LOCATION?: string;
  /** Bearer token of the admin routes (edge/http/admin-auth.ts). */
  readonly ADMIN_TOKEN?: string;
  readonly DISPOSABLE_LIST_URLS?: string;
  readonly ANONYMOUS_DAILY_QUOTA?: string;
  readonly EMAIL_KEY_DAILY_QUOTA?: string;
};

export type EdgeSettings = {
  readonly dohUrls: readonly URL[];
  readonly sandboxDohUrl: URL | null;
  /** Ed25519 private keys, newest first; `d` never leaves the process. */
  readonly signingJwks: readonly SigningJwk[];
  readonly cacheKey: Uint8Array<ArrayBuffer>;
  /** Whether nodes on loopback are allowed: under `npm start` only. */
  readonly allowsLoopbackNodes: boolean;
  /** Where the registry is made, once and for ever. */
  readonly registryLocation: RegistryLocation;
  /** Lists of disposable domains that the cron trigger fetches. */
  readonly disposableListUrls: readonly URL[];
  /** Probes a day for a client without a key, or null for unlimited. */
  readonly anonymousDailyQuota: number | null;
  /** Probes a day for a key without a quota of its own. */
  readonly keyDailyQuota: number | null;
  /** Sender of messages, or null: then none are sent. */
  readonly mailFrom: string | null;
  /** Takes the place of the EMAIL binding: under `npm start` only. */
  readonly outboxUrl: URL | null;
};

/** The location hints of Durable Objects. */
const REGISTRY_LOCATIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const;
type RegistryLocation = (typeof REGISTRY_LOCATIONS)[number];
/** Eastern North America: at most 100 ms from both the other coast and Europe. */
const REGISTRY_LOCATION_DEFAULT: RegistryLocation = 'enam';

export type SigningJwk = z.infer<typeof signingJwkSchema>;

/** Lists that one run of the cron trigger fetches. */
const DISPOSABLE_LISTS_MAX = 8;
/** Characters of the operator's token: shorter ones could be guessed. */
export const ADMIN_TOKEN_LENGTH_MIN = 16;
/** The characters that a bearer token may have (`b64token`, RFC 6750 §2.1). */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

const DOH_URLS_DEFAULT = 'https://cloudflare-dns.com/dns-query,https://dns.google/dns-query';
/** Octets of the HMAC key: shorter ones could be guessed. */
const CACHE_KEY_OCTETS_MIN = 16;

const signingJwkSchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 octets in base64url'),
  d: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 octets in base64url'),
  kid: z.string().min(1).max(128).optional(),
  /** Seconds since 1970 after which the key is neither used nor published. */
  exp: z.int().min(0).optional(),
});

/** Keys in a set at one time, during rotation. */
const SIGNING_KEYS_MAX = 8;

/** One key, or a set of them: the first signs, all are published. */
const signingKeysSchema = z
  .union([
    z.object({ keys: z.array(signingJwkSchema).min(1).max(SIGNING_KEYS_MAX) }).transform(({ keys }) => keys),
    signingJwkSchema.transform((key) => [key]),
  ])
  .refine((keys) => new Set(keys.map(({ x }) => x)).size === keys.length, 'must hold each key once');

const environment = z.object({
  DOH_URLS: z.string().min(1).default(DOH_URLS_DEFAULT).transform(secureUrls),
  SANDBOX_DOH_URL: z
    .string()
    .min(1)
    .transform((list, issues) => secureUrls(list, issues)[0] ?? null)
    .optional(),
  PROBE_SIGNING_KEY: z
    .string({ error: 'is missing; it must be an Ed25519 private key as a JWK' })
    .transform(json)
    .pipe(signingKeysSchema),
  CACHE_KEY: z
    .string({ error: `is missing; it must be a secret of at least ${CACHE_KEY_OCTETS_MIN} octets` })
    .min(CACHE_KEY_OCTETS_MIN, `must be a secret of at least ${CACHE_KEY_OCTETS_MIN} octets`)
    .transform((secret) => new Uint8Array(new TextEncoder().encode(secret))),
  DISPOSABLE_LIST_URLS: z
    .string()
    .default('')
    .transform((list, issues) => (list.trim() === '' ? [] : secureUrls(list, issues)))
    .refine((urls) => urls.length <= DISPOSABLE_LISTS_MAX, `must be ${DISPOSABLE_LISTS_MAX} URLs at most`),
  ADMIN_TOKEN: z
    .string()
    .refine(
      (token) => token === '' || (token.length >= ADMIN_TOKEN_LENGTH_MIN && BEARER_TOKEN.test(token)),
      `must have at least ${ADMIN_TOKEN_LENGTH_MIN} characters, each a letter, a digit or one of - . _ ~ + / =`,
    )
    .optional(),
  ANONYMOUS_DAILY_QUOTA: z.string().default('10').transform(dailyQuota),
  EMAIL_KEY_DAILY_QUOTA: z.string().default('100').transform(dailyQuota),
  MAIL_FROM: z.string().default('').transform(senderAddress),
  OUTBOX_URL: z
    .string()
    .default('')
    .transform((text, issues) => (text === '' ? null : (secureUrls(text, issues)[0] ?? null)))
    .refine((url) => url === null || isLoopbackHost(url.hostname), 'must be on this machine'),
  REGISTRY_LOCATION: z
    .enum(REGISTRY_LOCATIONS, `must be one of ${REGISTRY_LOCATIONS.join(', ')}`)
    .default(REGISTRY_LOCATION_DEFAULT),
  NODE_URLS: z.enum(['public', 'loopback'], 'must be public or loopback').default('public'),
});

/**
 * A binding of wrangler.toml, or a `misconfigured` Problem that names it. Asked for where it is needed: an edge without an R2
 * bucket has no lists, and answers all other routes.
 */
export function bindingOf<Name extends keyof Env>(env: Pick<Env, Name>, name: Name): Env[Name] {
  const binding: Env[Name] | undefined = env[name];
  if (binding !== undefined) return binding;
  throw new Problem('misconfigured', {
    detail: `The edge has no binding ${name}, which this needs.`,
    errors: [{ field: name, rule: 'required', detail: 'must be a binding of the worker, as in wrangler.toml' }],
  });
}

export function parseEdgeSettings(env: Env): EdgeSettings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    // Name only the path and the rule: a message must not quote a secret.
    const errors = fieldFaultsOf(parsed.error);
    const names = [...new Set(errors.map(({ field }) => field.split('.')[0]))].join(', ');
    throw new Problem('misconfigured', { detail: `The edge cannot work: ${names} is missing or wrong.`, errors });
  }
  const { DOH_URLS, SANDBOX_DOH_URL, PROBE_SIGNING_KEY, CACHE_KEY, NODE_URLS, DISPOSABLE_LIST_URLS } = parsed.data;
  const { ANONYMOUS_DAILY_QUOTA, EMAIL_KEY_DAILY_QUOTA, MAIL_FROM, OUTBOX_URL } = parsed.data;
  return {
    dohUrls: DOH_URLS,
    sandboxDohUrl: SANDBOX_DOH_URL ?? null,
    signingJwks: PROBE_SIGNING_KEY,
    cacheKey: CACHE_KEY,
    disposableListUrls: DISPOSABLE_LIST_URLS,
    anonymousDailyQuota: ANONYMOUS_DAILY_QUOTA,
    keyDailyQuota: EMAIL_KEY_DAILY_QUOTA,
    mailFrom: MAIL_FROM,
    outboxUrl: OUTBOX_URL,
    registryLocation: parsed.data.REGISTRY_LOCATION,
    allowsLoopbackNodes: NODE_URLS === 'loopback',
  };
}

function dailyQuota(text: string, issues: z.core.$RefinementCtx): number | null {
  if (text === 'unlimited') return null;
  const number = Number(text);
  if (/^[0-9]+$/.test(text) && number <= DAILY_QUOTA_MAX) return number;
  issues.addIssue({ code: 'custom', message: 'must be a whole number, or unlimited', input: null });
  return z.NEVER;
}

/** The address in the form that goes on the wire; null for an empty text. */
function senderAddress(text: string, issues: z.core.$RefinementCtx): string | null {
  if (text === '') return null;
  const parsed = parseAddress(text);
  if (parsed.ok) return parsed.address.address;
  issues.addIssue({ code: 'custom', message: 'must be an email address', input: null });
  return z.NEVER;
}

function json(text: string, issues: z.core.$RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    issues.addIssue({ code: 'custom', message: 'must be JSON', input: null });
    return z.NEVER;
  }
}

/** A comma list of https URLs; http is allowed for loopback. */
function secureUrls(list: string, issues: z.core.$RefinementCtx): readonly URL[] {
  return list.split(',').map((entry) => {
    const url = URL.parse(entry.trim());
    if (url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))))
      return url;
    issues.addIssue({ code: 'custom', message: 'must be https URLs (http only for loopback)', input: null });
    return z.NEVER;
  });
}
