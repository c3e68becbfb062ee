// A list that a page watches, while the whole system ends in the middle and begins anew on the same disk.

import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium } from './lab/browser.ts';
import { labFolder } from './lab/child.ts';
import { freePort } from './lab/port.ts';
import { type Product, type ProductOptions, startProduct } from './lab/system.ts';

const NODE_COUNT = 3;
/** One server is asked about 10 addresses a second, so that the list is in its middle when the system ends. */
const ROWS = 200;
/** The system starts twice, and a list that has met no node waits half a minute. */
const LIMIT_MS = 240_000;

let folder: Awaited<ReturnType<typeof labFolder>>;
let options: ProductOptions;
let product: Product;
let browser: Browser;

beforeAll(async () => {
  folder = await labFolder('page-restart');
  const port = await freePort(['127.0.0.1'], 1 + NODE_COUNT);
  options = { port, nodeCount: NODE_COUNT, stateDir: folder.path, hasSandbox: true };
  [product, browser] = await Promise.all([startProduct(options), startChromium()]);
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await folder?.remove();
});

test('a page that watches a list says that the edge is away, and goes on by itself when it is back', {
  timeout: LIMIT_MS,
}, async () => {
  const page = await browser.newPage();
  await page.goto(`${product.url}/lists`);
  const rows = Array.from({ length: ROWS }, (_, row) => `${row},${row % 2 === 0 ? 'ada+' : 'nobody'}${row}@good.test`);
  const buffer = Buffer.from(`id,email\n${rows.join('\n')}\n`);
  await page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Check everything' }).click();
  await page.waitForURL(/\/lists\/[\w-]{22}$/);
  await page.getByText(/^Checking: [1-9]\d* of 200/).waitFor();
  await product.stop();
  await page.getByText('This page goes on as soon as it is back').waitFor();
  // What was known stays in view.
  expect(await page.getByRole('heading', { name: 'people.csv' }).isVisible()).toBe(true);
  product = await startProduct(options);
  await expect
    .poll(() => page.locator('.lead').textContent(), { timeout: LIMIT_MS })
    .toBe('Done: 200 addresses in 200 rows.');
  expect(await page.getByText('This page goes on as soon').count()).toBe(0);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'All rows' }).click(),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n').slice(1);
  expect(lines.map((line) => line.split(',').slice(0, 2).join(','))).toEqual(rows);
  expect(new Set(lines.map((line) => line.split(',')[2]))).toEqual(new Set(['deliverable', 'invalid']));
});
