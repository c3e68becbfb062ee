import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { batchAnswerSchema } from '../../edge/routes/batch.ts';
import { type System, startSystem } from './system.ts';

type Line = z.infer<ReturnType<typeof batchAnswerSchema>>;

let system: System;

beforeAll(async () => {
  system = await startSystem(2);
});

afterAll(() => system?.close());

function post(emails: readonly string[], signal?: AbortSignal): Promise<Response> {
  return fetch(`${system.url}/v1/verify/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ emails }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function* linesOf(response: Response): AsyncGenerator<Line> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield batchAnswerSchema().parse(JSON.parse(line));
  }
}

async function reasonsOf(emails: readonly string[]): Promise<Record<string, string>> {
  const reasons: Record<string, string> = {};
  for await (const { email, reason } of linesOf(await post(emails))) {
    expect(reasons[email]).toBeUndefined();
    reasons[email] = reason;
  }
  return reasons;
}

describe('a list through the whole system', () => {
  test('a list through the whole system has the verdict of each address, those of quick servers before those of slow ones', async () => {
    const emails = [
      'ada@teaser.test',
      'nobody@good.test',
      'anyone@catchall.test',
      'ada@nullmx.test',
      'x',
      'ada@good.test',
    ];
    const lines: Line[] = [];
    for await (const line of linesOf(await post(emails))) lines.push(line);
    expect(Object.fromEntries(lines.map(({ email, reason }) => [email, reason]))).toEqual({
      'ada@teaser.test': 'accepted',
      'nobody@good.test': 'mailbox_not_found',
      'anyone@catchall.test': 'catch_all',
      'ada@nullmx.test': 'null_mx',
      x: 'syntax',
      'ada@good.test': 'accepted',
    });
    expect([lines[0]?.email, lines.at(-1)?.email]).toEqual(['x', 'ada@teaser.test']);
  });

  test('a list of many addresses through the whole system has each of them once', async () => {
    const emails = Array.from({ length: 80 }, (_, index) => `person${index}@${index % 2 ? 'good' : 'multiline'}.test`);
    const reasons = await reasonsOf(emails);
    expect(Object.keys(reasons).toSorted()).toEqual(emails.toSorted());
    expect(new Set(Object.values(reasons))).toEqual(new Set(['mailbox_not_found']));
  });

  test('a list through the whole system is remembered: asked again, it opens no session', async () => {
    await reasonsOf(['grace@good.test', 'alan@good.test']);
    const cached = async (): Promise<readonly boolean[]> => {
      const lines: Line[] = [];
      for await (const line of linesOf(await post(['grace@good.test', 'alan@good.test']))) lines.push(line);
      return lines.map((line) => line.cached);
    };
    await expect.poll(cached).toEqual([true, true]);
  });

  test('a list through the whole system ends once its reader has gone', async () => {
    const client = new AbortController();
    const response = await post(['x', 'ada@silent.test', 'ada@timeout.test'], client.signal);
    const { value } = await linesOf(response).next();
    expect(value?.email).toBe('x');
    await expect.poll(() => system.runningJobs()).toBe(2);
    client.abort();
    await expect.poll(() => system.runningJobs()).toBe(0);
  });
});
