/**
 * API keys in the form that callers and operators see: their kinds, their spelling, and the report of one. The key
 * itself is shown once, when it is made.
 *
 * Written as `vrfy_KIND_`, 24 random characters (142 bits) and six of a checksum, so that a mistyped or truncated key
 * is told from an unknown one without a look-up.
 */
import * as z from 'zod';
import { once } from './once.ts';

export const KEY_KINDS = ['secret', 'publishable', 'test'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** Probes a day that a setting or a key may allow. */
export const DAILY_QUOTA_MAX = 1_000_000_000;

const PREFIXES: Readonly<Record<KeyKind, string>> = { secret: 'vrfy_sk_', publishable: 'vrfy_pk_', test: 'vrfy_test_' };

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 24;
const CHECKSUM_LENGTH = 6;
const BODY = new RegExp(`^[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);
/** The largest multiple of the alphabet below 256: octets from there on would favour its first letters. */
const OCTET_END = 256 - (256 % ALPHABET.length);

export const keyReportSchema = once(() =>
  z.object({
    id: z.string().meta({ description: 'Names the key where it is revoked; tells nothing of the key itself' }),
    kind: z.enum(KEY_KINDS),
    name: z.string().nullable(),
    email: z.string().nullable().meta({ description: 'Whose key it is' }),
    origins: z.array(z.string()).meta({ description: 'Pages that a publishable key may be used from' }),
    daily_quota: z.int().nullable().meta({ description: 'Probes a day (UTC), or null without a bound' }),
    visitor_daily_quota: z
      .int()
      .nullable()
      .meta({ description: 'Probes a day for one visitor of a publishable key, by network; null without a bound' }),
    visitor_minute_quota: z
      .int()
      .nullable()
      .meta({ description: 'Probes a minute for one visitor of a publishable key, by network; null without a bound' }),
    created_at: z.iso.datetime(),
  }),
);
export type KeyReport = z.infer<ReturnType<typeof keyReportSchema>>;

export const madeKeySchema = once(() =>
  keyReportSchema().extend({
    key: z.string().meta({ description: 'The key, shown this once' }),
    webhook_secret: z.string().meta({ description: 'Signs the webhooks of lists made with the key; shown this once' }),
  }),
);

export const madeWebhookSecretSchema = once(() =>
  z.object({
    webhook_secret: z.string().meta({ description: 'The new secret, shown this once' }),
  }),
);

/** A key with its use, as the list of keys has it. */
const usedKeySchema = once(() =>
  keyReportSchema().extend({
    // An edge of an older version does not tell it.
    used_today: z.int().nullable().default(null).meta({
      description:
        'Probes that are used or reserved on this day (UTC); null for a test key, which has none, or if the counter could not be reached',
    }),
  }),
);
export type UsedKey = z.infer<ReturnType<typeof usedKeySchema>>;

export const keyPageSchema = once(() =>
  z.object({
    keys: z.array(usedKeySchema()),
    cursor: z.string().nullable().meta({ description: 'Asks for the next page, or null where there is none' }),
  }),
);

/** Probes that one visitor of a page may cause; null without a bound. */
export type VisitorQuotas = Pick<KeyReport, 'visitor_daily_quota' | 'visitor_minute_quota'>;

const VISITOR_MINUTE_QUOTA = 10;
const VISITOR_DAILY_QUOTA = 100;
/** Part of a key's quota that one visitor may use up, so that one network cannot spend it for everybody. */
const VISITOR_SHARE = 1 / 5;

/** What a visitor may have where nothing else was said of a key. Only a publishable key has visitors. */
export function defaultVisitorQuotas({ kind, daily_quota }: Pick<KeyReport, 'kind' | 'daily_quota'>): VisitorQuotas {
  if (kind !== 'publishable') return { visitor_daily_quota: null, visitor_minute_quota: null };
  const share = daily_quota === null ? VISITOR_DAILY_QUOTA : Math.ceil(daily_quota * VISITOR_SHARE);
  return {
    visitor_daily_quota: Math.min(VISITOR_DAILY_QUOTA, Math.max(VISITOR_MINUTE_QUOTA, share)),
    visitor_minute_quota: VISITOR_MINUTE_QUOTA,
  };
}

/** A new key. */
export function makeKey(kind: KeyKind, randomOctets: (octets: Uint8Array<ArrayBuffer>) => void): string {
  let random = '';
  const octets = new Uint8Array(RANDOM_LENGTH);
  while (random.length < RANDOM_LENGTH) {
    randomOctets(octets);
    for (const octet of octets) if (octet < OCTET_END) random += ALPHABET[octet % ALPHABET.length];
  }
  const begun = PREFIXES[kind] + random.slice(0, RANDOM_LENGTH);
  return begun + checksumOf(begun);
}

/** The kind of a well-formed key, or null. Whether the key is known is not checked. */
export function kindOfKey(text: string): KeyKind | null {
  const kind = kindByPrefix(text);
  if (kind === null || !BODY.test(text.slice(PREFIXES[kind].length))) return null;
  return text.endsWith(checksumOf(text.slice(0, -CHECKSUM_LENGTH))) ? kind : null;
}

/** The kind by the prefix alone; or null. */
export function kindByPrefix(text: string): KeyKind | null {
  return KEY_KINDS.find((kind) => text.startsWith(PREFIXES[kind])) ?? null;
}

/** CRC-32 (ISO 3309), in the alphabet of keys. */
function checksumOf(text: string): string {
  let crc = 0xffff_ffff;
  for (const octet of new TextEncoder().encode(text)) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0xedb8_8320 : 0);
  }
  let left = (crc ^ 0xffff_ffff) >>> 0;
  let written = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit += 1) {
    written = ALPHABET[left % ALPHABET.length] + written;
    left = Math.floor(left / ALPHABET.length);
  }
  return written;
}
