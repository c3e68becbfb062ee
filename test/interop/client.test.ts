// The client as a page has it: the module of the package, in Chromium, on a page of another origin under a strict policy.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildClient } from '../../scripts/build-client.ts';
import { OUTCOME, PROGRAM, type SmallEdge, startSmallEdge } from '../client/exercise.ts';
import { type Loopback, startLoopback } from '../edge/loopback.ts';
import { startChromium } from './lab/browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-client-page-'));
let browser: Browser;
let edge: SmallEdge;
let site: Loopback;

beforeAll(async () => {
  const { file } = await buildClient(folder, ROOT);
  execFileSync('tar', ['xzf', file, '-C', folder]);
  edge = await startSmallEdge();
  const scripts: Readonly<Record<string, string>> = {
    '/vrfy-client.js': readFileSync(path.join(folder, 'package/vrfy-client.js'), 'utf8'),
    '/page.js': `import { createClient } from './vrfy-client.js';
      import { exercise } from './exercise.js';
      Object.assign(window, { createClient, exercise });`,
    '/exercise.js': PROGRAM.replace("'vrfy-client'", "'./vrfy-client.js'"),
  };
  site = await startLoopback(({ path: asked }, response) => {
    const script = scripts[asked];
    const policy = `default-src 'none'; script-src 'self'; connect-src ${edge.url.origin}`;
    response.setHeader('content-security-policy', policy);
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? '<!doctype html><title>A page</title><script type="module" src="/page.js"></script>');
  });
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await edge.close();
  await site.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the package works in a page of another origin, without a complaint of the browser', async () => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(site.url.href);
  const outcome = await page.evaluate(`exercise(${JSON.stringify(await edge.given())})`);
  expect(outcome).toEqual(OUTCOME);
  expect(complaints).toEqual([]);
});

test('the calls of a page are asked without a preflight', async () => {
  const page = await browser.newPage();
  await page.goto(site.url.href);
  const connection = JSON.stringify(await edge.given());
  const before = edge.asked();
  expect(await page.evaluate(`createClient(${connection}).verify('ada@good.test')`)).toMatchObject({
    verdict: 'deliverable',
  });
  // A preflight would be a request of its own.
  expect(edge.asked() - before).toBe(1);
});
