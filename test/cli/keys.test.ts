/** `vrfy keys` against an edge that is a small server. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyReport } from '../../shared/api-key.ts';
import { controlsOf, vrfy } from './vrfy.ts';

const TOKEN = 'a-token-of-this-test-alone';
const SECRET = `whsec_${'A'.repeat(43)}=`;
const KEY = 'vrfy_sk_0123456789abcdefghijklmnABCDEF';

function reportOf(id: string, changes: Partial<KeyReport> = {}): KeyReport {
  return {
    id,
    kind: 'secret',
    name: 'Shop',
    email: null,
    origins: [],
    daily_quota: 100,
    visitor_daily_quota: null,
    visitor_minute_quota: null,
    created_at: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

describe.concurrent('vrfy keys', () => {
  const asked: { line: string; body: string }[] = [];
  let server: Server;
  let edge: string;

  const answers: Readonly<Record<string, readonly [number, unknown]>> = {
    'GET /v1/keys': [200, { keys: [{ ...reportOf('one'), used_today: 12 }], cursor: 'more' }],
    'GET /v1/keys?cursor=more': [
      200,
      {
        keys: [
          reportOf('two', { kind: 'publishable', origins: ['https://shop.example'], daily_quota: null }),
          reportOf('three', { kind: 'test', name: 'a\u001b[31m', daily_quota: null }),
        ],
        cursor: null,
      },
    ],
    'POST /v1/keys': [201, { ...reportOf('new'), key: KEY, webhook_secret: SECRET }],
    'POST /v1/keys/one/webhook-secret': [201, { webhook_secret: SECRET }],
    'DELETE /v1/keys/one': [204, null],
  };

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const line = `${request.method} ${request.url}`;
      let body = '';
      for await (const chunk of request) body += chunk;
      asked.push({ line, body });
      const [status, told] =
        request.headers.authorization === `Bearer ${TOKEN}`
          ? (answers[line] ?? [404, { code: 'not_found', detail: 'There is no key of this id.' }])
          : [401, { code: 'unauthorized', detail: 'This needs the ADMIN_TOKEN.' }];
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(told === null ? undefined : JSON.stringify(told));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    edge = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const run = (args: readonly string[], env: Readonly<Record<string, string>> = { VRFY_ADMIN_TOKEN: TOKEN }) =>
    vrfy(['keys', ...args], { VRFY_EDGE: edge, ...env });

  test('vrfy keys webhook-secret prints the new secret alone on standard output', async () => {
    const { code, stdout, stderr } = await run(['webhook-secret', 'one']);
    expect([code, stdout]).toEqual([0, `${SECRET}\n`]);
    expect(stderr).toContain('24 hours');
    expect(JSON.parse((await run(['webhook-secret', 'one', '--json'])).stdout)).toEqual({ webhook_secret: SECRET });
    expect((await run(['webhook-secret', 'two'])).code).toBe(2);
  });

  test('vrfy keys create prints the key alone on standard output; its id, and that it is shown once, are on standard error', async () => {
    const { code, stdout, stderr } = await run(['create', '--name', 'Shop', '--quota', '7']);
    expect([code, stdout]).toEqual([0, `${KEY}\n`]);
    expect(stderr).toBe(
      'This secret key has the id new. The key is shown this once: store it now. To revoke it: vrfy keys revoke new\n' +
        `Secret of its webhooks, shown this once as well: ${SECRET}\n`,
    );
    const bodies = asked.filter(({ line }) => line === 'POST /v1/keys').map(({ body }) => JSON.parse(body));
    expect(bodies).toContainEqual({ kind: 'secret', name: 'Shop', daily_quota: 7 });
  });

  test('vrfy keys create sends the owner and the origins', async () => {
    const args = ['create', '--kind', 'publishable', '--origin', 'https://a.example', '--origin', 'https://b.example'];
    const { code, stdout, stderr } = await run([
      ...args,
      ...['--email', 'ada@firm.example', '--quota', 'unlimited', '--json'],
    ]);
    expect([code, stderr, JSON.parse(stdout)]).toEqual([
      0,
      '',
      { ...reportOf('new'), key: KEY, webhook_secret: SECRET },
    ]);
    const bodies = asked.filter(({ line }) => line === 'POST /v1/keys').map(({ body }) => JSON.parse(body));
    const origins = ['https://a.example', 'https://b.example'];
    expect(bodies).toContainEqual({ kind: 'publishable', origins, email: 'ada@firm.example', daily_quota: null });
  });

  test.each([[[]], [['list']]])('vrfy keys lists all pages: %j', async (args) => {
    const { code, stdout } = await run(args);
    expect(code).toBe(0);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^id +kind +used today/);
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['one', 'secret', '12 of 100'],
      ['two', 'publishable', '? (unlimited)'],
      ['three', 'test', '-'],
    ]);
    expect(stdout).toContain('https://shop.example');
    expect(controlsOf(stdout)).toEqual([]);
  });

  test('vrfy keys lists lines of JSON on request', async () => {
    const { stdout } = await run(['list', '--json']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(['one', 'two', 'three']);
  });

  test('vrfy keys revoke revokes a key', async () => {
    expect(await run(['revoke', 'one'])).toEqual({ code: 0, stderr: '', stdout: 'one is revoked\n' });
    expect(JSON.parse((await run(['revoke', 'one', '--json'])).stdout)).toEqual({ id: 'one', revoked: true });
  });

  test.each<[string, string, Readonly<Record<string, string>>?]>([
    ['', 'keys needs the admin token', {}],
    ['', 'answered 401: This needs the ADMIN_TOKEN.', { VRFY_ADMIN_TOKEN: 'another' }],
    ['revoke nobody', 'answered 404: There is no key of this id.'],
    ['revoke', "missing required argument 'id'"],
    ['revoke a b', "too many arguments for 'revoke'"],
    ['create Shop', "too many arguments for 'create'"],
    ['create --kind root', 'Allowed choices are secret, publishable, test.'],
    ['create --quota many', 'Give a whole number, or "unlimited".'],
    ['lst', "unknown command 'lst'\n(Did you mean list?)\nTry: vrfy keys --help"],
  ])('vrfy keys refuses %s as wrong use: %s', async (line, said, env) => {
    const { code, stderr, stdout } = await run(line.split(' ').filter(Boolean), env);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain(TOKEN);
  });

  test('vrfy keys reports an edge that cannot be reached', async () => {
    const { code, stderr } = await run(['--edge', 'http://127.0.0.1:1']);
    expect([code, stderr]).toEqual([69, expect.stringContaining('no edge answers')]);
  });
});
