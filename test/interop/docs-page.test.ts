/** The page at /docs in a browser, served by the edge in workerd. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningEdge, startEdge } from '../../cli/start/edge.ts';
import { loadKeys } from '../../cli/start/keys.ts';
import { openApiDocument } from '../../edge/openapi/document.ts';
import { freePortRun } from '../flow/system.ts';
import { startChromium } from './lab/browser.ts';

const VERIFY = '#tag/verify/GET/v1/verify';
const summaries = Object.values((await openApiDocument()).paths).flatMap((item = {}) =>
  Object.values(item).flatMap((operation) =>
    typeof operation === 'object' && 'summary' in operation ? [String(operation.summary)] : [],
  ),
);

let stateDir: string;
let edge: RunningEdge;
let browser: Browser;
let page: Page;
let errors: string[];
let requests: string[];

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-docs-page-'));
  const [port, keys] = [await freePortRun(1), await loadKeys(stateDir)];
  [edge, browser] = await Promise.all([startEdge({ port, stateDir, keys, sandboxDohUrl: null }), startChromium()]);
});

afterAll(async () => {
  await browser?.close();
  await edge?.close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

beforeEach(async () => {
  page = await browser.newPage();
  errors = [];
  requests = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
});

afterEach(() => page.close());

/** Opens the page at one operation, and waits until its example answer is there. */
async function openAt(width: number, hash = VERIFY): Promise<Locator> {
  await page.setViewportSize({ width, height: 900 });
  await page.goto(`${edge.url}/docs${hash}`);
  const operation = page.locator('section[id$="GET/v1/verify"]');
  await operation.getByText('"deliverable"').waitFor();
  return operation;
}

const widthOfContent = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

describe.each([390, 1280])('the page at /docs, %i pixels wide', (width) => {
  test('draws an example answer without an error, and asks only its own origin', async () => {
    const operation = await openAt(width);
    await operation.getByText('"ada@good.test"').first().scrollIntoViewIfNeeded();
    expect(await operation.getByText('"ada@good.test"').first().isVisible()).toBe(true);
    expect(errors).toEqual([]);
    expect(requests.length).toBeGreaterThan(3);
    expect(requests.filter((url) => new URL(url).origin !== edge.url && !url.startsWith('data:'))).toEqual([]);
  });

  test('scrolls in one direction only', async () => {
    await openAt(width);
    expect(await widthOfContent()).toBe(width);
    await page.getByRole('heading', { name: 'How to get a key' }).scrollIntoViewIfNeeded();
    expect(await widthOfContent()).toBe(width);
  });
});

describe('the page at /docs', () => {
  test('has every operation in the menu, which stays while the text scrolls', async () => {
    await openAt(1280);
    const menu = page.getByRole('complementary', { name: 'Sidebar' });
    const text = (await menu.textContent()) ?? '';
    expect(summaries.length).toBeGreaterThan(15);
    expect(summaries.filter((summary) => !text.includes(summary))).toEqual([]);
    const before = await menu.boundingBox();
    await page.mouse.move(900, 500);
    await page.mouse.wheel(0, 2000);
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(500);
    expect(await menu.boundingBox()).toEqual(before);
  });

  test('has the menu behind a button on a narrow screen', async () => {
    await openAt(390);
    const link = page.getByRole('link', { name: /Revoke a key/ });
    expect(await link.isVisible()).toBe(false);
    await page.getByRole('button', { name: /menu/i }).first().click();
    await link.waitFor({ state: 'visible' });
    expect(await widthOfContent()).toBe(390);
  });

  test('finds an operation by a word', async () => {
    await openAt(1280);
    await page
      .getByRole('button', { name: /search/i })
      .first()
      .click();
    await page.locator('input:focus').fill('revoke');
    await page
      .getByRole('option', { name: /Revoke a key/ })
      .first()
      .click();
    await expect.poll(() => page.url()).toContain('DELETE/v1/keys');
  });

  test('has samples in curl, JavaScript and Python', async () => {
    const operation = await openAt(1280);
    await operation.getByText('curl').first().waitFor();
    await operation
      .getByRole('button', { name: /Shell Curl/ })
      .first()
      .click();
    expect((await page.getByRole('option').allInnerTexts()).sort()).toEqual(['Curl', 'Fetch', 'Requests']);
    await page.getByRole('option', { name: 'Requests' }).click();
    await operation.getByText('requests.get').first().waitFor();
    expect(errors).toEqual([]);
  });

  test('leads to the documents if there is no JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(`${edge.url}/docs`);
    await plain.getByRole('link', { name: 'the API in Markdown' }).click();
    expect(await plain.locator('body').textContent()).toContain('# The API');
    await context.close();
  });
});
