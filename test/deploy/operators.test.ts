/** The lines that docs/OPERATORS.md has people type: shell that is valid, and configuration that wrangler reads as meant. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unstable_readConfig as readConfig } from 'wrangler';
import { readProjectFile } from './machine.ts';

const TEXT = readProjectFile('docs/OPERATORS.md');
const blocksOf = (language: string): readonly string[] =>
  [...TEXT.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block);

const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-operators-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every block of shell that the path for operators has is valid', () => {
  const blocks = blocksOf('sh');
  expect(blocks.length).toBeGreaterThan(20);
  const faults = blocks.filter((block) => spawnSync('bash', ['-n'], { input: block }).status !== 0);
  expect(faults).toEqual([]);
});

test('wrangler reads the blocks that the path for operators adds to wrangler.toml, and nothing else is lost', () => {
  const config = path.join(folder, 'wrangler.toml');
  const before = readProjectFile('wrangler.toml');
  writeFileSync(config, [before, ...blocksOf('toml')].join('\n'));
  expect(readConfig({ config, env: 'production' }, { hideWarnings: true })).toMatchObject({
    routes: [{ pattern: 'vrfy.example.com', custom_domain: true }],
    workers_dev: false,
    preview_urls: false,
    send_email: [{ name: 'EMAIL' }],
    vars: { MAIL_FROM: 'keys@example.com' },
    kv_namespaces: [{ binding: 'MEMORY' }],
    r2_buckets: [{ bucket_name: 'vrfy-files-production' }],
  });
});

test('each step that the table of the path for operators names is a section, in the same order', () => {
  const named = [...TEXT.matchAll(/^\| \[\d+\]\(#(\d+)-/gm)].map(([, number]) => Number(number));
  const sections = [...TEXT.matchAll(/^## (\d+)\. /gm)].map(([, number]) => Number(number));
  expect(named.length).toBeGreaterThan(10);
  expect(named).toEqual(sections);
});
