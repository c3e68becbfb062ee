// The operators' console in Chromium against the real edge with its sandbox and three nodes.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { NodeReport } from '../../shared/enrolment.ts';
import { expectSound, LOOKS, useSite } from './lab/site.ts';

const site = useSite(3);
const POLL = { timeout: 30_000, interval: 100 };

async function open(page: Page, token = site.system().adminToken): Promise<void> {
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
    expect(requests.filter(({ url }) => url.includes(site.system().adminToken))).toEqual([]);
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
    await expect.poll(state, POLL).toBe('draining');
    await row.getByRole('button', { name: 'Activate' }).click();
    await expect.poll(state, POLL).toBe('active');
  });

  test('are told to a console that only watches', async () => {
    const { page } = await openLive();
    const [id = ''] = await nodeIds(page);
    const change = (state: string) =>
      fetch(site.url(`/v1/nodes/${id}`), {
        method: 'PATCH',
        headers: { authorization: `Bearer ${site.system().adminToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ state }),
      });
    await change('draining');
    await expect.poll(() => rowOf(page, id).locator('.state').textContent(), POLL).toBe('draining');
    await change('active');
    await expect.poll(() => rowOf(page, id).locator('.state').textContent(), POLL).toBe('active');
  });

  test('that are blocked show in the matrix with the next heartbeat, in words, and by the keyboard', async () => {
    const { page } = await openLive();
    await site.system().ask('ada@good.test');
    await site.system().ask('ada@blocked.test');
    const startedAt = Date.now();
    await page.locator('.matrix td.blocks').first().waitFor({ timeout: 60_000 });
    // Heartbeats come every ten seconds, and events every second; a busy machine has some to spare.
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(await page.locator('.blocked li').first().textContent()).toMatch(/ blocks .*: 0 answered, [1-9]/);
    await page.locator('.matrix td.accepts').first().waitFor({ timeout: 30_000 });
    await page.getByLabel('Only trouble').check();
    expect(await page.locator('.matrix tbody tr:visible').count()).toBeLessThan(
      await page.locator('.matrix tbody tr').count(),
    );
    await page.getByLabel('Only trouble').uncheck();
    await page.locator('.matrix td[tabindex="0"]').focus();
    await page.keyboard.press('End');
    await page.locator('.said', { hasText: 'in the last ten minutes' }).waitFor();
  });
});

test('a join token comes with the command line that uses it', async () => {
  const { page } = await openLive();
  await page.getByLabel('Region').fill('us-east');
  await page.getByLabel('Name of the node').fill('iad7');
  await page.getByRole('button', { name: 'Make a join token' }).click();
  await expect
    .poll(() => page.locator('#join-line').textContent({ timeout: 10_000 }), POLL)
    .toMatch(
      new RegExp(`^npx vrfy node join --edge ${site.system().url} --token vrfy_join_[A-Za-z0-9_-]{43} --id iad7$`),
    );
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

test('the console is sound in each theme and width, before and behind the token', async () => {
  const { page } = await site.visit();
  await page.goto(site.url('/console'));
  await page.getByLabel('The admin token of this edge').waitFor();
  await expectSound(page);
  await open(page);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('.matrix td').first().waitFor({ timeout: 30_000 });
  await expectSound(page);
  const folder = process.env['VRFY_SCREENSHOTS'];
  for (const { colorScheme, width } of folder === undefined ? [] : LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: path.join(folder ?? '', `console-${colorScheme}-${width}.png`), fullPage: true });
  }
});

describe('two hundred nodes and sixty providers', () => {
  test('are painted in a second, and a heartbeat changes its own column in a frame', async () => {
    const { page } = await site.visit();
    const nodes = Array.from({ length: 200 }, (_, index) => nodeOf(index));
    const ids = nodes.map(({ id }) => id);
    const body = `event: nodes\nid: 1\ndata: ${JSON.stringify({ nodes, ids })}\n\n`;
    // The stream of a large fleet: the reader bounds a line, so it comes in parts as the edge sends it.
    const parts = Array.from({ length: 25 }, (_, part) => ({ nodes: nodes.slice(part * 8, part * 8 + 8) }));
    const text = parts
      .map((part, place) => JSON.stringify(place === 24 ? { ...part, ids } : part))
      .map((data) => `event: nodes\nid: 1\ndata: ${data}\n\n`)
      .join('');
    expect(body.length).toBeGreaterThan(1_000_000);
    const changed = nodeOf(7, 'ip_blocked');
    const next = `event: nodes\nid: 2\ndata: ${JSON.stringify({ nodes: [changed], ids })}\n\n`;
    await page.addInitScript(
      ({ first, second, token }) => {
        sessionStorage.setItem('vrfy:admin', token);
        const real = window.fetch.bind(window);
        window.fetch = async (input, init) => {
          if (!String(input).endsWith('/v1/nodes/events')) return real(input, init);
          const stream = new ReadableStream<Uint8Array>({
            start(controller) {
              performance.mark('told');
              controller.enqueue(new TextEncoder().encode(first));
              Object.assign(window, {
                beat: () => controller.enqueue(new TextEncoder().encode(second)),
              });
            },
          });
          return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
        };
      },
      { first: text, second: next, token: site.system().adminToken },
    );
    await page.goto(site.url('/console'));
    const firstMs = await page.evaluate(async () => {
      while (document.querySelectorAll('.matrix td').length < 12_000) await new Promise(requestAnimationFrame);
      return performance.now() - (performance.getEntriesByName('told')[0]?.startTime ?? 0);
    });
    const update = await page.evaluate(async () => {
      const table = document.querySelector('.matrix table') as HTMLTableElement;
      const changes: MutationRecord[] = [];
      let writtenMs = 0;
      const observer = new MutationObserver((records) => {
        writtenMs = performance.now() - startMs;
        changes.push(...records);
      });
      observer.observe(table, { subtree: true, childList: true });
      const startMs = performance.now();
      (window as unknown as { beat: () => void }).beat();
      while (changes.length === 0) await new Promise((resolve) => setTimeout(resolve));
      // With the layout of the next frame.
      await new Promise(requestAnimationFrame);
      await new Promise((resolve) => setTimeout(resolve));
      return {
        writtenMs,
        framedMs: performance.now() - startMs,
        cells: changes.filter(({ target }) => target.nodeName === 'TD').length,
        all: changes.length,
      };
    });
    const figures = process.env['VRFY_SCREENSHOTS'];
    if (figures !== undefined) {
      await writeFile(path.join(figures, 'console.json'), JSON.stringify({ firstMs, update }));
      await page.screenshot({ path: path.join(figures, 'console-200.png') });
    }
    // No assumption on the speed of the machine: what is written is what has changed.
    expect(update.cells).toBe(60);
    expect(update.all).toBe(60);
  });
});

function nodeOf(index: number, last = 'accepted'): NodeReport {
  const providers = Array.from({ length: 60 }, (_, place) => `provider-${place}`);
  const isBlocked = last === 'ip_blocked';
  return {
    id: `node-${index}`,
    url: `https://node-${index}.example/`,
    region: `region-${index % 9}`,
    network: `AS${index}`,
    state: 'active',
    enrolled_at: '2026-01-01T00:00:00.000Z',
    last_heartbeat_at: '2026-01-01T00:00:10.000Z',
    protocol: 1,
    version: '1.0.0',
    rules_version: 'abc',
    running_jobs: 3,
    capacity: 4_000,
    job_quantiles: { p50_ms: 120, p95_ms: 900 },
    sources: [
      {
        ip: `192.0.2.${index}`,
        helo: `node-${index}.example`,
        resting: [],
        treatment: providers.map((provider) => ({
          provider,
          answers: isBlocked ? 0 : 50,
          refusals: isBlocked ? 9 : 0,
          deferrals: 0,
          last,
        })),
      },
    ],
    standings: providers.map((provider) => ({
      provider,
      answers: 50,
      refusals: 0,
      is_resting: false,
      connect_ms: 20,
      answer_ms: 80,
    })),
    phases: { dns: 1, connect: 2, greeting: 3, ehlo: 4, job: 5 },
    findings: [],
  };
}
