/** The pages that the worker fills in, in workerd: `/` with and without a sandbox, its form, and `/lists/:id`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEdge, startEdge } from '../../cli/start/edge.ts';
import { loadKeys } from '../../cli/start/keys.ts';
import { freePortRun, type System, startSystem } from './system.ts';

let system: System;
let stateDir: string;
/** Without a sandbox and without nodes. */
let bare: RunningEdge;

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-pages-'));
  const [port, keys] = [await freePortRun(1), await loadKeys(stateDir)];
  [system, bare] = [await startSystem(), await startEdge({ port, stateDir, keys, sandboxDohUrl: null })];
});

afterAll(async () => {
  await system?.close();
  await bare?.close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

type Page = { readonly status: number; readonly headers: Headers; readonly html: string };

async function send(body: string | URLSearchParams, headers: Record<string, string> = {}): Promise<Page> {
  const own = { origin: system.url, 'content-type': 'application/x-www-form-urlencoded', ...headers };
  const response = await fetch(system.url, { method: 'POST', headers: own, body: String(body) });
  return { status: response.status, headers: response.headers, html: await response.text() };
}

const check = (...emails: readonly string[]): Promise<Page> =>
  send(new URLSearchParams(emails.map((email) => ['email', email])));

const typedIn = ({ html }: Page): string => /<input id="email"[^>]* value="([^"]*)"/.exec(html)?.[1] ?? '';
const verdictOf = ({ html }: Page): string => /<article class="card verdict-card (\w+)"/.exec(html)?.[1] ?? '';
const noticeOf = ({ html }: Page): string => /<p class="notice bad">([^<]*)</.exec(html)?.[1] ?? '';

describe('the page at /', () => {
  test('is a file with the policy of its own, which a client may have already', async () => {
    const first = await fetch(system.url);
    expect([first.status, await first.text()]).toEqual([200, expect.stringContaining('<form id="try"')]);
    expect(first.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    const again = await fetch(system.url, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
    expect((await fetch(system.url, { method: 'HEAD' })).status).toBe(200);
  });

  test('has the addresses of the sandbox only if the edge has one', async () => {
    expect(await (await fetch(system.url)).text()).toContain('id="sandbox"');
    const page = await (await fetch(bare.url)).text();
    expect(page).toContain('<form id="try"');
    expect(page).not.toContain('sandbox');
  });

  test.each([
    ['ada@good.test', 'deliverable'],
    ['nobody@good.test', 'invalid'],
    ['anyone@catchall.test', 'risky'],
    ['ada@blocked.test', 'unknown'],
  ])('tells by its form alone that %s is %s', async (email, verdict) => {
    const page = await check(email);
    expect([page.status, verdictOf(page), typedIn(page)]).toEqual([200, verdict, email]);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
  });

  test('takes the address of the button that was pressed, and the field if that has none', async () => {
    expect(typedIn(await check('ada@good.test', 'nobody@good.test'))).toBe('nobody@good.test');
    expect(typedIn(await check('nobody@good.test', ''))).toBe('nobody@good.test');
  });

  test('shows what was typed as text, and asks about it', async () => {
    const page = await check('"><img src=x onerror=alert(1)>');
    expect([page.status, verdictOf(page)]).toEqual([200, 'invalid']);
    expect(page.html).not.toMatch(/(?<!&quot;>)<img/);
    expect(page.html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  test.each<[string, () => Promise<Page>, number, string]>([
    ['without an address', () => send(''), 400, 'email: must be given.'],
    ['that is too long', () => check('a'.repeat(9_000)), 413, 'This is too long to be an address.'],
    [
      'that is no form',
      () => send('{}', { 'content-type': 'application/json' }),
      415,
      'The body must be application/x-www-form-urlencoded.',
    ],
  ])('tells in a sentence what is wrong with a form %s', async (_, post, status, sentence) => {
    const page = await post();
    expect([page.status, noticeOf(page)]).toEqual([status, sentence]);
  });

  test.each([['https://evil.example'], ['null']])('takes no form of the origin %s', async (origin) => {
    const { status, html } = await send('email=ada@good.test', { origin });
    expect([status, JSON.parse(html)]).toMatchObject([403, { code: 'form_origin' }]);
  });
});

test('the page of a list is the same file for every id, and no engine may list it', async () => {
  const [lists, one] = [await fetch(`${system.url}/lists`), await fetch(`${system.url}/lists/${'A'.repeat(22)}`)];
  expect([one.status, await one.text()]).toEqual([200, await lists.text()]);
  expect(one.headers.get('content-security-policy')).toBe(lists.headers.get('content-security-policy'));
  expect(one.headers.get('x-robots-tag')).toBe('noindex');
});
