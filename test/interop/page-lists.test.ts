// Cleaning a file on the page, in Chromium against the real edge: chosen, looked at, uploaded, watched, downloaded.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { workbookOf } from '../cli/lists/workbook.ts';
import { expectSound, useSite } from './lab/site.ts';

const site = useSite();

const START = 'Start with all that is free';
/** More rows than a view draws, most of them decided without a mail server. */
const ROWS = 5_000;
/** Of a hundred rows, those that a mail server is asked about: as many as the sandbox answers within seconds. */
const ASKED_OF_HUNDRED = 1;

/** `5,000 rows`, as the page says it. */
const ALL = ROWS.toLocaleString('en');

/** @param of tells lists apart: what is known of an address costs nothing a second time */
const addressOf = (row: number, of = ''): string => {
  if (row % 100 < ASKED_OF_HUNDRED)
    return row % 200 === 0 ? `ada+${of}${row}@good.test` : `nobody${of}${row}@good.test`;
  if (row % 3 === 0) return `person${row}@nodomain.test`;
  return row % 3 === 1 ? `person${row}@mailinator.com` : `person${row}@@good.test`;
};

/** Semicolons, quotation marks and a second column of addresses, which is not the one that is meant. */
function fileOf(rows: number, of = ''): string {
  const lines = Array.from({ length: rows }, (_, row) => `${row};"Town; ${row}";${addressOf(row, of)}`);
  return `${['id;town;email', ...lines].join('\r\n')}\r\n`;
}

const upload = (name: string, text: string | Buffer, mimeType = 'text/csv') => ({
  name,
  mimeType,
  buffer: Buffer.from(text),
});

async function choose(page: Page, file: ReturnType<typeof upload>): Promise<void> {
  await page.goto(site.url('/lists'));
  await page.locator('input[type=file]').setInputFiles(file);
}

const isAt = (page: Page): Promise<void> => page.waitForURL(/\/lists\/[\w-]{22}$/);
const idOf = (page: Page): string => page.url().split('/').at(-1) ?? '';
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function saved(page: Page, name: string): Promise<string> {
  // The name is followed by a count.
  const named = page.getByRole('button', { name: `${name}:` });
  const [download] = await Promise.all([page.waitForEvent('download'), named.click()]);
  return readFile(await download.path(), 'utf8');
}

/** The key behind the link of the one message. */
async function keyFromMail(page: Page): Promise<string> {
  const outbox = site.outbox();
  await expect.poll(async () => (await readdir(outbox)).length).toBe(1);
  const [name = ''] = await readdir(outbox);
  await page.goto(/^http\S+/m.exec(await readFile(path.join(outbox, name), 'utf8'))?.[0] ?? '');
  await page.getByRole('button', { name: 'Show my key' }).click();
  return (await page.locator('#key').textContent())?.trim() ?? '';
}

