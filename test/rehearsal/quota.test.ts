/** Quota on the platform's limits: counters on another continent, in isolates that know of no other request. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const CLIENT = '203.0.113.77';
const LIMIT = 3;
/** At once: each takes an isolate, and a counter has a second to answer. */
const ASKED = 6;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ texts: { ANONYMOUS_DAILY_QUOTA: String(LIMIT) }, nodeSettings: { PROBE_PACE: 'off' } });
});

afterAll(() => stage.close());

async function statuses(client: string, name: string, count: number): Promise<Readonly<Record<string, number>>> {
  const asked = Array.from({ length: count }, (_, at) =>
    fetch(`${stage.edge.url}/v1/verify?email=${name}${at}@good.test`, { headers: { 'cf-connecting-ip': client } }),
  );
  const found: Record<string, number> = {};
  for (const { status } of await Promise.all(asked)) found[status] = (found[status] ?? 0) + 1;
  return found;
}

describe('a quota', () => {
  test('grants exactly its units to requests that come at once', async () => {
    expect(await statuses(CLIENT, 'nobody', ASKED)).toEqual({ 200: LIMIT, 429: ASKED - LIMIT });
  });

  test('is not spent by a verdict that is free', async () => {
    const answer = await fetch(`${stage.edge.url}/v1/verify?email=anyone@mailinator.com`, {
      headers: { 'cf-connecting-ip': CLIENT },
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { reason: 'disposable' }]);
  });

  test('is out by one unit at most if the answer of its counter is lost', async () => {
    const client = '203.0.113.78';
    const { platform } = stage.edge;
    let calls = 0;
    platform.fateOf = ({ target, method }) => {
      if (target !== 'QUOTA' || method !== 'reserve') return 'arrives';
      calls += 1;
      return calls === 1 ? 'lost_after' : 'arrives';
    };
    const found = await statuses(client, 'somebody', ASKED);
    platform.fateOf = () => 'arrives';
    expect(calls).toBeGreaterThanOrEqual(ASKED);
    // The unit is lost if the question is repeated, and the request is uncounted if it is not.
    expect(found[200]).toBeGreaterThanOrEqual(LIMIT - 1);
    expect(found[200]).toBeLessThanOrEqual(LIMIT + 1);
  });
});
