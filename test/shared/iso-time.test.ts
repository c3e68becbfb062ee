import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from '../../shared/iso-time.ts';

test('is what toISOString gives, for any time and in any order', () => {
  const anyMs = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  const near = fc.integer({ min: -2_000, max: 2_000 });
  fc.assert(
    fc.property(anyMs, fc.array(near), (startMs, steps) => {
      for (const atMs of [startMs, ...steps.map((step) => startMs + step)]) {
        expect(isoTime(atMs)).toBe(new Date(atMs).toISOString());
      }
    }),
  );
});

test('throws for what is no time, and knows the next one again', () => {
  expect(() => isoTime(Number.NaN)).toThrow(RangeError);
  expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
});
