import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyNameOf } from '../../../edge/lists/files.ts';
import { LIST_ROWS_MAX } from '../../../edge/lists/free-pass.ts';
import type { Reason } from '../../../shared/verdict.ts';
import { createSmallList, LIST_ID, type SmallListPorts, type Told } from './small-list.ts';

const REASONS: readonly Reason[] = ['accepted', 'mailbox_not_found', 'catch_all'];
const DAY_MS = 86_400_000;

/** Rows of some domains; every seventh repeats one. */
function fileOf(rows: number): string {
  const line = (row: number): string => `${row},user${row % 7 === 6 ? row - 3 : row}@d${row % 13}.test\n`;
  return `id,email\n${Array.from({ length: rows }, (_, row) => line(row)).join('')}`;
}

const reasonFor = (email: string): Reason => REASONS[email.length % 3] ?? 'accepted';
const honest: SmallListPorts['tell'] = (email) => ({ reason: reasonFor(email) });

describe('a list', () => {
  test('is read, checked and merged, and every row has the verdict of its address', async () => {
    const list = createSmallList({ tell: honest });
    await list.make(fileOf(400));
    const summary = await list.run('done');
    const asked = list.asked.map(({ email }) => email);
    expect(new Set(asked).size).toBe(asked.length);
    expect(summary).toMatchObject({ rows: 400, distinct: asked.length, done: asked.length, free: 0 });
    expect(summary.rows).toBe(summary.distinct + summary.duplicates);
    expect(Object.values(summary.by_verdict).reduce((sum, count) => sum + count)).toBe(summary.done);
    const lines = (await list.results()).trim().split('\n').slice(1);
    expect(lines).toHaveLength(400);
    for (const line of lines) {
      const [, email = '', , reason] = line.split(',');
      expect(reason).toBe(reasonFor(email));
    }
  });

  test('takes what is free first: the domain, and what is remembered', async () => {
    const list = createSmallList({
      tell: honest,
      survey: (email) => ({ reason: email.endsWith('@d1.test') ? 'no_domain' : null, provider: 'google' }),
      recall: (email) => (email === 'user2@d2.test' ? { reason: 'role', atMs: 0 } : null),
    });
    await list.make(fileOf(100), { start: 'manual' });
    const ready = await list.run('ready');
    expect(list.asked).toEqual([]);
    expect(ready.by_reason).toEqual({ no_domain: ready.free - 1, role: 1 });
    expect(ready.by_provider).toMatchObject([{ provider: 'google', distinct: ready.distinct, done: ready.free }]);
    expect(ready.free).toBeGreaterThan(5);
    expect(await list.service.start()).toBe('done');
    const done = await list.run('done');
    expect(list.asked).toHaveLength(done.distinct - ready.free);
    expect(done.free).toBe(ready.free);
  });

  test('loses no row if writing its verdicts fails once', async () => {
    let isBroken = false;
    const list = createSmallList({
      tell: (email, wishes) => {
        isBroken ||= email.startsWith('user7@');
        return honest(email, wishes);
      },
      failsToSettle: () => {
        const fails = isBroken;
        isBroken = false;
        return fails;
      },
    });
    await list.make(fileOf(300));
    const summary = await list.run('done');
    expect(summary.done).toBe(summary.distinct);
    const lines = (await list.results()).trim().split('\n').slice(1);
    expect(lines.filter((line) => line.split(',')[3] === '')).toEqual([]);
  });

  test('loses no row if writing its verdicts fails while the next batch waits for its turn', async () => {
    const failed = Promise.withResolvers<void>();
    let asked = 0;
    let isBroken = false;
    let hasFailed = false;
    const list = createSmallList({
      tell: honest,
      failsToSettle: () => {
        if (!isBroken || hasFailed) return false;
        hasFailed = true;
        failed.resolve();
        return true;
      },
      giveWay: async () => {
        // One has just begun, and there is room for another: its writing fails, and it ends.
        isBroken ||= list.asked.length > Math.max(100, asked);
        asked = list.asked.length;
        if (isBroken && !hasFailed) await failed.promise;
        for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      },
    });
    await list.make(fileOf(300));
    const summary = await list.run('done');
    expect([hasFailed, summary.done]).toEqual([true, summary.distinct]);
  });

  test('loses no row and doubles none if its object ends after any turn', async () => {
    // Of several slices, which are half a megabyte each.
    const file = fileOf(2_500).replaceAll('\n', `,${'a note '.repeat(80)}\n`);
    const list = createSmallList({ tell: honest });
    await list.make(file);
    for (let turns = 0; turns < 200 && (await list.service.summary([]))?.state !== 'done'; turns += 1) {
      await list.service.turn();
      list.restart();
    }
    const whole = createSmallList({ tell: honest });
    await whole.make(file);
    const [restarted, undisturbed] = [await list.run('done'), await whole.run('done')];
    expect((await list.service.outline())?.slices).toBeGreaterThan(2);
    expect(restarted).toEqual(undisturbed);
    expect(await list.results()).toBe(await whole.results());
  });

  test('goes on after a bucket that fails', async () => {
    let failures = 3;
    const list = createSmallList({
      tell: honest,
      bucket: (bucket) => ({
        ...bucket,
        get: async (name, options) => {
          if (name.includes('source') && failures > 0) {
            failures -= 1;
            throw new Error('not now');
          }
          return bucket.get(name, options);
        },
      }),
    });
    await list.make(fileOf(10));
    expect(await list.run('done')).toMatchObject({ rows: 10 });
  });

  test('asks again what was put off, when it is due and from the same node', async () => {
    const later: Told = { reason: 'greylisted', retry_after: 300, smtp: { node: 'fra1' } as never };
    const list = createSmallList({ tell: (_, { recheck }) => (recheck === null ? later : { reason: 'accepted' }) });
    await list.make('email\nada@d.test\n');
    const begun = list.nowMs;
    const waiting = await list.run('waiting');
    expect(waiting).toMatchObject({ waiting_for: 'mail_servers', done: 0 });
    expect(waiting.next_retry_at).toBe(new Date(begun + 300_000).toISOString());
    expect(await list.results()).toContain('ada@d.test,,,,,');
    expect(await list.run('done')).toMatchObject({ by_reason: { accepted: 1 } });
    expect(list.asked.map(({ node }) => node)).toEqual([null, 'fra1']);
    expect(list.nowMs - begun).toBe(300_000);
  });

  test('asks again about an address of which only a "later" is remembered', async () => {
    const list = createSmallList({
      tell: () => ({ reason: 'accepted' }),
      recall: () => ({ reason: 'greylisted', atMs: 0 }),
    });
    await list.make('email\nada@d.test\n');
    expect(await list.run('done')).toMatchObject({ by_reason: { accepted: 1 } });
    expect(list.asked).toHaveLength(1);
  });

  test('gives up after a day what is put off for ever, with the last word', async () => {
    const list = createSmallList({ tell: () => ({ reason: 'temporary_failure', retry_after: 900 }) });
    await list.make('email\nada@d.test\n');
    const begun = list.nowMs;
    expect(await list.run('done')).toMatchObject({ by_verdict: { unknown: 1 }, by_reason: { temporary_failure: 1 } });
    expect(list.nowMs - begun).toBeGreaterThanOrEqual(DAY_MS);
    expect(list.asked.length).toBeLessThan(40);
  });

  test('waits for nodes where there is none, and goes on when one is there', async () => {
    let isThere = false;
    const list = createSmallList({ tell: () => (isThere ? {} : { reason: 'no_node', retry_after: 60, smtp: null }) });
    await list.make('email\nada@d.test\nbob@d.test\n');
    expect(await list.run('waiting')).toMatchObject({ waiting_for: 'nodes', done: 0 });
    isThere = true;
    expect(await list.run('done')).toMatchObject({ by_verdict: { deliverable: 2 } });
  });

  describe('whose owner has no probe left', () => {
    const spent: Told = { reason: 'not_probed', retry_after: 3_600, smtp: null };

    test('is over, and says of the rest that it was not asked', async () => {
      const list = createSmallList({ tell: (email) => (email.startsWith('ada') ? {} : spent) });
      await list.make('email\nada@d.test\nbob@d.test\ncy@e.test\n');
      expect(await list.run('done')).toMatchObject({ by_reason: { accepted: 1, not_probed: 2 } });
    });

    test('waits for the next day where that is wished', async () => {
      let isSpent = true;
      const list = createSmallList({ tell: () => (isSpent ? spent : {}) });
      await list.make('email\nada@d.test\nbob@d.test\n', { onQuota: 'wait' });
      const begun = list.nowMs;
      expect(await list.run('waiting')).toMatchObject({ waiting_for: 'quota' });
      isSpent = false;
      expect(await list.run('done')).toMatchObject({ by_reason: { accepted: 2 } });
      expect(list.nowMs - begun).toBe(3_600_000);
    });
  });

  test('that is cancelled keeps what is known and asks nothing more', async () => {
    const list = createSmallList({ tell: (email) => (email.startsWith('ada') ? {} : { reason: 'greylisted' }) });
    await list.make('email\nada@d.test\nbob@e.test\n', { webhook: 'https://hooks.x.test/' });
    await list.run('waiting');
    expect(await list.service.cancel()).toBe('done');
    const asked = list.asked.length;
    for (let turns = 0; turns < 5; turns += 1) await list.service.turn();
    expect(await list.service.summary([])).toMatchObject({ state: 'cancelled', done: 1, next_retry_at: null });
    expect(list.asked).toHaveLength(asked);
    expect(await list.results()).toMatch(/ada@d\.test,deliverable,.*\nbob@e\.test,,,,,\n$/);
    expect(list.events).toEqual(['list.cancelled']);
  });

  test('of one row too many has failed before anything was asked', async () => {
    const list = createSmallList({ tell: honest });
    await list.make(`email\n${'a@d.test\n'.repeat(LIST_ROWS_MAX + 1)}`);
    const summary = await list.run('failed', 'done');
    expect(summary).toMatchObject({ state: 'failed', failure: { code: 'list_too_long' } });
    expect(list.asked).toEqual([]);
  }, 120_000);

  test('without rows is done', async () => {
    const list = createSmallList({ tell: honest });
    await list.make('name,email\n');
    expect(await list.run('done')).toMatchObject({ rows: 0, distinct: 0, expected_bounce_rate: null });
    expect(await list.results()).toMatch(/^name,email,vrfy_verdict.*\n$/);
  });

  test('tells its end to its webhook until that takes it', async () => {
    let refusals = 3;
    const list = createSmallList({
      tell: honest,
      webhook: async ({ type, url, messageId, data }, { ownSecret }) => {
        refusals -= 1;
        expect({ type, url, messageId, ownSecret }).toEqual({
          type: 'list.done',
          url: 'https://hooks.x.test/',
          messageId: `${LIST_ID}.list.done`,
          ownSecret: 'whsec_x',
        });
        expect(data).toMatchObject({ state: 'done', done: 1 });
        return refusals < 0 ? { kind: 'delivered' } : { kind: 'failed', fault: 'timeout' };
      },
    });
    await list.make('email\nada@d.test\n', { webhook: 'https://hooks.x.test/', webhookSecret: 'whsec_x' });
    await list.run('done');
    for (let turns = 0; turns < 20; turns += 1) {
      list.nowMs += 600_000;
      await list.service.turn();
    }
    expect(list.events).toEqual(Array(4).fill('list.done'));
  });

  test('gives a webhook up that takes nothing for a day, and at once one that wants nothing more', async () => {
    const never = createSmallList({ tell: honest, webhook: async () => ({ kind: 'failed', fault: 'timeout' }) });
    const gone = createSmallList({ tell: honest, webhook: async () => ({ kind: 'refused', fault: 'http_410' }) });
    for (const list of [never, gone]) {
      await list.make('email\nada@d.test\n', { webhook: 'https://hooks.x.test/' });
      await list.run('done');
      for (let hours = 0; hours < 48; hours += 1) {
        list.nowMs += 3_600_000;
        await list.service.turn();
      }
    }
    expect(never.events.length).toBeGreaterThan(5);
    expect(never.events.length).toBeLessThan(20);
    expect(gone.events).toHaveLength(1);
  });
});

