/** The operators' console with a large fleet, in Chromium, if this machine has one: its first paint, and one heartbeat. */
import { pageFiles } from '../../scripts/assets/page.ts';
import { startAssetServer } from '../asset-server.ts';
import { hasChromium, launchChromium } from '../chromium.ts';
import { NODE_COUNT, PROVIDER_COUNT } from '../console/fleet.ts';
import { type ConsoleVisit, visitConsole } from '../console/visit.ts';
import { type Figure, showSpread, spreadOf } from '../figure.ts';

const VISITS = 5;
const BEATS = 10;
const PAINT_MS_MAX = 1_000;
const UPDATE_MS_MAX = 16;

/** What the console asks for beside the stream: nothing there. */
const EMPTY = JSON.stringify({ points: [], step_s: 60, span: 'hour', keys: [], domains: [], lists: [], cursor: null });

export async function measureConsole(): Promise<readonly Figure[]> {
  if (!hasChromium()) return [];
  const server = await startAssetServer(await pageFiles(), (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(EMPTY);
  });
  const browser = await launchChromium();
  try {
    const visits: ConsoleVisit[] = [];
    for (let visit = 0; visit < VISITS; visit += 1) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      visits.push(await visitConsole(page, server.url, 'token', BEATS));
      await page.close();
    }
    return figuresOf(visits);
  } finally {
    await browser.close();
    server.close();
  }
}

function figuresOf(visits: readonly ConsoleVisit[]): readonly Figure[] {
  const fleet = `console with ${NODE_COUNT} nodes and ${PROVIDER_COUNT} providers`;
  const paint = spreadOf(visits.map(({ paintMs }) => paintMs));
  const beats = visits.flatMap((visit) => visit.beats);
  const update = spreadOf(beats.map(({ updateMs }) => updateMs));
  const processor = spreadOf(beats.map(({ processorMs }) => processorMs));
  const painted = spreadOf(beats.map(({ paintedMs }) => paintedMs));
  const first = spreadOf(visits.map(({ processorMs }) => processorMs));
  return [
    {
      figure: `${fleet}: from the request to the first frame with all of it`,
      ours: `${showSpread(paint, 0)} ms`,
      baseline: `of the processor ${showSpread(first, 0)} ms`,
      target: `<= ${PAINT_MS_MAX} ms`,
      isReached: paint.median <= PAINT_MS_MAX,
      measured: { paint, first },
    },
    {
      figure: `${fleet}: a heartbeat that changes all ${PROVIDER_COUNT} cells of its node, to the page laid out anew`,
      ours: `${showSpread(update, 1)} ms`,
      baseline: `of the processor ${showSpread(processor, 1)} ms, with painting ${showSpread(painted, 0)} ms`,
      target: `<= ${UPDATE_MS_MAX} ms`,
      isReached: update.median <= UPDATE_MS_MAX,
      measured: { update, processor, painted },
    },
  ];
}
