import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withSecondTry } from '../../../edge/async/second-try.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('work that succeeds is done once', async () => {
  const work = vi.fn(async () => 'done');
  expect(await withSecondTry(1_000, work)).toBe('done');
  expect(work).toHaveBeenCalledTimes(1);
});

test('work that fails is done once more after the pause, and its second outcome counts', async () => {
  const work = vi.fn(async () => {
    if (work.mock.calls.length === 1) throw new Error('too many requests');
    return 'done';
  });
  const outcome = withSecondTry(1_000, work);
  await vi.advanceTimersByTimeAsync(999);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await outcome).toBe('done');
});

test('work that fails twice gives its second fault', async () => {
  const work = vi.fn(() => Promise.reject(new Error(`fault ${work.mock.calls.length}`)));
  const outcome = expect(withSecondTry(1_000, work)).rejects.toThrow('fault 2');
  await vi.advanceTimersByTimeAsync(1_000);
  await outcome;
});
