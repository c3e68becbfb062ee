/**
 * The cost of the widget to a person: the octets of the widget, the time from leaving the field to a settled state with everything at a
 * distance, and how much longer than allowed a submit is held if the edge is dead. In Chromium, if this machine has one.
 */
import { once } from 'node:events';
import net, { type AddressInfo, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { buildWidget } from '../../scripts/build-widget.ts';
import type { Vrfy } from '../../web/widget/widget.ts';
import { startAssetServer } from '../asset-server.ts';
import { hasChromium, launchChromium } from '../chromium.ts';
import { buildEdge } from '../edge/built-worker.ts';
import { startWholeSystem, type WholeSystem } from '../edge/whole-system.ts';
import type { EdgeStandIn } from '../edge-stand-in.ts';
import { startFarSide } from '../far-side.ts';
import { type Figure, showSpread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';

declare global {
  interface Window {
    vrfy?: Vrfy;
  }
}

const OCTETS_MAX = 5_000;
const SAMPLES = 15;
const WARM_UPS = 20;
const EDGE_MS = 30;
const FAR = { dnsMs: 30, nodeMs: 30, mailMs: 50 };
const SETTLED_MS_MAX = 150;
const WAIT_MS = 300;
const HELD_OVER_MS_MAX = 50;
const HELD_SAMPLES = 10;
/** Milliseconds between two looks at the node's sessions, and how many times. */
const LOOK_MS = 10;
const LOOKS_MAX = 500;

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Form</title><script src="/widget.js"></script>
<form><input id="email" type="email" data-vrfy="off"><button>Send</button></form></html>`;

export async function measureForms(machine: Machine, standIn: EdgeStandIn): Promise<readonly Figure[]> {
  const { script } = buildWidget();
  const size = sizeFigure(gzipSync(script, { level: 9 }).length);
  if (!hasChromium()) return [size];
  const files = [
    { path: '/', content: PAGE },
    { path: '/widget.js', content: script },
  ] as const;
  const pages = await startAssetServer(files, (_, response) => void response.writeHead(404).end());
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    return [size, await measureSettled(page, pages.url, machine, standIn), await measureHeld(page, pages.url)];
  } finally {
    await browser.close();
    pages.close();
  }
}

function sizeFigure(octets: number): Figure {
  return {
    figure: 'widget with its texts in nine languages, gzip',
    ours: `${(octets / 1000).toFixed(2)} kB`,
    baseline: 'Verifalia 9 kB, ALTCHA 34 kB',
    target: `<= ${OCTETS_MAX / 1000} kB`,
    isReached: octets <= OCTETS_MAX,
    measured: { octets },
  };
}

async function measureSettled(page: Page, origin: string, machine: Machine, standIn: EdgeStandIn): Promise<Figure> {
  const system = await startWholeSystem(machine, standIn, await buildEdge(), WARM_UPS + SAMPLES, FAR);
  const farSide = await startFarSide();
  try {
    const { port } = await farSide.call('link', { toPort: Number(new URL(system.url).port), rttMs: EDGE_MS });
    for (let index = 0; index < WARM_UPS; index += 1) await system.verify(`known.anna@d${SAMPLES + index}.test`);
    const samples: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      await page.goto(origin);
      samples.push(await settle(page, `http://127.0.0.1:${port}`, `d${sample}.test`, system));
    }
    const ours = spreadOf(samples);
    const { dnsMs, nodeMs, mailMs } = FAR;
    return {
      figure: `leaving the field to a settled state, ${EDGE_MS} ms to the edge, ${dnsMs} to DNS, ${nodeMs} to the node, ${mailMs} to the mail server`,
      ours: `${showSpread(ours, 1)} ms`,
      baseline: `round trips that physics demands ${EDGE_MS + nodeMs + mailMs} ms`,
      target: `<= ${SETTLED_MS_MAX} ms`,
      isReached: ours.median <= SETTLED_MS_MAX,
      measured: { ours },
    };
  } finally {
    await system.stop();
    await farSide.stop();
  }
}

/** Types an address, goes on with its local part until the session is open, and leaves the field at that moment. */
async function settle(page: Page, edge: string, domain: string, system: WholeSystem): Promise<number> {
  const before = await system.openedSessions();
  await page.evaluate(
    ([to, value]) => {
      const input = document.querySelector<HTMLInputElement>('#email');
      if (input === null) return;
      window.vrfy?.attach(input, { edge: to });
      input.focus();
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
      // A pause that is long enough for the warm-up, and then none that is long enough for the question.
      const timer = setInterval(() => input.dispatchEvent(new Event('input', { bubbles: true })), 250);
      input.addEventListener('blur', () => clearInterval(timer));
    },
    [edge, `typo@${domain}`] as const,
  );
  for (let look = 0; (await system.openedSessions()) <= before; look += 1) {
    if (look === LOOKS_MAX) throw new Error('no session was opened ahead');
    await delay(LOOK_MS);
  }
  const { ms, verdict } = await page.evaluate(async (value) => {
    const input = document.querySelector<HTMLInputElement>('#email');
    if (input === null) throw new Error('no field');
    const result = new Promise<string>((resolve) => {
      input.addEventListener('vrfy:result', (event) => {
        const { detail } = event as CustomEvent<{ email: string; verdict: string }>;
        if (detail.email === value) resolve(detail.verdict);
      });
    });
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const startMs = performance.now();
    input.blur();
    return { verdict: await result, ms: performance.now() - startMs };
  }, `known.anna@${domain}`);
  if (verdict !== 'deliverable') throw new Error(`a known mailbox was answered with ${verdict}`);
  return ms;
}

async function measureHeld(page: Page, origin: string): Promise<Figure> {
  // Takes connections and never answers.
  const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
  const edge = `http://127.0.0.1:${await portOf(silent)}`;
  const samples: number[] = [];
  for (let sample = 0; sample < HELD_SAMPLES; sample += 1) {
    await page.goto(origin);
    const heldMs = await page.evaluate(
      async ([to, wait]) => {
        const input = document.querySelector<HTMLInputElement>('#email');
        if (input?.form == null) throw new Error('no field');
        window.vrfy?.attach(input, { edge: to, wait });
        input.value = 'ada@good.test';
        const sent = new Promise<void>((resolve) => {
          input.form?.addEventListener('submit', (event) => {
            event.preventDefault();
            resolve();
          });
        });
        const startMs = performance.now();
        input.form.requestSubmit();
        await sent;
        return performance.now() - startMs;
      },
      [edge, WAIT_MS] as const,
    );
    samples.push(heldMs - WAIT_MS);
  }
  silent.close();
  const ours = spreadOf(samples);
  return {
    figure: 'submit held beyond the wait that the page allows, edge dead',
    ours: `${showSpread(ours, 1)} ms`,
    baseline: `the wait, ${WAIT_MS} ms`,
    target: `<= ${HELD_OVER_MS_MAX} ms`,
    isReached: ours.max <= HELD_OVER_MS_MAX,
    measured: { ours, waitMs: WAIT_MS },
  };
}

async function portOf(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
