import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Tell } from '../../../probe-node/flow/probe.ts';
import { createJobRunner } from '../../../probe-node/http/run-jobs.ts';
import type { Evidence, ProbeJob } from '../../../shared/job.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const JOB: ProbeJob = {
  version: 1,
  domain: 'd.test',
  provider: null,
  mail_hosts: [{ host: 'mx.d.test', preference: 10 }],
  recipients: [],
  catch_all: 'skip',
  deadline_ms: 60_000,
};

type Stream = {
  readonly stream: ReadableStream<Uint8Array>;
  readonly say: (id: number) => void;
  readonly end: () => void;
  readonly fail: () => void;
  readonly isStopped: () => boolean;
};

/** The answer to one job whose evidence the test makes, once it has turned into a stream. */
async function answerToJob(): Promise<Stream> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let tellAll: Tell = () => {};
  let isStopped = false;
  const runner = createJobRunner({
    probe: (_job, tell, signal) => {
      tellAll = tell;
      signal.addEventListener('abort', () => {
        isStopped = true;
        resolve();
      });
      return promise;
    },
    onFault: () => {},
  });
  const answer = runner.run([JOB], new AbortController().signal);
  await vi.advanceTimersByTimeAsync(100);
  const stream = await answer;
  if (typeof stream === 'string') throw new Error('the answer came in one piece');
  return {
    stream,
    say: (id) => tellAll([{ id } as Evidence]),
    end: resolve,
    fail: () => reject(new Error('thrown')),
    isStopped: () => isStopped,
  };
}

describe('a stream of evidence', () => {
  test('a stream of evidence has a space in every two seconds of silence, and all of its lines', async () => {
    const { stream, say, end } = await answerToJob();
    const whole = new Response(stream).text();
    await vi.advanceTimersByTimeAsync(5_000);
    say(1);
    await vi.advanceTimersByTimeAsync(1_900);
    say(2);
    await vi.advanceTimersByTimeAsync(2_100);
    say(3);
    await vi.advanceTimersByTimeAsync(1);
    end();
    await vi.advanceTimersByTimeAsync(1);
    expect(await whole).toBe('  {"id":1}\n{"id":2}\n {"id":3}\n');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a stream of evidence breaks off where a job has thrown', async () => {
    const { stream, say, fail } = await answerToJob();
    const whole = new Response(stream).text();
    const broken = expect(whole).rejects.toThrow('a job has failed');
    say(1);
    await vi.advanceTimersByTimeAsync(1);
    fail();
    await vi.advanceTimersByTimeAsync(1);
    await broken;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a stream of evidence stops its job when its reader leaves', async () => {
    const { stream, isStopped } = await answerToJob();
    const reader = stream.getReader();
    const read = reader.read();
    const left = reader.cancel();
    await vi.advanceTimersByTimeAsync(1);
    await left;
    expect([(await read).done, isStopped(), vi.getTimerCount()]).toEqual([true, true, 0]);
  });
});
