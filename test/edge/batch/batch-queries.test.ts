import { describe, expect, test } from 'vitest';
import { gatherQueries } from '../../../edge/batch/batch-queries.ts';
import type { DnsAnswer } from '../../../edge/dns/answer.ts';
import { NODATA } from '../small-world.ts';

type Pending = { readonly name: string; readonly answer: (answer: DnsAnswer) => void };

/** A resolver that answers by hand. */
function slowResolver(): {
  readonly pending: Pending[];
  readonly asked: string[];
  query: Parameters<typeof gatherQueries>[0];
} {
  const pending: Pending[] = [];
  const asked: string[] = [];
  return {
    pending,
    asked,
    query: (name, type) => {
      asked.push(`${name} ${type}`);
      return new Promise((answer) => pending.push({ name, answer }));
    },
  };
}

const { signal } = new AbortController();

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('DNS questions', () => {
  test('equal DNS questions of a list are asked once, even after the answer', async () => {
    const { pending, asked, query } = slowResolver();
    const many = gatherQueries(query, signal);
    const answers = [many('a.example', 'MX', signal), many('a.example', 'MX', signal), many('a.example', 'A', signal)];
    for (const { answer } of pending) answer(NODATA);
    await Promise.all(answers);
    await many('a.example', 'MX', signal);
    expect(asked).toEqual(['a.example MX', 'a.example A']);
  });

  test('DNS questions of a list are in flight four at a time, in order', async () => {
    const { pending, asked, query } = slowResolver();
    const many = gatherQueries(query, signal);
    const names = Array.from({ length: 9 }, (_, index) => `d${index}.example`);
    const answers = names.map((name) => many(name, 'MX', signal));
    expect(asked).toHaveLength(4);
    while (pending.length > 0) {
      pending.shift()?.answer(NODATA);
      await settle();
      expect(pending.length).toBeLessThanOrEqual(4);
    }
    await Promise.all(answers);
    expect(asked).toEqual(names.map((name) => `${name} MX`));
  });

  test('DNS questions of a list are not asked any more once its client has gone', async () => {
    const gone = new AbortController();
    const { pending, asked, query } = slowResolver();
    const many = gatherQueries(query, gone.signal);
    const answers = Array.from({ length: 9 }, (_, index) => many(`d${index}.example`, 'MX', signal));
    gone.abort();
    for (const { answer } of pending) answer(NODATA);
    expect((await Promise.all(answers)).map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 4 }, () => 'nodata'),
      ...Array.from({ length: 5 }, () => 'failure'),
    ]);
    expect(asked).toHaveLength(4);
  });
});
