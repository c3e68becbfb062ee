/**
 * The cost of the pages to a person: octets of a first load, and frames and memory while the rows of a long list are scrolled through.
 * In Chromium, if this machine has one. Baseline of the rows: a plain table of all of them, which a browser bears fewer of.
 */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { quantile } from '../../shared/quantile.ts';
import { hasChromium, launchChromium } from '../chromium.ts';
import type { Figure } from '../figure.ts';
import { LIST_ID, type PageServer, startPageServer } from '../page-server.ts';

const LOAD_OCTETS_MAX = 40_000;
/** Drawn with a library that has a budget of its own. */
const NOT_OURS = '/docs';
const ROWS = 1_000_000;
const PLAIN_ROWS = 20_000;
const RUNS = 5;
const FRAMES = 300;
/** Pixels of one frame: a fast turn of the wheel. */
const STEP = 150;
/** Every so many frames the scroll bar is dragged to another place instead. */
const DRAG_EVERY = 25;
/** Of the display's 60. */
const FRAMES_A_SECOND_MIN = 58;
const MIB = 1_048_576;
/** Growth of the page's memory by scrolling that counts as none. */
const GROWTH_MIB_MAX = 5;
const ROWS_LIMIT_MS = 300_000;

export async function measurePages(): Promise<readonly Figure[]> {
  if (!hasChromium()) return [];
  const server = await startPageServer(ROWS);
  const browser = await launchChromium();
  try {
    return [await measureLoads(browser, server), ...(await measureRows(browser, server))];
  } finally {
    await browser.close();
    server.close();
  }
}

/** All that each page loads before anybody does anything. */
async function measureLoads(browser: Browser, { url, pages }: PageServer): Promise<Figure> {
  const octets: Record<string, number> = {};
  const sizes = new Map<string, number>();
  const page = await browser.newPage();
  for (const path of pages.filter((page) => page !== NOT_OURS)) {
    // Scripts that are modules, and what they import, are there before this event.
    await page.goto(`${url}${path}`, { waitUntil: 'load' });
    let sum = 0;
    for (const file of await page.evaluate(loadedFiles)) {
      const size = sizes.get(file) ?? gzipSync(await (await fetch(file)).arrayBuffer(), { level: 9 }).length;
      sizes.set(file, size);
      sum += size;
    }
    octets[path] = sum;
  }
  await page.close();
  const [largest, size] = Object.entries(octets).sort(([, a], [, b]) => b - a)[0] ?? ['', Number.NaN];
  return {
    figure: `largest first load of ${Object.keys(octets).length} pages, gzip`,
    ours: `${kilobytes(size)} kB (${largest})`,
    baseline: '',
    target: `<= ${LOAD_OCTETS_MAX / 1_000} kB`,
    isReached: size <= LOAD_OCTETS_MAX,
    measured: { octets },
  };
}

/** Runs in the page. */
function loadedFiles(): readonly string[] {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? [];
  const resources = performance.getEntriesByType('resource').map(({ name }) => name);
  return [...new Set([location.href, ...resources].concat(icon))];
}