describe('what a list keeps', () => {
  const FILE = 'name,email\nAda Lovelace,ada.lovelace@somewhere.test\n';

  test('shows no address, no domain, no name and no webhook in the rows of its object', async () => {
    const list = createSmallList({ tell: () => ({ reason: 'greylisted', retry_after: 300 }) });
    await list.make(FILE, { name: 'Friends of Ada', webhook: 'https://hooks.x.test/secret' });
    await list.run('waiting');
    expect(list.stored()).toContain('greylisted');
    expect(list.stored()).not.toMatch(/lovelace|somewhere|Friends|hooks/i);
  });

  test('is gone after it was deleted, the key first', async () => {
    const deleted: string[] = [];
    const list = createSmallList({
      tell: honest,
      bucket: (bucket) => ({
        ...bucket,
        delete: async (names) => {
          deleted.push(...[names].flat());
          await bucket.delete(names);
        },
      }),
    });
    await list.make(FILE);
    await list.run('done');
    expect(await list.service.remove()).toBe('done');
    expect(deleted[0]).toBe(keyNameOf(LIST_ID));
    expect(list.bucket.objects.size).toBe(0);
    expect(list.stored()).toBe('[]');
    expect(await list.service.summary([])).toBeNull();
    expect(await list.service.remove()).toBe('missing');
  });

  test('is gone although answers were on their way', async () => {
    const list = createSmallList({
      tell: async () => {
        await list.service.remove();
        throw new Error('the invocation broke off');
      },
    });
    await list.make(FILE);
    while ((await list.service.summary([])) !== null) await list.service.turn();
    await list.service.turn();
    expect(list.stored()).toBe('[]');
    expect(list.bucket.objects.size).toBe(0);
  });

  test('is missing at once although its deletion broke off, and its alarm goes on with that', async () => {
    let isDown = true;
    const list = createSmallList({
      tell: honest,
      bucket: (bucket) => ({
        ...bucket,
        list: (options) => (isDown ? Promise.reject(new Error('not now')) : bucket.list(options)),
      }),
    });
    await list.make(FILE);
    await list.run('done');
    await expect(list.service.remove()).rejects.toThrow('not now');
    expect(await list.service.summary([])).toBeNull();
    await list.service.turn();
    expect(list.bucket.objects.size).toBeGreaterThan(0);
    isDown = false;
    list.restart();
    await list.service.turn();
    expect(list.bucket.objects.size).toBe(0);
    expect(list.stored()).toBe('[]');
  });

  test('is gone although its results were being written', async () => {
    const list = createSmallList({
      tell: honest,
      bucket: (bucket) => ({
        ...bucket,
        put: async (name, octets, options) => {
          if (name.includes('result')) await list.service.remove();
          return bucket.put(name, octets, options);
        },
      }),
    });
    await list.make(FILE);
    while ((await list.service.summary([])) !== null) await list.service.turn();
    expect(list.bucket.objects.size).toBe(0);
    expect(list.stored()).toBe('[]');
  });

  test('is gone when its days are over', async () => {
    const list = createSmallList({ tell: honest });
    await list.make(FILE, { retentionDays: 2 });
    const { expires_at } = await list.run('done');
    expect(Date.parse(expires_at) - list.nowMs).toBe(2 * DAY_MS);
    list.nowMs += 2 * DAY_MS - 1;
    await list.service.turn();
    expect(await list.service.summary([])).not.toBeNull();
    list.nowMs += 1;
    await list.service.turn();
    expect(await list.service.summary([])).toBeNull();
    expect(list.bucket.objects.size).toBe(0);
  });

  test('is the same for a repeat of the request, and nobody else’s for another', async () => {
    const list = createSmallList({ tell: honest });
    await list.make(FILE);
    const again = { ...newList(), bodyHash: createHash('sha256').update(FILE).digest('hex') };
    expect(await list.service.make(again)).toMatchObject({ outcome: 'known' });
    expect(await list.service.make({ ...again, bodyHash: 'another' })).toMatchObject({ outcome: 'another' });
    list.restart();
    expect(await list.service.make(again)).toMatchObject({ outcome: 'known' });
    expect(await list.run('done')).toMatchObject({ rows: 1 });
  });
});

function newList() {
  return {
    id: LIST_ID,
    owner: 'local',
    payer: { kind: 'local' },
    dedupe: 'canonical',
    start: 'auto',
    onQuota: 'finish',
    retentionDays: 30,
    name: null,
    webhook: null,
    webhookSecret: null,
    detect: { format: 'csv', header: 'auto', column: null },
    file: null,
    bodyHash: '',
  } as const;
}