describe('a file', () => {
  test('is looked at without being sent, cleaned while its tab is closed, and comes back as it was', async () => {
    const visit = await site.visit();
    const { requests } = visit;
    let { page } = visit;
    const text = fileOf(ROWS);
    await page.goto(site.url('/lists'));
    const dropped = await page.evaluateHandle((content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], 'people.csv', { type: 'text/csv' }));
      return transfer;
    }, text);
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped });
    await page.getByRole('heading', { name: 'people.csv' }).waitFor();
    expect(await page.locator('th.chosen').textContent()).toBe('email');
    expect(await page.locator('tbody tr').count()).toBe(20);
    await page.getByLabel('Column of the addresses').selectOption('1: id');
    expect(await page.locator('th.chosen').textContent()).toBe('id');
    await page.getByLabel('Column of the addresses').selectOption('3: email');
    await page.getByLabel('The first row is a header').uncheck();
    expect(await page.locator('th').allTextContents()).toEqual(['Column 1', 'Column 2', 'Column 3']);
    await page.getByLabel('The first row is a header').check();
    await expectSound(page);
    expect(requests.filter(({ url }) => url.includes('/v1/'))).toEqual([]);

    await button(page, START).click();
    await isAt(page);
    const context = page.context();
    await page.close();
    page = await context.newPage();
    await page.goto(site.url('/lists'));
    await page.getByRole('link', { name: 'people.csv' }).click();
    await page.getByText(`All that costs nothing is done: 4,950 of ${ALL}`).waitFor();
    await page.getByText(`${ALL} rows`, { exact: true }).waitFor();
    await expectSound(page);
    await button(page, 'Ask the mail servers').click();
    await page.getByText(`Done: ${ALL} addresses`).waitFor();
    await page.getByText(`${ALL} rows`, { exact: true }).waitFor();
    await expectSound(page);

    const all = (await saved(page, 'All rows')).split('\r\n');
    const sent = text.split('\r\n');
    expect(all).toHaveLength(sent.length);
    expect(all[0]).toMatch(/^id;town;email;vrfy_verdict;vrfy_reason/);
    expect(all.filter((line, at) => !line.startsWith(sent[at] ?? ''))).toEqual([]);
    expect(all[1]).toContain(';deliverable;accepted;');
    expect(all[101]).toContain(';invalid;mailbox_not_found;');
    const safe = (await saved(page, 'Safe to send')).trim().split('\r\n');
    expect(safe).toHaveLength(1 + ROWS / 200);

    await page.goto(site.url('/lists'));
    await page.getByRole('link', { name: 'people.csv' }).click();
    await page.getByText(`Done: ${ALL}`).waitFor();
  });

  test('has rows to filter, to search and to scroll through, of which a view draws few', async () => {
    const { page } = await site.visit();
    await choose(page, upload('rows.csv', fileOf(ROWS)));
    await button(page, START).click();
    await isAt(page);
    await page.getByText(`${ALL} rows`, { exact: true }).waitFor();
    const rows = page.locator('.rows-table tbody tr');
    expect(await rows.count()).toBeLessThan(60);
    await page.locator('.rows').evaluate((view) => view.scrollTo(0, view.scrollHeight));
    await page.getByRole('cell', { name: addressOf(ROWS - 1) }).waitFor();
    expect(await page.getByRole('cell', { name: addressOf(ROWS - 1) }).isVisible()).toBe(true);
    await page.getByRole('combobox', { name: /^Verdict/ }).selectOption('Risky');
    await page.getByText('1,650 rows', { exact: true }).waitFor();
    await page.getByLabel('Search').fill('person1003@');
    await page.getByText('1 row', { exact: true }).waitFor();
    await rows.getByText('person1003@mailinator.com').waitFor();
    expect(await rows.count()).toBe(1);
  });

  test('in a workbook is turned into CSV by the page', async () => {
    const { page, requests } = await site.visit();
    const workers: string[] = [];
    page.on('worker', (worker) => workers.push(worker.url()));
    const book = workbookOf([
      ['Name', 'Mail'],
      ['Ada, Lovelace', 'ada@good.test'],
    ]);
    await choose(
      page,
      upload('people.xlsx', book, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'),
    );
    expect(await page.locator('th.chosen').textContent()).toBe('Mail');
    expect(workers).toEqual([expect.stringContaining('xlsx-worker')]);
    expect(requests.filter(({ url }) => url.includes('/v1/'))).toEqual([]);
    await button(page, 'Check everything').click();
    await isAt(page);
    await page.getByText(/^Done: 1 address in 1 row\./).waitFor();
    expect(await saved(page, 'All rows')).toMatch(/\r\n"Ada, Lovelace",ada@good\.test,deliverable,accepted/);
  });

  test('may be dropped on the first page', async () => {
    const { page, requests } = await site.visit();
    await page.goto(site.url('/'));
    await page.locator('input[type=file]').setInputFiles(upload('dropped.csv', fileOf(30)));
    await page.getByRole('heading', { name: 'dropped.csv' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/lists');
    expect(requests.filter(({ url }) => url.includes('/v1/'))).toEqual([]);
    await page.reload();
    await page.getByRole('heading', { name: 'Clean a list' }).waitFor();
  });

  test('waits on the page until its person has a key, where the edge wants one', async () => {
    const { page, errors } = await site.visit();
    // As a deployed edge has it; under the sandbox lists are open to all.
    await page.route(/\/v1\/lists/, (route) =>
      route.request().headers()['authorization'] === undefined
        ? route.fulfill({ status: 401, json: { code: 'unauthorized', detail: 'A list needs a key.', status: 401 } })
        : route.continue(),
    );
    await choose(page, upload('waits.csv', fileOf(30)));
    await button(page, START).click();
    await page.getByRole('heading', { name: 'A key is needed' }).waitFor();
    await expectSound(page);
    await page.getByLabel(/No key yet/).fill('grace@good.test');
    await button(page, 'Mail me a key').click();
    const key = await keyFromMail(await page.context().newPage());
    await page.getByLabel(/Your secret key/).fill('vrfy_sk_wrong');
    await button(page, 'Go on').click();
    await page.getByRole('alert').filter({ hasText: 'no key' }).waitFor();
    await page.getByLabel(/Your secret key/).fill(key);
    await button(page, 'Go on').click();
    await isAt(page);
    await page.getByText(/All that costs nothing is done/).waitFor();
    expect(errors.splice(0).filter((line) => !line.includes('401'))).toEqual([]);
  });

  test('that is no list is refused in a sentence, and so is a workbook that is none', async () => {
    const { page } = await site.visit();
    await choose(page, upload('page.csv', '<!doctype html><html></html>'));
    await page.getByRole('alert').filter({ hasText: 'web page (HTML)' }).waitFor();
    await choose(page, upload('none.xlsx', 'no workbook'));
    await page.getByRole('alert').filter({ hasText: 'workbook' }).waitFor();
    await expectSound(page);
  });

  test('whose upload was cut off goes on when the page is opened again', async () => {
    const { page, requests, errors } = await site.visit();
    await page.route('**/v1/lists/*/parts/*', (route) => route.abort());
    await choose(page, upload('cut.csv', fileOf(50)));
    await button(page, START).click();
    await page.getByRole('alert').waitFor();
    expect(errors.splice(0).every((error) => error.includes('ERR_FAILED'))).toBe(true);
    const opened = requests.filter(({ method }) => method === 'POST').length;
    await page.unroute('**/v1/lists/*/parts/*');
    await page.reload();
    await isAt(page);
    await page.getByText(/All that costs nothing is done/).waitFor();
    // One more request with a POST: that all parts are there.
    expect(requests.filter(({ method }) => method === 'POST').length).toBe(opened + 1);
  });
});

describe('a list', () => {
  async function made(page: Page, of: string): Promise<string> {
    await choose(page, upload('short.csv', fileOf(300, of)));
    await button(page, START).click();
    await isAt(page);
    await button(page, 'Ask the mail servers').waitFor();
    return idOf(page);
  }

  test('is cancelled with what it knows, and deleted with all that it holds', async () => {
    const { page, errors } = await site.visit();
    const id = await made(page, 'cancelled');
    await button(page, 'Cancel').click();
    await page.getByText(/^Cancelled\. 297 of 300/).waitFor();
    expect(await saved(page, 'Invalid')).toContain(';invalid;no_domain;');
    page.once('dialog', (dialog) => void dialog.accept());
    await button(page, 'Delete').click();
    await page.waitForURL(site.url('/lists'));
    await page.getByRole('heading', { name: 'Clean a list' }).waitFor();
    expect(await page.getByRole('link', { name: 'short.csv' }).count()).toBe(0);
    expect((await fetch(site.url(`/v1/lists/${id}`))).status).toBe(404);
    await page.goto(site.url(`/lists/${id}`));
    await page.getByRole('heading', { name: 'No such list' }).waitFor();
    await expectSound(page);
    // The page that deletes may ask for the list once more before it leaves.
    const told = errors.splice(0);
    expect(told).not.toEqual([]);
    expect(told.filter((line) => !line.includes('404'))).toEqual([]);
  });

  test('asks for another key where the one at hand does not do, and says why', async () => {
    const { page, errors } = await site.visit();
    await page.goto(site.url(`/lists/${'A'.repeat(22)}`));
    await page.getByLabel(/Your secret key/).fill('vrfy_sk_no_key_at_all');
    await button(page, 'Go on').click();
    await page.getByRole('alert').filter({ hasText: 'no key' }).waitFor();
    await expectSound(page);
    expect(errors.splice(0)).toEqual([expect.stringContaining('404'), expect.stringContaining('401')]);
  });

  test('is one page on paper: its figures, and nothing to press', async () => {
    const { page } = await site.visit();
    await made(page, 'paper');
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'Expected bounce rate' }).isVisible()).toBe(true);
    const paper = await page.pdf({ format: 'A4' });
    expect(paper.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(1);
  });

  test('that was deleted or has expired is said to be gone, in every tab that shows it', async () => {
    const { page, errors } = await site.visit();
    const id = await made(page, 'gone');
    const other = await page.context().newPage();
    await other.goto(page.url());
    await button(other, 'Ask the mail servers').waitFor();
    expect((await fetch(site.url(`/v1/lists/${id}`), { method: 'DELETE' })).status).toBe(204);
    for (const tab of [page, other]) await tab.getByText('It was deleted, its time is over').waitFor();
    expect(errors.splice(0).filter((line) => !line.includes('404'))).toEqual([]);
  });

  test('is seen alike in two tabs', async () => {
    const { page } = await site.visit();
    await made(page, 'tabs');
    const other = await page.context().newPage();
    await other.goto(page.url());
    await button(page, 'Ask the mail servers').click();
    for (const tab of [page, other]) await tab.getByText(/^Done: 300 addresses/).waitFor();
  });
});
