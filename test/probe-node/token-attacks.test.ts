/**
 * Every known way to get in without permission, tried against a node process: each one is 401, and the job's mail
 * server notices none of them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeJob } from '../../shared/job.ts';
import { type SigningKey, TOKEN_ISSUER } from '../../shared/token.ts';
import { joinedState } from './joined-state.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

const MAIN = fileURLToPath(new URL('../../probe-node/main.ts', import.meta.url));
const NODE_ID = 'probe-1';
const JOB: ProbeJob = {
  version: 1,
  domain: 'example.test',
  provider: null,
  mail_hosts: [{ host: 'mx1.test', preference: 10 }],
  recipients: [{ id: 1, address: 'ada@example.test' }],
  catch_all: 'skip',
  deadline_ms: 5_000,
};
const BODY = JSON.stringify(JOB);

let mail: MailServer;
let edge: Server;
let edgeKey: SigningKey;
/** Published, and past its `exp`. */
let endedKey: SigningKey;
let strangeKey: SigningKey;
let publicHalf: string;
let node: Node;
const children: ChildProcess[] = [];

type Node = { readonly port: number; readonly child: ChildProcess };

async function startNode(settings: Readonly<Record<string, string>> = {}): Promise<Node> {
  const child = fork(MAIN, {
    env: {
      LOG_LEVEL: 'silent',
      PROBE_STATE: await joinedState(NODE_ID),
      PROBE_LISTEN: '127.0.0.1:0',
      PROBE_EDGE: `http://127.0.0.1:${portOf(edge)}`,
      PROBE_HELO: 'probe1.example.com',
      PROBE_ROUTES: `mx1.test=127.0.0.1:${mail.port}`,
      ...settings,
    },
    execPath: process.execPath,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  const [message] = await once(child, 'message');
  return { child, port: message.port };
}

async function end({ child }: Node, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

beforeAll(async () => {
  const published: JWK[] = [];
  const addKey = async (kid: string, changes: JWK | null): Promise<SigningKey> => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = await exportJWK(publicKey);
    if (changes !== null) published.push({ ...jwk, kid, ...changes });
    return { kid, key: privateKey };
  };
  edgeKey = await addKey('edge-2', {});
  endedKey = await addKey('edge-1', { exp: Math.floor(Date.now() / 1000) - 1 } as JWK);
  strangeKey = await addKey('edge-2', null);
  publicHalf = published[0]?.x ?? '';
  edge = createServer((_, response) => response.end(JSON.stringify({ keys: published })));
  await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve));
  mail = await startMailServer();
  node = await startNode();
});

afterEach(async () => {
  for (const child of children.splice(0)) if (child !== node.child) child.kill('SIGKILL');
});

afterAll(async () => {
  node.child.kill('SIGKILL');
  await mail.close();
  edge.closeAllConnections();
  edge.close();
});

const seconds = (): number => Math.floor(Date.now() / 1000);

async function hashOf(body: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))).toString('base64url');
}

type Claims = Readonly<Record<string, unknown>>;

async function claimsWith(changes: Claims): Promise<Claims> {
  const times = { iat: seconds(), exp: seconds() + 30 };
  const claims = { iss: TOKEN_ISSUER, aud: NODE_ID, jti: crypto.randomUUID(), ...times, bod: await hashOf(BODY) };
  return { ...claims, ...changes };
}

/** A token that is right except for these changes; undefined leaves a claim or a header out. */
async function tokenWith(changes: Claims = {}, header: Claims = {}, key = edgeKey): Promise<string> {
  const claims = await claimsWith(changes);
  return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: key.kid, ...header }).sign(key.key);
}

