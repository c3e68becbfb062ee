/** An operator's marks and the cron trigger's lists, in workerd with its own KV. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Loopback, startLoopback } from '../edge/loopback.ts';
import { type System, startSystem } from './system.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';

let system: System;
let lists: Loopback;

beforeAll(async () => {
  lists = await startLoopback((_, response) => response.end('# fresh ones\nimplicit.test\n'));
  process.env['ADMIN_TOKEN'] = ADMIN_TOKEN;
  process.env['DISPOSABLE_LIST_URLS'] = lists.url.href;
  system = await startSystem();
}, 60_000);

afterAll(async () => {
  await system.close();
  await lists.close();
});

function administer(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${system.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const reasonOf = async (email: string): Promise<string> => (await system.ask(email)).reason;

describe('a domain', () => {
  test('a domain that the operator marks is disposable from the next request on, and no longer once the mark is removed', async () => {
    expect(await reasonOf('ada@good.test')).toBe('accepted');
    expect((await administer('PUT', '/v1/domains/good.test', { mark: 'disposable' })).status).toBe(200);
    expect(await reasonOf('ada@good.test')).toBe('disposable');
    expect((await administer('DELETE', '/v1/domains/good.test')).status).toBe(204);
    expect(await reasonOf('ada@good.test')).toBe('accepted');
  });

  test('a domain that the operator allows is asked about, even if lists name it', async () => {
    expect(await reasonOf('anyone@mailinator.com')).toBe('disposable');
    expect((await administer('PUT', '/v1/domains/mailinator.com', { mark: 'allow' })).status).toBe(200);
    const { reason, flags } = await system.ask('anyone@mailinator.com', { smtp: 'false', deadline_ms: '500' });
    expect([reason, flags.disposable]).not.toContain('disposable');
    expect((await (await administer('GET', '/v1/domains')).json()).domains).toMatchObject([
      { domain: 'mailinator.com', mark: 'allow' },
    ]);
  });

  test('a public suffix cannot be marked, in the worker as well', async () => {
    expect((await administer('PUT', '/v1/domains/co.uk', { mark: 'disposable' })).status).toBe(400);
  });
});

describe('the cron trigger', () => {
  test('the cron trigger fetches the configured lists', async () => {
    const before = lists.asked();
    const response = await fetch(`${system.url}/cdn-cgi/handler/scheduled?cron=17+*/6+*+*+*`);
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    expect(lists.asked()).toBe(before + 1);
  });
});
