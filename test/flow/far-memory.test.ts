/** Memory where the platform is at its slowest: several isolates of one data centre over an eventually consistent KV. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FarSystem, startFarSystem } from './far-platform.ts';
import { evidenceOf } from './system.ts';

let system: FarSystem;

beforeAll(async () => {
  system = await startFarSystem();
});

afterAll(() => system?.close());

async function written(before: number): Promise<void> {
  await expect.poll(async () => (await system.calls())['kv.put'] ?? 0).toBeGreaterThan(before);
}

describe('a verdict that KV does not show yet', () => {
  test('a verdict that KV does not show yet is the answer of another isolate of the data centre, without a second probe', async () => {
    const first = await system.askIn({ isolate: 'one' }, 'ada@good.test');
    expect(first.answer).toMatchObject({ reason: 'accepted', cached: false });
    await written(0);
    const asked = await evidenceOf(system.nodes);
    const second = await system.askIn({ isolate: 'two' }, 'ada@good.test');
    expect(second.answer).toMatchObject({ reason: 'accepted', cached: true, checked_at: first.answer.checked_at });
    expect(await evidenceOf(system.nodes)).toBe(asked);
  });

  test('a verdict that came after its caller had `pending` is the answer to the same call in another isolate', async () => {
    const { 'kv.put': before = 0 } = await system.calls();
    const first = await system.askIn({ isolate: 'one' }, 'ada@teaser.test', { deadline_ms: '500' });
    expect(first.answer.reason).toBe('pending');
    await expect.poll(async () => (await system.calls())['kv.put'] ?? 0, { timeout: 30_000 }).toBeGreaterThan(before);
    const second = await system.askIn({ isolate: 'three' }, 'ada@teaser.test');
    expect(second.answer).toMatchObject({ cached: true });
  });
});

describe('a KV that refuses every write', () => {
  test('a KV that refuses every write is asked once more, and no work behind an answer rejects', async () => {
    const { answer } = await system.askIn({ isolate: 'refused', kvRefuses: true }, 'nobody@good.test');
    expect(answer.reason).toBe('mailbox_not_found');
    await expect.poll(async () => (await system.calls())['kv.refused'] ?? 0).toBeGreaterThanOrEqual(2);
    await expect.poll(isAllReleased).toBe(true);
    expect((await system.calls())['rejected']).toBeUndefined();
    const again = await system.askIn({ isolate: 'refused' }, 'nobody@good.test');
    expect(again.answer).toMatchObject({ reason: 'mailbox_not_found', cached: true });
  });
});

describe('a KV that is far away', () => {
  test('a KV that is far away tells a new isolate what it knows, though each read takes 450 ms', async () => {
    const { 'kv.put': before = 0 } = await system.calls();
    const emails = [1, 2, 3, 4].map((number) => `nobody${number}@good.test`);
    const headers = { 'content-type': 'application/json', 'x-isolate': 'one' };
    // Verdicts of a batch are in KV alone.
    const batch = await fetch(`${system.url}/v1/verify/batch`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ emails }),
    });
    await batch.text();
    await expect.poll(async () => (await system.calls())['kv.put'] ?? 0).toBeGreaterThanOrEqual(before + emails.length);
    await system.passMinute();
    for (const email of emails) {
      const { answer } = await system.askIn({ isolate: 'far', kvMs: 450 }, email);
      expect(answer).toMatchObject({ email, reason: 'mailbox_not_found', cached: true });
    }
  });
});

describe('the registry', () => {
  test('the registry is asked by a data centre and not by each of its isolates', async () => {
    const { 'registry.roster': before = 0 } = await system.calls();
    const isolates = Array.from({ length: 12 }, (_, index) => `busy ${index}`);
    for (const isolate of isolates) await system.askIn({ isolate }, `${isolate.replace(' ', '')}@good.test`);
    const { 'registry.roster': after = 0 } = await system.calls();
    // Once in four seconds, however long this machine takes.
    expect(after - before).toBeLessThan(isolates.length / 2);
  });
});

describe('the first request of an isolate', () => {
  test('the first request of an isolate has the verdict on a text that is no address before KV has answered', async () => {
    const early: boolean[] = [];
    // A machine that stands still for half a second may miss it, but not each time.
    for (const isolate of ['syntax 1', 'syntax 2', 'syntax 3', 'syntax 4']) {
      const { 'kv.listed': before = 0 } = await system.calls();
      const { answer } = await system.askIn({ isolate, kvMs: 490 }, 'no-address');
      expect(answer.reason).toBe('syntax');
      early.push(((await system.calls())['kv.listed'] ?? 0) === before);
      await expect.poll(async () => (await system.calls())['kv.listed'] ?? 0).toBeGreaterThan(before);
    }
    expect(early).toContain(true);
  });

  test('the first request of an isolate waits for KV and for the registry at the same time, and once', async () => {
    const took: number[] = [];
    for (const isolate of ['far 1', 'far 2', 'far 3']) {
      // Marks, memory, the copy of the nodes and the registry: each takes 400 ms.
      const { answer, ms } = await system.askIn({ isolate, kvMs: 400, objectMs: 400 }, `${isolate.at(-1)}@good.test`);
      expect(answer.reason).toBe('mailbox_not_found');
      took.push(ms);
    }
    expect(Math.min(...took)).toBeLessThan(2 * 400);
  });
});

describe('a counter in another continent', () => {
  test('a counter in another continent is asked for a few blocks of units, and not by each verify of a burst', async () => {
    const { 'quota.reserve': before = 0 } = await system.calls();
    const isolate = { isolate: 'burst', objectMs: 100, quota: 10_000 };
    const quotaMs: number[] = [];
    for (let number = 0; number < 24; number += 1) {
      const { answer } = await system.askIn(isolate, `burst${number}@good.test`);
      expect(answer.reason).toBe('mailbox_not_found');
      quotaMs.push(answer.steps.find(({ step }) => step === 'quota')?.ms ?? 0);
    }
    const { 'quota.reserve': after = 0 } = await system.calls();
    expect(after - before).toBeLessThan(24 / 2);
    expect(quotaMs.filter((ms) => ms >= 100).length).toBeLessThan(24 / 2);
  });
});

describe('a batch of a thousand addresses', () => {
  test('a batch of a thousand addresses never has more of the six connections waiting for KV than five', async () => {
    const emails = Array.from({ length: 1_000 }, (_, number) => `many${number}@good.test`);
    const headers = { 'content-type': 'application/json', 'x-isolate': 'many', 'x-kv-ms': '100' };
    const body = JSON.stringify({ emails, smtp: false });
    const response = await fetch(`${system.url}/v1/verify/batch`, { method: 'POST', headers, body });
    expect((await response.text()).trim().split('\n')).toHaveLength(emails.length);
    const { many = 0 } = await system.mostKvCalls();
    expect(many).toBeGreaterThan(1);
    expect(many).toBeLessThanOrEqual(5);
  });
});

async function isAllReleased(): Promise<boolean> {
  const { held = 0, released = 0 } = await system.calls();
  return held > 0 && held === released;
}
