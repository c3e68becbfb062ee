import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LINE_LENGTH_MAX, readLines } from '../../client/read-lines.ts';
import { bodyOf, collect, cutAt } from './bodies.ts';

describe('lines of a response', () => {
  test('are the same wherever the chunks are cut', async () => {
    const text = fc.array(fc.constantFrom('a', 'é', '💌', ' ', '\n', '\r', '\r\n'), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(60), { maxLength: 8 }), async (parts, cuts) => {
        const whole = parts.join('');
        const expected = whole.split(/\r\n|\n|\r/);
        if (expected.at(-1) === '') expected.pop();
        expect(await collect(readLines(bodyOf(cutAt(whole, cuts))))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('have no byte order mark at their start', async () => {
    expect(await collect(readLines(bodyOf(cutAt('\uFEFFa\nb', [1]))))).toEqual(['a', 'b']);
  });

  test('are none in a response without a body', async () => {
    expect(await collect(readLines(null))).toEqual([]);
  });

  test('are bounded', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(LINE_LENGTH_MAX / 2));
    await expect(collect(readLines(bodyOf([chunk, chunk, chunk])))).rejects.toMatchObject({ code: 'bad_answer' });
  });

  test('are read no further once nobody wants them', async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('line\n')),
      cancel: () => {
        isCancelled = true;
      },
    });
    for await (const line of readLines(endless)) {
      expect(line).toBe('line');
      break;
    }
    expect(isCancelled).toBe(true);
  });
});
