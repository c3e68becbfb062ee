/**
 * Merges the results of a list that is done, slice by slice, into objects of the bucket, so that a download is bytes and
 * nothing else, with an entity tag and ranges. Until then, and for a selection, slices are made as they are asked for.
 */
import { readOctets, resultNameOf } from './files.ts';
import type { ListRecord, Slice } from './list-record.ts';
import type { ListWork } from './list-work.ts';
import { type ResultWishes, renderSlice } from './render-slice.ts';

/** Slices that one turn merges: some 8 MiB. */
const SLICES_OF_TURN = 16;
const ALL_OF_IT: ResultWishes = { format: 'csv', verdicts: null };

export async function mergeTurn(work: ListWork): Promise<void> {
  const slices = work.store.slices();
  for (let turns = 0; turns < SLICES_OF_TURN; turns += 1) {
    await work.giveWay();
    const record = work.store.record();
    if (record?.phase !== 'merge') return;
    const slice = slices[record.merged.length];
    if (slice === undefined) {
      work.store.putRecord({ ...record, phase: 'over', ending: 'done', finishedAtMs: work.nowMs() });
      return;
    }
    const octets = await resultOfSlice(work, record, slice, ALL_OF_IT);
    await work.bucket.put(resultNameOf(record.id, slice.number), octets);
    const now = work.store.record();
    if (now?.phase !== 'merge') return;
    work.store.putRecord({ ...now, merged: [...now.merged, octets.length] });
  }
}

export async function resultOfSlice(
  { bucket, keys, store, local }: ListWork,
  record: ListRecord,
  slice: Slice,
  wishes: ResultWishes,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readOctets(bucket, record.source, slice.start, slice.end - slice.start);
  if (bytes === null) throw new Error('the file of the list is gone');
  const { factsOf } = store;
  return renderSlice(record, slice, bytes, wishes, { keys, factsOf, suggestionFor: local.suggestionFor });
}
