/** `vrfy backup` and `vrfy restore` against an edge that is a small server; flow/drills/lost-storage.test.ts has the real one. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Loopback, startLoopback } from '../edge/loopback.ts';
import { vrfy } from './vrfy.ts';

const TOKEN = 'a-token-of-this-test-alone';
const markOf = (domain: string) => ({
  entry: 'mark',
  domain,
  mark: 'allow',
  marked_at: '2026-01-01T00:00:00.000Z',
});
const HEAD = JSON.stringify({ vrfy_backup: 1, edge: 'https://edge.example', made_at: '2026-01-01T00:00:00.000Z' });

let edge: Loopback;
let folder: string;
/** The edge has one page of entries; otherwise it breaks off at the third. */
let isWhole = false;
/** Entries of each request to restore. */
const asked: { readonly entries: readonly { readonly domain: string }[]; readonly dry_run: boolean }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-backup-'));
  edge = await startLoopback(async ({ path: target, body }, response) => {
    response.setHeader('content-type', 'application/json');
    if (isWhole && target === '/v1/backup') {
      return response.end(JSON.stringify({ entries: [markOf('a.example')], cursor: null }));
    }
    if (target === '/v1/backup') return response.end(JSON.stringify({ entries: [], cursor: 'marks:' }));
    if (target === '/v1/backup?cursor=marks%3A') {
      return response.end(JSON.stringify({ entries: [markOf('a.example')], cursor: 'broken' }));
    }
    if (target !== '/v1/restore') return response.writeHead(503).end('{}');
    const request = JSON.parse(Buffer.from(body).toString());
    asked.push(request);
    const outcome = (domain: string) => (domain === 'refused.example' ? 'refused' : 'restored');
    const entries = request.entries.map(({ entry, domain }: { entry: string; domain: string }) => ({
      entry,
      id: domain,
      outcome: outcome(domain),
      detail: outcome(domain) === 'refused' ? 'It is refused.' : null,
    }));
    return response.end(JSON.stringify({ entries }));
  });
});

afterAll(async () => {
  await edge.close();
  await rm(folder, { recursive: true, force: true });
});

const operator = (...args: readonly string[]) => vrfy(args, { VRFY_EDGE: edge.url.origin, VRFY_ADMIN_TOKEN: TOKEN });

async function fileOf(name: string, ...lines: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

describe('vrfy backup', () => {
  test('vrfy backup that breaks off leaves an older file as it was, and no half one beside it', async () => {
    const file = await fileOf('kept.ndjson', HEAD);
    expect((await operator('backup', file)).code).toBe(69);
    expect(await readFile(file, 'utf8')).toBe(`${HEAD}\n`);
    expect((await readdir(folder)).filter((name) => name.startsWith('kept'))).toEqual(['kept.ndjson']);
  });

  test('vrfy backup in place of a folder is wrong use, and leaves nothing beside it', async () => {
    isWhole = true;
    const file = path.join(folder, 'folder');
    await mkdir(file);
    const { code, stderr } = await operator('backup', file);
    isWhole = false;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/folder cannot be written \(EISDIR\)/)]);
    expect((await readdir(folder)).filter((name) => name.startsWith('folder'))).toEqual(['folder']);
  });

  test('vrfy backup writes a file that its owner alone can read', async () => {
    isWhole = true;
    const file = path.join(folder, 'own.ndjson');
    await writeFile(`${file}.new`, 'left behind', { mode: 0o644 });
    expect(await operator('backup', file)).toMatchObject({ code: 0 });
    isWhole = false;
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(2);
  });

  test('vrfy backup into a folder that does not exist is wrong use, without a stack', async () => {
    const { code, stderr } = await operator('backup', path.join(folder, 'nowhere', 'file'));
    expect([code, stderr]).toEqual([2, expect.stringMatching(/cannot be written \(ENOENT\)/)]);
  });
});

describe('vrfy restore', () => {
  test('vrfy restore sends fifty entries at a time, names what came back, and ends with 1 if one was refused', async () => {
    const domains = Array.from({ length: 60 }, (_, index) => `d${index}.example`);
    const lines = [...domains, 'refused.example'].map((domain) => JSON.stringify(markOf(domain)));
    asked.length = 0;
    const { code, stdout } = await operator('restore', await fileOf('many.ndjson', HEAD, ...lines));
    expect(asked.map(({ entries, dry_run }) => [entries.length, dry_run])).toEqual([
      [50, false],
      [11, false],
    ]);
    expect(stdout).toContain('mark d0.example: restored\n');
    expect(stdout).toContain('mark refused.example: refused. It is refused.\n60 restored, 0 kept, 1 refused\n');
    expect(code).toBe(1);
  });

  test.each([
    ['no back-up', ['{"a":1}'], 'is no back-up that vrfy has written'],
    ['a back-up of a later version', ['{"vrfy_backup":2}'], 'is no back-up that vrfy has written'],
    ['a line that is no entry', [HEAD, '{"entry":"moon"}'], 'line 2 is no entry of a back-up'],
  ])('vrfy restore of %s sends nothing', async (name, lines, said) => {
    asked.length = 0;
    const { code, stderr } = await operator('restore', await fileOf(`${name}.ndjson`, ...lines));
    expect([code, stderr, asked]).toEqual([2, expect.stringContaining(said), []]);
  });

  test('vrfy restore of a file that does not exist is wrong use', async () => {
    expect(await operator('restore', path.join(folder, 'none'))).toMatchObject({ code: 2 });
  });
});
