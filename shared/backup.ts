/**
 * A back-up of an edge: its keys, marks and nodes, one entry each. The edge writes the entries (`GET /v1/backup`) and takes
 * them back (`POST /v1/restore`); the command line keeps them in a file, one JSON object a line.
 *
 * No entry holds a secret: a key is known by its hash, and the address of its owner and the secrets of its webhooks stay
 * sealed under CACHE_KEY. People's lists and remembered verdicts are not part of it (docs/OPERATORS.md).
 */
import * as z from 'zod';
import { KEY_KINDS } from './api-key.ts';
import { NODE_NAME, publicKeySchema } from './enrolment.ts';
import { once } from './once.ts';

/** Entries of one request to restore: each costs the edge two operations of KV, or a call of the registry. */
export const RESTORE_ENTRIES_MAX = 50;

/** Characters of a text of a key: far more than one has. */
const TEXT_LENGTH_MAX = 8_192;
const ORIGINS_MAX = 100;

const text = () => z.string().max(TEXT_LENGTH_MAX);
const units = () => z.int().min(0).nullable();
const nodeName = () => z.string().regex(NODE_NAME);

export const backupEntrySchema = once(() =>
  z.discriminatedUnion('entry', [
    z.object({
      entry: z.literal('key'),
      id: z.string().max(64).meta({ description: 'The first half of the SHA-256 of the key, which is not kept' }),
      kind: z.enum(KEY_KINDS),
      name: text().nullable(),
      sealed_email: text().nullable().meta({ description: 'Address of the owner, sealed under CACHE_KEY' }),
      origins: z.array(text()).max(ORIGINS_MAX),
      daily_quota: units(),
      visitor_daily_quota: units(),
      visitor_minute_quota: units(),
      created_at: z.iso.datetime(),
      sealed_webhook: text().nullable().meta({ description: 'Secrets of its webhooks, sealed under CACHE_KEY' }),
    }),
    z.object({
      entry: z.literal('mark'),
      domain: z.string().max(255),
      mark: z.enum(['disposable', 'allow']),
      marked_at: z.iso.datetime(),
    }),
    z.object({
      entry: z.literal('node'),
      id: nodeName(),
      url: z.url().max(2_048),
      region: nodeName(),
      network: z.string().max(64).nullable().meta({ description: 'ASN if known' }),
      key: publicKeySchema,
      is_draining: z.boolean().meta({ description: 'Its operator wants it to take no jobs' }),
    }),
    z.object({
      entry: z.literal('forgotten'),
      node: nodeName().meta({ description: 'A removed node, whose evidence of this span is not believed' }),
      since: z.iso.datetime(),
      until: z.iso.datetime(),
    }),
  ]),
);

export type BackupEntry = z.infer<ReturnType<typeof backupEntrySchema>>;
export type BackedUp<Entry extends BackupEntry['entry']> = Extract<BackupEntry, { readonly entry: Entry }>;

export const backupPageSchema = once(() =>
  z.object({
    entries: z.array(backupEntrySchema()),
    cursor: z.string().nullable().meta({ description: 'Asks for the next page, or null where there is none' }),
  }),
);

export type BackupPage = z.infer<ReturnType<typeof backupPageSchema>>;

/** - `restored`: it was missing - `kept`: it exists, and stays as it is - `refused`: it cannot be taken back; `detail` says why */
const RESTORE_OUTCOMES = ['restored', 'kept', 'refused'] as const;

export const restoreAnswerSchema = once(() =>
  z.object({
    entries: z
      .array(
        z.object({
          entry: z.string(),
          id: z.string().meta({ description: 'Id of a key or node, or name of a domain' }),
          outcome: z.enum(RESTORE_OUTCOMES),
          detail: z.string().nullable().meta({ description: 'One sentence where there is something to know' }),
        }),
      )
      .meta({ description: 'In the order of the request' }),
  }),
);

export type RestoredEntry = z.infer<ReturnType<typeof restoreAnswerSchema>>['entries'][number];
export type RestoreOutcome = Pick<RestoredEntry, 'outcome' | 'detail'>;
