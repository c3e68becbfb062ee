import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withSignOfLife } from '../../cli/sign-of-life.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A terminal or a pipe, and the text on it. */
function streamOf(isTTY: boolean, columns = 80) {
  const texts: string[] = [];
  return { isTTY, columns, texts, write: (text: string) => texts.push(text) };
}

function pending<T>() {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

test('a person who waits for a second sees the reason and the time, and the line disappears afterwards', async () => {
  const stream = streamOf(true);
  const { promise, settle } = pending<string>();
  const result = withSignOfLife('an answer about ada@good.test', promise, stream);
  await vi.advanceTimersByTimeAsync(999);
  expect(stream.texts).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_001);
  expect(stream.texts).toEqual([
    '\r\u001b[2KWaiting for an answer about ada@good.test … 1 s',
    '\r\u001b[2KWaiting for an answer about ada@good.test … 2 s',
  ]);
  settle('there');
  expect(await result).toBe('there');
  expect(stream.texts.at(-1)).toBe('\r\u001b[2K');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(stream.texts.length).toBe(3);
});

test('the sign of life never reaches the last column: a wrapped line could not be cleared', async () => {
  const stream = streamOf(true, 20);
  const { promise, settle } = pending<void>();
  const result = withSignOfLife('an answer about ada@good.test', promise, stream);
  await vi.advanceTimersByTimeAsync(1_000);
  settle();
  await result;
  expect(stream.texts[0]?.replace('\r\u001b[2K', '')).toHaveLength(19);
});

test('a pipe gets no sign of life', async () => {
  const stream = streamOf(false);
  const { promise, settle } = pending<void>();
  const result = withSignOfLife('an answer', promise, stream);
  await vi.advanceTimersByTimeAsync(5_000);
  settle();
  await result;
  expect(stream.texts).toEqual([]);
});

test('a fault during the wait is passed on, and the line is cleared', async () => {
  const stream = streamOf(true);
  const work = vi.fn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    throw new Error('gone');
  });
  const result = expect(withSignOfLife('an answer', work(), stream)).rejects.toThrow('gone');
  await vi.advanceTimersByTimeAsync(1_500);
  await result;
  expect(stream.texts.at(-1)).toBe('\r\u001b[2K');
});
