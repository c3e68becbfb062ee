import { createServer, type RequestListener, type Server } from 'node:http';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEdgeKeys } from '../../../probe-node/http/edge-keys.ts';
import { Problem } from '../../../shared/problem.ts';
import { type KeyFinder, type SigningKey, signToken, verifyToken } from '../../../shared/token.ts';

const START_MS = 1_800_000_000_000;
const BODY = new TextEncoder().encode('{}');

type PublishedJwk = JWK & { readonly exp?: number };
type KeyOfEdge = { readonly signing: SigningKey; readonly published: PublishedJwk };

/** The published keys, the edge's answer, and the number of requests. */
let published: PublishedJwk[];
let answer: RequestListener;
let asked: number;
let server: Server;
let edge: URL;
let nowMs: number;
let slept: number[];
let first: KeyOfEdge;
let second: KeyOfEdge;

async function makeKey(kid: string): Promise<KeyOfEdge> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  return { signing: { kid, key: privateKey }, published: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' } };
}

const publish: RequestListener = (_, response) => response.end(JSON.stringify({ keys: published }));
const fail: RequestListener = (_, response) => response.writeHead(503).end();

beforeAll(async () => {
  first = await makeKey('first');
  second = await makeKey('second');
});

beforeEach(async () => {
  published = [first.published];
  answer = publish;
  asked = 0;
  nowMs = START_MS;
  slept = [];
  server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  edge = new URL(`http://127.0.0.1:${address.port}`);
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A sleeper wakes once everything that needs no time has happened. */
function findKeyOf(sleep?: (ms: number) => Promise<unknown>): KeyFinder {
  return createEdgeKeys(edge, {
    nowMs: () => nowMs,
    sleep:
      sleep ??
      (async (ms) => {
        slept.push(ms);
        nowMs += ms;
      }),
  });
}

async function answered(count: number): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (asked < count && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toBe(count);
}

async function codeOf(found: Promise<unknown>): Promise<string> {
  try {
    return (await found) === null ? 'unknown' : 'known';
  } catch (error) {
    return error instanceof Problem ? error.code : String(error);
  }
}

describe('the keys of the edge', () => {
  test('the keys of the edge are fetched once for many jobs that come at once, and for those that follow', async () => {
    const findKey = findKeyOf();
    expect(await Promise.all(Array.from({ length: 50 }, () => codeOf(findKey('first'))))).not.toContain('unknown');
    expect(await codeOf(findKey('first'))).toBe('known');
    expect(asked).toBe(1);
  });

  test('the keys of the edge that are none of ours, or no keys at all, are passed over', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    published = [{ ...(await exportJWK(publicKey)), kid: 'curve' }, {} as JWK, { kty: 'oct', kid: 'secret' } as JWK];
    published.push(first.published);
    const findKey = findKeyOf();
    expect(await codeOf(findKey('first'))).toBe('known');
    for (const kid of ['curve', 'secret']) expect(await codeOf(findKey(kid))).toBe('unknown');
  });

  test('the keys of the edge are not taken from a set that is far too long', async () => {
    answer = (_, response) => response.end(`{"keys":[],"x":"${'x'.repeat(9 * 1024 * 1024)}"}`);
    expect(await codeOf(findKeyOf()('first'))).toBe('keys_unavailable');
  });
});

describe('an unknown kid', () => {
  test('an unknown kid is looked for at once, and a new key serves the very job that named it', async () => {
    const findKey = findKeyOf();
    await findKey('first');
    published = [first.published, second.published];
    expect(await codeOf(findKey('second'))).toBe('known');
    expect([asked, slept]).toEqual([2, []]);
  });

  test('an unknown kid of strangers makes us fetch once in five seconds, however many come', async () => {
    const wakes: (() => void)[] = [];
    const findKey = findKeyOf(
      () =>
        new Promise<void>((resolve) => {
          wakes.push(resolve);
        }),
    );
    expect(await codeOf(findKey('stranger'))).toBe('unknown');
    expect(asked).toBe(2);
    const found = Array.from({ length: 150 }, (_, index) => codeOf(findKey(`stranger-${index}`)));
    // A hundred wait; the others get their answer at once.
    expect(await Promise.all(found.slice(100))).toEqual(Array.from({ length: 50 }, () => 'unknown'));
    nowMs += 5_000;
    for (const wake of wakes) wake();
    expect(new Set(await Promise.all(found))).toEqual(new Set(['unknown']));
    expect(asked).toBe(3);
  });

  test('an unknown kid that is published while strangers are about waits for the next look, and is not refused', async () => {
    const findKey = findKeyOf();
    await findKey('stranger');
    published = [first.published, second.published];
    expect(await codeOf(findKey('second'))).toBe('known');
    expect(slept).toEqual([5_000]);
  });

  test('an unknown kid cannot be told from a new one if the edge is away: keys_unavailable', async () => {
    const findKey = findKeyOf();
    await findKey('first');
    answer = fail;
    expect(await codeOf(findKey('second'))).toBe('keys_unavailable');
    expect(await codeOf(findKey('first'))).toBe('known');
  });
});

describe('a key with an end', () => {
  test('a key with an end is refused from that second on, without a question to the edge', async () => {
    published = [{ ...first.published, exp: START_MS / 1000 + 30 }];
    const findKey = findKeyOf();
    expect(await codeOf(findKey('first'))).toBe('known');
    nowMs = START_MS + 29_999;
    expect(await codeOf(findKey('first'))).toBe('known');
    nowMs = START_MS + 30_000;
    expect(await codeOf(findKey('first'))).toBe('unknown');
    expect(asked).toBe(1);
  });
});

describe('a key that has left the set', () => {
  test('a key that has left the set is refused two minutes after at the latest', async () => {
    const findKey = findKeyOf();
    await findKey('first');
    published = [second.published];
    nowMs = START_MS + 120_000;
    expect(await codeOf(findKey('first'))).toBe('unknown');
  });

  test('a key that has left the set is refused sooner under load: a set of one minute is fetched anew beside the jobs', async () => {
    const findKey = findKeyOf();
    await findKey('first');
    published = [second.published];
    nowMs = START_MS + 60_000;
    expect(await codeOf(findKey('first'))).toBe('known');
    await answered(2);
    expect(await codeOf(findKey('second'))).toBe('known');
    expect(await codeOf(findKey('first'))).toBe('unknown');
  });
});

describe('an edge that cannot be reached', () => {
  test('an edge that cannot be reached leaves the known keys working for an hour, and then no longer', async () => {
    const findKey = findKeyOf();
    await findKey('first');
    answer = fail;
    for (let minute = 1; minute < 60; minute += 1) {
      nowMs = START_MS + minute * 60_000;
      expect(await codeOf(findKey('first'))).toBe('known');
    }
    nowMs = START_MS + 3_600_000;
    expect(await codeOf(findKey('first'))).toBe('keys_unavailable');
  });

  test('an edge that cannot be reached holds up one job at most: the others do not wait for it', async () => {
    const findKey = findKeyOf();
    await findKey('first');
    answer = fail;
    nowMs = START_MS + 130_000;
    expect(await codeOf(findKey('first'))).toBe('known');
    // Takes the request and stays silent.
    answer = () => {};
    nowMs += 1_000;
    expect(await codeOf(findKey('first'))).toBe('known');
    await answered(3);
  });

  test('an edge that cannot be reached is asked once a second, not once a job', async () => {
    answer = fail;
    const findKey = findKeyOf();
    for (let count = 0; count < 10; count += 1) expect(await codeOf(findKey('first'))).toBe('keys_unavailable');
    expect(asked).toBe(1);
    answer = publish;
    nowMs += 1_000;
    expect(await codeOf(findKey('first'))).toBe('known');
  });
});

describe('a rotation under load', () => {
  test('a rotation under load loses no job: old and new key sign side by side, then the new one alone', async () => {
    const findKey = findKeyOf();
    const check = async ({ signing }: KeyOfEdge): Promise<string> =>
      verifyToken(await signToken(signing, 'probe-1', BODY, nowMs), findKey, 'probe-1', BODY, nowMs).then(
        () => 'taken',
        (error: unknown) => (error instanceof Problem ? error.code : String(error)),
      );
    const found: Promise<string>[] = [];
    for (let round = 0; round < 60; round += 1) {
      if (round === 20) published = [second.published, { ...first.published, exp: nowMs / 1000 + 20 }];
      if (round === 45) published = [second.published];
      const signers = round < 20 ? [first] : round < 40 ? [first, second] : [second];
      for (let job = 0; job < 10; job += 1) found.push(check(signers[job % signers.length] ?? second));
      await Promise.all(found);
      nowMs += 1_000;
    }
    expect(new Set(await Promise.all(found))).toEqual(new Set(['taken']));
    expect(await check(first)).toBe('token_key_unknown');
    expect(asked).toBeLessThan(6);
  });
});
