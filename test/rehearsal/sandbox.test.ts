/**
 * The sandbox table on the platform's limits: each request in an isolate of its own, KV a minute late, objects on another
 * continent, queue messages twice and in any order.
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { DOCUMENTED_ADDRESSES } from '../../shared/documented-addresses.ts';
import { openStage, type Stage } from './stage.ts';

const POLL = { interval: 1_000 };

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

describe('the documented addresses under the limits of the platform', () => {
  for (const { address, verdict, reason, condition, later } of DOCUMENTED_ADDRESSES) {
    if (condition === 'no_node') continue;
    test.concurrent(`${address} is ${verdict}, ${reason}${later === undefined ? '' : `, then ${later.reason}`}`, async ({
      expect,
    }) => {
      const parameters: Record<string, string> = condition === 'smtp_false' ? { smtp: 'false' } : {};
      const answer = await stage.ask(address, parameters);
      expect({ verdict: answer.verdict, reason: answer.reason }).toEqual({ verdict, reason });
      if (later === undefined) return;
      await expect.poll(async () => (await stage.ask(address, parameters)).reason, POLL).toBe(later.reason);
    });
  }
});
