/** The console in Chromium with the fleet: how long until it is painted, and what one heartbeat costs the page. */
import type { CDPSession, Page } from 'playwright-core';
import { FLEET, fleetEvents, fleetNode, PROVIDER_COUNT } from './fleet.ts';

declare global {
  interface Window {
    /** Hands the page what the stream says next. */
    say?: (events: string) => void;
  }
}

export type ConsoleVisit = {
  /** Milliseconds from the start of the navigation to the first frame with the whole matrix. */
  readonly paintMs: number;
  /** Milliseconds of the processor until then, for the page's thread. */
  readonly processorMs: number;
  /** Of each heartbeat that changes a node's whole column. */
  readonly beats: readonly Beat[];
};

type Beat = {
  /** Milliseconds from the message to the changed page, with style and layout. */
  readonly updateMs: number;
  /** Of the processor, for the page's thread: scripts, style and layout; and with painting. This measurement included. */
  readonly processorMs: number;
  readonly paintedMs: number;
  /** Cells of the matrix that were written, and other places in it. */
  readonly cells: number;
  readonly others: number;
};

/** Opens the console with these events in the place of the edge's stream; `window.say` has more of them follow. */
export async function openConsole(page: Page, origin: string, token: string, said: string): Promise<void> {
  await page.addInitScript(
    ({ events, key }) => {
      sessionStorage.setItem('vrfy:admin', key);
      const real = window.fetch.bind(window);
      window.fetch = async (input, init) => {
        if (!String(input).endsWith('/v1/nodes/events')) return real(input, init);
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            window.say = (said) => controller.enqueue(new TextEncoder().encode(said));
            window.say(events);
          },
        });
        return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
      };
    },
    { events: said, key: token },
  );
  await page.goto(new URL('/console', origin).href);
}

/** @param origin serves the page and its files; the stream of nodes does not come from there */
export async function visitConsole(page: Page, origin: string, token: string, beats: number): Promise<ConsoleVisit> {
  const ids = FLEET.map(({ id }) => id);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await openConsole(page, origin, token, fleetEvents(FLEET, ids));
  const paintMs = await page.evaluate(async (providers) => {
    while (document.querySelectorAll('.matrix [role="row"][data-provider]').length < providers) {
      await new Promise(requestAnimationFrame);
    }
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve));
    return performance.now();
  }, PROVIDER_COUNT);
  const { paintedMs: processorMs } = await workOf(devtools);
  // Rows that are not looked at cost next to nothing.
  await page.locator('.matrix').evaluate((matrix) => matrix.scrollIntoView({ block: 'center' }));
  const done: Beat[] = [];
  for (let beat = 0; beat < beats; beat += 1) {
    const heardAt = new Date(Date.UTC(2026, 0, 1, 0, 1, beat)).toISOString();
    const node = fleetNode(7, beat % 2 === 0, heardAt);
    done.push(await beatOnce(page, devtools, fleetEvents([node], ids)));
  }
  return { paintMs, processorMs, beats: done };
}

async function beatOnce(page: Page, devtools: CDPSession, events: string): Promise<Beat> {
  const before = await workOf(devtools);
  const told = await page.evaluate(async (said) => {
    const matrix = document.querySelector('.matrix');
    if (matrix === null) throw new Error('no matrix');
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve));
    const changes: MutationRecord[] = [];
    const observer = new MutationObserver((records) => changes.push(...records));
    observer.observe(matrix, { subtree: true, childList: true, attributes: true, characterData: true });
    const startMs = performance.now();
    window.say?.(said);
    while (changes.length === 0) await new Promise((resolve) => setTimeout(resolve));
    document.body.getBoundingClientRect();
    const updateMs = performance.now() - startMs;
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve));
    observer.disconnect();
    const isCell = ({ target }: MutationRecord): boolean => target instanceof Element && target.role === 'gridcell';
    const cells = new Set(changes.filter(isCell).map(({ target }) => target)).size;
    return { updateMs, cells, others: changes.filter((change) => !isCell(change)).length };
  }, events);
  const after = await workOf(devtools);
  return {
    ...told,
    processorMs: after.processorMs - before.processorMs,
    paintedMs: after.paintedMs - before.paintedMs,
  };
}

/** Milliseconds of the processor that the page's thread has had. */
async function workOf(devtools: CDPSession): Promise<Pick<Beat, 'processorMs' | 'paintedMs'>> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  const seconds = new Map(metrics.map(({ name, value }) => [name, value]));
  const ms = (...names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (seconds.get(name) ?? Number.NaN), 0) * 1000;
  return {
    processorMs: ms('ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'),
    paintedMs: ms('TaskDuration'),
  };
}
