import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PublicKey } from '../../shared/enrolment.ts';
import { checkIdentity, type Identity, NONCE, signIdentity } from '../../shared/identity.ts';

const IDENTITY: Identity = {
  id: 'fra1',
  url: 'https://fra1.example/',
  edge: 'https://edge.example',
  nonce: 'a-nonce-of-this-test-alone',
};

let publicKey: PublicKey;
let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  privateKey = pair.privateKey;
  const { x = '' } = await exportJWK(pair.publicKey);
  publicKey = { kty: 'OKP', crv: 'Ed25519', x };
});

describe('a statement of identity', () => {
  test('a statement of identity is believed about exactly what it says', async () => {
    expect(await checkIdentity(await signIdentity(privateKey, IDENTITY), publicKey, IDENTITY)).toBeNull();
  });

  test.each<[string, Partial<Identity>]>([
    ['another node', { id: 'fra2' }],
    ['another URL, as a relay would bring it', { url: 'https://relay.example/' }],
    ['another edge', { edge: 'https://other-edge.example' }],
    ['an earlier question', { nonce: 'a-nonce-of-yesterday-evening' }],
  ])('a statement of identity about %s is not', async (_, other) => {
    const statement = await signIdentity(privateKey, { ...IDENTITY, ...other });
    expect(await checkIdentity(statement, publicKey, IDENTITY)).toBe('other_claims');
  });

  test('a statement of identity of another key is not', async () => {
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    expect(await checkIdentity(await signIdentity(stranger.privateKey, IDENTITY), publicKey, IDENTITY)).toBe(
      'other_key',
    );
  });

  test('a statement of identity is not made of a heartbeat, nor of any other token of the node', async () => {
    const { id, url, edge, nonce } = IDENTITY;
    const other = await new SignJWT({ nonce, url })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
      .setIssuer(id)
      .setAudience(edge)
      .sign(privateKey);
    expect(await checkIdentity(other, publicKey, IDENTITY)).toBe('other_key');
  });

  test.each(['', 'a.b.c', 'not a token', `${'x'.repeat(4000)}`])('is not made of %j', async (text) => {
    expect(await checkIdentity(text, publicKey, IDENTITY)).toBe('other_key');
  });

  test('a statement of identity of a key that is none is not', async () => {
    const statement = await signIdentity(privateKey, IDENTITY);
    expect(await checkIdentity(statement, { ...publicKey, x: 'x' }, IDENTITY)).toBe('other_key');
  });

  test('a statement of identity answers nonces that the edge makes', () => {
    expect(crypto.randomUUID()).toMatch(NONCE);
    for (const bad of ['', 'short', 'x'.repeat(129), 'with space '.repeat(3)]) expect(bad).not.toMatch(NONCE);
  });
});
