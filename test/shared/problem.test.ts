import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fieldFaultsOf, PROBLEMS, Problem, type ProblemCode, toProblem } from '../../shared/problem.ts';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

describe('the table of problems', () => {
  test.each(CODES)('%s is snake_case, has an error status and a title that is a sentence without its stop', (code) => {
    expect(code).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
    expect(PROBLEMS[code].status).toBeGreaterThanOrEqual(400);
    expect(PROBLEMS[code].status).toBeLessThan(600);
    expect(PROBLEMS[code].title).toMatch(/^[A-Z].*[^.]$/);
  });

  test('the table of problems answers 401 for everything about tokens', () => {
    const statuses = CODES.filter((code) => code.startsWith('token_')).map((code) => PROBLEMS[code].status);
    expect(new Set(statuses)).toEqual(new Set([401]));
  });
});

describe('the response of a problem', () => {
  test('the response of a problem is problem details with type, title, status, code and detail, not to be stored', async () => {
    const response = new Problem('body_too_large').toResponse();
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      type: 'urn:vrfy:problem:body_too_large',
      title: 'The body is too large',
      status: 413,
      code: 'body_too_large',
      detail: 'The body is too large.',
    });
  });

  test('the response of a problem has the detail, the fields and the headers that it was given', async () => {
    const errors = [{ field: 'address', rule: 'at_missing', detail: 'The address has no @.' }];
    const headers = { 'retry-after': '5' };
    const response = new Problem('invalid_request', { detail: 'One field is wrong.', errors, headers }).toResponse();
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({
      title: PROBLEMS.invalid_request.title,
      detail: 'One field is wrong.',
      errors,
    });
  });

  test('the response of a problem holds nothing of the cause', async () => {
    const problem = new Problem('internal', { cause: new Error('secret') });
    const response = problem.toResponse();
    expect(await response.text()).not.toContain('secret');
    expect(JSON.stringify([...response.headers])).not.toContain('secret');
    expect(problem.message).not.toContain('secret');
  });

  test('the response of a problem can be made more than once', async () => {
    const problem = new Problem('not_found');
    expect(await problem.toResponse().text()).toBe(await problem.toResponse().text());
  });
});

describe('whatever is thrown', () => {
  test('whatever is thrown is the same problem if it is one already', () => {
    const problem = new Problem('draining');
    expect(toProblem(problem)).toBe(problem);
  });

  test.each([new Error('secret'), new TypeError('secret'), 'secret', { secret: true }, null, undefined, 7])(
    'is internal, its words kept inside: %s',
    async (thrown) => {
      const problem = toProblem(thrown);
      expect([problem.code, problem.status, problem.cause]).toEqual(['internal', 500, thrown]);
      expect(await problem.toResponse().text()).not.toContain('secret');
    },
  );
});

describe('what a schema finds wrong', () => {
  const schema = z.object({ name: z.string(), sizes: z.array(z.int()) });

  test('what a schema finds wrong is told field by field, and a missing one is required', () => {
    const { error } = schema.safeParse({ sizes: [1, 1.5] }, { reportInput: true });
    expect(error && fieldFaultsOf(error)).toMatchObject([
      { field: 'name', rule: 'required' },
      { field: 'sizes.1', rule: 'invalid_type' },
    ]);
  });

  test('what a schema finds wrong is told of twenty fields at most', () => {
    const { error } = schema.safeParse({ name: '', sizes: Array.from({ length: 100 }, () => '') });
    expect(error && fieldFaultsOf(error)).toHaveLength(20);
  });
});
