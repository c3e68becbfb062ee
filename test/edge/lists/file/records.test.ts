import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latin1Of, RECORD_OCTETS_MAX, readRecords } from '../../../../edge/lists/file/records.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const cell = fc.string({ maxLength: 8, unit: 'binary-ascii' }).map((text) => text.replaceAll('\0', ''));
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

describe('readRecords', () => {
  test('each record is where its bytes are', () => {
    const text = 'a,"b\nc"\r\n\r\nd,e\n"f",g';
    const { records } = readRecords(utf8(text), ',', true);
    expect(records.map(({ start, end }) => text.slice(start, end))).toEqual(['a,"b\nc"', 'd,e', '"f",g']);
    expect(records.map(({ cells }) => cells)).toEqual([
      ['a', 'b\nc'],
      ['d', 'e'],
      ['f', 'g'],
    ]);
  });

  test('a slice that ends in the middle of a record gives the records before it', () => {
    const { records, consumed } = readRecords(utf8('a,b\nc,"d\ne'), ',', false);
    expect(records).toHaveLength(1);
    expect(consumed).toBe(4);
  });

  test('a slice that ends between CR and LF waits for the LF', () => {
    expect(readRecords(utf8('a,b\r'), ',', false).records).toEqual([]);
  });

  test('well-formed records are read the same however the file is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 8 }), fc.nat(), (rows, cut) => {
        const text = rows.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
        const bytes = utf8(text);
        const at = bytes.length === 0 ? 0 : cut % bytes.length;
        const head = readRecords(bytes.subarray(0, at), ',', false);
        const tail = readRecords(bytes.subarray(head.consumed), ',', true);
        const cells = [...head.records, ...tail.records].map((record) => record.cells);
        expect(cells).toEqual(readRecords(bytes, ',', true).records.map((record) => record.cells));
        expect(cells).toEqual(rows);
      }),
    );
  });

  test('no byte of any file is lost or given twice', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab,"\r\n]{0,40}$/), (text) => {
        const { records, consumed } = readRecords(utf8(text), ',', true);
        expect(consumed).toBe(text.length);
        let from = 0;
        for (const { start, end } of records) {
          expect(text.slice(from, start)).toMatch(/^[\r\n]*$/);
          expect(end).toBeGreaterThanOrEqual(start);
          from = end;
        }
        expect(text.slice(from)).toMatch(/^[\r\n]*$/);
      }),
    );
  });

  test('a stray quote costs nobody else the row', () => {
    const text = `name,email\n"Ada,ada@good.test\n${'x,y@good.test\n'.repeat(100)}"Bob,bob@good.test\n`;
    const { records } = readRecords(utf8(text), ',', true);
    expect(records).toHaveLength(103);
    expect(records[1]?.cells).toEqual(['"Ada', 'ada@good.test']);
  });

  test('a line that is longer than a record may be is told', () => {
    const long = utf8('x'.repeat(RECORD_OCTETS_MAX + 10));
    expect(readRecords(long, ',', false)).toMatchObject({ records: [], isTooLong: true });
    expect(readRecords(long, ',', true)).toMatchObject({ records: [], isTooLong: true });
  });

  test('bytes of any encoding are Latin-1 letters, one each', () => {
    expect(latin1Of(Uint8Array.of(0x41, 0x8e, 0xff))).toBe('A\x8e\xff');
  });
});
