/** Verdicts over real HTTP. */
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import type * as z from 'zod';
import type * as types from '../../client/api-types.ts';
import { createClient } from '../../client/create-client.ts';
import type { ListOptions } from '../../client/lists.ts';
import type { VerifyOptions } from '../../client/verify.ts';
import type { listSummarySchema } from '../../edge/lists/summary.ts';
import type { batchAnswerSchema } from '../../edge/routes/batch.ts';
import type { listQuerySchema } from '../../edge/routes/list-request.ts';
import type { verifyRequestSchema } from '../../edge/routes/verify.ts';
import type { answerSchema } from '../../shared/answer.ts';
import { type Arrived, type Loopback, startLoopback } from '../edge/loopback.ts';
import { answerTo, sendJson, sendProblem } from './answers.ts';
import { collect } from './bodies.ts';

let edge: Loopback;
let arrived: Arrived[];
afterEach(() => edge?.close());

async function clientOf(answer: Parameters<typeof startLoopback>[0]) {
  arrived = [];
  edge = await startLoopback((request, response) => {
    arrived.push(request);
    return answer(request, response);
  });
  return createClient({ edge: edge.url, key: 'vrfy_sk_x' });
}

const bodyOf = (request: Arrived | undefined): unknown => JSON.parse(new TextDecoder().decode(request?.body));

test('the types are those of the schemas', () => {
  expectTypeOf<z.output<ReturnType<typeof answerSchema>>>().toExtend<types.Answer>();
  expectTypeOf<keyof types.Answer>().toEqualTypeOf<keyof z.output<ReturnType<typeof answerSchema>>>();
  expectTypeOf<types.Answer['reason']>().toEqualTypeOf<z.output<ReturnType<typeof answerSchema>>['reason']>();
  expectTypeOf<z.output<ReturnType<typeof batchAnswerSchema>>>().toExtend<types.BatchAnswer>();
  expectTypeOf<z.output<ReturnType<typeof listSummarySchema>>>().toExtend<types.ListStatus>();
  expectTypeOf<keyof types.ListStatus>().toEqualTypeOf<keyof z.output<ReturnType<typeof listSummarySchema>>>();
  expectTypeOf<Omit<ListOptions, 'retention_days'>>().toExtend<
    Partial<Omit<z.input<ReturnType<typeof listQuerySchema>>, 'retention_days' | 'column'>>
  >();
  expectTypeOf<types.VerifyRequest>().toExtend<z.input<typeof verifyRequestSchema>>();
  expectTypeOf<VerifyOptions>().toHaveProperty('max_age').toEqualTypeOf<number | undefined>();
});

describe('verify', () => {
  test('asks in a body, so that no URL holds an address', async () => {
    const client = await clientOf((_, response) => sendJson(response, answerTo('ada@good.test')));
    const answer = await client.verify('ada@good.test', { max_age: 0, smtp: false });
    expect(answer.verdict).toBe('deliverable');
    expect(arrived[0]).toMatchObject({ method: 'POST', path: '/v1/verify' });
    expect(bodyOf(arrived[0])).toEqual({ email: 'ada@good.test', max_age: 0, smtp: false });
  });

  test('is asked again after a fault that passes', async () => {
    const client = await clientOf((_, response) =>
      arrived.length < 3 ? response.destroy() : sendJson(response, answerTo('ada@good.test')),
    );
    expect((await client.verify('ada@good.test')).reason).toBe('accepted');
  });

  test('is over a grace after its deadline', async () => {
    const client = await clientOf(() => {});
    const late = client.verify('ada@good.test', { deadline_ms: 100, timeoutMs: 60 });
    await expect(late).rejects.toMatchObject({ code: 'timeout', message: 'No answer within 60 ms.' });
  });

  test.each([null, {}, [], 'text', { verdict: 1 }])('takes %j for no answer of an edge', async (value) => {
    const client = await clientOf((_, response) => sendJson(response, value));
    await expect(client.verify('ada@good.test')).rejects.toMatchObject({ code: 'bad_answer' });
  });
});

