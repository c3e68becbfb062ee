import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { SettingsError } from '../../probe-node/settings.ts';
import { loadNodeKey, readKept, writeKept } from '../../probe-node/state.ts';
import { emptyState } from './joined-state.ts';

const KEPT = { membership: { id: 'fra1', region: 'eu-central' }, settings: { PROBE_HELO: 'fra1.example.com' } };

describe('the state of a node', () => {
  test('the state of a node is empty at first, and a key is made for its owner alone', async () => {
    const folder = path.join(emptyState(), 'deeper', 'still');
    expect(await readKept(folder)).toEqual({ isNew: true, membership: null, settings: {} });
    const { publicKey } = await loadNodeKey(folder);
    expect(publicKey).toEqual({ kty: 'OKP', crv: 'Ed25519', x: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
    expect(statSync(path.join(folder, 'key.json')).mode & 0o077).toBe(0);
  });

  test('the state of a node keeps the key: it is the same on every start', async () => {
    const folder = emptyState();
    const first = await loadNodeKey(folder);
    expect((await loadNodeKey(folder)).publicKey).toEqual(first.publicKey);
  });

  test('the state of a node keeps the secret behind its random mailboxes, which another node does not share', async () => {
    const [folder, other] = [emptyState(), emptyState()];
    const { strangerSecret } = await loadNodeKey(folder);
    expect((await loadNodeKey(folder)).strangerSecret).toBe(strangerSecret);
    expect((await loadNodeKey(other)).strangerSecret).not.toBe(strangerSecret);
  });

  test('the state of a node keeps its membership, and its settings', async () => {
    const folder = emptyState();
    await writeKept(folder, { ...KEPT, membership: null });
    await writeKept(folder, KEPT);
    expect(await readKept(folder)).toEqual({ isNew: false, ...KEPT });
    expect(readdirSync(folder)).toEqual(['node.json']);
  });

  test.each(['', '{', '[]', '{"kty":"OKP","crv":"Ed25519","x":"secret-of-somebody"}'])(
    'that holds %j for a key is refused and not quoted',
    async (text) => {
      const folder = emptyState();
      writeFileSync(path.join(folder, 'key.json'), text);
      const fault = await loadNodeKey(folder).catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(SettingsError);
      expect(String(fault)).toContain('key.json');
      expect(String(fault)).not.toContain('secret-of-somebody');
      expect(readFileSync(path.join(folder, 'key.json'), 'utf8')).toBe(text);
    },
  );

  test('the state of a node that holds a membership of other fields is refused', async () => {
    const folder = emptyState();
    writeFileSync(path.join(folder, 'node.json'), JSON.stringify({ membership: { id: 'FRA 1' }, settings: {} }));
    await expect(readKept(folder)).rejects.toThrow(/^PROBE_STATE: .*node\.json was not written by/);
  });

  test.skipIf(process.getuid?.() === 0)('that cannot be read is refused by name', async () => {
    const folder = emptyState();
    await loadNodeKey(folder);
    chmodSync(path.join(folder, 'key.json'), 0);
    await expect(loadNodeKey(folder)).rejects.toThrow(/^PROBE_STATE: .*cannot be read \(EACCES\)/);
  });
});
