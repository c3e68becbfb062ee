import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../bench/simulation/virtual-clock.ts';

test('sleepers of the virtual clock wake in the order of their time, at their time, and those of one time in turn', async () => {
  const clock = createVirtualClock();
  const woken: (readonly [string, number])[] = [];
  const sleeper = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push([name, clock.nowMs()]);
  };
  const all = [5, 3, 9, 1, 7, 2, 8].map((ms) => sleeper(String(ms), ms));
  all.push(sleeper('3 again', 3));
  await clock.run(8);
  expect(woken.map(([name]) => name)).toEqual(['1', '2', '3', '3 again', '5', '7', '8']);
  expect(woken.every(([name, atMs]) => name.startsWith(String(atMs)))).toBe(true);
  expect(clock.nowMs()).toBe(8);
  await clock.run(9);
  await Promise.all(all);
});

test('a sleeper whose signal aborts wakes at once', async () => {
  const clock = createVirtualClock();
  const over = new AbortController();
  const slept = clock.sleep(1_000, over.signal);
  over.abort('over');
  await slept;
  expect(clock.nowMs()).toBe(0);
});
