import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { createFaultCount, faultLogOf, logFault } from '../../../edge/http/fault-log.ts';
import { Problem, toProblem } from '../../../shared/problem.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const FRAMES = [
  '    at new Timer (node:internal/timers:1:1)',
  '    at async meet (file:///srv/.wrangler/tmp/dev-X/worker.js:25497:12)',
  '    at Trip.ride [as go] (worker.js:12:3)',
  '    at parse (/srv/node_modules/zod/parse.js:9:9)',
  '    at file:///srv/edge/app.ts:7:1',
  '    at <anonymous>',
];

let spied: MockInstance<typeof console.error>;

beforeEach(() => {
  spied = vi.spyOn(console, 'error').mockImplementation(() => {});
});

afterEach(() => {
  spied.mockRestore();
});

function errorWith(message: string, frames: readonly string[], header = `Error: ${message}`): Error {
  return Object.assign(new Error(message), { stack: [header, ...frames].join('\n') });
}

function logged(error: unknown, traceId?: string): Readonly<Record<string, unknown>> {
  logFault(toProblem(error), traceId);
  expect(spied).toHaveBeenCalledTimes(1);
  return JSON.parse(String(spied.mock.calls[0]?.[0]));
}

describe('the line of a fault', () => {
  test('says what kind of error it was, where in our own code it broke, and in which request', () => {
    expect(logged(errorWith('broken', FRAMES), TRACE_ID)).toEqual({
      event: 'fault',
      code: 'internal',
      error: 'Error',
      at: ['async meet worker.js:25497', 'Trip.ride worker.js:12', 'app.ts:7'],
      trace: TRACE_ID,
    });
  });

  test('names the function that has thrown, of an error as the runtime makes it', () => {
    const breakHere = (): never => {
      throw new TypeError('broken');
    };
    let error: unknown;
    try {
      breakHere();
    } catch (thrown) {
      error = thrown;
    }
    const { error: kind, at } = logged(error);
    expect([kind, (at as string[])[0]]).toEqual([
      'TypeError',
      expect.stringMatching(/^breakHere fault-log\.test\.ts:[0-9]+$/),
    ]);
  });

  test('tells of the cause of a problem, and of the problem itself where there is none', () => {
    const cause = errorWith('broken', FRAMES.slice(1, 2));
    expect(logged(new Problem('registry_unavailable', { cause }))).toMatchObject({
      code: 'registry_unavailable',
      at: ['async meet worker.js:25497'],
    });
    spied.mockClear();
    const { error, at } = logged(new Problem('misconfigured'));
    expect([error, (at as string[])[0]]).toEqual(['Problem', expect.stringContaining('fault-log.test.ts:')]);
  });

  test.each([
    ['', 'Error: cannot take ada@firm.example'],
    ['    at ada@firm.example (x.js:1:1)\n    at ada (firm.example.js:1:1)', null],
    ['cannot take\n    at ada@firm.example:1:1', 'another header than its words\n    at ada@firm.example:1:1'],
  ])('never has the words of an error, whatever they look like', (message, header) => {
    const { at } = logged(errorWith(message, FRAMES.slice(1, 2), header ?? `Error: ${message}`));
    expect(at).toEqual(['async meet worker.js:25497']);
  });

  test('is short, whatever was thrown', () => {
    const deep = errorWith('x'.repeat(100_000), Array(10_000).fill(FRAMES[1]));
    expect(JSON.stringify(logged(deep)).length).toBeLessThan(500);
    spied.mockClear();
    expect(logged('ada@firm.example')).toEqual({ event: 'fault', code: 'internal', error: 'string', at: [] });
    spied.mockClear();
    expect(logged(Object.assign(new Error(''), { name: 'ada@firm.example', stack: 7 }))).toMatchObject({
      error: 'object',
      at: [],
    });
  });

  test('is not written for a fault of the request', () => {
    logFault(new Problem('invalid_request'));
    expect(spied).not.toHaveBeenCalled();
  });
});

test('a list whose every climb breaks leaves ten lines', () => {
  const log = faultLogOf(TRACE_ID);
  for (let count = 0; count < 1000; count += 1) expect(log(new Error('broken')).code).toBe('internal');
  expect(spied).toHaveBeenCalledTimes(10);
});

describe('a count of faults', () => {
  test('a count of faults writes a line at once, and then one in ten seconds with the number since', () => {
    const clock = { nowMs: 0 };
    const lines: string[] = [];
    const note = createFaultCount(
      () => clock.nowMs,
      (kind, times) => lines.push(`${kind} ${times}`),
    );
    for (let times = 0; times < 5; times += 1) note(new TypeError('ada@firm.example'));
    clock.nowMs = 10_000;
    note('a text');
    expect(lines).toEqual(['TypeError 1', 'string 5']);
  });
});
