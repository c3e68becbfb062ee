/** Result tokens as an edge signs them, made with a library that is not ours. */
import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyToken } from '../../client/verify-token.ts';
import { type Loopback, startLoopback } from '../edge/loopback.ts';
import { sendJson } from './answers.ts';

type Key = { readonly kid: string; readonly privateKey: CryptoKey; readonly jwk: object };

const NOW_MS = Date.parse('2026-11-28T12:00:00Z');
const NOW = NOW_MS / 1000;
const ADDRESS = 'Jane.Doe+news@gmail.com';

let edge: Loopback;
let published: object[];
let answer: Parameters<typeof startLoopback>[0];
let key: Key;

beforeEach(async () => {
  key = await makeKey('k1');
  published = [key.jwk];
  answer = (_, response) => sendJson(response, { keys: published });
  edge = await startLoopback((request, response) => answer(request, response));
});
afterEach(() => edge.close());

async function makeKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' } };
}

async function hashOf(address: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(address))));
}

async function tokenOf(claims: object = {}, header: object = {}, by = key): Promise<string> {
  const usual = {
    ...{ iss: edge.url.origin, aud: 'key1', iat: NOW, exp: NOW + 900, address_sha256: await hashOf(ADDRESS) },
    ...{ verdict: 'deliverable', reason: 'accepted' },
  };
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid: by.kid, typ: 'vrfy-result+jwt', ...header })
    .sign(by.privateKey);
}

const check = (token: unknown, options: Partial<Parameters<typeof verifyToken>[1]> = {}) =>
  verifyToken(token, { edge: edge.url, audience: 'key1', address: ADDRESS, nowMs: NOW_MS, ...options });

describe('a token that fits', () => {
  test('tells its verdict', async () => {
    expect(await check(await tokenOf())).toMatchObject({ verdict: 'deliverable', reason: 'accepted', aud: 'key1' });
  });

  test.each([' Jane.Doe+news@GMail.com\n', 'Jane.Doe+news@gmail.com'])('is about %j as well', async (address) => {
    expect(await check(await tokenOf(), { address })).toHaveProperty('verdict');
  });

  test('is about an international domain in both its forms', async () => {
    const token = await tokenOf({ address_sha256: await hashOf('zoë@xn--bcher-kva.example') });
    for (const address of ['zoë@Bücher.example', 'zoe\u0308@xn--bcher-kva.example']) {
      expect(await check(token, { address })).toHaveProperty('verdict');
    }
  });

  test('may be for one of several keys, and of an edge that its page knows by another name', async () => {
    const token = await tokenOf({ iss: 'https://verify.example' });
    expect(await check(token, { audience: ['key0', 'key1'], issuer: 'https://verify.example' })).toHaveProperty('aud');
  });

  test('costs one request for the keys, and none from then on', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenOf()));
    await Promise.all(tokens.map((token) => check(token)));
    await check(await tokenOf());
    expect(edge.asked()).toBe(1);
  });
});

