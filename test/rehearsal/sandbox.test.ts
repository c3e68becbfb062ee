/**
 * The sandbox table on the platform's limits: each request in an isolate of its own, KV a minute late, objects on another
 * continent, queue messages twice and in any order.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOCUMENTED_ADDRESSES } from '../../shared/documented-addresses.ts';
import { openStage, type Stage } from './stage.ts';

const POLL = { interval: 1_000 };
/** Those of the free plan. */
const SUBREQUESTS_MAX = 50;

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

describe('after all of them', () => {
  test('a verify makes fewer subrequests than the free plan has', () => {
    const usages = [...stage.edge.platform.usages.values()].filter(({ name }) => name === 'GET /v1/verify');
    expect(usages.length).toBeGreaterThan(DOCUMENTED_ADDRESSES.length);
    expect(Math.max(...usages.map(({ subrequests }) => subrequests))).toBeLessThan(SUBREQUESTS_MAX);
  });

  test('no mail server has seen a pregreet, an unannounced group or a DATA', () => {
    for (const [host, { pregreets, badPipelining, data }] of Object.entries(stage.sandbox.counters())) {
      expect({ host, pregreets, badPipelining, data }).toEqual({ host, pregreets: 0, badPipelining: 0, data: 0 });
    }
  });
});
