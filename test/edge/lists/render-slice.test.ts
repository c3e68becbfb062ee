import { describe, expect, test } from 'vitest';
import { safeCell } from '../../../edge/lists/export-rows.ts';
import { detect } from '../../../edge/lists/file/detect.ts';
import { decoderOf } from '../../../edge/lists/file/encoding.ts';
import { latin1Of, readRecords } from '../../../edge/lists/file/records.ts';
import { createRowKeys } from '../../../edge/lists/list-key.ts';
import { type ListRecord, listRecordSchema, type RowFact } from '../../../edge/lists/list-record.ts';
import { createCellReader, draftsOf, mergeDrafts } from '../../../edge/lists/read-rows.ts';
import { type ResultWishes, renderSlice } from '../../../edge/lists/render-slice.ts';
import type { Reason } from '../../../shared/verdict.ts';

const CHECKED_AT_MS = Date.parse('2026-01-02T03:04:05.000Z');
const keys = createRowKeys(new Uint8Array(32).fill(1));
const ALL: ResultWishes = { format: 'csv', verdicts: null, given: null };

/** The results of a file whose addresses have these verdicts. */
function results(
  file: Uint8Array,
  reasons: Readonly<Record<string, Reason>> = {},
  wishes: Partial<ResultWishes> = {},
  dedupe: ListRecord['dedupe'] = 'canonical',
  suggestionFor: (text: string) => string | null = () => null,
): Uint8Array {
  const detection = detect(file, true, { format: 'csv', header: 'auto', column: null });
  if (detection.kind === 'refused') throw new Error(detection.detail);
  const { layout } = detection;
  const body = file.subarray(layout.preambleOctets);
  const records = readRecords(body, layout.delimiter, true).records.slice(layout.hasHeader ? 1 : 0);
  const read = createCellReader(layout, decoderOf(layout.encoding));
  const drafts = draftsOf(records, 0, read, keys, () => null);
  const facts = new Map<string, RowFact>();
  for (const row of mergeDrafts(drafts, new Map(), dedupe, keys)) {
    facts.set(row.key, { row: row.row, canon: row.canon, reason: row.reason, atMs: CHECKED_AT_MS });
  }
  for (const [address, reason] of Object.entries(reasons)) {
    const key = keys.keyOf(address, address.slice(address.indexOf('@') + 1));
    const fact = facts.get(key);
    if (fact === undefined) throw new Error(`${address} is no row`);
    facts.set(key, { ...fact, reason });
  }
  const widest = Math.max(...records.map(({ cells }) => cells.length));
  const record = listRecordSchema().parse({
    id: 'list',
    owner: 'local',
    payer: { kind: 'local' },
    phase: 'check',
    ending: null,
    failure: null,
    sealed: '',
    dedupe,
    start: 'auto',
    onQuota: 'finish',
    createdAtMs: 0,
    startedAtMs: null,
    finishedAtMs: null,
    expiresAtMs: 0,
    bodyHash: '',
    source: '',
    octets: file.length,
    detect: { format: 'csv', header: 'auto', column: null },
    layout,
    readOctets: file.length,
    rows: records.length,
    widest,
    cursor: '',
    merged: [],
    pause: null,
    webhook: null,
  });
  const slice = { number: 0, start: 0, end: file.length, rowsBefore: 0, rows: records.length };
  const ports = { keys, factsOf: () => facts, suggestionFor };
  return renderSlice(record, slice, file, { ...ALL, ...wishes }, ports);
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (...given: Parameters<typeof results>): string => new TextDecoder().decode(results(...given));
const OWN = 'vrfy_verdict,vrfy_reason,vrfy_did_you_mean,vrfy_duplicate_of,vrfy_checked_at';

describe('the results of a list', () => {
  test('are the rows as they came, with our cells behind them', () => {
    const file = utf8('name,email\r\n"Ada ""A"" L, Dr", ada@good.test \r\nBob,bob@good.test');
    expect(text(file, { 'ada@good.test': 'accepted' })).toBe(
      `name,email,${OWN}\r\n"Ada ""A"" L, Dr", ada@good.test ,deliverable,accepted,,,2026-01-02T03:04:05.000Z\r\n` +
        'Bob,bob@good.test,,,,,\n',
    );
  });

  test('keep a BOM, the first line of spreadsheets, and every byte of another encoding', () => {
    const file = Uint8Array.from('sep=;\r\nname;email\r\nZo\xeb;a@good.test\r\n', (unit) => unit.charCodeAt(0));
    const lines = latin1Of(results(file)).split('\r\n');
    expect([lines[0], lines[2]]).toEqual(['sep=;', 'Zo\xeb;a@good.test;;;;;']);
    const bom = utf8('\uFEFFemail\na@good.test\n');
    expect([...results(bom).subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  });

  test('stand below their names, however many cells a row has', () => {
    const file = utf8('name,email\nAda,ada@good.test\nbob@good.test\nLovelace,Cy,cy@good.test\n');
    const rows = text(file, {})
      .trim()
      .split('\n')
      .map((line) => line.split(',').length);
    expect(new Set(rows)).toEqual(new Set([8]));
  });

  test('say which row a row repeats, and give another spelling a verdict of its own', () => {
    const file = utf8('email\nada@gmail.com\na.d.a@gmail.com\nada@gmail.com\nbob@good.test\nBob@good.test\n');
    const reasons: Record<string, Reason> = { 'ada@gmail.com': 'accepted', 'a.d.a@gmail.com': 'mailbox_not_found' };
    const cells = (dedupe: ListRecord['dedupe']) =>
      text(file, reasons, {}, dedupe)
        .trim()
        .split('\n')
        .slice(1)
        .map((line) =>
          line
            .split(',')
            .slice(2, 5)
            .filter((cell) => cell !== ''),
        );
    expect(cells('canonical')).toEqual([['accepted'], ['mailbox_not_found', '1'], ['accepted', '1'], [], ['4']]);
    expect(cells('exact')).toEqual([['accepted'], ['mailbox_not_found'], ['accepted', '1'], [], []]);
    expect(cells('off')).toEqual([['accepted'], ['mailbox_not_found'], ['accepted'], [], []]);
  });

  test('may be those of some verdicts alone', () => {
    const file = utf8('email\na@good.test\nb@good.test\nc@good.test\n');
    const reasons: Record<string, Reason> = { 'a@good.test': 'accepted', 'b@good.test': 'catch_all' };
    const selected = text(file, reasons, { verdicts: ['deliverable'] });
    expect(
      selected
        .trim()
        .split('\n')
        .map((line) => line.split(',')[0]),
    ).toEqual(['email', 'a@good.test']);
  });

  test('leave a duplicate out only if a row of the same owner is among them', () => {
    const file = utf8('email\na.d.a@gmail.com\nada@gmail.com\nad.a@gmail.com\nada@gmail.com\nbob@good.test\n');
    const reasons: Record<string, Reason> = {
      'a.d.a@gmail.com': 'mailbox_not_found',
      'ada@gmail.com': 'accepted',
      'ad.a@gmail.com': 'accepted',
      'bob@good.test': 'accepted',
    };
    const given = new Uint8Array(2);
    const first = (wishes: Partial<ResultWishes>) =>
      text(file, reasons, wishes)
        .trim()
        .split('\n')
        .map((line) => line.split(',')[0]);
    const safe = { verdicts: ['deliverable'], given } as const;
    expect(first(safe)).toEqual(['email', 'ada@gmail.com', 'bob@good.test']);
    expect(first(safe), 'a later slice leaves out the owners of those before').toEqual(['email']);
    expect(first({ given: new Uint8Array(2) })).toEqual(['email', 'a.d.a@gmail.com', 'bob@good.test']);
  });

  test('are NDJSON where that is asked for', () => {
    const lines = text(utf8('email\nada@good.test\nno\n'), { 'ada@good.test': 'accepted' }, { format: 'ndjson' });
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { row: 1, address: 'ada@good.test', verdict: 'deliverable', checked_at: '2026-01-02T03:04:05.000Z' },
      { row: 2, email: 'no', address: null, verdict: 'invalid', reason: 'syntax' },
    ]);
  });

  test('name the address that a cell of more than that was verified as', () => {
    const line = text(utf8('email\nAda <ada@good.test>\n')).split('\n')[1];
    expect(line).toBe('Ada <ada@good.test>,,,ada@good.test,,');
  });

  test.each(['=cmd@x.test', '+1@x.test', '-1@x.test', '@x', '\tx'])(
    'hold no cell of ours that begins a formula: %s',
    (meant) => {
      expect(safeCell(meant, ',')).toBe(`'${meant}`);
      const line = text(utf8('email\na@good.test\n'), {}, {}, 'canonical', () => meant).split('\n')[1];
      expect(line?.split(',')[3]).toMatch(/^'/);
    },
  );

  test('put a cell of ours in quotes where it holds a delimiter or a quote', () => {
    expect(safeCell('"a b",c@x.test', ',')).toBe('"""a b"",c@x.test"');
  });
});
