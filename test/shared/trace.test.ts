import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traceFrom, traceIdOf } from '../../shared/trace.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const GIVEN = `00-${ID}-00f067aa0ba902b7-01`;

const ones = (digits: number): string => '1'.repeat(digits);

describe('a trace', () => {
  test('a trace is gone on with if the caller sends a valid one, in a span of our own and with the flags of the caller', () => {
    const { id, traceparent } = traceFrom(GIVEN, ones);
    expect(id).toBe(ID);
    expect(traceparent).toMatch(new RegExp(`^00-${ID}-[0-9a-f]{16}-01$`));
    expect(traceparent).not.toContain('00f067aa0ba902b7');
  });

  test('a trace of a later version is gone on with, whatever follows', () => {
    for (const header of [`cc-${ID}-00f067aa0ba902b7-01-what-the-future-brings`, `01-${ID}-00f067aa0ba902b7-00`]) {
      expect(traceFrom(header, ones).id).toBe(ID);
    }
  });

  test.each<[string, string | null]>([
    ['none at all', null],
    ['an empty one', ''],
    ['a version that may not be', `ff-${ID}-00f067aa0ba902b7-01`],
    ['an id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a parent of zeros', `00-${ID}-${'0'.repeat(16)}-01`],
    ['capitals', GIVEN.toUpperCase()],
    ['a short id', `00-${ID.slice(1)}-00f067aa0ba902b7-01`],
    ['more than this version has', `${GIVEN}-00`],
    ['spaces', ` ${GIVEN}`],
    ['two headers, joined', `${GIVEN}, ${GIVEN}`],
    ['a line break', `${GIVEN}\r\nx: y`],
    ['a novel', `cc-${ID}-00f067aa0ba902b7-01-${'x'.repeat(10_000)}`],
  ])('a trace begins anew if there is %s', (_, header) => {
    const { id, traceparent } = traceFrom(header, ones);
    expect(id).not.toBe(ID);
    expect(traceIdOf(traceparent)).toBe(id);
    expect(traceIdOf(header)).toBeNull();
  });

  test('a trace is valid whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const { id, traceparent } = traceFrom(header, ones);
        expect(traceIdOf(traceparent)).toBe(id);
      }),
    );
  });
});
