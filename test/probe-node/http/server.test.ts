import { createHmac } from 'node:crypto';
import { createServer as createHttpServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../probe-node/engine.ts';
import { createEdgeKeys } from '../../../probe-node/http/edge-keys.ts';
import { createReplayGuard } from '../../../probe-node/http/replay-guard.ts';
import { createServer, type ServerPorts } from '../../../probe-node/http/server.ts';
import { createMeter, type Meter } from '../../../probe-node/metrics.ts';
import { type Evidence, JOB_BYTES_MAX, type ProbeJob } from '../../../shared/job.ts';
import { type SigningKey, signToken, TOKEN_ISSUER } from '../../../shared/token.ts';

const NODE_ID = 'probe-1';
const NOW_MS = 1_800_000_000_000;
const NOW_SECONDS = NOW_MS / 1000;
const URL_OF_PROBE = 'http://node.test/v1/probe';

const JOB: ProbeJob = {
  version: 1,
  domain: 'example.test',
  provider: null,
  mail_hosts: [{ host: 'mx.example.test', preference: 10 }],
  recipients: [
    { id: 1, address: 'ada@example.test' },
    { id: 2, address: 'bob@example.test' },
  ],
  catch_all: 'ask',
  deadline_ms: 5_000,
};

const EVIDENCE: Evidence = {
  id: 1,
  host: 'mx.example.test',
  ip: '192.0.9.1',
  stage: 'rcpt',
  outcome: 'reply',
  reply: { code: 250, enhanced: '2.1.5', text: 'Ok' },
  stranger: null,
  fault: null,
  tls: false,
  rule: null,
  retry_after_s: null,
  node: NODE_ID,
  region: 'eu-central',
  attempts: [],
  ms: 12.5,
};

/** Changes to a node for a test: its ports, and the answers of its engine. */
type Changes = Partial<Omit<ServerPorts, 'engine'>> & {
  readonly probe?: Engine['probe'];
  readonly runningJobs?: () => number;
};

let meter: Meter;
let edgeKey: SigningKey;
let otherKey: SigningKey;
let publishedJwk: Awaited<ReturnType<typeof exportJWK>>;
const servers: Server[] = [];

beforeAll(async () => {
  meter = createMeter({ idleSessions: () => 3, closedLanes: () => 0, restingSources: () => [], runningJobs: () => 0 });
  const edge = await generateKeyPair('EdDSA', { extractable: true });
  const other = await generateKeyPair('EdDSA', { extractable: true });
  edgeKey = { kid: 'edge-2027', key: edge.privateKey };
  otherKey = { kid: 'edge-2027', key: other.privateKey };
  publishedJwk = { ...(await exportJWK(edge.publicKey)), kid: 'edge-2027', alg: 'EdDSA', use: 'sig' };
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

async function listen(server: Server): Promise<URL> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return new URL(`http://127.0.0.1:${address.port}`);
}

const publishKeys: RequestListener = (request, response) => {
  if (request.url !== '/.well-known/jwks.json') return response.writeHead(404).end();
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [publishedJwk] }));
};

type Node = {
  readonly app: ReturnType<typeof createServer>;
  /** Jobs that the probe was given. */
  readonly jobs: ProbeJob[];
  readonly log: () => string;
};

/** A node whose edge is a real HTTP server with a key set. */
async function startNode(changes: Changes = {}, edge: RequestListener = publishKeys): Promise<Node> {
  const jobs: ProbeJob[] = [];
  const lines: string[] = [];
  const { probe = async () => {}, runningJobs = () => 0, ...ports } = changes;
  const app = createServer({
    nodeId: NODE_ID,
    findKey: createEdgeKeys(await listen(createHttpServer(edge)), { nowMs: () => NOW_MS, sleep: async () => {} }),
    guardReplay: createReplayGuard(null, NOW_MS - 3_600_000),
    doctor: { findings: () => [], isFit: () => true },
    isDraining: () => false,
    nowMs: () => NOW_MS,
    log: pino({}, { write: (line: string) => lines.push(line) }),
    ...ports,
    engine: {
      meter,
      runningJobs,
      probe: (job, tell, signal) => {
        jobs.push(job);
        return probe(job, tell, signal);
      },
    },
  });
  return { app, jobs, log: () => lines.join('') };
}

