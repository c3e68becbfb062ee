import { describe, expect, test } from 'vitest';
import { createKeyHolder } from '../../../edge/keys/key-holder.ts';
import { heldInMemory } from './holders.ts';

const NOW_MS = 1_000_000;
const holder = () => createKeyHolder(heldInMemory(), () => NOW_MS);

describe('the free key of a mailbox', () => {
  test('is given by a link once, however often it is followed at the same time', async () => {
    const { redeem } = holder();
    const all = await Promise.all(['a', 'b', 'c'].map((id) => redeem(NOW_MS - 1, id)));
    expect(all).toEqual([{ ok: true, replaced: null }, { ok: false }, { ok: false }]);
  });

  test('takes the place of the one before, whose id is told', async () => {
    const { redeem } = holder();
    await redeem(NOW_MS - 1, 'a');
    expect(await redeem(NOW_MS + 1, 'b')).toEqual({ ok: true, replaced: 'a' });
    expect(await redeem(NOW_MS + 2, 'c')).toEqual({ ok: true, replaced: 'b' });
  });

  test('is given by no link that was made before the last one was followed', async () => {
    const { redeem, isSpent } = holder();
    expect(await isSpent(NOW_MS - 20)).toBe(false);
    await redeem(NOW_MS - 10, 'a');
    expect(await isSpent(NOW_MS + 1)).toBe(false);
    for (const issuedMs of [NOW_MS - 20, NOW_MS - 10, NOW_MS - 1, NOW_MS]) {
      expect(await isSpent(issuedMs)).toBe(true);
      expect(await redeem(issuedMs, 'b')).toEqual({ ok: false });
    }
  });

  test('is given once also by a link of a clock that is ahead', async () => {
    const { redeem } = holder();
    expect(await redeem(NOW_MS + 5_000, 'a')).toMatchObject({ ok: true });
    expect(await redeem(NOW_MS + 5_000, 'b')).toEqual({ ok: false });
  });
});
