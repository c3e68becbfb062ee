import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const ACCURACY = fileURLToPath(new URL('../../cli/accuracy.ts', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-accuracy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, lines: readonly string[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return file;
}

function accuracy(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ACCURACY, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

const ROLES = fileOf('roles.jsonl', ['{"local":"info","role":true}', '{"local":"ada","role":true}', '']);
const DISPOSABLE = fileOf('disposable.jsonl', ['{"domain":"mailinator.com","disposable":true}']);

describe.concurrent('npm run accuracy', () => {
  test('npm run accuracy prints a table, the misses and one line of figures per file', async () => {
    const { code, stdout } = await accuracy(ROLES, DISPOSABLE, '--misses');
    expect(code).toBe(0);
    expect(stdout).toMatch(/right \\ said +no +yes\n +yes +1 +1\n {2}ada\n/);
    expect(stdout).toContain('roles: right share 50.00 %, false alarm 0, missed 1, cases 2\n');
    expect(stdout).toContain('disposable: right share 100.00 %, false alarm 0, missed 0, cases 1\n');
  });

  test('npm run accuracy writes one JSON object per file on request', async () => {
    const { stdout } = await accuracy('--json', ROLES);
    expect(JSON.parse(stdout)).toMatchObject({ file: ROLES, kind: 'roles', cases: 2, figures: { right_share: 0.5 } });
  });

  test.each([
    ['without a file', [], /file with labelled cases is needed/],
    ['with a file that is not there', [path.join(folder, 'nothing.jsonl')], /nothing.jsonl cannot be read/],
    ['with a file that is no JSONL', [fileOf('text.jsonl', ['hello'])], /text.jsonl:1 is not a JSON object/],
    [
      'with cases of no known kind',
      [fileOf('other.jsonl', ['{"x":1}'])],
      /other.jsonl: .*kind of this case is unknown/,
    ],
    ['with an empty file', [fileOf('empty.jsonl', [''])], /empty.jsonl: .*kind of this case is unknown/],
    ['with an option that there is not', ['--nope', ROLES], /nope/],
  ])('npm run accuracy is wrong use %s', async (_, args, message) => {
    const { code, stdout, stderr } = await accuracy(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});