function octets(body: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

function post(token: string | null, body: unknown = JOB): RequestInit {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return { method: 'POST', headers, body: body instanceof Uint8Array ? new Uint8Array(body) : octets(body) };
}

/** A post that is in order. */
async function signedPost(body: unknown = JOB): Promise<RequestInit> {
  return post(await signToken(edgeKey, NODE_ID, octets(body), NOW_MS), body);
}

async function hashOf(body: unknown): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', octets(body))).toString('base64url');
}

type Claims = Readonly<Record<string, unknown>>;

/** A token with claims changed; undefined leaves one out. */
async function tokenWith(changes: Claims, header: Claims = {}, key = edgeKey): Promise<string> {
  const claims = {
    iss: TOKEN_ISSUER,
    aud: NODE_ID,
    jti: 'a-token-of-the-test',
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 30,
    bod: await hashOf(JOB),
    ...changes,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: key.kid, ...header }).sign(key.key);
}

function encodePart(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

async function unsigned(alg: string): Promise<string> {
  const [, payload] = (await tokenWith({})).split('.');
  return `${encodePart({ alg, kid: edgeKey.kid })}.${payload}.`;
}

/** The old attack: the public key, which is no secret, as the secret of an HMAC. */
async function signedWithPublicKey(): Promise<string> {
  const [, payload] = (await tokenWith({})).split('.');
  const content = `${encodePart({ alg: 'HS256', kid: edgeKey.kid })}.${payload}`;
  const mac = createHmac('sha256', Buffer.from(publishedJwk.x ?? '', 'base64url')).update(content);
  return `${content}.${mac.digest('base64url')}`;
}

async function problemOf(response: Response): Promise<{ status: number; code: string }> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const { status, code, type } = await response.json();
  expect([status, type]).toEqual([response.status, `urn:vrfy:problem:${code}`]);
  return { status, code };
}

