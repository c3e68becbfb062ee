// A list that a page watches, while the whole system ends in the middle and begins anew on the same disk.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEdge, startEdge } from '../../cli/start/edge.ts';
import { type Keys, loadKeys } from '../../cli/start/keys.ts';
import { type RunningNode, startNode } from '../../cli/start/node.ts';
import { type Sandbox, startSandbox } from '../../probe-node/sandbox/server.ts';
import { freePortRun, logOfNode } from '../flow/system.ts';
import { startChromium } from './lab/browser.ts';

/** One server is asked about 10 addresses a second, so that the list is in its middle when the system ends. */
const ROWS = 200;

let stateDir: string;
let port: number;
let keys: Keys;
let sandbox: Sandbox;
let edge: RunningEdge;
let node: RunningNode;
let browser: Browser;

async function open(): Promise<void> {
  sandbox = await startSandbox();
  edge = await startEdge({ port, stateDir, keys, sandboxDohUrl: sandbox.dohUrl });
  const { ADMIN_TOKEN: adminToken } = keys;
  const { routes } = sandbox;
  const shared = { edgeUrl: edge.url, adminToken, stateDir, routes, isQuiet: true, log: logOfNode };
  node = await startNode({ ...shared, index: 0, port: port + 1 });
}

async function close(): Promise<void> {
  await node.close();
  await edge.close();
  await sandbox.close();
}

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-page-'));
  port = await freePortRun(2);
  keys = await loadKeys(stateDir);
  browser = await startChromium();
  await open();
});

afterAll(async () => {
  await browser.close();
  await close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

test('a page that watches a list says that the edge is away, and goes on by itself when it is back', async () => {
  const page = await browser.newPage();
  await page.goto(`${edge.url}/lists`);
  const rows = Array.from({ length: ROWS }, (_, row) => `${row},${row % 2 === 0 ? 'ada+' : 'nobody'}${row}@good.test`);
  const buffer = Buffer.from(`id,email\n${rows.join('\n')}\n`);
  await page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Check everything' }).click();
  await page.waitForURL(/\/lists\/[\w-]{22}$/);
  await page.getByText(/^Checking: [1-9]\d* of 200/).waitFor();
  await close();
  await page.getByText('This page goes on as soon as it is back').waitFor();
  // What was known stays in view.
  expect(await page.getByRole('heading', { name: 'people.csv' }).isVisible()).toBe(true);
  await open();
  await expect
    .poll(() => page.locator('.lead').textContent(), { timeout: 70_000 })
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
