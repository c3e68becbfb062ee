/** `vrfy list` in the whole system: as a person calls it, against the edge in workerd and the mail servers of the sandbox. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vrfy } from '../cli/vrfy.ts';
import { type System, startSystem } from './system.ts';

const POLL = { timeout: 60_000, interval: 200 };
const FILE = [
  'Name;E-mail',
  'Ada;ada@good.test',
  '"Bob; Jr";nobody@good.test',
  'Cara;anyone@catchall.test',
  'Again;ada@good.test',
  'Dan;no address',
  '',
].join('\r\n');

let system: System;
let folder: string;

beforeAll(async () => {
  system = await startSystem();
  folder = mkdtempSync(path.join(tmpdir(), 'vrfy-list-command-'));
  writeFileSync(path.join(folder, 'friends.csv'), FILE);
});

afterAll(async () => {
  await system?.close();
  rmSync(folder, { recursive: true });
});

const inFolder = (name: string): string => path.join(folder, name);
const list = (...args: readonly string[]) => vrfy(['list', ...args], { VRFY_EDGE: system.url });
/** The cells before the time, which differs each time. */
const rowsIn = (name: string): readonly string[] =>
  readFileSync(inFolder(name), 'utf8')
    .trimEnd()
    .split('\r\n')
    .map((row) => row.slice(0, row.lastIndexOf(';')));

test('a file comes back from the command line as it was, with a verdict beside each row and the figures', async () => {
  const { code, stdout, stderr } = await list(inFolder('friends.csv'), '-o', inFolder('clean.csv'), '--json');
  expect([code, stderr]).toEqual([0, expect.stringContaining('column 2 "E-mail"')]);
  expect(rowsIn('clean.csv')).toEqual([
    'Name;E-mail;vrfy_verdict;vrfy_reason;vrfy_did_you_mean;vrfy_duplicate_of',
    'Ada;ada@good.test;deliverable;accepted;;',
    '"Bob; Jr";nobody@good.test;invalid;mailbox_not_found;;',
    'Cara;anyone@catchall.test;risky;catch_all;;',
    'Again;ada@good.test;deliverable;accepted;;1',
    'Dan;no address;invalid;syntax;;',
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ state: 'done', rows: 5, distinct: 4, by_verdict: { invalid: 2 } });
});

test('a dry run asks no mail server, and --resume goes on with the same list', async () => {
  writeFileSync(inFolder('new.csv'), 'grace@good.test\r\nmallory@good.test\r\nno address\r\n');
  const dry = await list(inFolder('new.csv'), '--dry-run', '--json');
  const { id, state, by_verdict } = JSON.parse(dry.stdout) as Record<string, unknown>;
  expect([dry.code, state, by_verdict]).toEqual([0, 'ready', { deliverable: 0, invalid: 1, risky: 0, unknown: 0 }]);
  const only = ['--only', 'deliverable'];
  const resumed = await list('--resume', String(id), '-o', inFolder('resumed.csv'), ...only);
  expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringMatching(/^deliverable +1 /m)]);
  expect(readFileSync(inFolder('resumed.csv'), 'utf8')).toMatch(/grace@good\.test,deliverable,accepted/);
  expect(readFileSync(inFolder('resumed.csv'), 'utf8')).not.toContain('mallory');
});

test('a list goes on after Ctrl-C, is shown by vrfy lists, and is gone once it is deleted', async () => {
  const slow = Array.from({ length: 40 }, (_, at) => `person${at}@slow.test\n`).join('');
  writeFileSync(inFolder('slow.csv'), slow);
  const watched = list(inFolder('slow.csv'), '-o', inFolder('slow-out.csv'));
  await expect.poll(() => watched.complained(), POLL).toMatch(/^(?:running|waiting)/m);
  watched.interrupt();
  const { code, stderr } = await watched;
  const id = /--resume (\S+)/.exec(stderr)?.[1] ?? '';
  expect([code, id]).toEqual([130, expect.stringMatching(/^[\w-]{22}$/)]);
  const lists = async () => (await vrfy(['lists'], { VRFY_EDGE: system.url })).stdout;
  expect(await lists()).toMatch(new RegExp(`^${id} +(?:running|waiting) +40 `, 'm'));
  expect((await vrfy(['lists', 'cancel', id], { VRFY_EDGE: system.url })).code).toBe(0);
  expect((await vrfy(['lists', 'delete', id], { VRFY_EDGE: system.url })).code).toBe(0);
  expect(await lists()).not.toContain(id);
});
