import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeAt, type ScrollPlace } from '../../../../../web/page/browser/lists/scroll-place.ts';

const TOP: ScrollPlace = { top: 0, place: 0 };
const LONG = { full: 36_000_000, height: 8_000_000, view: 500 };

describe('the place of a view among rows', () => {
  test('is that of the scroll bar as long as the rows are not too high', () => {
    const size = { full: 36_000, height: 36_000, view: 500 };
    expect(placeAt(TOP, 12_345, size)).toEqual({ top: 12_345, place: 12_345 });
  });

  test('moves pixel by pixel with small steps, and in proportion with large ones', () => {
    const dragged = placeAt(TOP, 4_000_000, LONG);
    expect(dragged.place / LONG.full).toBeCloseTo(0.5, 3);
    expect(placeAt(dragged, dragged.top + 120, LONG).place).toBe(dragged.place + 120);
    expect(placeAt(dragged, dragged.top - 120, LONG).place).toBe(dragged.place - 120);
  });

  test('is at the ends where the scroll bar is, whatever the way there', () => {
    const topMax = LONG.height - LONG.view;
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -400, max: 400 }), fc.integer({ min: -8e6, max: 8e6 }))),
        (steps) => {
          let last = TOP;
          for (const step of steps) {
            last = placeAt(last, Math.min(topMax, Math.max(0, last.top + step)), LONG);
            expect(last.place).toBeGreaterThanOrEqual(0);
            expect(last.place).toBeLessThanOrEqual(LONG.full - LONG.view);
          }
          expect(placeAt(last, 0, LONG).place).toBe(0);
          expect(placeAt(last, topMax, LONG).place).toBe(LONG.full - LONG.view);
        },
      ),
    );
  });

  test('is the first one if all rows fit', () => {
    expect(placeAt(TOP, 0, { full: 72, height: 72, view: 500 })).toEqual(TOP);
  });
});
