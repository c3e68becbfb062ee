/** `/v1/lists/open`: the lists of all keys that are not over, for the operator. */
import type { Context } from 'hono';
import type { App } from '../http/context.ts';
import { listOpen } from '../lists/files.ts';
import { isOver, type OpenList } from '../lists/summary.ts';
import { OF_KEY } from './lists.ts';
import { readCursor } from './request.ts';

/** Lists of one page: each is asked how it is. */
const PAGE_MAX = 25;
const NO_STORE = { 'cache-control': 'no-store' };

/**
 * Lists that are over by now lose the name that they were found by, so that the next look is short; a page may be empty and have a next one.
 */
export async function listOpenLists(c: Context<App>): Promise<Response> {
  const { bucket, listOf } = c.var.services.lists;
  const page = await listOpen(bucket, readCursor(c), PAGE_MAX);
  const looks = await Promise.all(
    page.lists.map(async ({ id, name }) => {
      const list = listOf(id);
      const [summary, owner] = await Promise.all([list.summary([]), list.owner()]);
      return { name, summary: summary === null || isOver(summary.state) ? null : summary, owner };
    }),
  );
  const over = looks.flatMap(({ name, summary }) => (summary === null ? [name] : []));
  if (over.length > 0) await bucket.delete(over);
  const lists = looks.flatMap(({ summary, owner }): OpenList[] =>
    summary === null ? [] : [{ ...summary, key: keyIdOf(owner ?? '') }],
  );
  return c.json({ lists, cursor: page.cursor }, 200, NO_STORE);
}

function keyIdOf(owner: string): string | null {
  return owner.startsWith(OF_KEY) ? owner.slice(OF_KEY.length) : null;
}
