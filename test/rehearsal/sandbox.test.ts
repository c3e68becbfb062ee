/**
 * The sandbox table on the platform's limits: each request in an isolate of its own, KV a minute late, objects on another
 * continent, queue messages twice and in any order.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOCUMENTED_ADDRESSES } from '../../shared/documented-addresses.ts';
import { expectCleanConduct, testDocumentedAddresses } from '../flow/documented-addresses.ts';
import { openStage, type Stage } from './stage.ts';

/** Those of the free plan. */
const SUBREQUESTS_MAX = 50;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage?.close());

testDocumentedAddresses(() => stage, 1_000);

describe('after all of them', () => {
  test('a verify makes fewer subrequests than the free plan has', () => {
    const usages = [...stage.edge.platform.usages.values()].filter(({ name }) => name === 'GET /v1/verify');
    expect(usages.length).toBeGreaterThan(DOCUMENTED_ADDRESSES.length);
    expect(Math.max(...usages.map(({ subrequests }) => subrequests))).toBeLessThan(SUBREQUESTS_MAX);
  });

  test('no mail server has seen a pregreet, an unannounced group or a DATA', () => {
    expectCleanConduct(stage.sandbox, 20);
  });
});