describe('stream', () => {
  const step = { step: 'syntax', outcome: 'pass', ms: 0.1 };
  const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

  test('tells each step and then the verdict', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(event('step', step) + event('surprise', 1) + event('verdict', answerTo('a+b@good.test')));
    });
    const events = await collect(client.stream('a+b@good.test'));
    expect([arrived[0]?.path, bodyOf(arrived[0])]).toEqual(['/v1/verify/stream', { email: 'a+b@good.test' }]);
    expect(events).toEqual([
      { event: 'step', data: step },
      { event: 'verdict', data: answerTo('a+b@good.test') },
    ]);
  });

  test('throws the problem that the edge has met on its way', async () => {
    const told = { code: 'internal', status: 500, detail: 'Something broke on our side.' };
    const client = await clientOf((_, response) => response.end(event('step', step) + event('problem', told)));
    await expect(collect(client.stream('a@good.test'))).rejects.toMatchObject({ code: 'internal', status: 500 });
  });

  test('that breaks off before the verdict is a fault', async () => {
    const client = await clientOf((_, response) => response.end(event('step', step)));
    await expect(collect(client.stream('a@good.test'))).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('is called off when nobody listens any more', async () => {
    let isGone = false;
    const client = await clientOf((_, response) => {
      response.on('close', () => {
        isGone = true;
      });
      response.write(event('step', step));
    });
    for await (const { event: name } of client.stream('a@good.test')) {
      expect(name).toBe('step');
      break;
    }
    await expect.poll(() => isGone).toBe(true);
  });

  test('that falls silent is over in time', async () => {
    const client = await clientOf((_, response) => response.write(event('step', step)));
    await expect(collect(client.stream('a@good.test', { timeoutMs: 100 }))).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('batch', () => {
  const line = (email: string, ...index: number[]): string => `${JSON.stringify({ ...answerTo(email), index })}\n`;

  test('yields each verdict as soon as it is there', async () => {
    const rest = Promise.withResolvers<void>();
    const client = await clientOf(async (_, response) => {
      response.write(`  ${line('b@good.test', 1)} `);
      await rest.promise;
      response.end(line('a@good.test', 0, 2).trimEnd());
    });
    const seen: string[] = [];
    for await (const { email, index } of client.batch(['a@good.test', 'b@good.test', 'a@good.test'])) {
      seen.push(`${email} ${index}`);
      rest.resolve();
    }
    expect(seen).toEqual(['b@good.test 1', 'a@good.test 0,2']);
    expect(bodyOf(arrived[0])).toEqual({ emails: ['a@good.test', 'b@good.test', 'a@good.test'] });
  });

  test('does not count the time that its caller takes with an answer', async () => {
    const client = await clientOf((_, response) => response.end(line('a@good.test', 0) + line('b@good.test', 1)));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let count = 0;
      for await (const { verdict } of client.batch(['a@good.test', 'b@good.test'])) {
        expect(verdict).toBe('deliverable');
        vi.advanceTimersByTime(3_600_000);
        count += 1;
      }
      expect(count).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('that breaks off is a fault, within a line and between two', async () => {
    for (const text of [line('a@good.test', 0), `${line('a@good.test', 0)}{"email":"b`]) {
      const client = await clientOf((_, response) => response.end(text));
      await expect(collect(client.batch(['a@good.test', 'b@good.test']))).rejects.toMatchObject({
        code: expect.stringMatching(/^(unreachable|bad_answer)$/),
      });
      await edge.close();
    }
  });

  test('of too many addresses is the problem that the edge says', async () => {
    const client = await clientOf((_, response) => sendProblem(response, 400, 'invalid_request'));
    await expect(collect(client.batch([]))).rejects.toMatchObject({ code: 'invalid_request', status: 400 });
  });
});

test('warm sends a domain and wants to hear nothing', async () => {
  const client = await clientOf((_, response) => sendJson(response, { status: 'accepted' }, 202));
  expect(await client.warm('good.test')).toBeUndefined();
  expect(bodyOf(arrived[0])).toEqual({ domain: 'good.test' });
});
