/** Each verdict that the OpenAPI document shows as an example is the answer of the sandbox to a first question. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verdictExamples } from '../../edge/openapi/examples.ts';
import { type System, startSystem } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(async () => {
  await system.close();
});

describe('the examples of the OpenAPI document', () => {
  test.each(Object.values(verdictExamples()))('are what the sandbox says: $summary', async ({ value }) => {
    const answer = await system.ask(value.email, { max_age: '0' });
    const { steps: _, checked_at: __, ...said } = answer;
    const { steps: ___, checked_at: ____, ...shown } = value;
    // The order is that in which they ended.
    expect(answer.steps.map(({ step }) => step).sort()).toEqual(value.steps.map(({ step }) => step).sort());
    expect(said).toEqual(shown);
  });
});
