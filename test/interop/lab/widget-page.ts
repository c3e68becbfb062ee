// Pages with the widget in Chromium, one after the other, for tests. Each test ends without an error in the console.

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Vrfy } from '../../../web/widget/widget.ts';
import { startChromium } from './browser.ts';
import { type EdgeRequest, type FormLab, startFormLab } from './forms.ts';

/** An event of a field. */
type PageEvent = { readonly name: string; readonly detail: Record<string, unknown> };

declare global {
  interface Window {
    vrfy?: Vrfy;
    events: PageEvent[];
    submits: number;
  }
}

export let lab: FormLab;
export let browser: Browser;
let context: BrowserContext | undefined;
export let page: Page;
/** Errors in the console of the browser. */
let errors: string[];
let errorsExpected: RegExp | null;

export function useWidgetPages(): void {
  beforeAll(async () => {
    [lab, browser] = await Promise.all([startFormLab(), startChromium()]);
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  beforeEach(async () => {
    lab.conduct = 0;
    lab.requests.length = 0;
    lab.submissions.length = 0;
    errors = [];
    errorsExpected = null;
    await openBrowser();
  });

  afterEach(async () => {
    await context?.close();
    const unexpected = errors.filter((text) => errorsExpected?.test(text) !== true);
    expect(unexpected).toEqual([]);
  });
}

/** A browser of its own for the test, in the place of the one that it began with. */
export async function openBrowser(options: BrowserContextOptions = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext(options);
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.addInitScript(() => {
    window.events = [];
    window.submits = 0;
    for (const name of ['vrfy:start', 'vrfy:result', 'vrfy:suggest']) {
      addEventListener(name, (event) => window.events.push({ name, detail: (event as CustomEvent).detail }));
    }
  });
}

/** Allows errors that the browser itself reports, such as those of failed requests. */
export function expectErrors(pattern: RegExp): void {
  errorsExpected = pattern;
}

export type Form = {
  /** Attributes of the field, of the script, and of the form. */
  readonly field?: string;
  readonly script?: string;
  readonly form?: string;
  readonly before?: string;
  readonly after?: string;
  readonly lang?: string;
};

export function formPage({
  field = '',
  script = '',
  form = '',
  before = '',
  after = '',
  lang = 'en',
}: Form = {}): string {
  // Long, so that a busy machine gives the same answers.
  const wait = script.includes('data-vrfy-wait') ? '' : 'data-vrfy-wait="30000"';
  return `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><title>Newsletter</title>
<script src="${lab.edge}/widget.js" data-key="${lab.key}" ${wait} ${script} defer></script></head>
<body><main><h1>Newsletter</h1><form action="/submitted" method="post" ${form}>${before}
<label for="email">Email</label><input id="email" name="email" type="email" autocomplete="email" ${field}>
${after}<button>Send</button></form></main></body></html>`;
}

export async function open(html: string, program?: string): Promise<void> {
  await page.goto(await lab.page(html, program));
  await page.waitForFunction(() => window.vrfy !== undefined);
}

export const field = () => page.locator('#email');
export const status = () => page.locator('[role=status]');
export const send = () => page.getByRole('button', { name: 'Send' });
export const state = (): Promise<string | null> => field().getAttribute('data-vrfy-state');
export const isInvalid = (): Promise<string | null> => field().getAttribute('aria-invalid');
export const verifies = (): readonly EdgeRequest[] => lab.requests.filter(({ url }) => url.startsWith('/v1/verify'));
export const asked = (): readonly string[] =>
  verifies().map(({ body }) => (JSON.parse(body) as { email: string }).email);
export const events = (): Promise<readonly PageEvent[]> => page.evaluate(() => window.events);
export const eventNames = async (): Promise<readonly string[]> => (await events()).map(({ name }) => name);
export const submitted = (): readonly string[] => lab.submissions.map((form) => form.get('email') ?? '');

/** Types and leaves the field. */
export async function answer(email: string): Promise<void> {
  await field().pressSequentially(email);
  await field().blur();
}

export async function settled(verdict: string): Promise<void> {
  await expect.poll(state).toBe(verdict);
}
