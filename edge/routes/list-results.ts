/**
 * The results of a list as a response: bytes of the bucket with entity tag and ranges once the list is done (RFC 9110 §13,
 * §14), and until then, or for a selection, one slice after the other as it is known at that moment.
 */
import type { Context } from 'hono';
import { Problem } from '../../shared/problem.ts';
import type { App } from '../http/context.ts';
import type { ListBucket } from '../lists/files.ts';
import type { ListApi, ListOutline, MergedResults } from '../lists/list-api.ts';
import type { ResultWishes } from '../lists/render-slice.ts';

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;

export async function sendResults(
  c: Context<App>,
  list: ListApi,
  outline: ListOutline,
  wishes: ResultWishes,
  bucket: ListBucket,
): Promise<Response> {
  const { format, verdicts } = wishes;
  let { given } = wishes;
  const charset = format === 'ndjson' ? 'utf-8' : (outline.encoding ?? 'utf-8');
  c.header('content-type', `${TYPES[format]}; charset=${charset}`);
  c.header('content-disposition', `attachment; filename="results.${format}"`);
  c.header('cache-control', 'no-store');
  c.header('vary', 'accept');
  const merged = format === 'csv' && verdicts === null && given === null ? await list.merged() : null;
  if (merged !== null) return sendMerged(c, merged, bucket);
  let number = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (number >= outline.slices) return controller.close();
      const results = await list.slice(number, { ...wishes, given });
      number += 1;
      // Deleted in the meantime: what was sent is not all of it.
      if (results === null) throw new Error('the list is gone');
      given = results.given;
      controller.enqueue(results.octets);
    },
  });
  return c.body(body, 200);
}

function sendMerged(c: Context<App>, { names, octets, tag }: MergedResults, bucket: ListBucket): Response {
  const total = octets.reduce((sum, count) => sum + count, 0);
  const etag = `"${tag}"`;
  c.header('etag', etag);
  c.header('accept-ranges', 'bytes');
  c.header('cache-control', 'private, no-cache');
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);
  const ifRange = c.req.header('if-range');
  const range = ifRange === undefined || ifRange === etag ? rangeOf(c.req.header('range'), total) : null;
  if (range === 'unsatisfiable') {
    throw new Problem('range_unsatisfiable', { headers: { 'content-range': `bytes */${total}` } });
  }
  const { start, end } = range ?? { start: 0, end: total };
  c.header('content-length', String(end - start));
  if (range !== null) c.header('content-range', `bytes ${start}-${end - 1}/${total}`);
  return c.body(piecesOf(names, octets, start, end, bucket), range === null ? 200 : 206);
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

type OctetRange = { readonly start: number; readonly end: number };

/** The range that is asked for; null for all of it, as for several ranges, which nobody needs of a list. */
function rangeOf(header: string | undefined, total: number): OctetRange | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const length = Math.min(Number(last), total);
    return length === 0 ? 'unsatisfiable' : { start: total - length, end: total };
  }
  const start = Number(first);
  if (start >= total || (last !== '' && Number(last) < start)) return start >= total ? 'unsatisfiable' : null;
  return { start, end: last === '' ? total : Math.min(total, Number(last) + 1) };
}

/** The octets of a range, out of one object after the other. */
function piecesOf(
  names: readonly string[],
  octets: readonly number[],
  start: number,
  end: number,
  bucket: ListBucket,
): ReadableStream<Uint8Array> {
  let number = 0;
  let before = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const name = names[number];
        const length = octets[number] ?? 0;
        if (name === undefined || before >= end) return controller.close();
        const from = Math.max(0, start - before);
        const to = Math.min(length, end - before);
        number += 1;
        before += length;
        if (to <= from) continue;
        const object = await bucket.get(name, { range: { offset: from, length: to - from } });
        if (object === null) throw new Error('the results of the list are gone');
        return controller.enqueue(new Uint8Array(await object.arrayBuffer()));
      }
    },
  });
}
