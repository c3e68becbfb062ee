/** Files as people have them: what each is taken for, which rows it has, and which address each row. */
import { describe, expect, test } from 'vitest';
import { type Detection, type DetectWishes, detect } from '../../../edge/lists/file/detect.ts';
import { decoderOf } from '../../../edge/lists/file/encoding.ts';
import { readRecords } from '../../../edge/lists/file/records.ts';
import { createCellReader } from '../../../edge/lists/read-rows.ts';

const WISHES: DetectWishes = { format: 'csv', header: 'auto', column: null };
const octets = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0));
/** Bytes written as text, with `\xNN` for those beyond ASCII. */
const joined = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? latin1(part) : part)]));

function looked(bytes: Uint8Array, wishes: Partial<DetectWishes> = {}): Detection {
  return detect(bytes, true, { ...WISHES, ...wishes });
}

function found(bytes: Uint8Array, wishes: Partial<DetectWishes> = {}) {
  const detection = looked(bytes, wishes);
  if (detection.kind === 'refused') throw new Error(detection.detail);
  return detection;
}

/** The addresses of the data rows, as they would be verified. */
function addresses(bytes: Uint8Array, wishes: Partial<DetectWishes> = {}): readonly string[] {
  const { layout } = found(bytes, wishes);
  const { records } = readRecords(bytes.subarray(layout.preambleOctets), layout.delimiter, true);
  const read = createCellReader(layout, decoderOf(layout.encoding));
  return (layout.hasHeader ? records.slice(1) : records).map(({ cells }) => {
    const { text, parsed } = read(cells);
    return parsed.ok ? parsed.address.address : text;
  });
}

const TWO = ['ada@good.test', 'bob@good.test'];

describe('a file is read whatever it was saved with', () => {
  test.each<[string, Uint8Array]>([
    ['commas', utf8('name,email\nAda,ada@good.test\nBob,bob@good.test\n')],
    ['semicolons', utf8('name;email\nAda;ada@good.test\nBob;bob@good.test\n')],
    ['semicolons and decimal commas', utf8('sum;email\n1,5;ada@good.test\n2,5;bob@good.test\n')],
    ['tabs', utf8('name\temail\nAda\tada@good.test\nBob\tbob@good.test\n')],
    ['bars', utf8('name|email\nAda|ada@good.test\nBob|bob@good.test\n')],
    ['a BOM', joined(octets(0xef, 0xbb, 0xbf), 'email\nada@good.test\nbob@good.test\n')],
    ['a BOM inside the quotes of the first name', utf8('"\uFEFFemail",name\nada@good.test,Ada\nbob@good.test,Bob\n')],
    ['a BOM before a quoted name', joined(octets(0xef, 0xbb, 0xbf), '"email"\n"ada@good.test"\n"bob@good.test"\n')],
    ['a first line that tells the delimiter', utf8('sep=;\nname;email\nAda, Dr;ada@good.test\nBob;bob@good.test\n')],
    ['quoted line breaks', utf8('note,email\n"a\nb",ada@good.test\n"c\r\nd",bob@good.test\n')],
    ['CR alone', utf8('email\rada@good.test\rbob@good.test\r')],
    ['CR and LF, and then LF alone', utf8('email\r\nada@good.test\r\nbob@good.test\n')],
    ['empty lines', utf8('\n\nemail\n\nada@good.test\n\n\nbob@good.test\n\n')],
    ['no header', utf8('Ada,ada@good.test\nBob,bob@good.test\n')],
    ['no line end at the end', utf8('email\nada@good.test\nbob@good.test')],
    ['a header in German', utf8('Vorname;E-Mail-Adresse\nAda;ada@good.test\nBob;bob@good.test\n')],
    ['a header in Japanese', utf8('名前,メールアドレス\nAda,ada@good.test\nBob,bob@good.test\n')],
    ['a header in Chinese', utf8('姓名,邮箱\nAda,ada@good.test\nBob,bob@good.test\n')],
    ['a header in words that nobody knows', utf8('nimi,kirje\nAda,ada@good.test\nBob,bob@good.test\n')],
    ['names around the addresses', utf8('email\nAda L <ada@good.test>\n"Lovelace, Bob" <bob@good.test>\n')],
    ['mailto', utf8('email\nmailto:ada@good.test?subject=x\n<mailto:bob@good.test>\n')],
    ['spaces around the addresses', utf8('email\n  ada@good.test  \nbob@good.test\t\n')],
    ['NULs that fill a field up', utf8('email\nada@good.test\0\0\0\n\0bob@good.test\n')],
    ['two addresses in a cell', utf8('name,email\nA,ada@good.test; adam@good.test\nB,bob@good.test\n')],
    ['a row with too many cells', utf8('name,email\nLovelace, Ada,ada@good.test\nBob,bob@good.test\n')],
    ['a row with too few cells', utf8('id,name,email\n1,Ada,ada@good.test\nbob@good.test\n')],
    ['quotes inside of a cell', utf8('name,email\nthe "great" Ada,ada@good.test\n"Bob" B,bob@good.test\n')],
    ['quotes that are not closed', utf8('name,email\n"Ada,ada@good.test\n"Bob,bob@good.test\n')],
    ['one quote that is not closed', utf8('name,email\n"Ada,ada@good.test\nBob,bob@good.test\n')],
    ['several columns of addresses', utf8('Manager Email,Email\nm@x.test,ada@good.test\nm@x.test,bob@good.test\n')],
  ])('%s', (_, bytes) => {
    expect(addresses(bytes)).toEqual(TWO);
  });
});

