// The operators' console in Chromium against the real edge with its sandbox and three nodes.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { fleetEvents, fleetNode, PROVIDER_COUNT } from '../../bench/console/fleet.ts';
import { openConsole, visitConsole } from '../../bench/console/visit.ts';
import type { NodeReport } from '../../shared/enrolment.ts';
import { startChild } from './lab/child.ts';
import { serveLivelyConsole } from './lab/lively-console.ts';
import { expectSound, LOOKS, useSite } from './lab/site.ts';

const site = useSite();
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const JOIN_LIMIT_MS = 60_000;
const POLL = { timeout: 30_000, interval: 100 };

async function open(page: Page, token = site.adminToken()): Promise<void> {
  await page.goto(site.url('/console'));
  await page.getByLabel('The admin token of this edge').fill(token);
  await page.getByRole('button', { name: 'Open' }).click();
}

async function openLive() {
  const visit = await site.visit();
  await open(visit.page);
  await visit.page.getByText('Live', { exact: true }).waitFor();
  return visit;
}

const rowOf = (page: Page, id: string) =>
  page.locator('table.dense tbody tr', { has: page.getByRole('rowheader', { name: id, exact: true }) });
const nodeIds = (page: Page) => page.getByLabel('Table of nodes').locator('tbody th').allTextContents();