/** A token with a signature made by the attacker's own function. */
async function forged(header: Claims, seal: (content: string) => Buffer): Promise<string> {
  const parts = [{ kid: edgeKey.kid, ...header }, await claimsWith({})];
  const content = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${content}.${seal(content).toString('base64url')}`;
}

async function signedOnCurve(alg: string, curve: 'ed448' | 'P-256'): Promise<string> {
  const { privateKey } =
    curve === 'ed448' ? generateKeyPairSync('ed448') : generateKeyPairSync('ec', { namedCurve: curve });
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return forged({ alg }, (content) => sign(curve === 'ed448' ? null : 'sha256', Buffer.from(content), key));
}

type Request = {
  readonly path?: string;
  /** Each is a header line of its own. */
  readonly authorization?: readonly string[];
  readonly body?: string;
};

/** One request, written octet by octet as it is: an HTTP client would mend it. */
async function send({ port }: Node, { path: target = '/v1/probe', authorization = [], body = BODY }: Request) {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  const head = [`POST ${target} HTTP/1.1`, 'Host: node.test', 'Connection: close', `Content-Length: ${body.length}`];
  socket.write([...head, ...authorization.map((value) => `Authorization: ${value}`), '', body].join('\r\n'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const code = /"code":"([a-z_]+)"/.exec(text)?.[1];
  return { status: Number(text.slice(9, 12)), code: code ?? null };
}

const bearer = (token: string): string => `Bearer ${token}`;

function only(token: string): Request {
  return { authorization: [bearer(token)] };
}

describe('a token for a node', () => {
  test('a right token opens a node: the mail server is asked', async () => {
    const before = mail.asked().length;
    expect(await send(node, { authorization: [bearer(await tokenWith())] })).toMatchObject({ status: 200 });
    expect(mail.asked()).toHaveLength(before + 1);
  });

  test.each<[string, string, () => Promise<Request> | Request]>([
    ['alg none', 'token_malformed', async () => only(await forged({ alg: 'none' }, () => Buffer.alloc(0)))],
    [
      'HMAC with the public key',
      'token_malformed',
      async () =>
        only(
          await forged({ alg: 'HS256' }, (content) =>
            createHmac('sha256', Buffer.from(publicHalf, 'base64url')).update(content).digest(),
          ),
        ),
    ],
    [
      'HMAC with the public key, said to be EdDSA',
      'token_signature',
      async () =>
        only(await forged({ alg: 'EdDSA' }, (content) => createHmac('sha512', publicHalf).update(content).digest())),
    ],
    ['Ed448', 'token_signature', async () => only(await signedOnCurve('EdDSA', 'ed448'))],
    ['P-256', 'token_malformed', async () => only(await signedOnCurve('ES256', 'P-256'))],
    ['P-256, said to be EdDSA', 'token_signature', async () => only(await signedOnCurve('EdDSA', 'P-256'))],
    ['a key of its own under a known kid', 'token_signature', async () => only(await tokenWith({}, {}, strangeKey))],
    ['an unknown kid', 'token_key_unknown', async () => only(await tokenWith({}, { kid: 'edge-3' }))],
    ['no kid', 'token_key_unknown', async () => only(await tokenWith({}, { kid: undefined }))],
    ['another issuer', 'token_issuer', async () => only(await tokenWith({ iss: 'somebody' }))],
    ['another audience', 'token_audience', async () => only(await tokenWith({ aud: 'probe' }))],
    ['expired', 'token_expired', async () => only(await tokenWith({ iat: seconds() - 40, exp: seconds() - 10 }))],
    [
      'not yet valid',
      'token_not_yet_valid',
      async () => only(await tokenWith({ iat: seconds() + 10, exp: seconds() + 40 })),
    ],
    ['too long a life', 'token_lifetime', async () => only(await tokenWith({ exp: seconds() + 90 }))],
    ['another body', 'token_body', async () => ({ ...only(await tokenWith()), body: BODY.replace('ada', 'bob') })],
    ['no body', 'token_body', async () => ({ ...only(await tokenWith()), body: '' })],
    ['the token of another node', 'token_audience', async () => only(await tokenWith({ aud: 'probe-2' }))],
    ['in the query', 'token_missing', async () => ({ path: `/v1/probe?access_token=${await tokenWith()}` })],
    [
      'two Authorization headers, the first one right',
      'token_malformed',
      async () => ({ authorization: [bearer(await tokenWith()), bearer('YWJj.YWJj.YWJj')] }),
    ],
    [
      'two Authorization headers, the second one right',
      'token_malformed',
      async () => ({ authorization: ['Basic YTpi', bearer(await tokenWith())] }),
    ],
    [
      'two Authorization headers, both right',
      'token_malformed',
      async () => ({ authorization: [bearer(await tokenWith()), bearer(await tokenWith())] }),
    ],
    ['100 KiB', 'token_malformed', async () => only(await tokenWith({ x: 'a'.repeat(75 * 1024) }))],
    ['5 KiB', 'token_malformed', async () => only(await tokenWith({ x: 'a'.repeat(5 * 1024 * 0.75) }))],
    ['an older key after its end', 'token_key_unknown', async () => only(await tokenWith({}, {}, endedKey))],
  ])('%s: 401 %s, and nothing is done', async (_, code, request) => {
    const visits = mail.visits.length;
    const commands = mail.commands().length;
    expect(await send(node, await request())).toEqual({ status: 401, code });
    expect([mail.visits.length, mail.commands().length]).toEqual([visits, commands]);
  });

  test('a token that was used before: 401, also many times at once', async () => {
    const request = only(await tokenWith());
    const before = mail.asked().length;
    const statuses = await Promise.all(Array.from({ length: 5 }, () => send(node, request)));
    expect(statuses.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    expect(mail.asked()).toHaveLength(before + 1);
  });
});

async function expectRefused(restarted: Node, request: Request): Promise<void> {
  const asked = mail.asked().length;
  expect(await send(restarted, request)).toEqual({ status: 401, code: 'token_replayed' });
  expect(mail.asked()).toHaveLength(asked);
  expect(await send(restarted, only(await tokenWith()))).toMatchObject({ status: 200 });
}

describe('a token used before a restart of the node', () => {
  const stateFolder = async (): Promise<Readonly<Record<string, string>>> => {
    return { PROBE_STATE: await joinedState(NODE_ID) };
  };

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'is refused inside its life: the journal knows it after %s',
    async (signal) => {
      const settings = await stateFolder();
      const before = await startNode(settings);
      // Of the future, within the tolerance of clocks: its age alone is no reason to refuse it.
      const request = only(await tokenWith({ iat: seconds() + 4 }));
      expect(await send(before, request)).toMatchObject({ status: 200 });
      await end(before, signal);
      await expectRefused(await startNode(settings), request);
    },
  );

  test('a token used before a restart of the node is refused inside its life if nothing was kept: it is older than the process', async () => {
    const before = await startNode();
    const issued = seconds();
    const request = only(await tokenWith({ iat: issued }));
    expect(await send(before, request)).toMatchObject({ status: 200 });
    await end(before, 'SIGKILL');
    await expect.poll(seconds).toBeGreaterThan(issued);
    await expectRefused(await startNode(), request);
  });

  test('a token used before a restart of the node does not keep one from being taken that was issued before an orderly restart and never used', async () => {
    const settings = await stateFolder();
    const before = await startNode(settings);
    const issued = seconds();
    await end(before, 'SIGTERM');
    const after = await startNode(settings);
    expect(await send(after, only(await tokenWith({ iat: issued - 2 })))).toMatchObject({ status: 200 });
  });
});
