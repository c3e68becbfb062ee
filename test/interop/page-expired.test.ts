// Lists whose time is over, in Chromium against the real edge. Its lists have a clock that a test moves on, and an alarm that rings
// as it would then: the edge itself deletes the list.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type System, startSystem } from '../flow/system.ts';
import { startChromium } from './lab/browser.ts';
import { expectSound } from './lab/site.ts';

const WORKER = fileURLToPath(new URL('../../edge/worker.ts', import.meta.url));
const NODE_COUNT = 3;
const DAY_MS = 86_400_000;
/** What the page asks for: that of the interface, if nothing else is wished. */
const KEPT_DAYS = 30;

const TEST_WORKER = `
import worker, { KeyHolderObject, ListObject as Real, ListVerifier, QuotaObject, RegistryObject, Verifier } from ${JSON.stringify(WORKER)};
export { KeyHolderObject, ListVerifier, QuotaObject, RegistryObject, Verifier };
const aheadMs = new Map();
export class ListObject extends Real {
  #storage;
  #name;
  constructor(ctx, env) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#name = ctx.id.name;
  }
  nowMs() {
    return Date.now() + (aheadMs.get(this.#name) ?? 0);
  }
  async moveOn(ms) {
    aheadMs.set(this.#name, ms);
    await this.#storage.setAlarm(Date.now());
  }
}
export default {
  ...worker,
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== '/move-on') return worker.fetch(request, env, context);
    await env.LISTS.getByName(searchParams.get('list')).moveOn(Number(searchParams.get('ms')));
    return new Response(null, { status: 204 });
  },
};
`;

let folder: string;
let system: System;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-page-expired-'));
  const entrypoint = path.join(folder, 'worker.ts');
  await writeFile(entrypoint, TEST_WORKER);
  [system, browser] = await Promise.all([startSystem(NODE_COUNT, false, entrypoint), startChromium()]);
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  page = await browser.newPage();
});

afterEach(() => page.context().close());

const title = (name: string) => page.getByRole('heading', { level: 1, name });

/** Uploads a list whose free part is done. */
async function upload(name: string): Promise<string> {
  await page.goto(`${system.url}/lists`);
  const buffer = Buffer.from('email\nada@good.test\nbob@nodomain.test\n');
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Start with all that is free' }).click();
  await page.getByRole('button', { name: 'Ask the mail servers' }).waitFor();
  return page.url().split('/').at(-1) ?? '';
}

/** Days later, for the edge and for the browser. */
async function later(id: string, days: number): Promise<void> {
  await page.clock.setFixedTime(Date.now() + days * DAY_MS);
  const moved = await fetch(`${system.url}/move-on?list=${id}&ms=${days * DAY_MS}`);
  expect(moved.status).toBe(204);
}

const statusOf = async (id: string): Promise<number> => (await fetch(`${system.url}/v1/lists/${id}`)).status;

test('a list that has expired says so when it is opened, and leads to another file', async () => {
  const id = await upload('spring.csv');
  await page.goto(`${system.url}/lists`);
  await later(id, KEPT_DAYS - 1);
  await page.reload();
  await page.getByRole('link', { name: 'spring.csv' }).click();
  await title('spring.csv').waitFor();
  await page.goto(`${system.url}/lists`);
  await later(id, KEPT_DAYS + 1);
  await expect.poll(() => statusOf(id)).toBe(404);
  await page.reload();
  await page.getByRole('listitem').filter({ hasText: 'spring.csv' }).getByText('expired').waitFor();
  await page.getByRole('link', { name: 'spring.csv' }).click();
  await title('This list has expired').waitFor();
  const told = (await page.locator('.lead').textContent()) ?? '';
  const [, until = ''] = /^The edge kept spring\.csv until (\w+ \d+, \d{4}), and has deleted it/.exec(told) ?? [];
  const keptMs = Date.parse(`${until} UTC`) - Date.now();
  expect(Math.abs(keptMs - KEPT_DAYS * DAY_MS)).toBeLessThanOrEqual(DAY_MS);
  await expectSound(page);
  await page.getByRole('button', { name: 'Forget this list' }).click();
  await title('Clean a list').waitFor();
  expect(await page.getByText('spring.csv').count()).toBe(0);
});

test('a list that expires under the eyes of a person says so by itself', async () => {
  const id = await upload('summer.csv');
  await later(id, KEPT_DAYS + 1);
  await title('This list has expired').waitFor();
  expect(await statusOf(id)).toBe(404);
  await page.getByRole('link', { name: 'Clean a file' }).click();
  await title('Clean a list').waitFor();
});

test('a list that is over and then expires says so when its results are asked for', async () => {
  const id = await upload('autumn.csv');
  await page.getByRole('button', { name: 'Ask the mail servers' }).click();
  await page.getByText('Done: 2 addresses').waitFor();
  await later(id, KEPT_DAYS + 1);
  await expect.poll(() => statusOf(id)).toBe(404);
  await page.getByRole('button', { name: 'All rows' }).click();
  await title('This list has expired').waitFor();
});
