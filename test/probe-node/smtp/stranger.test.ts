import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { strangerLocalPart } from '../../../probe-node/smtp/stranger.ts';
import { parseAddress } from '../../../shared/address.ts';

/** A small generator with a seed (mulberry32), so that a failure comes again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word = (word + Math.imul(word ^ (word >>> 7), word | 61)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a stranger', () => {
  test('a stranger looks like a person and is an ASCII mailbox, whatever the numbers', () => {
    const drawn = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 6,
      maxLength: 6,
    });
    const property = fc.property(drawn, (numbers) => {
      const left = [...numbers];
      const localPart = strangerLocalPart(() => left.shift() ?? 0);
      expect(localPart).toMatch(/^[a-z]{3,6}\.[a-z]{12}[1-9][0-9]$/);
      expect(parseAddress(`${localPart}@example.com`)).toMatchObject({ ok: true, address: { needsSmtputf8: false } });
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  test('a stranger is whole at both ends of the scale', () => {
    expect(strangerLocalPart(() => 0)).toBe('anna.barbarbarbar10');
    expect(strangerLocalPart(() => 1 - 2 ** -53)).toBe('adrian.zorzorzorzor99');
  });

  test('a stranger is the same for the same numbers', () => {
    expect(strangerLocalPart(seeded(7))).toBe(strangerLocalPart(seeded(7)));
  });

  test('a stranger does not come twice in ten thousand draws', () => {
    const random = seeded(1);
    const drawn = new Set(Array.from({ length: 10_000 }, () => strangerLocalPart(random)));
    expect(drawn.size).toBe(10_000);
  });
});
