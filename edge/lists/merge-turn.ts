/**
 * Merges the results of a list that is done, slice by slice, into objects of the bucket, so that a download is bytes and
 * nothing else, with an entity tag and ranges. Until then, and for a selection, slices are made as they are asked for.
 */
import { readOctets, resultNameOf } from './files.ts';
import type { ListRecord, Slice } from './list-record.ts';
import type { ListWork } from './list-work.ts';
import { type ResultWishes, renderSlice } from './render-slice.ts';

/** Slices of one object: some megabyte; and objects of one turn. */
const SLICES_OF_OBJECT = 64;
const OBJECTS_OF_TURN = 8;
const ALL_OF_IT: ResultWishes = { format: 'csv', verdicts: null, given: null };

export async function mergeTurn(work: ListWork): Promise<void> {
  for (let objects = 0; objects < OBJECTS_OF_TURN; objects += 1) {
    const record = work.store.record();
    if (record?.phase !== 'merge') return;
    const first = Number(record.cursor);
    const merged = first === 0 ? [] : record.merged;
    const pieces: Uint8Array[] = [];
    while (pieces.length < SLICES_OF_OBJECT) {
      const slice = work.store.sliceAt(first + pieces.length);
      if (slice === null) break;
      await work.giveWay();
      pieces.push(await resultOfSlice(work, record, slice, ALL_OF_IT));
    }
    const octets = joined(pieces);
    const name = resultNameOf(record.id, merged.length);
    if (pieces.length > 0) await work.bucket.put(name, octets);
    const now = work.store.record();
    // Cancelled or deleted in the meantime: the object would have no owner.
    if (now?.phase !== 'merge') return work.bucket.delete(name);
    if (pieces.length === 0) {
      work.store.putRecord({ ...now, merged, phase: 'over', ending: 'done', finishedAtMs: work.nowMs() });
      return;
    }
    work.store.putRecord({ ...now, merged: [...merged, octets.length], cursor: String(first + pieces.length) });
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
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
