/**
 * `/v1/backup` and `/v1/restore`: keys, marks and nodes of this edge as entries without secrets, behind ADMIN_TOKEN
 * (wiring/backup-ports.ts).
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { backupEntrySchema, RESTORE_ENTRIES_MAX } from '../../shared/backup.ts';
import { once } from '../../shared/once.ts';
import { Problem } from '../../shared/problem.ts';
import type { App } from '../http/context.ts';
import { fieldFault, parseFields, readCursor, readJson } from './request.ts';

/** Octets of a request to restore: its entries have about a thousand each. */
const RESTORE_OCTETS_MAX = 1_048_576;
const NO_STORE = { 'cache-control': 'no-store' };

export const restoreRequestSchema = once(() =>
  z.object({
    entries: z
      .array(backupEntrySchema())
      .max(RESTORE_ENTRIES_MAX, `must be at most ${RESTORE_ENTRIES_MAX} entries`)
      .meta({ description: 'Entries of a back-up' }),
    dry_run: z.boolean().default(false).meta({ description: 'Tells what would be restored, and changes nothing' }),
  }),
);

export async function getBackup(c: Context<App>): Promise<Response> {
  const cursor = readCursor(c);
  const { backup } = c.var.services;
  const page = await reachedAll(backup.page(cursor));
  if (page === null) throw fieldFault('cursor', 'custom', 'must be the cursor of the page before');
  return c.json(page, 200, NO_STORE);
}

export async function postRestore(c: Context<App>): Promise<Response> {
  const { entries, dry_run } = parseFields(restoreRequestSchema(), await readJson(c.req.raw, RESTORE_OCTETS_MAX));
  const { backup } = c.var.services;
  return c.json({ entries: await reachedAll(backup.restore(entries, dry_run)) }, 200, NO_STORE);
}

/** KV that fails is `store_unavailable`; the registry has a Problem of its own. */
async function reachedAll<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem('store_unavailable', { cause, headers: { 'retry-after': '5' } });
  }
}
