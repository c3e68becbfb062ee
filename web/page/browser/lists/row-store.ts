/**
 * The rows of a list, a million of them, with little memory: rows lie in Blobs of a thousand, which browsers keep on disk; in
 * memory are one octet a row, and the two Blobs that were read last.
 */
import { VERDICTS } from '../../../../shared/verdict.ts';

export type Row = {
  /** Data row, from 1. */
  readonly number: number;
  readonly address: string;
  /** Empty if it is not known yet. */
  readonly verdict: string;
  readonly reason: string;
  /** The address that may have been meant, or empty. */
  readonly meant: string;
};

const CHUNK_ROWS = 1_000;
const CHUNKS_AT_HAND = 2;

export function createRowStore() {
  const chunks: Blob[] = [];
  let open: Row[] = [];
  let verdicts = new Uint8Array(CHUNK_ROWS);
  let count = 0;
  let matches: Uint32Array | null = null;
  const atHand = new Map<number, Promise<readonly Row[]>>();

  const closeChunk = (): void => {
    chunks.push(new Blob([JSON.stringify(open)]));
    open = [];
  };

  function chunkAt(index: number): Promise<readonly Row[]> {
    const held = atHand.get(index);
    if (held !== undefined) return held;
    const blob = chunks[index];
    const read = blob === undefined ? Promise.resolve(open) : blob.text().then((text) => JSON.parse(text) as Row[]);
    atHand.set(index, read);
    for (const old of atHand.keys()) {
      if (atHand.size <= CHUNKS_AT_HAND) break;
      atHand.delete(old);
    }
    return read;
  }

  return {
    add(row: Row): void {
      if (count === verdicts.length) {
        const longer = new Uint8Array(count * 2);
        longer.set(verdicts);
        verdicts = longer;
      }
      verdicts[count] = codeOf(row.verdict);
      count += 1;
      open.push(row);
      if (open.length === CHUNK_ROWS) closeChunk();
    },

    count: () => count,

    /** Selects rows by verdict and by a text that address or reason contains; empty selects all. Resolves with their count. */
    async find(verdict: string, text: string): Promise<number> {
      if (verdict === '' && text === '') {
        matches = null;
        return count;
      }
      const code = codeOf(verdict);
      const wanted = text.toLowerCase();
      const found = new Uint32Array(count);
      let size = 0;
      for (let chunk = 0; chunk * CHUNK_ROWS < count; chunk += 1) {
        const rows = wanted === '' ? null : await chunkAt(chunk);
        const end = Math.min(count, (chunk + 1) * CHUNK_ROWS);
        for (let at = chunk * CHUNK_ROWS; at < end; at += 1) {
          if (verdict !== '' && verdicts[at] !== code) continue;
          if (rows !== null && !hasText(rows[at % CHUNK_ROWS], wanted)) continue;
          found[size] = at;
          size += 1;
        }
      }
      matches = found.slice(0, size);
      return size;
    },

    /** Selected rows from one place on. */
    async read(first: number, length: number): Promise<readonly Row[]> {
      const end = Math.min(first + length, matches?.length ?? count);
      const rows: Row[] = [];
      for (let place = first; place < end; place += 1) {
        const at = matches?.[place] ?? place;
        const row = (await chunkAt(Math.floor(at / CHUNK_ROWS)))[at % CHUNK_ROWS];
        if (row !== undefined) rows.push(row);
      }
      return rows;
    },
  };
}

/** 0 for one that is not known yet. */
function codeOf(verdict: string): number {
  return (VERDICTS as readonly string[]).indexOf(verdict) + 1;
}

function hasText(row: Row | undefined, wanted: string): boolean {
  return row !== undefined && (row.address.toLowerCase().includes(wanted) || row.reason.includes(wanted));
}
