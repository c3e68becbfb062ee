// Forms as docs/FORMS.md and examples/form have them: in Chromium, with the widget, the edge and the server that checks the token.

import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unstable_startWorker as startWorker } from 'wrangler';
import { createServer } from '../../examples/form/server.ts';
import type { Settings } from '../../examples/form/sign-up.ts';
import { freePort } from './lab/port.ts';
import { expectErrors, field, lab, page, settled, state, useWidgetPages } from './lab/widget-page.ts';

useWidgetPages();

type Example = { readonly origin: string; close(): Promise<unknown> };

/** A key for the pages of this origin, as its operator makes it. */
async function settingsFor(origin: string): Promise<Settings> {
  const response = await fetch(`${lab.system.url}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.system.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'publishable', origins: [origin] }),
  });
  const { key, id } = (await response.json()) as { key: string; id: string };
  return { EDGE: lab.system.url, KEY: key, KEY_ID: id };
}

async function startExpress(): Promise<Example> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const server: Server = createServer(await settingsFor(origin)).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function startHono(): Promise<Example> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const texts = Object.entries(await settingsFor(origin));
  const worker = await startWorker({
    config: fileURLToPath(new URL('../../examples/form/wrangler.toml', import.meta.url)),
    envFiles: [],
    bindings: Object.fromEntries(texts.map(([name, value]) => [name, { type: 'plain_text' as const, value }])),
    dev: { server: { hostname: '127.0.0.1', port }, inspector: false, watch: false, logLevel: 'none' },
  });
  await worker.ready;
  return { origin, close: () => worker.dispose() };
}

describe.each([
  ['Express', startExpress],
  ['a Hono Worker', startHono],
])('the example on %s', (_, start) => {
  let example: Example;

  beforeAll(async () => {
    example = await start();
  });

  afterAll(() => example?.close());

  const submit = async (email: string, clicks = 1): Promise<string | null> => {
    // The example has no icon, and a refusal is a 422: browsers write both down.
    expectErrors(/404|422/);
    await page.goto(example.origin);
    await page.waitForFunction(() => window.vrfy !== undefined);
    await field().fill(email);
    await field().blur();
    await expect.poll(state).toMatch(/deliverable|invalid/);
    for (let click = 0; click < clicks; click += 1) {
      await page.getByRole('button', { name: 'Sign up' }).click();
      if (click < clicks - 1) await settled('invalid');
    }
    await page.waitForFunction(() => document.querySelector('form') === null);
    return page.locator('body').textContent();
  };

  const post = async (fields: Record<string, string>): Promise<readonly [number, string]> => {
    const response = await fetch(example.origin, { method: 'POST', body: new URLSearchParams(fields) });
    return [response.status, await response.text()];
  };

  test('welcomes whom the edge found, in any spelling of the domain', async () => {
    expect(await submit('ada@Good.test')).toBe('Welcome!');
  });

  test('refuses what the edge refuses, although the page lets a person insist', async () => {
    expect(await submit('nobody@good.test', 2)).toBe('No mail can reach this address.');
  });

  test('takes no page’s word: a forged token, and the token of another address, count as none', async () => {
    expectErrors(/404/);
    await page.goto(example.origin);
    await page.waitForFunction(() => window.vrfy !== undefined);
    await field().fill('ada@good.test');
    await field().blur();
    await settled('deliverable');
    const token = await page.locator('[name=vrfy_token]').inputValue();
    const unchecked = [200, 'Welcome! Please confirm by the mail that we send.'];
    expect(await post({ email: 'ada@good.test', vrfy_token: token })).toEqual([200, 'Welcome!']);
    expect(await post({ email: 'nobody@good.test', vrfy_token: token })).toEqual(unchecked);
    expect(await post({ email: 'ada@good.test', vrfy_token: `${token.slice(0, -2)}xx` })).toEqual(unchecked);
    expect(await post({ email: 'ada@good.test' })).toEqual(unchecked);
    expect(await post({ email: 'no address', vrfy_token: token })).toEqual([422, 'Please write a whole address.']);
  });
});

describe('docs/FORMS.md', () => {
  const documentText = (): Promise<string> => readFile(new URL('../../docs/FORMS.md', import.meta.url), 'utf8');

  test('has a page that works as it is written, on a server and as a file', async () => {
    const html = /```html\n(<!doctype html>.*?)```/s.exec(await documentText())?.[1] ?? '';
    expect(html.trim().split('\n').length).toBeLessThanOrEqual(10);
    expect(html).toContain('http://127.0.0.1:8787/widget.js');
    // But for the port, which `npm start` may be told as well.
    const text = html.replaceAll('http://127.0.0.1:8787', lab.system.url);
    const server = createHttpServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(text);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-page-'));
    const file = path.join(folder, 'page.html');
    await writeFile(file, text);
    try {
      for (const url of [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, pathToFileURL(file).href]) {
        await page.goto(url);
        await page.waitForFunction(() => window.vrfy !== undefined);
        const input = page.locator('input[type=email]');
        await input.fill('nobody@good.test');
        await input.blur();
        await expect.poll(() => page.locator('[role=status]').textContent()).toBe('This mailbox does not exist.');
        await input.fill('ada@good.test');
        await input.blur();
        await expect.poll(() => input.getAttribute('data-vrfy-state')).toBe('deliverable');
      }
    } finally {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    }
  });

  test('names the directives of a policy under which the widget works', async () => {
    const policy = /```\n(Content-Security-Policy: .*?)```/s.exec(await documentText())?.[1] ?? '';
    expect(policy.trim()).toBe(
      'Content-Security-Policy: script-src https://edge.example.com; connect-src https://edge.example.com',
    );
    for (const directive of [`script-src ${lab.edge}`, `connect-src ${lab.edge}`])
      expect(lab.policy).toContain(directive);
  });
});
