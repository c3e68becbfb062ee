/**
 * All that costs nothing, in turns of an alarm: the file is read into rows, then each domain is surveyed (DNS), then memory is
 * asked (recall). Before one probe is spent the list shows the outcome of this alone.
 *
 * Each piece of work is one transaction with the place at which the next one goes on: a crash repeats one piece and doubles
 * nothing. A turn stays far below what one invocation may take (30 s of processor, 128 MB).
 */
import type { Reason } from '../../shared/verdict.ts';
import { decoderOf } from './file/encoding.ts';
import { RECORD_OCTETS_MAX, readRecords } from './file/records.ts';
import { readOctets } from './files.ts';
import { domainKeyOfRow } from './list-key.ts';
import type { ListRecord, OpenRow, Settled } from './list-record.ts';
import type { ListWork } from './list-work.ts';
import { createCellReader, draftsOf, mergeDrafts } from './read-rows.ts';
import { isForLater } from './schedule.ts';

/** Data rows of a list. */
export const LIST_ROWS_MAX = 1_000_000;
/** Octets that one turn reads. */
const TURN_OCTETS = 2 * 1_048_576;
/** Octets of one transaction, and of one slice: a form that comes in waits for one, some 5 ms of processor. */
const PIECE_OCTETS = 16_384;
/** Octets in which a record has room whatever it is; a piece without a whole record is read again at this size. */
const PIECE_OCTETS_MAX = 2 * RECORD_OCTETS_MAX;
/** Cells beyond the header's that a row may have and still push our own cells to the right in every row. */
const WIDER_MAX = 16;

/** Reads on from where the last turn ended. */
export async function readTurn(work: ListWork): Promise<void> {
  const begun = work.store.record();
  if (begun?.phase !== 'read' || begun.layout === null) return;
  const { layout, source, octets } = begun;
  const base = begun.readOctets;
  const bytes = await readOctets(work.bucket, source, base, Math.min(TURN_OCTETS, octets - base));
  if (bytes === null) throw new Error('the file of the list is gone');
  const readCell = createCellReader(layout, decoderOf(layout.encoding));
  let at = 0;
  let pieceOctets = PIECE_OCTETS;
  while (base + at < octets) {
    await work.giveWay();
    const record = work.store.record();
    if (record?.phase !== 'read') return;
    const preambleOctets = base + at === 0 ? layout.preambleOctets : 0;
    const piece = bytes.subarray(at + preambleOctets, at + preambleOctets + pieceOctets);
    const isEnd = base + at + preambleOctets + piece.length >= octets;
    const { records, consumed, isTooLong } = readRecords(piece, layout.delimiter, isEnd);
    if (consumed === 0 && !isEnd && pieceOctets < PIECE_OCTETS_MAX) {
      pieceOctets = PIECE_OCTETS_MAX;
      continue;
    }
    pieceOctets = PIECE_OCTETS;
    const data = base + at === 0 && layout.hasHeader ? records.slice(1) : records;
    const rows = record.rows + data.length;
    if (rows > LIST_ROWS_MAX) return fail(work, record, 'list_too_long', TOO_MANY_ROWS);
    if (isTooLong && consumed === 0) {
      const detail = `Row ${record.rows + 1} is longer than a row can be; look for a quotation mark or a line end that is missing.`;
      return fail(work, record, 'list_unreadable', detail);
    }
    // The rest of the octets is the beginning of a record: the next turn reads it whole.
    if (consumed === 0 && !isEnd) break;
    const drafts = draftsOf(data, record.rows, readCell, work.keys, work.local.verdictOf);
    const start = base + at;
    at += preambleOctets + consumed;
    work.store.transaction(() => {
      const facts = work.store.factsOf([...new Set(drafts.flatMap(({ key, canonicalKey }) => [key, canonicalKey]))]);
      const written = mergeDrafts(drafts, facts, record.dedupe, work.keys);
      const domains = new Map(drafts.map(({ key, domain }) => [domainKeyOfRow(key), domain]));
      const named = [...domains].filter(([, text]) => text !== '').map(([key, text]) => ({ key, text }));
      const sealed = work.keys.seal(named);
      work.store.addDomains(named.map(({ key }, index) => ({ domain: key, sealed: sealed[index] ?? '' })));
      work.store.putRows(written, work.nowMs());
      work.store.addSlice({
        number: work.store.sliceCount(),
        start,
        end: base + at,
        rowsBefore: record.rows,
        rows: data.length,
      });
      const widest = data.reduce((wide, { cells }) => Math.max(wide, cells.length), record.widest);
      work.store.putRecord({
        ...record,
        rows,
        readOctets: base + at,
        widest: Math.min(widest, layout.width + WIDER_MAX),
        ...(base + at >= octets ? { phase: 'survey', cursor: '' } : {}),
      });
    });
  }
}

export const TOO_MANY_ROWS = `A list may have ${LIST_ROWS_MAX} rows; split the file.`;

