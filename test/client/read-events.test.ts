import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvents } from '../../client/read-events.ts';
import { LINE_LENGTH_MAX } from '../../client/read-lines.ts';
import { bodyOf, collect, cutAt } from './bodies.ts';

const read = (text: string, cuts: readonly number[] = []) => collect(readEvents(bodyOf(cutAt(text, cuts))));

describe('server-sent events', () => {
  test('have a name, data of several lines and an id that stays', async () => {
    expect(await read(': hello\nevent: step\nid: 7\ndata: a\ndata:b\nretry: 5\n\ndata\n\n')).toEqual([
      { event: 'step', data: 'a\nb', id: '7' },
      { event: 'message', data: '', id: '7' },
    ]);
  });

  test('keep every blank of their data but the first, and every colon', async () => {
    expect(await read('data:  a: b\u2028c\n\n')).toEqual([{ event: 'message', data: ' a: b\u2028c', id: '' }]);
  });

  test('are none without data, and none if the end is cut off', async () => {
    expect(await read('event: step\n\ndata: whole\n\nevent: verdict\ndata: {"cut":')).toEqual([
      { event: 'message', data: 'whole', id: '' },
    ]);
  });

  test('do not take an id with a NUL', async () => {
    expect(await read('id: a\ndata: 1\n\nid: b\0\ndata: 2\n\n')).toMatchObject([{ id: 'a' }, { id: 'a' }]);
  });

  test('are the same with every kind of line end, wherever the chunks are cut', async () => {
    const text = 'event: step\ndata: é💌\n\n: sign\nevent: verdict\nid: end\ndata: {"a":1}\ndata: 2\n\n';
    const expected = await read(text);
    expect(expected).toHaveLength(2);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('\n', '\r\n', '\r'), fc.array(fc.nat(120)), async (end, cuts) => {
        expect(await read(text.replaceAll('\n', end), cuts)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('are bounded, also by many short lines', async () => {
    const line = `data: ${'x'.repeat(65_536)}\n`;
    await expect(read(line.repeat(LINE_LENGTH_MAX / 65_536 + 1))).rejects.toMatchObject({ code: 'bad_answer' });
  });
});
