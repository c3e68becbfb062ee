import { beforeAll, describe, expect, test } from 'vitest';
import { deriveSealKey, openText, sealText } from '../../../edge/crypto/seal.ts';
import { type LinkSeal, openLink, sealLink } from '../../../edge/keys/key-link.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const LINK = { email: '"a b"+c@good.test', issuedMs: NOW_MS };

async function sealOf(secret: string): Promise<LinkSeal> {
  const key = await deriveSealKey(new Uint8Array(new TextEncoder().encode(secret)), 'a purpose');
  return { seal: (text) => sealText(key, text), open: (sealed) => openText(key, sealed) };
}

let seal: LinkSeal;
beforeAll(async () => {
  seal = await sealOf('a secret of this test');
});

describe('a link', () => {
  test('gives back what it was made of, stands in a URL as it is, and shows nothing of it', async () => {
    const text = await sealLink(LINK, seal);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(await openLink(text, seal, NOW_MS)).toEqual(LINK);
    expect(atob(text.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('good.test');
    expect(await sealLink(LINK, seal)).not.toBe(text);
  });

  test('of the longest address still opens', async () => {
    const link = { ...LINK, email: `${'ü'.repeat(32)}@${'a.'.repeat(92)}example` };
    expect(await openLink(await sealLink(link, seal), seal, NOW_MS)).toEqual(link);
  });

  test('lives for half an hour', async () => {
    const text = await sealLink(LINK, seal);
    expect(await openLink(text, seal, NOW_MS + 1_799_999)).toEqual(LINK);
    expect(await openLink(text, seal, NOW_MS + 1_800_000)).toBeNull();
  });

  test('that was changed, cut off, sealed by others or made up is none', async () => {
    const text = await sealLink(LINK, seal);
    const flipped = `${text.slice(0, 30)}${text[30] === 'A' ? 'B' : 'A'}${text.slice(31)}`;
    const foreign = await sealLink(LINK, await sealOf('another secret of this test'));
    const noLink = (await seal.seal('{"email":1}')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    for (const none of [flipped, text.slice(0, -1), foreign, noLink, '', 'x', '%', 'A'.repeat(5_000)]) {
      expect(await openLink(none, seal, NOW_MS)).toBeNull();
    }
  });
});