describe('the token', () => {
  test('of somebody else opens nothing and is not kept; the right one stays in the tab and out of every URL', async () => {
    const { page, errors, requests } = await site.visit();
    await open(page, 'a-wrong-token');
    await page.getByRole('alert').getByText('This is not the admin token').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    // The browser writes the refused request down.
    expect(errors.splice(0)).toEqual([expect.stringContaining('401')]);
    await open(page);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(requests.filter(({ url }) => url.includes(site.adminToken()))).toEqual([]);
    await page.getByRole('button', { name: 'Forget the token' }).click();
    await page.getByLabel('The admin token of this edge').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});

describe('nodes', () => {
  test('are all there with their state, and one is drained and activated without a reload', async () => {
    const { page } = await openLive();
    const ids = await nodeIds(page);
    expect(ids).toHaveLength(3);
    const row = rowOf(page, ids[0] ?? '');
    const state = () => row.locator('.state').textContent();
    await expect.poll(state, POLL).toBe('active');
    await row.getByRole('button', { name: 'Drain' }).click();
    // The next heartbeat says that no job runs.
    await expect.poll(state, { ...POLL, timeout: 30_000 }).toBe('drained: safe to remove');
    await row.getByRole('button', { name: 'Activate' }).click();
    await expect.poll(state, POLL).toBe('active');
  });

  test('are told to a console that only watches', async () => {
    const { page } = await openLive();
    const [id = ''] = await nodeIds(page);
    const change = (state: string) =>
      fetch(site.url(`/v1/nodes/${id}`), {
        method: 'PATCH',
        headers: { authorization: `Bearer ${site.adminToken()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ state }),
      });
    await change('draining');
    await expect.poll(() => rowOf(page, id).locator('.state').textContent(), POLL).toMatch(/^drain/);
    await change('active');
    await expect.poll(() => rowOf(page, id).locator('.state').textContent(), POLL).toBe('active');
  });

  test('that are blocked show in the matrix with the next heartbeat, in words, and by the keyboard', async () => {
    const { page } = await openLive();
    for (const email of ['ada@good.test', 'ada@blocked.test']) await fetch(site.url(`/v1/verify?email=${email}`));
    const startedAt = Date.now();
    await page.locator('.matrix [aria-label="blocks"]').first().waitFor({ timeout: 60_000 });
    // Heartbeats come every ten seconds, and events every second; a busy machine has some to spare.
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(await page.locator('.blocked li').first().textContent()).toMatch(
      / is blocked by mx\.blocked\.test\. Last reply: ip blocked\./,
    );
    await page.locator('.matrix [aria-label="accepts"]').first().waitFor({ timeout: 30_000 });
    await page.getByLabel('Only trouble').check();
    expect(await page.locator('.matrix [data-provider]:visible').count()).toBeLessThan(
      await page.locator('.matrix [data-provider]').count(),
    );
    await page.getByLabel('Only trouble').uncheck();
    await page.locator('.matrix [role="gridcell"][tabindex="0"]').focus();
    await page.keyboard.press('End');
    await page.locator('.said', { hasText: 'in the last ten minutes' }).waitFor();
  });
});

test('a join token comes with the command line that uses it, which runs as it stands and adds a node', async () => {
  const { page } = await openLive();
  await page.getByLabel('Region').fill('eu-west');
  await page.getByLabel('Name of the node').fill('ams7');
  await page.getByRole('button', { name: 'Make a join token' }).click();
  // A second click, while the button says that it has copied, does not take that for its name.
  await page.getByRole('button', { name: 'Copy' }).dblclick();
  await page.getByRole('button', { name: 'Copy', exact: true }).waitFor();
  const line = (await page.locator('#join-line').textContent()) ?? '';
  expect(line).toMatch(
    new RegExp(`^npx vrfy node join --edge ${site.url('')} --token vrfy_join_[A-Za-z0-9_-]{43} --id ams7 `),
  );
  await expectSound(page);
  // As the page says it for a system with a state of its own.
  const [command = '', ...args] = line.replaceAll('.vrfy/', `${site.stateDir()}/`).split(' ');
  const node = startChild({
    name: 'npx vrfy node join',
    command,
    args,
    env: process.env,
    cwd: ROOT,
    endsAsGroup: true,
    graceMs: JOIN_LIMIT_MS,
  });
  try {
    await node.ready('"joined as"', () => /^joined as ams7 in eu-west/m.test(node.output()), JOIN_LIMIT_MS);
    await page.getByText('ams7 has joined').waitFor();
    expect(await page.locator('#join-line').count()).toBe(0);
    // Its doctor would have it rest if it did not know the mail servers of the sandbox.
    const state = () => rowOf(page, 'ams7').locator('.state').textContent({ timeout: 10_000 });
    await expect.poll(state, POLL).toBe('active');
  } finally {
    await node.stop();
  }
});

test('a mark is set and deleted, and one that cannot be is refused in words', async () => {
  const { page, errors } = await openLive();
  await page.getByLabel('Domain').fill('Throw.Example');
  await page.getByRole('button', { name: 'Set mark' }).click();
  await rowOf(page, 'throw.example').waitFor();
  await rowOf(page, 'throw.example').getByRole('button', { name: 'Delete' }).click();
  await rowOf(page, 'throw.example').waitFor({ state: 'detached' });
  await page.getByLabel('Domain').fill('co.uk');
  await page.getByRole('button', { name: 'Set mark' }).click();
  await page.getByRole('alert').getByText('public suffix').waitFor();
  expect(errors.splice(0)).toEqual([expect.stringContaining('400')]);
});

test('the use of a key and a list that it has made are shown, and the list is cancelled', async () => {
  const admin = { authorization: `Bearer ${site.adminToken()}`, 'content-type': 'application/json' };
  const wish = JSON.stringify({ kind: 'secret', name: 'Shop', daily_quota: 50 });
  const made = await fetch(site.url('/v1/keys'), { method: 'POST', headers: admin, body: wish });
  const { key } = (await made.json()) as { key: string };
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'text/csv' };
  await fetch(site.url('/v1/verify?email=nobody-here@good.test'), { headers });
  await fetch(site.url('/v1/lists?start=manual&name=Friends'), {
    method: 'POST',
    headers,
    body: 'email\na@good.test\n',
  });
  const { page } = await openLive();
  await rowOf(page, 'Shop').getByText('1 of 50').waitFor();
  await rowOf(page, 'Friends').getByText('ready').waitFor();
  page.on('dialog', (dialog) => void dialog.accept());
  await rowOf(page, 'Friends').getByRole('button', { name: 'Cancel' }).click();
  await rowOf(page, 'Friends').waitFor({ state: 'detached' });
  await rowOf(page, 'Shop').getByRole('button', { name: 'Revoke' }).click();
  await rowOf(page, 'Shop').waitFor({ state: 'detached' });
  const revoked = await fetch(site.url('/v1/verify?email=nobody-here@good.test'), { headers });
  expect(revoked.status).toBe(401);
});

test('the console is sound in each theme and width, before and behind the token', async () => {
  const { page } = await site.visit();
  await page.goto(site.url('/console'));
  await page.getByLabel('The admin token of this edge').waitFor();
  await expectSound(page);
  await open(page);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('.matrix [role="gridcell"]').first().waitFor({ timeout: 30_000 });
  await expectSound(page);
});

test('the console of a busy fleet is sound in each theme and width', async () => {
  const { page } = await site.visit();
  await serveLivelyConsole(page, site.adminToken());
  await page.goto(site.url('/console'));
  await page.locator('.matrix [aria-label="blocks"]').first().waitFor();
  await page.getByRole('rowheader', { name: 'Newsletter May' }).waitFor();
  await expectSound(page);
  // Pictures for docs/ are made into this folder, if there is one.
  const folder = process.env['VRFY_SCREENSHOTS'];
  for (const { colorScheme, width } of folder === undefined ? [] : LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    // Rows that were never near the window are not painted yet.
    await page.locator('.matrix').scrollIntoViewIfNeeded();
    await page.screenshot({ path: path.join(folder ?? '', `console-${colorScheme}-${width}.png`), fullPage: true });
  }
});

test('two hundred nodes and sixty providers are painted, and a heartbeat writes the cells of its own column alone', async () => {
  const { page } = await site.visit();
  const { paintMs, beats } = await visitConsole(page, site.url('/'), site.adminToken(), 4);
  const updates = beats.map(({ updateMs }) => updateMs.toFixed(0)).join(', ');
  // No assumption on the speed of the machine: the figures are for people, and stand in the bench.
  process.stdout.write(`console: painted in ${paintMs.toFixed(0)} ms; heartbeats laid out in ${updates} ms\n`);
  for (const { cells, others } of beats) {
    expect(cells).toBe(PROVIDER_COUNT);
    // The worst word of each row, for the filter.
    expect(others).toBe(PROVIDER_COUNT);
  }
});

test('a provider that begins to block has a row, however many others have one', async () => {
  const { page } = await site.visit();
  const nodeWith = (blocking: number): NodeReport => {
    const node = fleetNode(0, false, `2026-01-01T00:00:1${blocking < 0 ? 0 : 1}.000Z`);
    const treatment = Array.from({ length: 120 }, (_, place) => {
      const counts = { provider: `provider-${place}`, deferrals: 0 };
      return place === blocking
        ? { ...counts, answers: 0, refusals: 9, last: 'ip_blocked' as const }
        : { ...counts, answers: 500 - place, refusals: 0, last: 'accepted' as const };
    });
    return { ...node, sources: node.sources.map((source) => ({ ...source, treatment })) };
  };
  const eventsOf = (node: NodeReport) => fleetEvents([node], [node.id]);
  await openConsole(page, site.url('/'), site.adminToken(), eventsOf(nodeWith(-1)));
  await page.getByText('20 quieter providers are not shown.').waitFor();
  const row = page.locator('.matrix [data-provider="provider-119"]');
  expect(await row.count()).toBe(0);
  await page.evaluate((events) => window.say?.(events), eventsOf(nodeWith(119)));
  await row.getByLabel('blocks').waitFor();
});

test('a node is removed after a question, and stays if the answer is no', async () => {
  const { page } = await openLive();
  const [id = ''] = await nodeIds(page);
  let isMeant = false;
  page.on('dialog', (dialog) => void (isMeant ? dialog.accept() : dialog.dismiss()));
  await rowOf(page, id).getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => rowOf(page, id).getByRole('button', { name: 'Remove' }).isEnabled(), POLL).toBe(true);
  expect(await nodeIds(page)).toContain(id);
  isMeant = true;
  await rowOf(page, id).getByRole('button', { name: 'Remove' }).click();
  await rowOf(page, id).waitFor({ state: 'detached' });
  expect(await nodeIds(page)).not.toContain(id);
});
