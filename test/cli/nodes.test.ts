/** `vrfy nodes` against an edge that is a small server, and its table. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderNodes } from '../../cli/nodes-table.ts';
import type { NodeReport, ProviderStats } from '../../shared/enrolment.ts';
import { controlsOf, vrfy } from './vrfy.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12);
const TOKEN = 'a-token-of-this-test-alone';

const stats = (provider: string, changes: Partial<ProviderStats> = {}): ProviderStats => {
  return { provider, answers: 0, refusals: 0, is_resting: false, connect_ms: null, answer_ms: null, ...changes };
};

function nodeOf(id: string, changes: Partial<NodeReport> = {}): NodeReport {
  return {
    id,
    url: `https://${id}.example/`,
    region: 'eu-central',
    network: 'AS64500',
    state: 'active',
    enrolled_at: '2026-01-01T00:00:00.000Z',
    last_heartbeat_at: '2026-01-01T11:59:55.000Z',
    running_jobs: 3,
    capacity: 4000,
    sources: [],
    standings: [],
    phases: { dns: 1, connect: 12.4, greeting: 30, ehlo: 20, job: 181.6 },
    job_quantiles: { p50_ms: 181.6, p95_ms: 861.1 },
    findings: [],
    ...changes,
  };
}

describe('the table of nodes', () => {
  test('the table of nodes has a line per node, in columns', () => {
    const text = renderNodes([nodeOf('fra1'), nodeOf('singapore-1', { region: 'ap', state: 'lost' })], NOW_MS);
    const [head = '', ...lines] = text.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['fra1', 'eu-central', 'active', '3/4000', '182 ms', '861 ms', '12 ms', '-', '5 seconds ago'],
      ['singapore-1', 'ap', 'lost', '3/4000', '182 ms', '861 ms', '12 ms', '-', '5 seconds ago'],
    ]);
    for (const [index, name] of ['node', 'region', 'state', 'load'].entries()) {
      const column = head.indexOf(name);
      for (const line of lines) expect(line.slice(column).startsWith(line.split(/ {2,}/)[index] ?? '?')).toBe(true);
    }
  });

  test('the table of nodes names the providers that refuse a node, the worst first', () => {
    const standings = [
      stats('google', { answers: 99, refusals: 1 }),
      stats('yahoo', { answers: 1, refusals: 3, is_resting: true }),
      stats('icloud', { answers: 10 }),
      stats('gmx', { refusals: 2 }),
      stats('mx.small.example', { answers: 999, refusals: 1 }),
    ];
    expect(renderNodes([nodeOf('fra1', { standings })], NOW_MS)).toContain(
      'gmx 100 %, yahoo 75 % (rests), google 1 % and 1 more',
    );
  });

  test('the table of nodes states each fault and its remedy below', () => {
    const findings = [
      { check: 'ptr', level: 'fault', detail: '192.0.2.1 has no PTR.', fix: 'Add a PTR for 192.0.2.1.' },
      { check: 'clock', level: 'fine', detail: 'The clock is right.', fix: null },
    ] as const;
    const text = renderNodes([nodeOf('fra1', { findings: [...findings] })], NOW_MS);
    expect(text).toContain('\nfra1: fault: 192.0.2.1 has no PTR. Add a PTR for 192.0.2.1.\n');
    expect(text).not.toContain('The clock is right');
  });

  test('the table of nodes counts refusals of a node that another node has contradicted', () => {
    const looks = (asked: number, disputed: number) =>
      renderNodes([nodeOf('fra1', { second_looks: { asked, disputed } })], NOW_MS);
    expect(looks(40, 0)).not.toContain('disputed');
    expect(looks(40, 3)).toContain(
      'fra1: warning: of 40 refusals that it and another node were asked about, 3 were disputed.',
    );
  });

  test('the table of nodes shows nodes without a heartbeat, and says so if there are none', () => {
    const unheard = nodeOf('new1', { state: 'joining', last_heartbeat_at: null, phases: null });
    const { running_jobs: _, capacity: __, ...rest } = unheard;
    expect(renderNodes([rest], NOW_MS)).toContain('never');
    expect(renderNodes([], NOW_MS)).toContain('vrfy nodes token REGION');
  });

  test('the table of nodes lets no control character of a node through', () => {
    const hostile = nodeOf('fra1', {
      region: 'eu\u001b[31m',
      findings: [{ check: 'ptr', level: 'fault', detail: 'a\u0007b\nc', fix: '\u001b]0;x\u0007' }],
    });
    expect(controlsOf(renderNodes([hostile], NOW_MS))).toEqual([]);
  });
});

describe.concurrent('vrfy nodes', () => {
  const asked: { line: string; authorization: string | undefined; body: string }[] = [];
  let server: Server;
  let edge: string;

  const answers: Readonly<Record<string, readonly [number, unknown]>> = {
    'GET /v1/nodes': [200, { nodes: [nodeOf('fra1')] }],
    'POST /v1/nodes/tokens': [
      201,
      { token: 'vrfy_join_x', region: 'eu-west', expires_at: new Date(Date.now() + 600_000).toISOString() },
    ],
    'PATCH /v1/nodes/fra1': [200, nodeOf('fra1', { state: 'draining' })],
    'DELETE /v1/nodes/fra1': [204, null],
    'PATCH /v1/nodes/other1': [200, { hello: 'world' }],
    'DELETE /v1/nodes/fra1?forget_since=2026-01-01T00%3A00%3A00%2B02%3A00': [204, null],
  };

  async function bodyOf(request: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of request) text += chunk;
    return text;
  }

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const line = `${request.method} ${request.url}`;
      const { authorization } = request.headers;
      asked.push({ line, authorization, body: await bodyOf(request) });
      const [status, body] =
        authorization === `Bearer ${TOKEN}`
          ? (answers[line] ?? [404, { code: 'not_found', detail: 'There is no node of this name.' }])
          : [401, { code: 'unauthorized', detail: 'This needs the ADMIN_TOKEN.' }];
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === null ? undefined : JSON.stringify(body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    edge = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const run = (line: string, env: Readonly<Record<string, string>> = { VRFY_ADMIN_TOKEN: TOKEN }) =>
    vrfy(line.split(' '), { VRFY_EDGE: edge, ...env });

  test('vrfy nodes prints the table, or a line of JSON for each node', async () => {
    expect(await run('nodes')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('fra1  eu-central'),
    });
    const { stdout } = await run('nodes --json');
    expect(JSON.parse(stdout)).toEqual(nodeOf('fra1'));
  });

  test('vrfy nodes takes the admin token as --key as well', async () => {
    expect((await run(`nodes --key ${TOKEN}`, {})).code).toBe(0);
  });

  test('vrfy nodes makes a token, alone on standard output', async () => {
    expect(await run('nodes token eu-west --ttl 600')).toEqual({
      code: 0,
      stderr: 'One node can join eu-west with this token, which ends in 10 minutes and is shown this once.\n',
      stdout: 'vrfy_join_x\n',
    });
    const bodies = asked.filter(({ line }) => line === 'POST /v1/nodes/tokens').map(({ body }) => JSON.parse(body));
    expect(bodies).toContainEqual({ region: 'eu-west', ttl_s: 600 });
  });

  test.each([
    ['nodes drain fra1', 'fra1 is draining\n'],
    ['nodes activate fra1', 'fra1 is draining\n'],
    ['nodes remove fra1', 'fra1 is removed\n'],
    ['nodes remove fra1 --forget-since 2026-01-01T00:00:00+02:00', 'fra1 is removed\n'],
  ])('vrfy %s works and reports it', async (line, said) => {
    expect(await run(line)).toEqual({ code: 0, stderr: '', stdout: said });
  });

  test.each<[string, string, Readonly<Record<string, string>>?]>([
    ['nodes', 'the admin token', {}],
    ['nodes', 'answered 401: This needs the ADMIN_TOKEN.', { VRFY_ADMIN_TOKEN: 'another' }],
    ['nodes drain nobody', 'answered 404: There is no node of this name.'],
    ['nodes token', "missing required argument 'region'"],
    ['nodes drain', "missing required argument 'id'"],
    ['nodes remove a b', "too many arguments for 'remove'"],
    ['nodes drain fra1 --forget-since 2026-01-01', "unknown option '--forget-since'"],
    ['nodes token eu --ttl 59', 'Give a whole number from 60 to 604800.'],
    ['nodes dance', "unknown command 'dance'"],
    ['node dctor', "unknown command 'dctor'\n(Did you mean doctor?)"],
    ['node join --token x --edge nowhere', 'nowhere is not the URL of an edge'],
    ['node join --settings /nowhere/at/all', 'cannot be read'],
  ])('vrfy %s is wrong use: %s', async (line, said, env) => {
    const { code, stderr, stdout } = await run(line, env);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain(TOKEN);
  });

  test('a service that does not answer like an edge counts as unreachable, not as a found problem', async () => {
    const { code, stdout, stderr } = await run('nodes activate other1');
    expect([code, stdout]).toEqual([69, '']);
    expect(stderr).toBe('vrfy: the service at that URL does not answer like a vrfy edge of this version\n');
  });

  test.each(['nodes --edge http://127.0.0.1:1', 'node join --edge http://127.0.0.1:1 --token x'])(
    'vrfy %s reports that no edge answers',
    async (line) => {
      const { code, stderr } = await run(line);
      expect([code, stderr]).toEqual([69, expect.stringContaining('no edge answers at http://127.0.0.1:1')]);
    },
  );
});