describe('a job is refused with 401, and nothing is probed, for a token that', () => {
  test.each<[string, string, () => RequestInit | Promise<RequestInit>]>([
    ['is missing', 'token_missing', () => post(null)],
    [
      'stands under another scheme',
      'token_malformed',
      () => ({ ...post(null), headers: { authorization: 'Basic YTpi' } }),
    ],
    ['is empty', 'token_malformed', () => ({ ...post(null), headers: { authorization: 'Bearer ' } })],
    ['is no JWT', 'token_malformed', () => post('abc')],
    ['has a header that is no JSON', 'token_malformed', () => post('YWJj.YWJj.YWJj')],
    ['has characters that no token has', 'token_malformed', () => post('a b.c')],
    ['has five parts', 'token_malformed', async () => post(`${await tokenWith({})}.x.y`)],
    ['is not signed', 'token_malformed', async () => post(await unsigned('none'))],
    ['is not signed and says so in capitals', 'token_malformed', async () => post(await unsigned('NONE'))],
    ['has an empty signature', 'token_signature', async () => post(await unsigned('EdDSA'))],
    ['is an HMAC with our public key', 'token_malformed', async () => post(await signedWithPublicKey())],
    ['is signed with another key', 'token_signature', async () => post(await tokenWith({}, {}, otherKey))],
    ['names a key that is not published', 'token_key_unknown', async () => post(await tokenWith({}, { kid: 'x' }))],
    ['names no key', 'token_key_unknown', async () => post(await tokenWith({}, { kid: undefined }))],
    [
      'brings its own key',
      'token_signature',
      async () => {
        const { kid: _, ...jwk } = publishedJwk;
        return post(await tokenWith({}, { jwk }, otherKey));
      },
    ],
    ['has another issuer', 'token_issuer', async () => post(await tokenWith({ iss: 'somebody' }))],
    ['has no issuer', 'token_issuer', async () => post(await tokenWith({ iss: undefined }))],
    ['is for another node', 'token_audience', async () => post(await tokenWith({ aud: 'probe-2' }))],
    ['is for nobody', 'token_audience', async () => post(await tokenWith({ aud: undefined }))],
    [
      'has expired',
      'token_expired',
      async () => post(await tokenWith({ iat: NOW_SECONDS - 40, exp: NOW_SECONDS - 10 })),
    ],
    [
      'is of the future',
      'token_not_yet_valid',
      async () => post(await tokenWith({ iat: NOW_SECONDS + 10, exp: NOW_SECONDS + 40 })),
    ],
    ['is not valid before later', 'token_not_yet_valid', async () => post(await tokenWith({ nbf: NOW_SECONDS + 10 }))],
    ['lives too long', 'token_lifetime', async () => post(await tokenWith({ exp: NOW_SECONDS + 61 }))],
    ['has no id', 'token_malformed', async () => post(await tokenWith({ jti: undefined }))],
    ['has an id that is too short', 'token_malformed', async () => post(await tokenWith({ jti: 'short' }))],
    ['does not expire', 'token_malformed', async () => post(await tokenWith({ exp: undefined }))],
    ['belongs to another body', 'token_body', async () => post(await tokenWith({}), { ...JOB, catch_all: 'skip' })],
    [
      'belongs to this body and a blank',
      'token_body',
      async () => post(await tokenWith({}), `${JSON.stringify(JOB)} `),
    ],
    ['belongs to no body', 'token_body', async () => post(await tokenWith({ bod: undefined }))],
    ['has 100 KiB', 'token_malformed', () => post('a'.repeat(100 * 1024))],
    [
      'has 100 KiB and is well-formed',
      'token_malformed',
      async () => post(await tokenWith({ x: 'a'.repeat(100 * 1024) })),
    ],
  ])('%s: %s', async (_, code, init) => {
    const node = await startNode();
    expect(await problemOf(await node.app.request(URL_OF_PROBE, await init()))).toEqual({ status: 401, code });
    expect(node.jobs).toEqual([]);
  });

  test('a job is refused with 401, and nothing is probed, for a token that stands in the query string', async () => {
    const node = await startNode();
    const token = await tokenWith({});
    const response = await node.app.request(`${URL_OF_PROBE}?token=${token}&access_token=${token}`, post(null));
    expect(await problemOf(response)).toEqual({ status: 401, code: 'token_missing' });
    expect(node.jobs).toEqual([]);
  });

  test('a job is refused with 401, and nothing is probed, for a token that has been used before', async () => {
    const node = await startNode();
    const init = await signedPost();
    expect((await node.app.request(URL_OF_PROBE, init)).status).toBe(200);
    expect(await problemOf(await node.app.request(URL_OF_PROBE, init))).toEqual({
      status: 401,
      code: 'token_replayed',
    });
    expect(node.jobs).toHaveLength(1);
  });

  test('a job is refused with 401, and nothing is probed, for a token that is told to come as Bearer if there is none', async () => {
    const node = await startNode();
    const response = await node.app.request(URL_OF_PROBE, post(null));
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('a refused token', () => {
  test('a refused token stands neither in the answer nor in the log', async () => {
    const node = await startNode();
    for (const token of [await tokenWith({ iss: 'x' }), await tokenWith({}, {}, otherKey), 'YWJj.c2VjcmV0.YWJj']) {
      const text = await (await node.app.request(URL_OF_PROBE, post(token))).text();
      for (const part of token.split('.')) {
        expect(text).not.toContain(part);
        expect(node.log()).not.toContain(part);
      }
    }
  });

  test('a refused token does not use up its id', async () => {
    const node = await startNode();
    await node.app.request(URL_OF_PROBE, post(await tokenWith({}), { ...JOB, catch_all: 'skip' }));
    expect((await node.app.request(URL_OF_PROBE, post(await tokenWith({})))).status).toBe(200);
  });
});

describe('a token within the tolerance of clocks', () => {
  test.each([
    ['expired just now', { iat: NOW_SECONDS - 30, exp: NOW_SECONDS - 4 }],
    ['issued in a moment', { iat: NOW_SECONDS + 4, exp: NOW_SECONDS + 34 }],
  ])('a token within the tolerance of clocks is taken: %s', async (_, claims) => {
    const node = await startNode();
    expect((await node.app.request(URL_OF_PROBE, post(await tokenWith(claims)))).status).toBe(200);
  });
});

describe('the keys of the edge', () => {
  test('are searched for without keeping others from being checked, however many name a key that nobody knows', async () => {
    const search = Promise.withResolvers<null>();
    const keys = async (kid: string) => (kid === 'invented' ? search.promise : publishedJwk);
    const { app } = await startNode({ findKey: keys });
    const invented = post(await tokenWith({}, { kid: 'invented' }));
    const waiting = Array.from({ length: 100 }, () => app.request(URL_OF_PROBE, invented));
    expect((await app.request(URL_OF_PROBE, await signedPost())).status).toBe(200);
    search.resolve(null);
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([401]));
  });

  test.each<[string, RequestListener]>([
    ['the edge answers 500', (_, response) => response.writeHead(500).end()],
    ['the edge answers no JSON', (_, response) => response.writeHead(200).end('<p>')],
    ['the edge answers no key set', (_, response) => response.writeHead(200).end('{"keys":1}')],
    [
      'the edge sends us elsewhere',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    ['the edge hangs up', (request) => request.socket.destroy()],
  ])('the keys of the edge cannot be had if %s: 503, try again', async (_, edge) => {
    const node = await startNode({}, edge);
    const response = await node.app.request(URL_OF_PROBE, await signedPost());
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await problemOf(response)).toEqual({ status: 503, code: 'keys_unavailable' });
    expect(node.jobs).toEqual([]);
  });

  test('the keys of the edge are not asked for on behalf of a token that is malformed', async () => {
    let fetches = 0;
    const node = await startNode({}, (request, response) => {
      fetches += 1;
      publishKeys(request, response);
    });
    await node.app.request(URL_OF_PROBE, post(await unsigned('none')));
    expect(fetches).toBe(0);
  });
});

describe('a body', () => {
  test('a body is not read without a token of the edge', async () => {
    const node = await startNode();
    for (const token of ['a.b.c', await tokenWith({}, {}, otherKey), await tokenWith({ aud: 'probe-2' })]) {
      let pulls = 0;
      const pull = (controller: ReadableStreamDefaultController): void => {
        pulls += 1;
        controller.enqueue(new Uint8Array(65_536));
      };
      // Nothing is pulled before the stream is read.
      const body = new ReadableStream({ pull }, { highWaterMark: 0 });
      const headers = { authorization: `Bearer ${token}` };
      const request = new Request(URL_OF_PROBE, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
      expect((await problemOf(await node.app.request(request))).status).toBe(401);
      expect(pulls).toBe(0);
    }
  });

  test('a body that takes longer to come than the token lives is refused, and uses no id up', async () => {
    let nowMs = NOW_MS;
    const node = await startNode({ nowMs: () => nowMs });
    const inOrder = await signedPost();
    const body = new ReadableStream(
      {
        pull(controller) {
          nowMs = NOW_MS + 36_000;
          controller.enqueue(octets(JOB));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const late = new Request(URL_OF_PROBE, { ...inOrder, body, duplex: 'half' } as RequestInit);
    expect(await problemOf(await node.app.request(late))).toEqual({ status: 401, code: 'token_expired' });
    nowMs = NOW_MS;
    expect((await node.app.request(URL_OF_PROBE, inOrder)).status).toBe(200);
  });

  test('a body that is too large is 413, and leaves the token unused', async () => {
    const node = await startNode();
    const body = ' '.repeat(JOB_BYTES_MAX + 1);
    const response = await node.app.request(URL_OF_PROBE, await signedPost(body));
    expect(await problemOf(response)).toEqual({ status: 413, code: 'body_too_large' });
    const whole = `${JSON.stringify(JOB)}${' '.repeat(JOB_BYTES_MAX - JSON.stringify(JOB).length)}`;
    expect((await node.app.request(URL_OF_PROBE, await signedPost(whole))).status).toBe(200);
  });

  test('a body without an end is left a little behind the limit', async () => {
    const node = await startNode();
    let octetsSent = 0;
    const body = new ReadableStream({
      pull(controller) {
        octetsSent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const headers = { authorization: `Bearer ${await tokenWith({})}` };
    const request = new Request(URL_OF_PROBE, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    expect(await problemOf(await node.app.request(request))).toEqual({ status: 413, code: 'body_too_large' });
    // Some more is read and dropped, so that the answer is not lost in a broken connection.
    expect(octetsSent).toBeLessThan(JOB_BYTES_MAX + 9 * 1024 * 1024);
  });

  test.each(['', '{', 'ada@example.test', '\u0000'])('a body that is no JSON is 400: %j', async (body) => {
    const node = await startNode();
    const response = await node.app.request(URL_OF_PROBE, await signedPost(body));
    expect(await problemOf(response)).toEqual({ status: 400, code: 'invalid_json' });
  });

  test.each<[string, unknown, string]>([
    ['null', null, ''],
    ['a list', [], ''],
    ['another version', { ...JOB, version: 2 }, 'version'],
    ['a domain with a line break', { ...JOB, domain: 'a.test\r\nDATA' }, 'domain'],
    ['no mail hosts', { ...JOB, mail_hosts: [] }, 'mail_hosts'],
    ['a null mail host', { ...JOB, mail_hosts: [{ host: '.', preference: 0 }] }, 'mail_hosts.0.host'],
    [
      'a preference that is none',
      { ...JOB, mail_hosts: [{ host: 'mx.example.test', preference: -1 }] },
      'mail_hosts.0.preference',
    ],
    ['an address that is no text', { ...JOB, recipients: [{ id: 1, address: 7 }] }, 'recipients.0.address'],
    ['another catch_all', { ...JOB, catch_all: 'maybe' }, 'catch_all'],
    ['no deadline', { ...JOB, deadline_ms: 0 }, 'deadline_ms'],
    ['a deadline beyond all', { ...JOB, deadline_ms: 60_001 }, 'deadline_ms'],
  ])('a body with %s is 400 and names the field', async (_, body, field) => {
    const node = await startNode();
    const response = await node.app.request(URL_OF_PROBE, await signedPost(body));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ field, rule: expect.stringMatching(/./), detail: expect.stringMatching(/./) }],
    });
    expect(node.jobs).toEqual([]);
  });

  test('a body with a thousand faults names twenty', async () => {
    const recipients = Array.from({ length: 1_000 }, () => ({}));
    const node = await startNode();
    const response = await node.app.request(URL_OF_PROBE, await signedPost({ ...JOB, recipients }));
    expect((await response.json()).errors).toHaveLength(20);
  });
});

describe('the answer', () => {
  test('the answer is one line of JSON for each piece of evidence, as it comes', async () => {
    const second = Promise.withResolvers<void>();
    const node = await startNode({
      async probe(_, tell) {
        tell([EVIDENCE]);
        await second.promise;
        tell([
          { ...EVIDENCE, id: 2 },
          { ...EVIDENCE, id: 3 },
        ]);
      },
    });
    const response = await node.app.request(URL_OF_PROBE, await signedPost());
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe(`${JSON.stringify(EVIDENCE)}\n`);
    second.resolve();
    const batch = [2, 3].map((id) => `${JSON.stringify({ ...EVIDENCE, id })}\n`);
    expect((await reader?.read())?.value).toBe(batch.join(''));
    expect((await reader?.read())?.done).toBe(true);
    expect(node.jobs).toEqual([JOB]);
  });

  test('the answer breaks off where the probe throws, and the log has no text of the fault', async () => {
    const node = await startNode({
      async probe(_, tell) {
        tell([EVIDENCE]);
        throw new Error('secret of ada@example.test');
      },
    });
    const response = await node.app.request(URL_OF_PROBE, await signedPost());
    await expect(response.text()).rejects.toThrow();
    expect(node.log()).toContain('probe failed');
    expect(node.log()).not.toContain('secret');
  });

  test('the answer leaves the trace of its request in the log, and nothing of the addresses', async () => {
    const node = await startNode();
    const inOrder = await signedPost();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = { ...(inOrder.headers as Record<string, string>), traceparent };
    await (await node.app.request(URL_OF_PROBE, { ...inOrder, headers })).text();
    expect(node.log()).toContain('"trace":"4bf92f3577b34da6a3ce929d0e0e4736"');
    for (const { address } of JOB.recipients) expect(node.log()).not.toContain(address);
    expect(node.log()).not.toContain(JOB.domain);
  });

  test('the answer to a job without recipients is empty', async () => {
    const node = await startNode();
    const response = await node.app.request(URL_OF_PROBE, await signedPost({ ...JOB, recipients: [] }));
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(node.jobs).toEqual([{ ...JOB, recipients: [] }]);
  });

  test('an answer without a reader ends the probe itself, whose own cleaning up is waited for', async () => {
    let isClean = false;
    const node = await startNode({
      async probe(_, tell, signal) {
        tell([EVIDENCE]);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        await new Promise((resolve) => setImmediate(resolve));
        isClean = true;
      },
    });
    const reader = (await node.app.request(URL_OF_PROBE, await signedPost())).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(isClean).toBe(true);
  });

  test('an answer without a reader stops the work', async () => {
    const stopped = Promise.withResolvers<void>();
    const node = await startNode({
      async probe(_, tell, signal) {
        signal.addEventListener('abort', () => stopped.resolve());
        tell([EVIDENCE]);
        await stopped.promise;
      },
    });
    const response = await node.app.request(URL_OF_PROBE, await signedPost());
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await stopped.promise;
  });

  test('the answer ends with the deadline of the job', async () => {
    const node = await startNode({
      async probe(_, tell, signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        tell([EVIDENCE]);
      },
    });
    const response = await node.app.request(URL_OF_PROBE, await signedPost({ ...JOB, deadline_ms: 1 }));
    expect(await response.text()).toBe(`${JSON.stringify(EVIDENCE)}\n`);
  });
});

describe('a listening node', () => {
  async function listenAs(node: Node): Promise<URL> {
    return listen(createAdaptorServer({ fetch: node.app.fetch }) as Server);
  }

  test('a listening node answers in one piece what is known in a moment, and begins at once to stream what is not', async () => {
    const rest = Promise.withResolvers<void>();
    let isSlow = false;
    const node = await startNode({
      async probe(_, tell) {
        tell([EVIDENCE]);
        if (isSlow) await rest.promise;
      },
    });
    const url = new URL('/v1/probe', await listenAs(node));
    const whole = await fetch(url, await signedPost());
    expect([whole.headers.get('content-length'), whole.headers.get('vrfy-sign-seconds')]).toEqual([
      String(JSON.stringify(EVIDENCE).length + 1),
      '2',
    ]);
    isSlow = true;
    const streamed = await fetch(url, await signedPost());
    expect(streamed.headers.get('content-length')).toBeNull();
    rest.resolve();
    expect(await streamed.json()).toEqual(EVIDENCE);
  });

  test('a listening node says that it has begun, though nothing is known yet', async () => {
    const known = Promise.withResolvers<void>();
    const node = await startNode({
      async probe(_, tell) {
        await known.promise;
        tell([EVIDENCE]);
      },
    });
    const response = await fetch(new URL('/v1/probe', await listenAs(node)), await signedPost());
    known.resolve();
    expect([response.status, await response.json()]).toEqual([200, EVIDENCE]);
  });

  test('a listening node takes a job and streams evidence', async () => {
    const node = await startNode({
      async probe(_, tell) {
        tell([EVIDENCE]);
      },
    });
    const response = await fetch(new URL('/v1/probe', await listenAs(node)), await signedPost());
    expect([response.status, await response.json()]).toEqual([200, EVIDENCE]);
  });

  test('a listening node stops the work of a client that goes away', async () => {
    const started = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const node = await startNode({
      async probe(_, tell, signal) {
        signal.addEventListener('abort', () => stopped.resolve());
        tell([EVIDENCE]);
        started.resolve();
        await stopped.promise;
      },
    });
    const leave = new AbortController();
    const url = new URL('/v1/probe', await listenAs(node));
    const asked = fetch(url, { ...(await signedPost()), signal: leave.signal }).then((response) => response.text());
    await started.promise;
    leave.abort();
    await expect(asked).rejects.toThrow();
    await stopped.promise;
  });

  test('a listening node answers 413 to a client that goes on sending', async () => {
    const node = await startNode();
    const headers = { authorization: `Bearer ${await tokenWith({})}` };
    const request = httpRequest(new URL('/v1/probe', await listenAs(node)), { method: 'POST', headers });
    const status = new Promise((resolve, reject) => {
      request.on('response', ({ statusCode }) => resolve(statusCode));
      request.on('error', reject);
    });
    const block = Buffer.alloc(JOB_BYTES_MAX);
    const send = (): boolean => request.destroyed || request.write(block, () => setImmediate(send));
    send();
    expect(await status).toBe(413);
    request.destroy();
  });
});

describe('a draining node', () => {
  test('a draining node takes no job and says when to come again', async () => {
    const node = await startNode({ isDraining: () => true });
    const response = await node.app.request(URL_OF_PROBE, await signedPost());
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await problemOf(response)).toEqual({ status: 503, code: 'draining' });
    expect(node.jobs).toEqual([]);
  });

  test('a draining node is alive and not ready', async () => {
    const node = await startNode({ isDraining: () => true });
    expect((await node.app.request('/healthz')).status).toBe(200);
    expect((await node.app.request('/readyz')).status).toBe(503);
  });
});

describe('a node that its doctor forbids to serve', () => {
  const closed = { check: 'port_25', level: 'fault', detail: 'Port 25 is closed.', fix: 'Open it.' } as const;

  test('a node that its doctor forbids to serve takes no job before it has been examined', async () => {
    const node = await startNode({ doctor: { findings: () => [], isFit: () => false } });
    expect(await problemOf(await node.app.request(URL_OF_PROBE, await signedPost()))).toEqual({
      status: 503,
      code: 'not_examined',
    });
    expect(node.jobs).toEqual([]);
  });

  test('a node that its doctor forbids to serve takes none with port 25 closed, whatever the token, and says why', async () => {
    const node = await startNode({ doctor: { findings: () => [closed], isFit: () => false } });
    const response = await node.app.request(URL_OF_PROBE, await signedPost());
    expect(response.headers.get('retry-after')).toBe('300');
    expect(await response.clone().json()).toMatchObject({ detail: 'Port 25 is closed.' });
    expect(await problemOf(response)).toEqual({ status: 503, code: 'port_25_closed' });
    expect(node.jobs).toEqual([]);
  });

  test('a node that its doctor forbids to serve is alive and not ready, and shows what was found', async () => {
    const node = await startNode({ doctor: { findings: () => [closed], isFit: () => false } });
    expect((await node.app.request('/healthz')).status).toBe(200);
    const response = await node.app.request('/readyz');
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: 'unfit', node: NODE_ID, findings: [closed] },
    ]);
  });
});

describe('an overloaded node', () => {
  test('an overloaded node says so at once and not after a queue, before it looks at the token', async () => {
    const node = await startNode({ runningJobs: () => 4_000 });
    const response = await node.app.request(URL_OF_PROBE, post(null));
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemOf(response)).toEqual({ status: 503, code: 'overloaded' });
    expect(node.jobs).toEqual([]);
  });

  test('an overloaded node is one with four thousand jobs, and not with one fewer', async () => {
    const node = await startNode({ runningJobs: () => 3_999 });
    expect((await node.app.request(URL_OF_PROBE, await signedPost())).status).toBe(200);
  });
});

describe('a node with much bulk work', () => {
  const bulk = { ...JOB, priority: 'bulk' } as const;

  test('refuses more of it while it has room for what a form waits for', async () => {
    const node = await startNode({ runningJobs: () => 2_800 });
    const response = await node.app.request(URL_OF_PROBE, await signedPost(bulk));
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemOf(response)).toEqual({ status: 503, code: 'overloaded' });
    expect((await node.app.request(URL_OF_PROBE, await signedPost())).status).toBe(200);
  });

  test('takes it as long as there is room', async () => {
    const node = await startNode({ runningJobs: () => 2_799 });
    expect((await node.app.request(URL_OF_PROBE, await signedPost(bulk))).status).toBe(200);
    expect(node.jobs).toMatchObject([{ priority: 'bulk' }]);
  });
});

describe('the metrics', () => {
  test('the metrics are in the text format, and count refused requests by code', async () => {
    const node = await startNode();
    await node.app.request(URL_OF_PROBE, post(null));
    const response = await node.app.request('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await response.text();
    expect(text).toMatch(/^vrfy_refused_requests_total\{code="token_missing"\} [1-9]/m);
    expect(text).toMatch(/^vrfy_idle_sessions 3$/m);
  });

  test('the metrics hold no address and no domain', async () => {
    const node = await startNode({
      async probe(_, tell) {
        tell([EVIDENCE]);
      },
    });
    await (await node.app.request(URL_OF_PROBE, await signedPost())).text();
    const text = await (await node.app.request('/metrics')).text();
    expect(text).not.toMatch(/example\.test|ada/);
  });
});

describe('the server', () => {
  test('the server has two more routes', async () => {
    const node = await startNode();
    expect(await (await node.app.request('/healthz')).json()).toEqual({ status: 'ok', node: NODE_ID });
    expect(await (await node.app.request('/readyz')).json()).toEqual({
      status: 'ready',
      node: NODE_ID,
      findings: [],
    });
  });

  test('the server answers 405 to another method and 404 to another path', async () => {
    const node = await startNode();
    const wrongMethod = await node.app.request(URL_OF_PROBE);
    expect(wrongMethod.headers.get('allow')).toBe('POST');
    expect(await problemOf(wrongMethod)).toEqual({ status: 405, code: 'method_not_allowed' });
    expect(await problemOf(await node.app.request('/v1/probe/x'))).toEqual({ status: 404, code: 'not_found' });
  });

  test('the server answers 500 without any text of the fault', async () => {
    const node = await startNode({
      guardReplay: () => {
        throw new Error('secret');
      },
    });
    const response = await node.app.request(URL_OF_PROBE, await signedPost());
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain('"internal"');
    expect(text + node.log()).not.toContain('secret');
  });
});
