/**
 * A list on the platform's limits, with objects whose calls break, answers that are lost, streams that are cut off and alarms
 * that run twice; and what an operator writes within a second.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ListSummary, listSummarySchema } from '../../edge/lists/summary.ts';
import { type Fate, PLATFORM } from '../../rehearsal/limits.ts';
import type { Call } from '../../rehearsal/platform/server.ts';
import { expectCleanConduct } from '../flow/documented-addresses.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ nodeSettings: { PROBE_PACE: 'off' } });
});

afterAll(() => stage?.close());

function ask(
  method: string,
  route: string,
  body: string | null = null,
  headers: Readonly<Record<string, string>> = {},
) {
  return fetch(new URL(route, stage.edge.url), { method, body, headers });
}

const admin = (method: string, route: string, body: object): Promise<Response> =>
  ask(method, route, JSON.stringify(body), {
    authorization: `Bearer ${stage.adminToken}`,
    'content-type': 'application/json',
  });

/** Every few calls break, in every way there is. */
function breakingCalls(): (call: Call) => Fate {
  const objects: readonly Fate[] = ['arrives', 'lost_after', 'arrives', 'arrives', 'lost_before', 'arrives', 'arrives'];
  const entrypoints: readonly Fate[] = ['lost_after', 'arrives', 'cut', 'arrives', 'lost_before', 'arrives'];
  let made = 0;
  return ({ kind }) => {
    const fates = kind === 'object' ? objects : entrypoints;
    made += 1;
    return fates[made % fates.length] ?? 'arrives';
  };
}

/** A summary; a call that breaks is tried again, as a client does that is told to. */
async function summaryOf(id: string): Promise<ListSummary | null> {
  const response = await ask('GET', `/v1/lists/${id}`);
  if (response.status === 200) return listSummarySchema().parse(await response.json());
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  return null;
}

describe('a list whose calls break all the time', () => {
  const expected = new Map([
    ...Array.from({ length: 30 }, (_, at) => [`nobody${at}@good.test`, 'mailbox_not_found'] as const),
    ['ada@good.test', 'accepted'],
    ['anyone@catchall.test', 'catch_all'],
    ['ada@multiline.test', 'accepted'],
    ['ada@greylist.test', 'accepted'],
    ['ada@nodomain.test', 'no_domain'],
    ['anyone@mailinator.com', 'disposable'],
    ['not an address', 'syntax'],
  ]);

  test('comes to its end, and each row has the verdict of its address', async () => {
    stage.edge.platform.fateOf = breakingCalls();
    const rows = [...expected.keys()].map((email, row) => `${row},${email}`);
    const response = await ask('POST', '/v1/lists', `id,email\n${rows.join('\n')}\n`, { 'content-type': 'text/csv' });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    await expect.poll(async () => (await summaryOf(id))?.state, { interval: 1_000 }).toBe('done');
    stage.edge.platform.fateOf = () => 'arrives';
    expect(await summaryOf(id)).toMatchObject({ rows: rows.length, distinct: rows.length, done: rows.length });
    const text = await (await ask('GET', `/v1/lists/${id}/results`)).text();
    const lines = text.trim().split('\n').slice(1);
    expect(lines.map((line) => line.split(',').slice(0, 2).join(','))).toEqual(rows);
    const reasons = lines.map((line) => [line.split(',')[1] ?? '', line.split(',')[3] ?? ''] as const);
    expect(reasons).toEqual([...expected]);
    expect((await ask('DELETE', `/v1/lists/${id}`)).status).toBe(204);
    expect((await ask('GET', `/v1/lists/${id}`)).status).toBe(404);
  });

  test('keeps the conduct of its nodes clean, whatever breaks', () => {
    expectCleanConduct(stage.sandbox, 4);
  });

  test('uses less than half of the subrequests that an invocation may make', () => {
    const usages = [...stage.edge.platform.usages.values()];
    const ofLists = usages.filter(({ name }) => name.startsWith('List'));
    expect(new Set(ofLists.map(({ name }) => name))).toContain('ListVerifier.check');
    expect(Math.max(...ofLists.map(({ subrequests }) => subrequests))).toBeLessThan((PLATFORM.subrequests ?? 0) / 2);
  });
});

describe('an operator who writes twice within a second', () => {
  test('has both writes, although KV refuses the second one at first', async () => {
    const made = (await (await admin('POST', '/v1/keys', { kind: 'secret', daily_quota: 5 })).json()) as { id: string };
    const changed = await admin('PATCH', `/v1/keys/${made.id}`, { daily_quota: 7 });
    expect([changed.status, await changed.json()]).toMatchObject([200, { daily_quota: 7 }]);
    for (const mark of ['disposable', 'allow']) {
      const marked = await admin('PUT', '/v1/domains/twice.example', { mark });
      expect([marked.status, await marked.json()]).toMatchObject([200, { mark }]);
    }
  });
});
