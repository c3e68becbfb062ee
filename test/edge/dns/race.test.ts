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
  test('the first source is asked alone, and its answer wins if it is in time', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    await vi.advanceTimersByTimeAsync(99);
    first.answer(YES);
    expect(await won).toBe(YES);
    expect(asked(first, second)).toEqual([1, 0]);
  });

  test('a first source that is slow is hedged by the second, and aborted when that one wins', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    await vi.advanceTimersByTimeAsync(100);
    expect(asked(first, second)).toEqual([1, 1]);
    expect(first.signals[0]?.aborted).toBe(false);
    second.answer(YES);
    expect(await won).toBe(YES);
    expect(first.signals[0]?.aborted).toBe(true);
  });

  test('a first source that is slow wins all the same if it answers first', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    await vi.advanceTimersByTimeAsync(100);
    first.answer(NO);
    expect(await won).toBe(NO);
    expect(second.signals[0]?.aborted).toBe(true);
  });

  test('a first source that fails has the second asked at once', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    first.answer(failed('servfail'));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked(first, second)).toEqual([1, 1]);
    second.answer(NO);
    expect(await won).toBe(NO);
  });

  test('a first source that fails after the second was asked leaves the answer to that one', async () => {
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

describe('no source', () => {
  test('no source wins if all fail: the last failure is the answer', async () => {
    const [first, second] = [runner(), runner()];
    const won = race([first, second], patient());
    first.answer(failed('timeout'));
    second.answer(failed('servfail'));
    expect(await won).toEqual(failed('servfail'));
  });

  test('no source wins if the caller gives up: all are aborted and no other is asked', async () => {
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

  test('no source is asked if the caller had given up before', async () => {
    const first = runner();
    expect(await race([first], AbortSignal.abort())).toEqual(failed('timeout'));
    expect(asked(first)).toEqual([0]);
  });
});
