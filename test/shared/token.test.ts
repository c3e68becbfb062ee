import { generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../shared/problem.ts';
import {
  CLOCK_TOLERANCE_SECONDS,
  type KeyFinder,
  type SigningKey,
  signToken,
  TOKEN_ISSUER,
  TOKEN_LENGTH_MAX,
  TOKEN_LIFETIME_SECONDS_MAX,
  verifyToken,
} from '../../shared/token.ts';

const NODE_ID = 'probe-1';
const NOW_MS = 1_800_000_000_000;
const NOW_SECONDS = NOW_MS / 1000;
const BODY = new TextEncoder().encode('{"version":1}');
const OTHER_BODY = new TextEncoder().encode('{"version":2}');

let signingKey: SigningKey;
let otherKey: SigningKey;
let findKey: KeyFinder;

beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA');
  const other = await generateKeyPair('EdDSA');
  signingKey = { kid: 'edge-2027', key: pair.privateKey };
  otherKey = { kid: 'edge-2027', key: other.privateKey };
  findKey = async (kid) => (kid === 'edge-2027' ? pair.publicKey : null);
});

function verify(token: string, nodeId = NODE_ID, body = BODY, nowMs = NOW_MS) {
  return verifyToken(token, findKey, nodeId, body, nowMs);
}

/** The problem of a token that is refused. */
async function refusalOf(
  token: string,
  ...rest: [nodeId?: string, body?: typeof BODY, nowMs?: number]
): Promise<Problem> {
  try {
    await verify(token, ...rest);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('the token was taken');
}

type Claims = Readonly<Record<string, unknown>>;

/** A token that is in order but for the changes; undefined leaves a claim out. */
async function tokenWith(changes: Claims, header: Claims = {}, key = signingKey): Promise<string> {
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', BODY)).toString('base64url');
  const times = { iat: NOW_SECONDS, exp: NOW_SECONDS + 30 };
  return new SignJWT({ iss: TOKEN_ISSUER, aud: NODE_ID, jti: 'token-of-a-test', ...times, bod: hash, ...changes })
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, ...header })
    .sign(key.key);
}

function payloadOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

