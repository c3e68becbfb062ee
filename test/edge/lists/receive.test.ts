import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { DetectWishes } from '../../../edge/lists/file/detect.ts';
import { PART_OCTETS } from '../../../edge/lists/files.ts';
import { fileOfEmails, type Received, receiveFile } from '../../../edge/lists/receive.ts';
import { createMapBucket } from './map-bucket.ts';

const WISHES: DetectWishes = { format: 'csv', header: 'auto', column: null };
const CSV = 'name,email\r\nZoë,ada@good.test\r\n';
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

function utf16(text: string, isBigEndian: boolean, bom = true): Uint8Array<ArrayBuffer> {
  const units = [...(bom ? '\uFEFF' : ''), ...text].map((unit) => unit.charCodeAt(0));
  return Uint8Array.from(units.flatMap((unit) => (isBigEndian ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8])));
}

/** In chunks of an odd size, so that characters are cut. */
function streamOf(octets: Uint8Array, chunkOctets = 7): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= octets.length) return controller.close();
      controller.enqueue(octets.slice(at, at + chunkOctets));
      at += chunkOctets;
    },
  });
}

async function receive(
  octets: Uint8Array,
  chunkOctets?: number,
): Promise<{ received: Received; stored: string | null }> {
  const bucket = createMapBucket();
  const received = await receiveFile(streamOf(octets, chunkOctets), WISHES, bucket, 'file');
  const stored = bucket.objects.get('file');
  return {
    received,
    stored: stored === undefined ? null : new TextDecoder('utf-8', { ignoreBOM: true }).decode(stored),
  };
}

describe('receiveFile', () => {
  test('stores the bytes as they are', async () => {
    expect(await receive(utf8(CSV))).toMatchObject({ received: { kind: 'received', octets: 32 }, stored: CSV });
  });

  test('undoes gzip, whether the sender said so or not', async () => {
    const { received, stored } = await receive(new Uint8Array(gzipSync(utf8(CSV))));
    expect(stored).toBe(CSV);
    expect(received).toMatchObject({ octets: 32, detected: { encoding: 'utf-8', header: true } });
  });

  test('has the same hash for a file whether it was compressed or not', async () => {
    const [plain, zipped] = [await receive(utf8(CSV)), await receive(new Uint8Array(gzipSync(utf8(CSV))))];
    expect(zipped.received).toMatchObject({ hash: (plain.received as { hash: string }).hash });
    expect((await receive(utf8(`${CSV}x`))).received).not.toMatchObject({
      hash: (plain.received as { hash: string }).hash,
    });
  });

  test('refuses gzip that is damaged, and stores nothing', async () => {
    const whole = new Uint8Array(gzipSync(utf8(CSV.repeat(1000))));
    const { received, stored } = await receive(whole.slice(0, whole.length - 20));
    expect(received).toMatchObject({ kind: 'refused', fault: 'unreadable', detail: expect.stringContaining('gzip') });
    expect(stored).toBeNull();
  });

  test.each([
    ['UTF-16 LE', utf16(CSV, false), 'utf-16le'],
    ['UTF-16 BE', utf16(CSV, true), 'utf-16be'],
    ['UTF-16 LE without a BOM', utf16(CSV, false, false), 'utf-16le'],
  ])('makes UTF-8 of %s', async (_, octets, encoding) => {
    const { received, stored } = await receive(octets);
    expect(stored?.replace(/^\uFEFF/, '')).toBe(CSV);
    expect(received).toMatchObject({
      detected: { encoding, column: { index: 2, name: 'email' } },
      layout: { encoding: 'utf-8' },
    });
  });

  test('stores a file of several parts in one piece', async () => {
    const line = `${'n'.repeat(80)},ada@good.test\n`;
    const text = line.repeat(Math.ceil((PART_OCTETS * 2.5) / line.length));
    const { received, stored } = await receive(utf8(text), 1_000_003);
    expect(received).toMatchObject({ kind: 'received', octets: text.length });
    expect(stored === text).toBe(true);
  });

  test('refuses a file of far too many lines before it has come to its end', async () => {
    const { received } = await receive(utf8('a@b.test\n'.repeat(1_002_000)), 1_000_003);
    expect(received).toMatchObject({ kind: 'refused', fault: 'too_long' });
  });

  test('refuses a line of 200 MB with its first quarter of a megabyte', async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        if (pulled > 3_200) return controller.close();
        controller.enqueue(new Uint8Array(65_536).fill(120));
      },
    });
    const received = await receiveFile(endless, WISHES, createMapBucket(), 'file');
    expect(received).toMatchObject({ kind: 'refused', fault: 'unreadable' });
    expect(pulled).toBeLessThan(10);
  });

  test('addresses of a JSON body are a file of one column, whatever stands in them', async () => {
    const { received, stored } = await receive(utf8(fileOfEmails(['ada@good.test', 'a"b,c@x.test'])));
    expect(stored).toBe('email\r\n"ada@good.test"\r\n"a""b,c@x.test"\r\n');
    expect(received).toMatchObject({ detected: { column: { index: 1 } } });
  });
});
