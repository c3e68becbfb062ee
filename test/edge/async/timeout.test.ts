import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withinOr, withTimeout } from '../../../edge/async/timeout.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const endless = new Promise<never>(() => {});

describe('work that ends in time', () => {
  test('is what it came to, and leaves no timer', async () => {
    expect(await withTimeout(100, Promise.resolve('done'))).toBe('done');
    expect(await withinOr(100, Promise.resolve('done'), null)).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is rejected as it was, and leaves no timer', async () => {
    await expect(withTimeout(100, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(withinOr(100, Promise.reject(new Error('broken')), null)).rejects.toThrow('broken');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('work that is late', () => {
  test('rejects with a TimeoutError', async () => {
    const outcome = expect(withTimeout(100, endless)).rejects.toMatchObject({ name: 'TimeoutError' });
    await vi.advanceTimersByTimeAsync(100);
    await outcome;
  });

  test('is what was said for that case, and not a moment sooner', async () => {
    const settled = vi.fn();
    const outcome = withinOr(100, endless, 'late').then(settled);
    await vi.advanceTimersByTimeAsync(99);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await outcome;
    expect(settled).toHaveBeenCalledWith('late');
  });
});
