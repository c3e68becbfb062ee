/**
 * What a request about lists says, checked: settings, the file in one of its formats, which verdicts and which rows.
 *
 * Before it: lists.ts. A file goes to the bucket while it comes in (lists/receive.ts).
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { once } from '../../shared/once.ts';
import { Problem } from '../../shared/problem.ts';
import { REASON_NAMES, REASONS, type Reason, VERDICTS } from '../../shared/verdict.ts';
import type { App } from '../http/context.ts';
import type { DetectWishes, ListFormat } from '../lists/file/detect.ts';
import { LIST_ROWS_MAX } from '../lists/free-pass.ts';
import { DEDUPE_MODES, ON_QUOTA } from '../lists/list-record.ts';
import { fileOfEmails, type Received, type Room, receiveFile } from '../lists/receive.ts';
import type { ResultFormat, ResultWishes } from '../lists/render-slice.ts';
import { fieldFault, parseFields, readJson } from './request.ts';

const NAME_LENGTH_MAX = 200;
const WEBHOOK_LENGTH_MAX = 2_048;
const IDEMPOTENCY_KEY_LENGTH_MAX = 255;
/** Octets of a JSON body: it is read as a whole. */
const JSON_OCTETS_MAX = 16 * 1_048_576;

export const listQuerySchema = once(() =>
  z.object({
    name: z.string().trim().max(NAME_LENGTH_MAX, `must have at most ${NAME_LENGTH_MAX} characters`).optional(),
    column: z.string().min(1, 'must be a name or a number from 1').max(NAME_LENGTH_MAX).optional(),
    header: z.enum(['auto', 'yes', 'no'], 'must be auto, yes or no').default('auto'),
    dedupe: z.enum(DEDUPE_MODES, 'must be canonical, exact or off').default('canonical'),
    start: z.enum(['auto', 'manual'], 'must be auto or manual').default('auto'),
    on_quota: z.enum(ON_QUOTA, 'must be finish or wait').default('finish'),
    retention_days: z.coerce
      .number('must be a whole number from 1 to 30')
      .int('must be a whole number from 1 to 30')
      .min(1, 'must be a whole number from 1 to 30')
      .max(30, 'must be a whole number from 1 to 30')
      .default(30),
    webhook: z.string().max(WEBHOOK_LENGTH_MAX, `must have at most ${WEBHOOK_LENGTH_MAX} characters`).optional(),
    parts: z.enum(['true', 'false'], 'must be true or false').default('false'),
  }),
);

export const emailsSchema = once(() =>
  z.object({ emails: z.array(z.string({ error: 'must be text' }), { error: 'must be given, as a list' }) }),
);

export async function checkedWebhook(c: Context<App>, url: string | null): Promise<string | null> {
  const fault = url === null ? null : await c.var.services.webhooks.faultOfUrl(url);
  if (fault !== null) throw fieldFault('webhook', 'custom', `cannot be taken: ${fault}`);
  return url;
}

export function readIdempotencyKey(c: Context<App>): string | null {
  const key = c.req.header('idempotency-key') ?? null;
  if (key !== null && (key === '' || key.length > IDEMPOTENCY_KEY_LENGTH_MAX)) {
    throw fieldFault('Idempotency-Key', 'custom', `must have 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} characters`);
  }
  return key;
}

const FORMAT_BY_TYPE: Readonly<Record<string, ListFormat>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'tsv',
  'text/plain': 'text',
  'application/json': 'json',
};
const SPREADSHEET_TYPE = /^application\/vnd\.(?:openxmlformats-officedocument\.spreadsheetml|ms-excel)/;

/** A file in parts says what it is with its first octets. */
export function formatOf(c: Context<App>, isInParts: boolean): ListFormat {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const format = FORMAT_BY_TYPE[type];
  if (isInParts) return format === undefined || format === 'json' ? 'csv' : format;
  if (format !== undefined) return format;
  throw new Problem('unsupported_media_type', {
    detail: SPREADSHEET_TYPE.test(type)
      ? 'This is a spreadsheet. The page and the command line (vrfy list FILE.xlsx) convert it; or save it as CSV.'
      : 'The body must be text/csv, text/tab-separated-values, text/plain or application/json.',
  });
}

export async function receiveBody(
  c: Context<App>,
  wishes: DetectWishes,
  name: string,
  room: Room | null,
): Promise<Received> {
  const { bucket } = c.var.services.lists;
  if (wishes.format !== 'json') {
    const encoding = c.req.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
    if (encoding !== 'identity' && encoding !== 'gzip') {
      throw new Problem('unsupported_media_type', {
        detail: 'The body may be compressed with gzip, and in no other way.',
        headers: { 'accept-encoding': 'gzip, identity' },
      });
    }
    const body = c.req.raw.body ?? new Blob([]).stream();
    return receiveFile(body, wishes, bucket, name, room);
  }
  const { emails } = parseFields(emailsSchema(), await readJson(c.req.raw, JSON_OCTETS_MAX));
  const file = new Blob([fileOfEmails(emails)]).stream();
  return receiveFile(file, { ...wishes, header: 'yes', column: '1' }, bucket, name, room);
}

export function refusalOf({ fault, detail }: Extract<Received, { kind: 'refused' }>): Problem {
  switch (fault) {
    case 'media':
      return new Problem('unsupported_media_type', { detail });
    case 'unreadable':
      return new Problem('list_unreadable', { detail });
    case 'too_large':
      return new Problem('body_too_large', { detail });
    case 'too_long':
      return new Problem('list_too_long', { detail });
    case 'no_room':
      return new Problem('list_storage_full', { detail });
  }
}

const RISKY: readonly Reason[] = REASON_NAMES.filter((reason) => REASONS[reason].verdict === 'risky');

/** Reasons of `risky` that are mailed as well: `?keep=catch_all,role`. */
export function readKeptReasons(c: Context<App>): readonly Reason[] {
  const names = namesIn(c.req.query('keep'));
  const kept = RISKY.filter((reason) => names.includes(reason));
  if (kept.length < names.length) throw fieldFault('keep', 'custom', `must be of ${RISKY.join(', ')}`);
  return kept;
}

export function readVerdicts(c: Context<App>): ResultWishes['verdicts'] {
  const names = namesIn(c.req.query('verdict'));
  if (names.length === 0) return null;
  const verdicts = VERDICTS.filter((verdict) => names.includes(verdict));
  if (verdicts.length < names.length) throw fieldFault('verdict', 'custom', `must be of ${VERDICTS.join(', ')}`);
  return verdicts;
}

/** `duplicates=drop`: one row for each owner among the rows of the answer. */
export function readGiven(c: Context<App>): ResultWishes['given'] {
  const wish = c.req.query('duplicates') ?? 'keep';
  if (wish !== 'keep' && wish !== 'drop') throw fieldFault('duplicates', 'custom', 'must be of keep, drop');
  return wish === 'drop' ? new Uint8Array((LIST_ROWS_MAX >> 3) + 1) : null;
}

function namesIn(text: string | undefined): readonly string[] {
  return [...new Set((text ?? '').split(',').filter((name) => name !== ''))];
}

export function resultFormatOf(c: Context<App>): ResultFormat {
  return /application\/(?:x-)?(?:ndjson|jsonl)/i.test(c.req.header('accept') ?? '') ? 'ndjson' : 'csv';
}
