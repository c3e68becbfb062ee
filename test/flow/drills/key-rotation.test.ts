/**
 * The key that jobs are signed with is replaced under load: the edge comes back with the new key in front and an end for
 * the old one, and no node and no caller notices. A job signed with the old key is taken until its end, and refused then.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProbeJob } from '../../../shared/job.ts';
import { type SigningKey, signToken } from '../../../shared/token.ts';
import { listenToEdge } from './edge-log.ts';
import { type Ground, openGround } from './ground.ts';
import { type Load, NOTHING_WRONG, tell } from './load.ts';

/** Seconds for which the old key is good beside the new one: as long as this test may take to look at it. */
const OVERLAP_SECONDS = 3_600;
/** Seconds until its end, once that has been looked at. */
const END_SECONDS = 3;

let ground: Ground;

beforeAll(async () => {
  ground = await openGround(['eu1', 'us1', 'ap1'].map((id) => ({ id, region: `${id}-region` })));
});

afterAll(() => ground?.close());

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}

async function signingKey({ kid = '', ...jwk }: JWK): Promise<SigningKey> {
  const key = await importJWK(jwk, 'EdDSA');
  if (key instanceof Uint8Array) throw new Error('that is no key pair');
  return { kid, key };
}

/** The response of each node to a job with that signature. */
async function statuses(key: SigningKey): Promise<readonly number[]> {
  const job: ProbeJob = {
    version: 1,
    domain: 'firm0.test',
    provider: null,
    mail_hosts: [{ host: 'mx.firm0.test', preference: 10 }],
    recipients: [{ id: 0, address: 'known@firm0.test' }],
    catch_all: 'skip',
    deadline_ms: 5_000,
  };
  const body = new TextEncoder().encode(JSON.stringify(job));
  return Promise.all(
    ground.nodes.map(async ({ id, url }) => {
      const authorization = `Bearer ${await signToken(key, id, body, Date.now())}`;
      const headers = { authorization, 'content-type': 'application/json' };
      const response = await fetch(new URL('/v1/probe', url), { method: 'POST', headers, body });
      await response.arrayBuffer();
      return response.status;
    }),
  );
}

function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

/** The edge comes back and signs with the first of these keys. */
function reopenWith(...keys: readonly (JWK & { readonly exp?: number })[]): Promise<void> {
  return ground.reopenEdge({ keys: { ...ground.keys, PROBE_SIGNING_KEY: JSON.stringify({ keys }) } });
}

/** Another stretch of verdicts. */
async function more(load: Load): Promise<void> {
  const from = load.told().length;
  await expect.poll(() => load.told().length - from, { interval: 20 }).toBeGreaterThan(ground.size.stretch);
}

test('the signing key is changed under load, and no verdict is lost, doubled or wrong', async () => {
  const oldJwk: JWK = JSON.parse(ground.keys.PROBE_SIGNING_KEY);
  const [oldKey, newJwk] = [await signingKey(oldJwk), await newKey()];
  // 503: the new set of keys has not come in time.
  const log = listenToEdge(['silent', 'http_503']);
  const load = ground.load({ name: 'rotation', asksAgain: true });
  await more(load);

  const changedAtMs = performance.now();
  const farEnd = secondsFromNow(OVERLAP_SECONDS);
  await reopenWith(newJwk, { ...oldJwk, exp: farEnd });
  const published = await (await fetch(new URL('/.well-known/jwks.json', ground.url))).json();
  expect(published).toMatchObject({ keys: [{ kid: newJwk.kid }, { kid: oldJwk.kid, exp: farEnd }] });
  await more(load);
  expect(await statuses(oldKey)).toEqual([200, 200, 200]);
  expect(await statuses(await signingKey(newJwk))).toEqual([200, 200, 200]);

  const exp = secondsFromNow(END_SECONDS);
  await reopenWith(newJwk, { ...oldJwk, exp });
  // An unknown key makes each node fetch the set anew, and with it the end of the old one. It is 503 while that fails.
  const unknownKey = await signingKey(await newKey());
  await expect.poll(() => statuses(unknownKey), { interval: 100 }).toEqual([401, 401, 401]);
  await expect.poll(() => statuses(oldKey), { interval: 100 }).toEqual([401, 401, 401]);
  expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
  const endedMs = Date.now() - exp * 1_000;
  await more(load);

  const report = await load.stop();
  const { refusals, faults } = log.end();
  tell(
    `key changed (old one refused ${endedMs} ms after its end, ${load.repeated()} questions asked again while there was no edge, ${refusals} jobs refused)`,
    report,
    load.told(),
    changedAtMs,
  );
  expect({ ...report, refusals, faults }).toMatchObject({ ...NOTHING_WRONG, refusals: 0, faults: 0 });
});
