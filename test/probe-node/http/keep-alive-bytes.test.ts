import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withKeepAlive } from '../../../probe-node/http/keep-alive-bytes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Source = {
  readonly stream: ReadableStream<Uint8Array>;
  readonly say: (text: string) => void;
  readonly end: () => void;
  readonly fail: () => void;
  readonly isLeft: () => boolean;
};

function source(): Source {
  let isLeft = false;
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>({
    start: (own) => {
      controller = own;
    },
    cancel: () => {
      isLeft = true;
    },
  });
  return {
    stream,
    say: (text) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
    fail: () => controller.error(new Error('a job has failed')),
    isLeft: () => isLeft,
  };
}

describe('a stream of evidence', () => {
  test('a stream of evidence has a space in every two seconds of silence, and all of its lines', async () => {
    const { stream, say, end } = source();
    const whole = new Response(withKeepAlive(stream)).text();
    await vi.advanceTimersByTimeAsync(5_000);
    say('{"id":1}\n');
    await vi.advanceTimersByTimeAsync(1_999);
    say('{"id":2}\n');
    await vi.advanceTimersByTimeAsync(2_000);
    say('{"id":3}\n');
    end();
    expect(await whole).toBe('  {"id":1}\n{"id":2}\n {"id":3}\n');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a stream of evidence breaks off where it did', async () => {
    const { stream, say, fail } = source();
    const whole = new Response(withKeepAlive(stream)).text();
    say('{"id":1}\n');
    await vi.advanceTimersByTimeAsync(0);
    fail();
    await expect(whole).rejects.toThrow('a job has failed');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a stream of evidence is left when its reader leaves', async () => {
    const { stream, isLeft } = source();
    const reader = withKeepAlive(stream).getReader();
    const read = reader.read();
    await reader.cancel();
    expect([(await read).done, isLeft(), vi.getTimerCount()]).toEqual([true, true, 0]);
  });
});
