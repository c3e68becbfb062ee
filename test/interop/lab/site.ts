/** The pages of `npm start` with its sandbox in Chromium: what the console says, what is asked for, and what axe finds. */
import path from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { loadKeys } from '../../../cli/start/keys.ts';
import { startChromium } from './browser.ts';
import { labFolder } from './child.ts';
import { freePort } from './port.ts';
import { type Product, startProduct } from './system.ts';

const NODE_COUNT = 3;

export type Visit = {
  readonly page: Page;
  /** Errors and warnings of the console, and exceptions. */
  readonly errors: string[];
  readonly requests: { readonly method: string; readonly url: string }[];
};

export type Site = {
  readonly url: (path: string) => string;
  readonly adminToken: () => string;
  /** The folder of its state. */
  readonly stateDir: () => string;
  /** The folder into which the edge's mail goes. */
  readonly outbox: () => string;
  /** A page in a browser of its own; it is closed behind the test, and then may have had no error and no stranger. */
  visit(options?: BrowserContextOptions): Promise<Visit>;
};

/** Starts the system and a browser before the tests of a file, and ends them behind it. */
export function useSite(): Site {
  let folder: Awaited<ReturnType<typeof labFolder>>;
  let product: Product;
  let adminToken: string;
  let browser: Browser;
  let visits: Visit[] = [];

  beforeAll(async () => {
    folder = await labFolder('site');
    const port = await freePort(['127.0.0.1'], 1 + NODE_COUNT);
    [product, browser] = await Promise.all([
      startProduct({ port, nodeCount: NODE_COUNT, stateDir: folder.path, hasSandbox: true }),
      startChromium(),
    ]);
    ({ ADMIN_TOKEN: adminToken } = await loadKeys(folder.path));
  });

  afterAll(async () => {
    await browser?.close();
    await product?.stop();
    await folder?.remove();
  });

  afterEach(async () => {
    const ended = visits;
    visits = [];
    for (const { page } of ended) await page.context().close();
    const strangers = ended.flatMap(({ requests }) =>
      requests
        .map(({ url }) => url)
        .filter((url) => !/^(?:blob|data):/.test(url) && new URL(url).origin !== product.url),
    );
    expect([ended.flatMap(({ errors }) => errors), strangers]).toEqual([[], []]);
  });

  return {
    url: (target) => `${product.url}${target}`,
    adminToken: () => adminToken,
    stateDir: () => folder.path,
    outbox: () => path.join(folder.path, 'outbox'),
    async visit(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const visit: Visit = { page, errors: [], requests: [] };
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) visit.errors.push(message.text());
      });
      page.on('pageerror', (error) => visit.errors.push(error.message));
      page.on('request', (request) => visit.requests.push({ method: request.method(), url: request.url() }));
      visits.push(visit);
      return visit;
    },
  };
}

/** What axe finds wrong, in lines. */
export async function findingsOn(page: Page): Promise<readonly string[]> {
  // Run by the debugger, which the policy of the page does not hold for.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

export const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [360, 1280].map((width) => ({ colorScheme, width })),
);

/** That nothing is wrong with a page as it stands in each theme and width. */
export async function expectSound(page: Page): Promise<void> {
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
    expect([page.url(), colorScheme, width, scrollWidth, await findingsOn(page)]).toEqual([
      page.url(),
      colorScheme,
      width,
      width,
      [],
    ]);
  }
}
