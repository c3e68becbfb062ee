import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenJournal, openReplayJournal } from '../../../probe-node/http/replay-journal.ts';

const NOW_SECONDS = 1_800_000_000;
let nowMs = NOW_SECONDS * 1000;
let folder: string;
const faults: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vrfy-journal-'));
  nowMs = NOW_SECONDS * 1000;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  expect(faults.splice(0)).toEqual([]);
});

function open(): OpenJournal {
  return openReplayJournal(folder, 'eu-1', { nowMs: () => nowMs, onFault: (error) => faults.push(error) });
}

const used = (jti: string, lifetimeSeconds = 30) => ({ jti, expiresAtSeconds: nowMs / 1000 + lifetimeSeconds });

describe('a journal of used tokens', () => {
  test('a journal of used tokens remembers across an ordinary end, and that nothing is missing', async () => {
    const journal = open();
    expect(journal).toMatchObject({ remembered: [], isWhole: false });
    for (const jti of ['token-1', 'a "b\\\n c', '\ud800', 'end']) journal.note(used(jti));
    journal.close();
    const next = open();
    expect(next.isWhole).toBe(true);
    expect(new Set(next.remembered.map(({ jti }) => jti))).toEqual(new Set(['token-1', 'a "b\\\n c', '\ud800', 'end']));
  });

  test('a journal of used tokens remembers across a sudden end what was written, and claims no more', async () => {
    const journal = open();
    journal.note(used('token-1'));
    journal.note(used('token-2'));
    await journal.flushed();
    expect(open()).toMatchObject({ remembered: [used('token-1'), used('token-2')], isWhole: false });
  });

  test('a journal of used tokens is whole for the process that follows an ordinary end only', async () => {
    open().close();
    const killed = open();
    killed.note(used('token-1'));
    await killed.flushed();
    expect(open().isWhole).toBe(false);
  });

  test('a journal of used tokens skips a torn last line and foreign lines', () => {
    const line = `${NOW_SECONDS + 30} "token-1"\n`;
    const foreign = `x\n\n{}\n${NOW_SECONDS + 30} "\\u12"\n${NOW_SECONDS + 30} token\n`;
    writeFileSync(path.join(folder, 'replay-eu-1-0.journal'), `${foreign}${line}${NOW_SECONDS + 30} "tok`);
    expect(open().remembered).toEqual([used('token-1')]);
  });

  test('a journal of used tokens forgets what has expired, as late as a slow clock allows', async () => {
    const journal = open();
    journal.note(used('token-1', 10));
    journal.close();
    nowMs += 15_000;
    const second = open();
    expect(second.remembered).toHaveLength(1);
    second.close();
    nowMs += 1;
    expect(open().remembered).toEqual([]);
  });

  test('a journal of used tokens stays small for ever, and loses nothing that lives', async () => {
    const journal = open();
    for (let second = 0; second < 1_000; second += 1) {
      journal.note(used(`token-${second}`, 60));
      await journal.flushed();
      nowMs += 1_000;
    }
    const octets = readdirSync(folder).map((name) => statSync(path.join(folder, name)).size);
    expect(octets.reduce((sum, size) => sum + size, 0)).toBeLessThan(2 * 71 * 30);
    nowMs -= 1_000;
    journal.close();
    const alive = new Set(open().remembered.map(({ jti }) => jti));
    for (let second = 936; second < 1_000; second += 1) expect(alive).toContain(`token-${second}`);
  });

  test('a journal of used tokens takes many at once with few writes', async () => {
    const journal = open();
    for (let count = 0; count < 10_000; count += 1) journal.note(used(`token-${count}`));
    await journal.flushed();
    expect(open().remembered).toHaveLength(10_000);
  });

  test('a journal of used tokens does not read a file that is larger than any it writes', () => {
    const file = path.join(folder, 'replay-eu-1-0.journal');
    appendFileSync(file, `${`${NOW_SECONDS + 30} "${'x'.repeat(100)}"\n`.repeat(250_000)}end\n`);
    expect(open()).toMatchObject({ remembered: [], isWhole: false });
  });

  test('a journal of used tokens is not touched by another node with the same folder', () => {
    const journal = open();
    journal.note(used('token-1'));
    const other = openReplayJournal(folder, 'eu-2', { nowMs: () => nowMs, onFault: (error) => faults.push(error) });
    expect(other.remembered).toEqual([]);
    other.close();
    journal.close();
    expect(open()).toMatchObject({ remembered: [used('token-1')], isWhole: true });
  });

  test('a journal of used tokens is for its owner alone', () => {
    open().close();
    for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o077).toBe(0);
    expect(readFileSync(path.join(folder, 'replay-eu-1-0.journal'), 'utf8')).toBe('end\n');
  });

  test('a journal of used tokens cannot be opened if the folder is a file', () => {
    writeFileSync(path.join(folder, 'file'), '');
    expect(() =>
      openReplayJournal(path.join(folder, 'file'), 'eu-1', { nowMs: () => nowMs, onFault: () => {} }),
    ).toThrow();
  });
});
