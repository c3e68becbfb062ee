import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildWidget, writeWidget } from '../../scripts/build-widget.ts';

const OCTETS_MAX = 5_000;

describe('the widget', () => {
  const { script, integrity, version } = buildWidget();

  test('is 5 kB in gzip at most, with every text in it', () => {
    expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(OCTETS_MAX);
    for (const text of ['This mailbox does not exist.', 'このメールボックスは存在しません。'])
      expect(script).toContain(text);
  });

  test('makes no code and no markup out of text, and sets no cookie', () => {
    expect(script).not.toMatch(/\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.cookie/);
  });

  test('is the same octets each time, and has the hash that is published', () => {
    expect(buildWidget()).toEqual({ script, integrity, version });
    expect(integrity).toBe(`sha384-${createHash('sha384').update(script).digest('base64')}`);
  });

  test('is written with its version in its name and its integrity beside it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-widget-'));
    try {
      const { file, octets } = writeWidget(folder);
      expect(path.basename(file)).toBe(`vrfy-widget-${version}.js`);
      expect((await readFile(file)).length).toBe(octets);
      expect(await readFile(`${file}.integrity`, 'utf8')).toBe(`${integrity}\n`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
