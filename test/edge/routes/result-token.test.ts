/** Result tokens over HTTP, checked by the client's own `verifyToken` against the edge's own JWKS. */
import { exportJWK, generateKeyPair } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { type TokenOptions, verifyToken } from '../../../client/verify-token.ts';
import { createApp } from '../../../edge/app.ts';
import { signResult } from '../../../edge/crypto/result-token.ts';
import { importSigningKeys } from '../../../edge/crypto/signing-keys.ts';
import type { SigningJwk } from '../../../edge/env.ts';
import { signToken, verifyToken as verifyJobToken } from '../../../shared/token.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';
const SHOP = 'https://shop.example';
const ADA = 'ada@firm.example';

let world: World;
let keys: Awaited<ReturnType<typeof importSigningKeys>>;
let origin: string;
let tests = 0;

const app = createApp(async () =>
  smallServices(world, keys.publicKeys, {
    signResult: (parties, answer) =>
      signResult(keys.signingKey(world.ports.nowMs()), parties, answer, world.ports.nowMs()),
  }),
);

beforeEach(async () => {
  world = await createWorld();
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  keys = await importSigningKeys([{ ...(await exportJWK(privateKey)), kid: 'k1' } as SigningJwk]);
  // The client remembers the keys of an edge.
  tests += 1;
  origin = `https://edge${tests}.example`;
});

function ask(path: string, headers: Record<string, string> = {}, body?: object): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const init =
    body === undefined
      ? { headers }
      : { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
  return askApp(app, `${origin}${path}`, init, { ADMIN_TOKEN }, background);
}

/** As the server of a form checks it. */
const check = (token: unknown, options: Partial<TokenOptions>) =>
  verifyToken(token, {
    edge: origin,
    audience: '',
    address: ADA,
    nowMs: world.ports.nowMs(),
    fetch: (url) => ask(new URL(url).pathname),
    ...options,
  });

async function makeKey(kind: 'secret' | 'publishable' | 'test') {
  const origins = kind === 'publishable' ? [SHOP] : [];
  return world.keyPorts.keyService.make({ kind, name: null, email: null, origins, daily_quota: 100 });
}

describe('a page', () => {
  test('is given a token for the server of its form, which tells verdict and reason', async () => {
    const { key, id } = await makeKey('publishable');
    const response = await ask(`/v1/verify?key=${key}`, { origin: SHOP }, { email: ` ${ADA}` });
    const { token } = await response.json();
    expect(await check(token, { audience: id })).toEqual({
      ...{ iss: origin, aud: id, verdict: 'deliverable', reason: 'accepted', address_sha256: expect.any(String) },
      ...{ iat: world.ports.nowMs() / 1000, exp: world.ports.nowMs() / 1000 + 900 },
    });
    await expect(check(token, { audience: 'another' })).rejects.toMatchObject({ code: 'token_audience' });
    await expect(check(token, { audience: id, address: 'eve@firm.example' })).rejects.toMatchObject({
      code: 'token_address',
    });
    await expect(check(token, { audience: id, nowMs: world.ports.nowMs() + 931_000 })).rejects.toMatchObject({
      code: 'token_expired',
    });
  });

  test('is given one with a verdict that was remembered, and none if it says so', async () => {
    const { key, id } = await makeKey('publishable');
    const path = `/v1/verify?key=${key}&email=${ADA}`;
    await ask(path, { origin: SHOP });
    await world.settle();
    const { token, cached } = await (await ask(path, { origin: SHOP })).json();
    expect([cached, await check(token, { audience: id })]).toMatchObject([true, { verdict: 'deliverable' }]);
    expect(await (await ask(`${path}&token=false`, { origin: SHOP })).json()).not.toHaveProperty('token');
  });

  test('is given one with the last event of a stream', async () => {
    const { key, id } = await makeKey('publishable');
    const text = await (await ask(`/v1/verify/stream?key=${key}&email=${ADA}`, { origin: SHOP })).text();
    const verdict = JSON.parse(/^event: verdict\ndata: (.*)$/m.exec(text)?.[1] ?? '');
    expect(await check(verdict.token, { audience: id })).toMatchObject({ verdict: 'deliverable' });
  });

  test('learns what is no address by a token as well', async () => {
    const { key, id } = await makeKey('publishable');
    const { token } = await (await ask(`/v1/verify?key=${key}`, { origin: SHOP }, { email: 'no address' })).json();
    const claims = await check(token, { audience: id, address: 'no address' });
    expect(claims).toMatchObject({ verdict: 'invalid', reason: 'syntax' });
  });
});

describe('another caller', () => {
  test('has no token unless it asks for one', async () => {
    const { key } = await makeKey('secret');
    for (const headers of [{}, { authorization: `Bearer ${key}` }]) {
      expect(await (await ask(`/v1/verify?email=${ADA}`, headers)).json()).not.toHaveProperty('token');
    }
  });

  test.each([
    ['a key for servers', async () => makeKey('secret')],
    ['a key for tests', async () => makeKey('test')],
    ['the operator', async () => ({ key: ADMIN_TOKEN, id: 'operator' })],
    ['nobody', async () => ({ key: null, id: 'anonymous' })],
  ])('that asks has one for itself: %s', async (_, caller) => {
    const { key, id } = await caller();
    const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
    const { token, verdict } = await (await ask(`/v1/verify?email=${ADA}&token=true`, headers)).json();
    expect(await check(token, { audience: id })).toMatchObject({ aud: id, verdict });
  });

  test('has one on each line of a batch', async () => {
    const { key, id } = await makeKey('secret');
    const emails = [ADA, 'nobody@firm.example', 'no address'];
    const headers = { authorization: `Bearer ${key}` };
    const text = await (await ask('/v1/verify/batch', headers, { emails, token: true })).text();
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = await Promise.all(lines.map(({ token, address }) => check(token, { audience: id, address })));
    expect(told.map(({ verdict }) => verdict).toSorted()).toEqual(['deliverable', 'invalid', 'invalid']);
    const without = await (await ask('/v1/verify/batch', headers, { emails })).text();
    expect(without).not.toContain('"token"');
  });

  test.each(['yes', '1', ''])('must say true or false, not %j', async (value) => {
    const response = await ask(`/v1/verify?email=${ADA}&token=${value}`);
    expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ field: 'token' }] }]);
  });
});

test('a token for a form opens no node, and one for a node is no proof for a form', async () => {
  const nowMs = world.ports.nowMs();
  const body = new TextEncoder().encode('{}');
  const { token } = await (await ask(`/v1/verify?email=${ADA}&token=true`)).json();
  const findKey = async () => keys.publicKeys[0] ?? null;
  await expect(verifyJobToken(token, findKey, 'anonymous', body, nowMs)).rejects.toMatchObject({
    code: expect.stringMatching(/^token_/),
  });
  const job = await signToken(keys.signingKey(nowMs), 'anonymous', body, nowMs, 30, origin);
  await expect(check(job, { audience: 'anonymous' })).rejects.toMatchObject({ code: 'token_malformed' });
});
