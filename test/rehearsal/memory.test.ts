/**
 * Memory on the platform's limits. No isolate has seen another request, and KV goes on to tell a location that a verdict is not
 * there, since the first question has read that. The data centre's cache knows it (edge/memory/near-verdicts.ts).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLATFORM } from '../../rehearsal/limits.ts';
import { type Answer, answerSchema } from '../../shared/answer.ts';
import { keyPageSchema, madeKeySchema } from '../../shared/api-key.ts';
import { evidenceOf } from '../flow/system.ts';
import { openStage, type Stage } from './stage.ts';

/** Longer than a test takes, however slow the machine. */
const KV_STALE_MS = 3_600_000;

let near: Stage;
let far: Stage;

beforeAll(async () => {
  const kv = { ...PLATFORM.kv, staleMs: KV_STALE_MS };
  [near, far] = await Promise.all([
    openStage({ limits: { ...PLATFORM, kv } }),
    openStage({ limits: { ...PLATFORM, kv, cache: 'none' } }),
  ]);
});

afterAll(() => Promise.all([near?.close(), far?.close()]));

/** A caller with a quota of its own. */
type Caller = {
  readonly ask: (email: string, deadlineMs?: number) => Promise<Answer>;
  /** Units of its quota that are used or reserved. */
  readonly used: () => Promise<number | null | undefined>;
};

async function newCaller(stage: Stage): Promise<Caller> {
  const admin = async (method: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${stage.edge.url}/v1/keys`, {
      method,
      headers: { authorization: `Bearer ${stage.adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  };
  const { id, key } = madeKeySchema().parse(await admin('POST', { kind: 'secret', daily_quota: 100 }));
  return {
    async ask(email, deadlineMs = 10_000) {
      const query = new URLSearchParams({ email, deadline_ms: String(deadlineMs) });
      const response = await fetch(`${stage.edge.url}/v1/verify?${query}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return answerSchema().parse(await response.json());
    },
    used: async () =>
      keyPageSchema()
        .parse(await admin('GET'))
        .keys.find((one) => one.id === id)?.used_today,
  };
}

/** The key under which KV has the verdict of that time, once it has it; its central store is looked at, and no location. */
async function keyInKv({ edge }: Stage, isIt: (text: string) => boolean): Promise<string> {
  const { kv } = edge.platform;
  const find = (): string | undefined =>
    kv
      .list({ prefix: 'v2:' })
      .keys.map(({ name }) => name)
      .find((name) => isIt(kv.get(crypto.randomUUID(), name)?.value ?? ''));
  await expect.poll(find, { interval: 50 }).toBeDefined();
  return find() ?? '';
}

/** KV has the verdict, and does not show it where the question was asked. */
async function isWrittenUnseen(stage: Stage, isIt: (text: string) => boolean): Promise<void> {
  const key = await keyInKv(stage, isIt);
  expect(stage.edge.platform.kv.get('here', key)).toBeNull();
}

describe('a verdict that KV does not show yet', () => {
  test('is the answer in another isolate of the data centre, which asks no mail server and pays nothing', async () => {
    const caller = await newCaller(near);
    const first = await caller.ask('ada@good.test');
    expect(first).toMatchObject({ reason: 'accepted', cached: false });
    await isWrittenUnseen(near, (text) => text.includes(first.checked_at));
    await expect.poll(caller.used).toBe(1);
    const asked = await evidenceOf(near.nodes);
    const second = await caller.ask('ada@good.test');
    expect(second).toMatchObject({ reason: 'accepted', cached: true, checked_at: first.checked_at });
    expect(await evidenceOf(near.nodes)).toBe(asked);
    await expect.poll(caller.used).toBe(1);
  });

  test('is the answer to the call that had `pending` before, when it is made again', async () => {
    const caller = await newCaller(near);
    // The server takes two seconds to greet.
    expect((await caller.ask('ada@teaser.test', 500)).reason).toBe('pending');
    await isWrittenUnseen(near, (text) => text.includes('mx.teaser.test'));
    const asked = await evidenceOf(near.nodes);
    expect(await caller.ask('ada@teaser.test')).toMatchObject({ reason: 'accepted', cached: true });
    expect(await evidenceOf(near.nodes)).toBe(asked);
    await expect.poll(caller.used).toBe(1);
  });

  test('is asked for once more on workers.dev, where the Cache API keeps nothing, and paid for again', async () => {
    const caller = await newCaller(far);
    const first = await caller.ask('ada@good.test');
    await isWrittenUnseen(far, (text) => text.includes(first.checked_at));
    const asked = await evidenceOf(far.nodes);
    expect(await caller.ask('ada@good.test')).toMatchObject({ reason: 'accepted', cached: false });
    expect(await evidenceOf(far.nodes)).toBe(asked + 1);
    await expect.poll(caller.used).toBe(2);
  });
});
