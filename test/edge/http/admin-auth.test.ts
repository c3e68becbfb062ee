import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { requireAdmin } from '../../../edge/http/admin-auth.ts';
import type { App } from '../../../edge/http/context.ts';
import { toProblem } from '../../../shared/problem.ts';

const TOKEN = 'a-token-of-this-test-alone';

const app = new Hono<App>();
app.use('/admin', requireAdmin);
app.get('/admin', (c) => c.text('done'));
app.onError((error) => toProblem(error).toResponse());

function ask(authorization: string | null, token: string | undefined = TOKEN, path = '/admin'): Promise<Response> {
  const headers: Record<string, string> = authorization === null ? {} : { authorization };
  return Promise.resolve(app.request(path, { headers }, token === undefined ? {} : { ADMIN_TOKEN: token }));
}

describe('the routes that administer', () => {
  test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER  ${TOKEN}`])('open to %j', async (authorization) => {
    const response = await ask(authorization);
    expect([response.status, await response.text()]).toEqual([200, 'done']);
  });

  test.each<[string, string | null]>([
    ['no header', null],
    ['an empty header', ''],
    ['another scheme', `Basic ${btoa(`admin:${TOKEN}`)}`],
    ['the token without a scheme', TOKEN],
    ['another token of the same length', `Bearer ${TOKEN.slice(0, -1)}x`],
    ['the beginning of the token', `Bearer ${TOKEN.slice(0, -1)}`],
    ['the token and more', `Bearer ${TOKEN}x`],
    ['the token in another case', `Bearer ${TOKEN.toUpperCase()}`],
    ['two headers, as they arrive joined', `Bearer ${TOKEN}, Bearer ${TOKEN}`],
    ['a token of 100 KiB', `Bearer ${'x'.repeat(102_400)}`],
  ])('stay shut to %s', async (_, authorization) => {
    const response = await ask(authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="vrfy"');
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'unauthorized' });
    expect(text).not.toContain(TOKEN);
  });

  test('stay shut to a token in the query', async () => {
    expect((await ask(null, TOKEN, `/admin?key=${TOKEN}&access_token=${TOKEN}`)).status).toBe(401);
  });

  test.each<[string, string | undefined, string | null]>([
    ['is no token', undefined, 'Bearer undefined'],
    ['is an empty token', '', 'Bearer '],
    ['is a token that could be guessed', 'admin', 'Bearer admin'],
  ])('stay shut to everybody where there %s, and say why', async (_, token, authorization) => {
    const response = await (token === undefined
      ? app.request('/admin', { headers: { authorization: authorization ?? '' } }, {})
      : ask(authorization, token));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'admin_off', detail: expect.stringContaining('ADMIN_TOKEN') });
  });
});
