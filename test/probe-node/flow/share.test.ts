import { expect, test } from 'vitest';
import { shareMs, withinShare } from '../../../probe-node/flow/share.ts';

const never = new AbortController().signal;
const nowMs = (): number => performance.now();
const untilAborted = (signal: AbortSignal): Promise<'aborted'> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });

test('the only host, or the last, gets all the time that is left', async () => {
  const signals: AbortSignal[] = [];
  await withinShare({ latestMs: 0, hostsLeft: 1 }, nowMs, never, async (signal) => signals.push(signal));
  expect(signals).toEqual([never]);
});

test.each([
  [28_000, 1, 28_000],
  [28_000, 2, 9_333],
  [28_000, 3, 7_000],
  [28_000, 5, 7_000],
  [7_000, 2, 3_500],
  [600, 2, 300],
  [-5, 2, 0],
])('of %i ms the first of %i hosts gets %i', (leftMs, hostsLeft, expected) => {
  expect(Math.floor(shareMs({ latestMs: 1_000 + leftMs, hostsLeft }, 1_000))).toBe(expected);
});

test('a host before others is given up when its share is used up, and not before', async () => {
  const startMs = nowMs();
  await withinShare({ latestMs: startMs + 300, hostsLeft: 2 }, nowMs, never, untilAborted);
  // Half, less the rounding of timers.
  expect(nowMs() - startMs).toBeGreaterThan(145);
});

test("the share ends with the job's own signal", async () => {
  const stop = new AbortController();
  const waiting = withinShare({ latestMs: nowMs() + 1e6, hostsLeft: 5 }, nowMs, stop.signal, untilAborted);
  stop.abort();
  expect(await waiting).toBe('aborted');
  expect(await withinShare({ latestMs: nowMs() + 1e6, hostsLeft: 2 }, nowMs, AbortSignal.abort(), untilAborted)).toBe(
    'aborted',
  );
});

test('work that is done in time is not cut off afterwards', async () => {
  const signals: AbortSignal[] = [];
  const share = { latestMs: nowMs() + 30, hostsLeft: 2 };
  await withinShare(share, nowMs, never, async (signal) => signals.push(signal));
  await withinShare({ latestMs: nowMs() + 60, hostsLeft: 2 }, nowMs, never, untilAborted);
  expect(signals[0]?.aborted).toBe(false);
});
