/** Many addresses in one request: the limits of an invocation hold for all of them together. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const ADDRESSES = 1_000;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ nodeSettings: { PROBE_PACE: 'off' } });
});

afterAll(() => stage?.close());

describe('a batch of a thousand addresses in an isolate that is new', () => {
  test('has a verdict for each of them, and asks the registry a few times at most', async () => {
    const emails = Array.from({ length: ADDRESSES }, (_, at) => `nobody${at}@good.test`);
    const response = await fetch(`${stage.edge.url}/v1/verify/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ emails, deadline_ms: 60_000 }),
    });
    const lines = (await response.text()).trim().split('\n');
    const reasons = lines.map((line) => (JSON.parse(line) as { reason: string }).reason);
    expect([lines.length, new Set(reasons)]).toEqual([ADDRESSES, new Set(['mailbox_not_found'])]);
    const rosters = [...stage.edge.platform.usages.values()].filter(({ name }) => name === 'RegistryObject.roster');
    expect(rosters.length).toBeLessThan(10);
  });
});
