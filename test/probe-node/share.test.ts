import { expect, test } from 'vitest';
import { withinShare } from '../../probe-node/share.ts';

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

test('a host before others is given up when its share is used up, and not before', async () => {
  const startMs = nowMs();
  await withinShare({ latestMs: startMs + 300, hostsLeft: 2 }, nowMs, never, untilAborted);
  // Two thirds, less what timers round off.
  expect(nowMs() - startMs).toBeGreaterThan(195);
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