describe('a token is refused', () => {
  const refused: readonly { name: string; code: string; claims?: object; header?: object }[] = [
    { name: 'of another edge', code: 'token_issuer', claims: { iss: 'https://other.example' } },
    { name: 'for another key', code: 'token_audience', claims: { aud: 'key2' } },
    { name: 'about another address', code: 'token_address', claims: { address_sha256: 'AAAA' } },
    { name: 'that has expired', code: 'token_expired', claims: { exp: NOW - 31 } },
    { name: 'without an end', code: 'token_expired', claims: { exp: undefined } },
    { name: 'of the future', code: 'token_not_yet_valid', claims: { iat: NOW + 31 } },
    { name: 'without a beginning', code: 'token_not_yet_valid', claims: { iat: undefined } },
    { name: 'that is another thing the edge signs', code: 'token_malformed', header: { typ: 'JWT' } },
    { name: 'without a key id', code: 'token_malformed', header: { kid: undefined } },
  ];
  test.each(refused)('$name', async ({ code, claims, header }) => {
    await expect(tokenOf(claims, header).then((token) => check(token))).rejects.toMatchObject({ code, status: 0 });
  });

  test.each([
    'ada@gmail.com/x',
    'ada@gmail.com\r\nBcc: bea@mail.example',
    'ada@gmail.com?x',
    'ada@gmail.com#x',
    'ada@gmail.com:80',
    'ada@gmail.com\\x',
    'ada@gm\nail.com',
    'ada@gmail%2Ecom',
  ])('if the address behind it is %j, which only a URL would take for the one of the token', async (address) => {
    const token = await tokenOf({ address_sha256: await hashOf('ada@gmail.com') });
    await expect(check(token, { address })).rejects.toMatchObject({ code: 'token_address' });
  });

  test('if a single bit of it is changed, and its words are not quoted', async () => {
    const [header = '', payload = '', signature = ''] = (await tokenOf()).split('.');
    const forged = base64url.encode(JSON.stringify({ ...JSON.parse(atob(payload)), verdict: 'invalid' }));
    const flipped = `${signature.slice(0, 10)}${signature[10] === 'A' ? 'B' : 'A'}${signature.slice(11)}`;
    for (const token of [`${header}.${forged}.${signature}`, `${header}.${payload}.${flipped}`]) {
      const fault = await check(token).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'token_signature' });
      expect(String(fault)).not.toContain(payload);
    }
  });

  test('if it is signed with a secret instead of the key, or not at all', async () => {
    const [, payload] = (await tokenOf()).split('.');
    for (const alg of ['none', 'HS256']) {
      const header = base64url.encode(JSON.stringify({ alg, kid: 'k1', typ: 'vrfy-result+jwt' }));
      await expect(check(`${header}.${payload}.`)).rejects.toMatchObject({ code: 'token_malformed' });
    }
  });

  test.each([null, undefined, 1, '', 'a', 'a.b', 'a.b.c', 'a.b.c.d', '..', 'é.é.é', 'x'.repeat(5000), {}])(
    'if it is %j',
    async (token) => {
      await expect(check(token)).rejects.toMatchObject({ code: 'token_malformed' });
      expect(edge.asked()).toBe(0);
    },
  );
});

describe('the keys of the edge', () => {
  test('are fetched again for a key that is not known, at most every 30 s', async () => {
    await check(await tokenOf());
    const next = await makeKey('k2');
    published = [next.jwk, key.jwk];
    const soon = { nowMs: NOW_MS + 10_000 };
    await expect(tokenOf({}, {}, next).then((token) => check(token, soon))).rejects.toMatchObject({
      code: 'token_key_unknown',
    });
    expect(edge.asked()).toBe(1);
    const later = { nowMs: NOW_MS + 31_000 };
    expect(await check(await tokenOf({}, {}, next), later)).toHaveProperty('verdict');
    expect(await check(await tokenOf(), later)).toHaveProperty('verdict');
    expect(edge.asked()).toBe(2);
  });

  test('are not fetched for each stranger among the tokens', async () => {
    await check(await tokenOf());
    const nowMs = NOW_MS + 31_000;
    for (let index = 0; index < 5; index += 1) {
      const token = await tokenOf({}, { kid: `made-up-${index}` });
      await expect(check(token, { nowMs })).rejects.toMatchObject({ code: 'token_key_unknown' });
    }
    expect(edge.asked()).toBe(2);
  });

  test('that are withdrawn are out within the hour, and one that has ended at once', async () => {
    await check(await tokenOf());
    const hour = { nowMs: NOW_MS + 3_601_000 };
    published = [{ ...key.jwk, exp: NOW + 3_000 }];
    const token = await tokenOf({ exp: NOW + 4_000 });
    await expect(check(token, hour)).rejects.toMatchObject({ code: 'token_key_unknown' });
    published = [];
    await expect(check(token, { nowMs: hour.nowMs + 31_000 })).rejects.toMatchObject({ code: 'token_key_unknown' });
  });

  test('serve for a day while the edge is away', async () => {
    await check(await tokenOf());
    answer = (_, response) => response.writeHead(500).end();
    const at = (hours: number) => {
      const nowMs = NOW_MS + hours * 3_600_000;
      return tokenOf({ exp: nowMs / 1000 + 60 }).then((token) => check(token, { nowMs }));
    };
    expect(await at(23)).toHaveProperty('verdict');
    await expect(at(25)).rejects.toMatchObject({ code: 'keys_unavailable' });
  });

  test('that cannot be had at all are a fault of their own', async () => {
    answer = (_, response) => response.writeHead(500).end();
    await expect(tokenOf().then((token) => check(token))).rejects.toMatchObject({ code: 'keys_unavailable' });
  });

  test('of another kind are passed over', async () => {
    published = [{ kty: 'EC', crv: 'P-256', kid: 'k0', x: 'AA', y: 'AA' }, key.jwk];
    expect(await check(await tokenOf())).toHaveProperty('verdict');
  });
});
