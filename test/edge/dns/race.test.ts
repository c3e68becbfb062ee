import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WireAnswer } from '../../../edge/dns/ask-resolver.ts';
import { type Runner, race } from '../../../edge/dns/race.ts';
import { gate } from '../small-world.ts';

const YES: WireAnswer = { answer: { kind: 'nodata' }, ttlSeconds: 60, message: null };
const NO: WireAnswer = { answer: { kind: 'nxdomain' }, ttlSeconds: 60, message: null };
const failed = (fault: string): WireAnswer => ({ answer: { kind: 'failure', fault }, ttlSeconds: 0, message: null });

type HandRunner = Runner & { readonly answer: (answer: WireAnswer) => void; readonly signals: AbortSignal[] };

/** Answers when it is told to. */
function runner(patienceMs = 100): HandRunner {
  const { passed, open } = gate<WireAnswer>();
  const signals: AbortSignal[] = [];
  const ask = (signal: AbortSignal): Promise<WireAnswer> => {
    signals.push(signal);
    return passed;
  };
  return { ask, patienceMs, answer: open, signals };
}

const asked = (...runners: readonly HandRunner[]): readonly number[] => runners.map(({ signals }) => signals.length);

const patient = (): AbortSignal => new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('the first', () => {
  test('is asked alone, and its answer wins while it keeps to its time', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    await vi.advanceTimersByTimeAsync(99);
    first.answer(YES);
    expect(await won).toBe(YES);
    expect(asked(first, second)).toEqual([1, 0]);
  });

  test('that is slow has the second asked beside it, and is stopped when that one wins', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    await vi.advanceTimersByTimeAsync(100);
    expect(asked(first, second)).toEqual([1, 1]);
    expect(first.signals[0]?.aborted).toBe(false);
    second.answer(YES);
    expect(await won).toBe(YES);
    expect(first.signals[0]?.aborted).toBe(true);
  });

  test('that is slow wins all the same where it comes first', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    await vi.advanceTimersByTimeAsync(100);
    first.answer(NO);
    expect(await won).toBe(NO);
    expect(second.signals[0]?.aborted).toBe(true);
  });

  test('that fails has the second asked at once', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    first.answer(failed('servfail'));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked(first, second)).toEqual([1, 1]);
    second.answer(NO);
    expect(await won).toBe(NO);
  });

  test('that fails after the second was asked leaves it to that one', async () => {
    const [first, second, third] = [runner(), runner(1_000), runner()];
    const won = race([first, second, third], patient());
    await vi.advanceTimersByTimeAsync(100);
    first.answer(failed('timeout'));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked(first, second, third)).toEqual([1, 1, 1]);
    second.answer(YES);
    expect(await won).toBe(YES);
  });
});

describe('nobody wins', () => {
  test('where all fail: the last failure tells', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    first.answer(failed('timeout'));
    second.answer(failed('servfail'));
    expect(await won).toEqual(failed('servfail'));
  });

  test('where the asker gives up: all are stopped and nobody else is asked', async () => {
    const asker = new AbortController();
    const [first, second] = [runner(), runner()];
    const won = race([first, second], asker.signal);
    asker.abort();
    expect(await won).toEqual(failed('timeout'));
    expect(first.signals[0]?.aborted).toBe(true);
    first.answer(failed('timeout'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked(first, second)).toEqual([1, 0]);
  });

  test('where the asker had given up before', async () => {
    const first = runner();
    expect(await race([first], AbortSignal.abort())).toEqual(failed('timeout'));
    expect(asked(first)).toEqual([0]);
  });
});
