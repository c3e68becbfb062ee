/** The operators' console with a large fleet, in Chromium, if this machine has one: its first paint, and one heartbeat. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { pageFiles } from '../../scripts/assets/page.ts';
import { NODE_COUNT, PROVIDER_COUNT } from '../console/fleet.ts';
import { type ConsoleVisit, visitConsole } from '../console/visit.ts';
import { type Figure, showSpread, spreadOf } from '../figure.ts';

const CHROMIUM = '/usr/bin/chromium';
const SWITCHES = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];

const VISITS = 5;
const BEATS = 10;
const PAINT_MS_MAX = 1_000;
const UPDATE_MS_MAX = 16;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** What the console asks for beside the stream: nothing there. */
const EMPTY = JSON.stringify({ points: [], step_s: 60, span: 'hour', keys: [], domains: [], lists: [], cursor: null });

export async function measureConsole(): Promise<readonly Figure[]> {
  if (!existsSync(CHROMIUM)) return [];
  const files = new Map((await pageFiles()).map((file) => [file.path as string, file]));
  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(url.replace(/\?.*/, ''));
    const [, extension = 'html'] = /\.([a-z]+)$/.exec(file?.path ?? '') ?? [];
    const type = file === undefined ? 'application/json' : (TYPES[extension] ?? 'text/plain');
    response.writeHead(200, { ...file?.headers, 'content-type': type }).end(file?.content ?? EMPTY);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: SWITCHES });
  try {
    const visits: ConsoleVisit[] = [];
    for (let visit = 0; visit < VISITS; visit += 1) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      visits.push(await visitConsole(page, origin, 'token', BEATS));
      await page.close();
    }
    return figuresOf(visits);
  } finally {
    await browser.close();
    server.closeAllConnections();
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