describe('the encoding of a file', () => {
  const rows = (name: Uint8Array) => joined('name,email\n', name, ',ada@good.test\n', name, ',bob@good.test\n');
  test.each<[string, string, Uint8Array]>([
    ['UTF-8', 'utf-8', rows(utf8('Zoë'))],
    ['windows-1252', 'windows-1252', rows(latin1('Zo\xeb M\xfcller'))],
    // 名前 and 山田太郎
    ['Shift_JIS', 'shift_jis', rows(octets(0x8e, 0x52, 0x93, 0x63, 0x91, 0xbe, 0x98, 0x59))],
    // 张伟
    ['GBK', 'gbk', rows(octets(0xd5, 0xc5, 0xce, 0xb0))],
  ])('%s is told, and the addresses are read', (_, encoding, bytes) => {
    expect(found(bytes).detected.encoding).toBe(encoding);
    expect(addresses(bytes)).toEqual(TWO);
  });

  test('letters of an address in windows-1252 are those that were meant', () => {
    expect(addresses(latin1('name,email\nZo\xeb,zo\xeb@good.test\n'))).toEqual(['zoë@good.test']);
  });

  test('a Shift_JIS preview shows the letters', () => {
    const { preview } = found(rows(octets(0x8e, 0x52, 0x93, 0x63))).detected;
    expect(preview[1]).toEqual(['山田', 'ada@good.test']);
  });
});

describe('what is no list of rows is refused with the reason', () => {
  test.each<[string, Uint8Array, 'media' | 'unreadable', RegExp]>([
    ['a ZIP archive', joined('PK\x03\x04', 'list.csv'), 'media', /ZIP/],
    ['a spreadsheet', joined('PK\x03\x04', '[Content_Types].xml xl/workbook.xml'), 'media', /xlsx.*command line/],
    ['an old spreadsheet', octets(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1), 'media', /xls/],
    ['a web page', utf8('  <!DOCTYPE html><html><body>'), 'media', /HTML/],
    ['a table of a web page', utf8('<table><tr><td>ada@good.test'), 'media', /HTML/],
    ['a PDF', utf8('%PDF-1.7'), 'media', /PDF/],
    ['ISO-2022-JP', joined('email\n\x1b$BF|K\\\x1b(B,ada@good.test\n'), 'media', /ISO-2022-JP/],
    ['UTF-7 with its BOM', utf8('+/v8-email'), 'media', /UTF-7/],
    ['UTF-7', utf8('email\nada+AEA-good.test\n'), 'media', /UTF-7/],
    ['nothing', utf8(''), 'unreadable', /empty/],
    ['empty lines', utf8('\n\r\n\n'), 'unreadable', /empty/],
    ['columns without any address', utf8('a,b\n1,2\n3,4\n'), 'unreadable', /column/],
  ])('%s', (_, bytes, fault, detail) => {
    expect(looked(bytes)).toMatchObject({ kind: 'refused', fault, detail: expect.stringMatching(detail) });
  });

  test('a line that does not end within the first quarter of a megabyte', () => {
    const line = utf8('x'.repeat(300_000));
    expect(detect(line, false, WISHES)).toMatchObject({ kind: 'refused', fault: 'unreadable' });
  });
});

describe('the header and the column', () => {
  test('a header alone has no rows', () => {
    expect(addresses(utf8('name,email\n'))).toEqual([]);
  });

  test('one row without a header is a row', () => {
    expect(addresses(utf8('ada@good.test'))).toEqual(['ada@good.test']);
  });

  test.each([
    ['a name', 'Second'],
    ['a name in other letters', ' second '],
    ['a number', '2'],
  ])('the column that is said by %s is taken', (_, column) => {
    const bytes = utf8('First,Second\nx@good.test,ada@good.test\ny@good.test,bob@good.test\n');
    expect(addresses(bytes, { column })).toEqual(TWO);
  });

  test('a column that is not there is refused with how many there are', () => {
    const detection = looked(utf8('a,b\n1,ada@good.test\n'), { column: '3' });
    expect(detection).toMatchObject({ kind: 'refused', detail: expect.stringContaining('has 2') });
  });

  test('a header that is said to be there is no row, and one that is said not to be is', () => {
    const bytes = utf8('ada@good.test\nbob@good.test\n');
    expect(addresses(bytes, { header: 'yes' })).toEqual(['bob@good.test']);
    expect(addresses(utf8('email\nada@good.test\n'), { header: 'no' })).toEqual(['email', 'ada@good.test']);
  });
});