/** Ends the list before anything is asked about it. */
function fail(work: Pick<ListWork, 'store' | 'nowMs'>, record: ListRecord, code: string, detail: string): void {
  const failure = { code, detail };
  work.store.putRecord({ ...record, phase: 'over', ending: 'failed', failure, finishedAtMs: work.nowMs() });
}

/** Domains of one question, and addresses of one look into memory: two reads of KV. */
const DOMAINS_MAX = 50;
const RECALLED_MAX = 200;
/** Questions at the same time: their answers are written in one piece of some 10 ms. */
const AT_ONCE = 4;
/** Such rounds of one turn. */
const ROUNDS = 8;

/** Asks of some hundred domains whether they take mail at all. */
export async function surveyTurn(work: ListWork): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    await work.giveWay();
    await surveyRound(work);
  }
}

async function surveyRound(work: ListWork): Promise<void> {
  const begun = work.store.record();
  if (begun?.phase !== 'survey') return;
  const found = work.store.unsurveyed(begun.cursor, AT_ONCE * DOMAINS_MAX);
  const open = found.flatMap(({ domain, row }) => (row === null ? [] : [{ domain, row }]));
  const chunks = chunksOf(open, DOMAINS_MAX);
  const findings = await Promise.all(
    chunks.map((chunk) =>
      work.checks.survey(
        emailsOf(
          chunk.map(({ row }) => row),
          work,
        ),
      ),
    ),
  );
  await work.giveWay();
  const atMs = work.nowMs();
  const told = chunks.flatMap((chunk, at) =>
    chunk.map(({ domain }, offset) => ({ domain, ...(findings[at]?.[offset] ?? { reason: null, provider: null }) })),
  );
  const providers = new Map(told.map(({ domain, provider }) => [domain, provider ?? '']));
  work.store.transaction(() => {
    const record = work.store.record();
    if (record?.phase !== 'survey') return;
    work.store.setProviders(found.map(({ domain }) => ({ domain, provider: providers.get(domain) ?? '' })));
    work.store.settleDomains(told.flatMap(({ domain, reason }) => (reason === null ? [] : [{ domain, reason, atMs }])));
    const last = found.at(-1);
    const isLast = found.length < AT_ONCE * DOMAINS_MAX || last === undefined;
    work.store.putRecord({
      ...record,
      ...(isLast ? { phase: 'recall' as const, cursor: '' } : { cursor: last.domain }),
    });
  });
}

/** Takes what is remembered of some thousand addresses. */
export async function recallTurn(work: ListWork): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    await work.giveWay();
    await recallRound(work);
  }
}

async function recallRound(work: ListWork): Promise<void> {
  const begun = work.store.record();
  if (begun?.phase !== 'recall') return;
  const open = work.store.openRows(begun.cursor, AT_ONCE * RECALLED_MAX);
  const emails = emailsOf(open, work);
  const chunks = chunksOf(emails, RECALLED_MAX);
  const known = (await Promise.all(chunks.map((chunk) => work.checks.recall(chunk)))).flat();
  await work.giveWay();
  const settled = open.flatMap(({ key }, at): Settled[] => {
    const remembered = known[at];
    // A server that said "later" is asked again when the time has come; its row stays open.
    if (remembered === undefined || remembered === null || isForLater(remembered.reason)) return [];
    return [{ key, ...remembered, isFree: true }];
  });
  work.store.transaction(() => {
    const record = work.store.record();
    if (record?.phase !== 'recall') return;
    work.store.settle(settled);
    const last = open.at(-1);
    const isLast = open.length < AT_ONCE * RECALLED_MAX || last === undefined;
    const next = record.start === 'manual' && record.startedAtMs === null ? 'hold' : 'check';
    work.store.putRecord({
      ...record,
      ...(isLast ? { phase: next, cursor: '' } : { cursor: last.key }),
    });
  });
}

/** The addresses of rows, opened. */
export function emailsOf(
  rows: readonly OpenRow[],
  { store, keys }: Pick<ListWork, 'store' | 'keys'>,
): readonly string[] {
  const domains = store.domainsOf(rows.map(({ key }) => key));
  const named = keys.open([...domains].map(([key, { sealed }]) => ({ key, text: sealed })));
  const names = new Map([...domains.keys()].map((key, at) => [key, named[at] ?? '']));
  const locals = keys.open(rows.map(({ key, sealed }) => ({ key, text: sealed })));
  return rows.map(({ key }, at) => `${locals[at] ?? ''}@${names.get(domainKeyOfRow(key)) ?? ''}`);
}

function chunksOf<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: T[][] = [];
  for (let at = 0; at < values.length; at += size) chunks.push(values.slice(at, at + size));
  return chunks;
}

/** Reasons that hold for each address of a domain. */
export const OF_THE_DOMAIN: ReadonlySet<Reason> = new Set([
  'no_domain',
  'no_mx',
  'null_mx',
  'disposable',
  'unverifiable',
]);
