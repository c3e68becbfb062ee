/** Quota on the platform's limits: counters on another continent, in isolates that know of no other request. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fate } from '../../rehearsal/limits.ts';
import { openStage, type Stage } from './stage.ts';

const CLIENT = '203.0.113.77';
const LIMIT = 3;
const ASKED = 6;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ texts: { ANONYMOUS_DAILY_QUOTA: String(LIMIT) }, nodeSettings: { PROBE_PACE: 'off' } });
});

afterAll(() => stage?.close());

/**
 * The responses by status. Each request begins when the counter has been asked by the one before, whose probe then goes on beside
 * it: a counter has a second to answer, and six isolates that begin in the same moment take as long on a small machine.
 *
 * @param fates of the calls, in their order; those that are not named arrive
 */
async function statuses(
  client: string,
  name: string,
  fates: readonly Fate[] = [],
): Promise<Readonly<Record<string, number>>> {
  const { platform } = stage.edge;
  let calls = 0;
  platform.fateOf = ({ target, method }) => {
    if (target !== 'QUOTA' || method !== 'reserve') return 'arrives';
    calls += 1;
    return fates[calls - 1] ?? 'arrives';
  };
  const asked: Promise<Response>[] = [];
  for (let at = 0; at < ASKED; at += 1) {
    const before = calls;
    const email = `${name}${at}@good.test`;
    asked.push(fetch(`${stage.edge.url}/v1/verify?email=${email}`, { headers: { 'cf-connecting-ip': client } }));
    await expect.poll(() => calls, { interval: 5 }).toBeGreaterThan(before);
  }
  const found: Record<string, number> = {};
  for (const { status } of await Promise.all(asked)) found[status] = (found[status] ?? 0) + 1;
  return found;
}

describe('a quota', () => {
  test('grants exactly its units to requests that run side by side', async () => {
    expect(await statuses(CLIENT, 'nobody')).toEqual({ 200: LIMIT, 429: ASKED - LIMIT });
  });

  test('is not spent by a verdict that is free', async () => {
    const answer = await fetch(`${stage.edge.url}/v1/verify?email=anyone@mailinator.com`, {
      headers: { 'cf-connecting-ip': CLIENT },
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { reason: 'disposable' }]);
  });

  test('is out by one unit at most if the answer of its counter is lost', async () => {
    const found = await statuses('203.0.113.78', 'somebody', ['lost_after']);
    // The unit is lost if the question is repeated, and the request is uncounted if it is not.
    expect(found[200]).toBeGreaterThanOrEqual(LIMIT - 1);
    expect(found[200]).toBeLessThanOrEqual(LIMIT + 1);
  });
});
