import { exportJWK, generateKeyPair, importJWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { importSigningKeys, liveKeys } from '../../../edge/crypto/signing-keys.ts';
import type { SigningJwk } from '../../../edge/env.ts';
import { signToken, verifyToken } from '../../../shared/token.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const NOW_SECONDS = NOW_MS / 1000;
const BODY = new TextEncoder().encode('{}');

let newer: SigningJwk;
let older: SigningJwk;

async function makeJwk(kid: string): Promise<SigningJwk> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x = '', d = '' } = await exportJWK(privateKey);
  return { kty: 'OKP', crv: 'Ed25519', x, d, kid };
}

beforeAll(async () => {
  [newer, older] = await Promise.all([makeJwk('newer'), makeJwk('older')]);
});

describe('the signing keys', () => {
  test('the signing keys are all published without their private half, and the first one signs', async () => {
    const keys = await importSigningKeys([newer, older]);
    expect(keys.publicKeys.map(({ kid }) => kid)).toEqual(['newer', 'older']);
    expect(JSON.stringify(keys.publicKeys)).not.toContain('"d"');
    expect(keys.signingKey(NOW_MS).kid).toBe('newer');
  });

  test('the signing keys of before and after a rotation are both valid for tokens in transit', async () => {
    const [before, after] = [await importSigningKeys([older]), await importSigningKeys([newer, older])];
    const token = await signToken(before.signingKey(NOW_MS), 'fra1', BODY, NOW_MS);
    const findKey = async (kid: string) => {
      const jwk = after.publicKeys.find((key) => key.kid === kid);
      return jwk === undefined ? null : importJWK(jwk, 'EdDSA');
    };
    await expect(verifyToken(token, findKey, 'fra1', BODY, NOW_MS)).resolves.toBeDefined();
  });

  test('the signing keys neither sign nor are published after their end, which is published in advance', async () => {
    const keys = await importSigningKeys([
      { ...newer, exp: NOW_SECONDS },
      { ...older, exp: NOW_SECONDS + 1 },
    ]);
    expect(keys.publicKeys.map((key) => Object.entries(key).find(([name]) => name === 'exp')?.[1])).toEqual([
      NOW_SECONDS,
      NOW_SECONDS + 1,
    ]);
    expect(liveKeys(keys.publicKeys, NOW_MS).map(({ kid }) => kid)).toEqual(['older']);
    expect(keys.signingKey(NOW_MS).kid).toBe('older');
    expect(() => keys.signingKey(NOW_MS + 1_000)).toThrow(/holds no key that has not ended/);
  });

  test('the signing keys have a key id of their own each', async () => {
    await expect(importSigningKeys([newer, { ...older, kid: 'newer' }])).rejects.toThrow(/two keys the same kid/);
    const { kid: _, ...nameless } = newer;
    const keys = await importSigningKeys([nameless, older]);
    expect(keys.publicKeys[0]?.kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('invalid signing keys are a misconfiguration, and are not quoted', async () => {
    const fault: unknown = await importSigningKeys([{ ...newer, x: older.x }]).catch((error: unknown) => error);
    expect(String(fault)).toContain('PROBE_SIGNING_KEY is not an Ed25519 key');
    expect(String(fault)).not.toContain(newer.d);
  });
});
