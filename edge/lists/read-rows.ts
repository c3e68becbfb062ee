/**
 * From records to rows: addresses as on the wire, each once, with what is known of it without asking anybody. Pure.
 *
 * Two spellings of one owner are two rows with a verdict each; the first of them is counted, and the other says which row
 * it repeats. What a server says of one spelling never becomes the verdict of another.
 */
import type { Address } from '../../shared/address.ts';
import { canonicalOf } from '../../shared/canonical.ts';
import { parseDomainName } from '../../shared/domain-name.ts';
import type { Reason } from '../../shared/verdict.ts';
import { addressOfCell, type CellAddress, textOfCell } from './file/cells.ts';
import type { Layout } from './file/detect.ts';
import type { TextRecord } from './file/records.ts';
import type { RowKeys } from './list-key.ts';
import type { ListRecord, RowFact, StoredRow } from './list-record.ts';

export type LocalVerdict = (address: Address) => Reason | null;

/** An address of a slice, where it first stands in it. */
export type RowDraft = {
  readonly key: string;
  readonly canonicalKey: string;
  readonly row: number;
  readonly local: string;
  readonly domain: string;
  readonly reason: Reason | null;
};

export type CellReader = (cells: readonly string[]) => CellAddress;

/** Domains whose reading is at hand. */
const DOMAINS_AT_HAND_MAX = 10_000;

/** Reads the address of a record: of its column, or of the only cell that holds one if the record has another number of cells. */
export function createCellReader(layout: Layout, decode: (octets: Uint8Array) => string): CellReader {
  const domains = new Map<string, ReturnType<typeof parseDomainName>>();
  const parseDomain: typeof parseDomainName = (name) => {
    const known = domains.get(name);
    if (known !== undefined) return known;
    if (domains.size >= DOMAINS_AT_HAND_MAX) domains.clear();
    const parsed = parseDomainName(name);
    domains.set(name, parsed);
    return parsed;
  };
  const read = (cell: string): CellAddress => addressOfCell(textOfCell(cell, decode), parseDomain);
  return (cells) => {
    const found = read(cells[layout.column] ?? '');
    if (found.parsed.ok || cells.length === layout.width) return found;
    const others = cells.filter((cell) => cell.includes('@')).map(read);
    const [only, another] = others.filter(({ parsed }) => parsed.ok);
    return only !== undefined && another === undefined ? only : found;
  };
}

/** The distinct addresses of a slice. */
export function draftsOf(
  records: readonly TextRecord[],
  rowsBefore: number,
  readCell: CellReader,
  keys: RowKeys,
  verdictOf: LocalVerdict,
): readonly RowDraft[] {
  const drafts = new Map<string, RowDraft>();
  // A text that repeats needs no second hash.
  const seen = new Set<string>();
  for (const [offset, { cells }] of records.entries()) {
    const { text, parsed } = readCell(cells);
    if (seen.has(text)) continue;
    seen.add(text);
    const row = rowsBefore + offset + 1;
    const key = keyOfCell({ text, parsed }, keys);
    if (drafts.has(key)) continue;
    if (!parsed.ok) {
      drafts.set(key, { key, canonicalKey: key, row, local: '', domain: '', reason: 'syntax' });
      continue;
    }
    const { address } = parsed;
    const canonicalKey = canonicalKeyOf(address, key, keys);
    const local = address.address.slice(0, -1 - address.domain.length);
    drafts.set(key, { key, canonicalKey, row, local, domain: address.domain, reason: verdictOf(address) });
  }
  return [...drafts.values()];
}

/** Key of the row that a cell belongs to; texts that are no addresses are one with their equals. */
export function keyOfCell({ text, parsed }: Pick<CellAddress, 'text' | 'parsed'>, keys: RowKeys): string {
  return parsed.ok ? keys.keyOf(parsed.address.address, parsed.address.domain) : keys.keyOf(` ${text.trim()}`, '');
}

export function canonicalKeyOf(address: Address, key: string, keys: RowKeys): string {
  const canonical = canonicalOf(address);
  if (canonical === address.address) return key;
  return keys.keyOf(canonical, canonical.slice(canonical.lastIndexOf('@') + 1));
}

/**
 * The rows to write for the drafts of a slice, beside those that are known.
 *
 * @param facts of every key and canonical key of the drafts that is known
 */
export function mergeDrafts(
  drafts: readonly RowDraft[],
  facts: ReadonlyMap<string, RowFact>,
  dedupe: ListRecord['dedupe'],
  keys: RowKeys,
): readonly StoredRow[] {
  const written = new Map<string, StoredRow>();
  const canonOf = (key: string): number | null => written.get(key)?.canon ?? facts.get(key)?.canon ?? null;
  const marks = dedupe === 'canonical';
  for (const { key, canonicalKey, row, local, reason } of drafts) {
    const isFirst = !marks || canonOf(canonicalKey) === null;
    if (marks && isFirst && canonicalKey !== key) {
      written.set(canonicalKey, {
        key: canonicalKey,
        sealed: '',
        row: null,
        canon: row,
        isCounted: false,
        reason: null,
      });
    }
    if ((facts.get(key)?.row ?? null) !== null) continue;
    const canon = marks && canonicalKey === key ? (canonOf(key) ?? row) : null;
    written.set(key, { key, sealed: local, row, canon, isCounted: isFirst, reason });
  }
  const rows = [...written.values()];
  const sealed = keys.seal(rows.map((stored) => ({ key: stored.key, text: stored.sealed })));
  return rows.map((stored, at) => ({ ...stored, sealed: sealed[at] ?? '' }));
}