describe('a signed token', () => {
  test('a signed token is taken by its node, for its body, and gives its id and end', async () => {
    const token = await signToken(signingKey, NODE_ID, BODY, NOW_MS, 20);
    expect(await verify(token)).toEqual({
      issuedAtSeconds: NOW_MS / 1000,
      jti: payloadOf(token)['jti'],
      expiresAtSeconds: NOW_SECONDS + 20,
    });
  });

  test('a signed token carries the hash of the body and nothing of it', async () => {
    const token = await signToken(signingKey, NODE_ID, BODY, NOW_MS);
    expect(Object.keys(payloadOf(token)).sort()).toEqual(['aud', 'bod', 'exp', 'iat', 'iss', 'jti']);
    expect(payloadOf(token)).toMatchObject({ iss: 'vrfy-edge', aud: NODE_ID, iat: NOW_SECONDS, exp: NOW_SECONDS + 30 });
    expect(payloadOf(token)['bod']).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('a signed token is another one each time', async () => {
    const [first, second] = [
      await signToken(signingKey, NODE_ID, BODY, NOW_MS),
      await signToken(signingKey, NODE_ID, BODY, NOW_MS),
    ];
    expect(payloadOf(first)['jti']).not.toBe(payloadOf(second)['jti']);
  });

  test('a signed token lives a minute at most, whatever is asked for', async () => {
    const token = await signToken(signingKey, NODE_ID, BODY, NOW_MS, 3_600);
    expect(payloadOf(token)['exp']).toBe(NOW_SECONDS + TOKEN_LIFETIME_SECONDS_MAX);
    expect(await verify(token)).toMatchObject({ expiresAtSeconds: NOW_SECONDS + TOKEN_LIFETIME_SECONDS_MAX });
  });

  test('a signed token covers an empty body and one of many octets', async () => {
    for (const body of [new Uint8Array(0), new Uint8Array(500_000).fill(7)]) {
      expect(await verify(await signToken(signingKey, NODE_ID, body, NOW_MS), NODE_ID, body)).toBeDefined();
    }
  });

  test('a signed token is taken until its end and the tolerance of clocks, and not a second longer', async () => {
    const token = await signToken(signingKey, NODE_ID, BODY, NOW_MS, 30);
    const endMs = NOW_MS + (30 + CLOCK_TOLERANCE_SECONDS) * 1000;
    expect(await verify(token, NODE_ID, BODY, endMs - 1)).toBeDefined();
    expect((await refusalOf(token, NODE_ID, BODY, endMs)).code).toBe('token_expired');
  });

  test('a signed token is taken by a clock that is behind by the tolerance, and by no more', async () => {
    const token = await signToken(signingKey, NODE_ID, BODY, NOW_MS, 30);
    const startMs = NOW_MS - CLOCK_TOLERANCE_SECONDS * 1000;
    expect(await verify(token, NODE_ID, BODY, startMs)).toBeDefined();
    expect((await refusalOf(token, NODE_ID, BODY, startMs - 1)).code).toBe('token_not_yet_valid');
  });
});

describe('a token is refused with a 401 of its own code if it', () => {
  const signed = (): Promise<string> => signToken(signingKey, NODE_ID, BODY, NOW_MS);

  test.each<[string, string, () => Promise<Problem>]>([
    ['is for another node', 'token_audience', async () => refusalOf(await signed(), 'probe-2')],
    ['comes with another body', 'token_body', async () => refusalOf(await signed(), NODE_ID, OTHER_BODY)],
    ['has another key', 'token_signature', async () => refusalOf(await tokenWith({}, {}, otherKey))],
    ['names an unknown key', 'token_key_unknown', async () => refusalOf(await tokenWith({}, { kid: 'edge-1999' }))],
    ['names no key', 'token_key_unknown', async () => refusalOf(await tokenWith({}, { kid: undefined }))],
    [
      'names a key at length',
      'token_key_unknown',
      async () => refusalOf(await tokenWith({}, { kid: 'k'.repeat(129) })),
    ],
    ['has another issuer', 'token_issuer', async () => refusalOf(await tokenWith({ iss: 'else' }))],
    ['has no issuer', 'token_issuer', async () => refusalOf(await tokenWith({ iss: undefined }))],
    ['has no audience', 'token_audience', async () => refusalOf(await tokenWith({ aud: undefined }))],
    ['has no id', 'token_malformed', async () => refusalOf(await tokenWith({ jti: undefined }))],
    ['has an id that is a number', 'token_malformed', async () => refusalOf(await tokenWith({ jti: 12_345_678 }))],
    ['has a short id', 'token_malformed', async () => refusalOf(await tokenWith({ jti: '1234567' }))],
    ['has a long id', 'token_malformed', async () => refusalOf(await tokenWith({ jti: 'x'.repeat(129) }))],
    ['has no end', 'token_malformed', async () => refusalOf(await tokenWith({ exp: undefined }))],
    ['has an end that is text', 'token_malformed', async () => refusalOf(await tokenWith({ exp: '2099' }))],
    ['has no beginning', 'token_malformed', async () => refusalOf(await tokenWith({ iat: undefined }))],
    ['has expired', 'token_expired', async () => refusalOf(await tokenWith({ exp: NOW_SECONDS - 10 }))],
    ['is of the future', 'token_not_yet_valid', async () => refusalOf(await tokenWith({ iat: NOW_SECONDS + 6 }))],
    ['is not valid before', 'token_not_yet_valid', async () => refusalOf(await tokenWith({ nbf: NOW_SECONDS + 6 }))],
    ['lives 61 s', 'token_lifetime', async () => refusalOf(await tokenWith({ exp: NOW_SECONDS + 61 }))],
    [
      'began long ago and ends soon',
      'token_lifetime',
      async () => refusalOf(await tokenWith({ iat: NOW_SECONDS - 100, exp: NOW_SECONDS + 10 })),
    ],
    ['has no body hash', 'token_body', async () => refusalOf(await tokenWith({ bod: undefined }))],
    ['has a body hash that is no text', 'token_body', async () => refusalOf(await tokenWith({ bod: 7 }))],
    ['has a body hash in capitals', 'token_body', async () => refusalOf(await tokenWith({ bod: 'A'.repeat(43) }))],
    ['is empty', 'token_malformed', () => refusalOf('')],
    ['is no JWT', 'token_malformed', () => refusalOf('secret')],
    ['is too long', 'token_malformed', () => refusalOf('x'.repeat(TOKEN_LENGTH_MAX + 1))],
    [
      'is well-formed and too long',
      'token_malformed',
      async () => refusalOf(await tokenWith({ more: 'x'.repeat(TOKEN_LENGTH_MAX) })),
    ],
    [
      'has a changed claim',
      'token_signature',
      async () => {
        const [header, , signature] = (await signed()).split('.');
        const claims = Buffer.from(JSON.stringify({ ...payloadOf(await signed()), aud: 'probe-2' }));
        return refusalOf(`${header}.${claims.toString('base64url')}.${signature}`, 'probe-2');
      },
    ],
    [
      'demands an extension that we do not know',
      'token_malformed',
      async () => {
        const [, payload, signature] = (await signed()).split('.');
        const header = { alg: 'EdDSA', kid: signingKey.kid, crit: ['exp'], exp: 1 };
        return refusalOf(`${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`);
      },
    ],
  ])('%s: %s', async (_, code, refusal) => {
    const problem = await refusal();
    expect([problem.status, problem.code]).toEqual([401, code]);
  });

  test.each(['none', 'HS256', 'RS256', 'ES256', 'Ed25519', 'eddsa'])(
    'a token is refused with a 401 of its own code if it names the algorithm %s',
    async (alg) => {
      const [, payload, signature] = (await signed()).split('.');
      const header = Buffer.from(JSON.stringify({ alg, kid: signingKey.kid })).toString('base64url');
      const asked: string[] = [];
      const refused = verifyToken(
        `${header}.${payload}.${signature}`,
        async (kid) => {
          asked.push(kid);
          return null;
        },
        NODE_ID,
        BODY,
        NOW_MS,
      );
      await expect(refused).rejects.toMatchObject({ status: 401, code: 'token_malformed' });
      expect(asked).toEqual([]);
    },
  );
});

test('a refusal holds nothing of the token, neither in its words nor in its cause', async () => {
  const tokens = [
    await tokenWith({ iss: 'else' }),
    await tokenWith({}, {}, otherKey),
    await tokenWith({}, { kid: 'secret-kid' }),
    await tokenWith({ jti: 'secret' }),
    `${Buffer.from('{"alg":"EdDSA"').toString('base64url')}.c2VjcmV0.c2VjcmV0`,
    'secret',
  ];
  for (const token of tokens) {
    const problem = await refusalOf(token);
    const said = `${problem.message} ${problem.detail} ${await problem.toResponse().text()} ${String(problem.cause)}`;
    for (const part of [...token.split('.'), 'secret']) expect(said).not.toContain(part);
  }
});

test('a fault of the key finder is passed on as it is', async () => {
  const token = await signToken(signingKey, NODE_ID, BODY, NOW_MS);
  const unavailable = async (): Promise<never> => {
    throw new Problem('keys_unavailable');
  };
  await expect(verifyToken(token, unavailable, NODE_ID, BODY, NOW_MS)).rejects.toMatchObject({
    code: 'keys_unavailable',
  });
});