async function measureRows(browser: Browser, { url }: PageServer): Promise<readonly Figure[]> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${url}/lists/${LIST_ID}`);
  const startMs = performance.now();
  await page.locator('.rows-table tbody tr').first().waitFor({ timeout: ROWS_LIMIT_MS });
  const seconds = (performance.now() - startMs) / 1_000;
  const before = await memoryOf(browser, page);
  const plain = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await plain.setContent(plainTable(PLAIN_ROWS));
  // By turns, since other work on the machine takes frames from both.
  const runs: { readonly ours: Scrolled; readonly baseline: Scrolled }[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    runs.push({ ours: await scroll(page, '.rows'), baseline: await scroll(plain, '#rows') });
  }
  const after = await memoryOf(browser, page);
  const ours = middleOf(runs.map((run) => run.ours));
  const baseline = middleOf(runs.map((run) => run.baseline));
  const least = Math.min(FRAMES_A_SECOND_MIN, baseline.framesASecond);
  return [
    {
      figure: `frames a second while ${ROWS} rows are scrolled through, and work in each`,
      ours: showScrolled(ours),
      baseline: `a plain table of ${PLAIN_ROWS} rows: ${showScrolled(baseline)}`,
      target: `>= ${FRAMES_A_SECOND_MIN}, or as many as the baseline`,
      isReached: ours.framesASecond >= least,
      measured: { runs },
    },
    {
      figure: `memory of JavaScript with ${ROWS} rows; what scrolling through them adds`,
      ours: `${mib(before.heap)} MiB; ${mib(after.heap - before.heap)} MiB`,
      baseline: '',
      target: `<= ${GROWTH_MIB_MAX} MiB`,
      isReached: after.heap - before.heap <= GROWTH_MIB_MAX * MIB,
      measured: { before, after },
    },
    {
      figure:
        'rows of that list on the page after it was opened; memory of its process, the worker with the rows in it',
      ours: `${seconds.toFixed(1)} s; ${mib(before.process)} MiB`,
      baseline: '',
      target: '',
      isReached: null,
      measured: { seconds, before },
    },
  ];
}

type Scrolled = {
  readonly framesASecond: number;
  /** 95 of 100 frames come this soon after the one before. */
  readonly p95Ms: number;
  /** Of the page's main thread for each frame: script, style, layout and paint. */
  readonly workMs: number;
};

function middleOf(runs: readonly Scrolled[]): Scrolled {
  const middle = runs.toSorted((a, b) => a.framesASecond - b.framesASecond)[Math.floor(runs.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

function showScrolled({ framesASecond, p95Ms, workMs }: Scrolled): string {
  return `${framesASecond.toFixed(1)}, 95 % within ${p95Ms.toFixed(1)} ms; ${workMs.toFixed(1)} ms`;
}

async function scroll(page: Page, selector: string): Promise<Scrolled> {
  // A tab in the background has no frames.
  await page.bringToFront();
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const taskSeconds = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  };
  const before = await taskSeconds();
  const frames = await page.evaluate(
    ([view, count, step, dragEvery]) => {
      const element = document.querySelector(view);
      if (element === null) throw new Error('nothing to scroll');
      const full = element.scrollHeight - element.clientHeight;
      return new Promise<number[]>((resolve) => {
        const gaps: number[] = [];
        let last = performance.now();
        const frame = (now: number): void => {
          gaps.push(now - last);
          last = now;
          if (gaps.length > count) {
            resolve(gaps.slice(1));
            return;
          }
          if (gaps.length % dragEvery === 0) element.scrollTop = (full * gaps.length) / count;
          else element.scrollTop += step;
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      });
    },
    [selector, FRAMES, STEP, DRAG_EVERY] as const,
  );
  const workMs = ((await taskSeconds()) - before) * (1_000 / FRAMES);
  await session.detach();
  const total = frames.reduce((sum, gap) => sum + gap, 0);
  return { framesASecond: (1_000 * frames.length) / total, p95Ms: quantile(frames, 0.95) ?? Number.NaN, workMs };
}

type Memory = { readonly heap: number; readonly process: number };

/** Octets in use behind a collection: of the page's JavaScript, and of all processes that draw pages. */
async function memoryOf(browser: Browser, page: Page): Promise<Memory> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
  await whole.detach();
  const sizes = await Promise.all(processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => privateOf(id)));
  return { heap: usedSize, process: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Octets of a process that it shares with no other; 0 for one that has ended. Linux only, as all of this group. */
async function privateOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024;
}

function plainTable(rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, row) => `<tr><td>${row + 1}<td>person${row}@company.example<td>deliverable<td>accepted<td></tr>`,
  );
  return `<!doctype html><div id="rows" style="height:32rem;overflow:auto"><table>${lines.join('')}</table></div>`;
}

function kilobytes(octets: number): string {
  return (octets / 1_000).toFixed(1);
}

function mib(octets: number): string {
  return (octets / MIB).toFixed(1);
}
