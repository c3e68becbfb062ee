/**
 * One list: what its owner may do with it, and what its alarm does next. Before it: objects/list-object.ts, which is one
 * list; after it: free-pass.ts, checking.ts, merge-turn.ts (the work), summary.ts (what is told).
 *
 * The alarm drives everything: each call does one turn of the phase and sets the next alarm. A turn that fails is tried
 * again, ever less often; it is never thrown out of the alarm, which the platform would give up after six times.
 */
import type { Reason } from '../../shared/verdict.ts';
import { type Checking, createChecking } from './checking.ts';
import { deleteFiles, keyNameOf, type ListBucket, partsOf, readOctets, resultNameOf } from './files.ts';
import { readTurn, recallTurn, surveyTurn } from './free-pass.ts';
import type { ListApi, NewList, TellWebhook } from './list-api.ts';
import { createRowKeys, LIST_KEY_OCTETS, type RowKeys } from './list-key.ts';
import type { ListRecord, ListStore } from './list-record.ts';
import type { ListChecks, ListWork, LocalChecks } from './list-work.ts';
import { mergeTurn, resultOfSlice } from './merge-turn.ts';
import { isOver, type ListSummary, listStateOf, summarise } from './summary.ts';
import { nextAttempt } from './webhooks/schedule.ts';

/** Milliseconds until a turn that has failed is tried again: at first, and at most. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 300_000;
const DAY_MS = 86_400_000;

export type ListServicePorts = {
  readonly store: ListStore;
  readonly bucket: ListBucket;
  readonly local: () => Promise<LocalChecks>;
  readonly checks: ListChecks;
  /** Resolves when the next piece of work may begin: forms and other requests to the object go first. */
  readonly giveWay: () => Promise<void>;
  /** Resolves when no form is being answered. */
  readonly standBack: () => Promise<void>;
  readonly tellWebhook: TellWebhook;
  /** Forgets that the list is the owner's. */
  readonly disown: (record: ListRecord) => Promise<void>;
  readonly nowMs: () => number;
  readonly randomOctets: (octets: number) => Uint8Array;
  readonly later: (ms: number) => Promise<void>;
  readonly wakeAt: (timeMs: number) => Promise<void>;
  readonly sleep: () => Promise<void>;
  readonly onFault: (error: unknown) => void;
};

export type ListService = ListApi & {
  /** One turn. Never throws. */
  readonly turn: () => Promise<void>;
  /** Sets the alarm if there is work and none is set: after a start of the object. */
  readonly rearm: () => Promise<void>;
};

export function createListService(ports: ListServicePorts): ListService {
  const { store, bucket, nowMs } = ports;
  let keys: RowKeys | null = null;
  let checking: Checking | null = null;
  let failures = 0;
  let making: Promise<void> | null = null;

  const makeKey = async (id: string): Promise<void> => {
    const octets = ports.randomOctets(LIST_KEY_OCTETS);
    await bucket.put(keyNameOf(id), octets);
    keys = createRowKeys(octets);
  };

  const keysOf = async (id: string): Promise<RowKeys> => {
    if (keys !== null) return keys;
    const octets = await readOctets(bucket, keyNameOf(id), 0, LIST_KEY_OCTETS);
    if (octets === null) throw new Error('the key of the list is gone');
    keys = createRowKeys(octets);
    return keys;
  };
  const workOf = async (record: ListRecord): Promise<ListWork> => ({
    store,
    bucket,
    keys: await keysOf(record.id),
    local: await ports.local(),
    checks: ports.checks,
    nowMs,
    giveWay: ports.giveWay,
    standBack: ports.standBack,
  });
  const checkingOf = async (record: ListRecord): Promise<Checking> => {
    checking ??= createChecking(await workOf(record), ports.later);
    return checking;
  };
  const update = (record: ListRecord, change: Partial<ListRecord>): void => store.putRecord({ ...record, ...change });

  /** The record, unless the list is missing: it was never made, or its deletion has begun. */
  const present = (): ListRecord | null => {
    const record = store.record();
    return record === null || record.expiresAtMs <= nowMs() ? null : record;
  };

  const privateOf = async (record: ListRecord): Promise<PrivateFields> => {
    const [open] = (await keysOf(record.id)).open([{ key: PRIVATE_KEY, text: record.sealed }]);
    return JSON.parse(open ?? '') as PrivateFields;
  };

  const summaryOf = async (record: ListRecord, kept: readonly Reason[]): Promise<ListSummary> => {
    const rates = checking?.rates() ?? { all: null, byProvider: new Map<string, number>() };
    const { name } = await privateOf(record);
    const parts = record.phase === 'receive' ? (await partsOf(bucket, record.id)).map(({ part }) => part) : null;
    return summarise(record, store.tally(), {
      name,
      isBusy: checking === null || checking.isBusy(),
      nextRetryAtMs: record.pause?.untilMs ?? store.nextDueMs(),
      parts,
      ratePerSecond: rates.all,
      rateByProvider: rates.byProvider,
      kept: new Set(kept),
    });
  };

  const takeTurn = async (record: ListRecord): Promise<void> => {
    switch (record.phase) {
      case 'read':
        return readTurn(await workOf(record));
      case 'survey':
        return surveyTurn(await workOf(record));
      case 'recall':
        return recallTurn(await workOf(record));
      case 'check':
        return (await checkingOf(record)).turn();
      case 'merge':
        return mergeTurn(await workOf(record));
      case 'receive':
      case 'hold':
      case 'over':
        return;
    }
  };

  /** The webhook of a list that has come to its end. */
  const announce = async (before: ListRecord): Promise<void> => {
    const record = present();
    if (record === null) return;
    if (before.phase !== 'over' && record.phase === 'over') await noteEnd(record);
    const now = present();
    if (now === null || now.webhook === null || now.webhook.dueAtMs > nowMs()) return;
    const { webhook: url, webhookSecret: ownSecret } = await privateOf(now);
    if (url === null) return;
    const { event: type, failed, firstAtMs } = now.webhook;
    const messageId = `${now.id}.${type}`;
    const event = { url, messageId, type, happenedAtMs: firstAtMs, data: await summaryOf(now, []) };
    const outcome = await ports.tellWebhook(event, { payer: now.payer, ownSecret });
    const latest = present();
    if (latest === null) return;
    const count = failed + 1;
    const dueAtMs = outcome.kind === 'failed' ? nextAttempt({ count, firstAtMs }, nowMs()) : null;
    update(latest, { webhook: dueAtMs === null ? null : { event: type, failed: count, firstAtMs, dueAtMs } });
  };

  const noteEnd = async (record: ListRecord): Promise<void> => {
    checking = null;
    const { webhook } = await privateOf(record);
    if (webhook === null) return;
    const event = `list.${record.ending ?? 'failed'}`;
    update(record, { webhook: { event, failed: 0, dueAtMs: nowMs(), firstAtMs: nowMs() } });
  };

  const remove = async (record: ListRecord): Promise<void> => {
    keys = null;
    checking = null;
    // From now on it is missing for everybody, no turn that is under way writes anything more, and the alarm goes on if this breaks off.
    const timeMs = nowMs();
    update(record, { phase: 'over', pause: null, webhook: null, expiresAtMs: Math.min(record.expiresAtMs, timeMs) });
    await ports.wakeAt(timeMs + RETRY_MS);
    // Without a key nothing can be read any more; the rest frees the space.
    await bucket.delete(keyNameOf(record.id));
    await deleteFiles(bucket, record.id);
    await ports.disown(record);
    // Last: without a record nothing would be left that goes on.
    await ports.sleep();
    await store.clear();
  };

  const nextWakeMs = (record: ListRecord): number => {
    const times = [record.expiresAtMs];
    if (record.webhook !== null) times.push(record.webhook.dueAtMs);
    const { phase } = record;
    if (phase === 'read' || phase === 'survey' || phase === 'recall' || phase === 'merge') times.push(nowMs());
    if (phase === 'check') {
      if (record.pause !== null) times.push(record.pause.untilMs);
      else times.push(checking?.isBusy() === false ? (store.nextDueMs() ?? nowMs()) : nowMs());
    }
    return Math.min(...times);
  };
  const wake = async (): Promise<void> => {
    const record = store.record();
    if (record !== null) await ports.wakeAt(Math.max(nowMs(), nextWakeMs(record)));
  };

  return {
    async make(list) {
      if (store.record() === null) {
        making ??= makeKey(list.id).finally(() => {
          making = null;
        });
        await making;
      }
      const known = store.record();
      if (known !== null) {
        const { bodyHash, source, createdAtMs } = known;
        const { webhookSecret } = await privateOf(known);
        return { outcome: bodyHash === list.bodyHash ? 'known' : 'another', source, createdAtMs, webhookSecret };
      }
      const listKeys = await keysOf(list.id);
      const createdAtMs = nowMs();
      const { name, webhook, webhookSecret, retentionDays, file, ...rest } = list;
      const fields: PrivateFields = { name, webhook, webhookSecret };
      store.putRecord({
        ...rest,
        phase: file === null ? 'receive' : 'read',
        ending: null,
        failure: null,
        sealed: listKeys.seal([{ key: PRIVATE_KEY, text: JSON.stringify(fields) }])[0] ?? '',
        createdAtMs,
        startedAtMs: null,
        finishedAtMs: null,
        expiresAtMs: createdAtMs + retentionDays * DAY_MS,
        source: file?.source ?? '',
        octets: file?.octets ?? 0,
        layout: file?.layout ?? null,
        readOctets: 0,
        rows: 0,
        widest: 0,
        cursor: '',
        merged: [],
        pause: null,
        webhook: null,
      });
      await wake();
      return { outcome: 'made', source: file?.source ?? '', createdAtMs, webhookSecret };
    },
    async complete(file) {
      const record = present();
      if (record === null) return 'missing';
      // The same file again: the answer to the first call was lost.
      if (record.source === file.source) return 'done';
      if (record.phase !== 'receive') return 'wrong_state';
      update(record, { ...file, phase: 'read' });
      await wake();
      return 'done';
    },
    async owner() {
      return present()?.owner ?? null;
    },
    async summary(kept) {
      const record = present();
      return record === null ? null : summaryOf(record, kept);
    },
    async start() {
      const record = present();
      if (record === null) return 'missing';
      if (record.startedAtMs !== null && !isOver(listStateOf(record, { isBusy: true }))) return 'done';
      if (record.phase !== 'hold') return 'wrong_state';
      update(record, { phase: 'check', startedAtMs: nowMs() });
      await wake();
      return 'done';
    },
    async cancel() {
      const record = present();
      if (record === null) return 'missing';
      if (record.phase === 'over') return record.ending === 'cancelled' ? 'done' : 'wrong_state';
      const ended: ListRecord = { ...record, phase: 'over', ending: 'cancelled', pause: null, finishedAtMs: nowMs() };
      store.putRecord(ended);
      await noteEnd(ended);
      await wake();
      return 'done';
    },
    async remove() {
      const record = store.record();
      if (record === null) return 'missing';
      await remove(record);
      return 'done';
    },
    async outline() {
      const record = present();
      if (record === null) return null;
      return { slices: store.sliceCount(), encoding: record.layout?.encoding ?? null, detect: record.detect };
    },
    async slice(number, wishes) {
      const record = present();
      const slice = record === null ? null : store.sliceAt(number);
      if (record === null || slice === null) return null;
      return { octets: await resultOfSlice(await workOf(record), record, slice, wishes), given: wishes.given };
    },
    async merged() {
      const record = present();
      if (record === null || record.phase !== 'over' || record.ending !== 'done') return null;
      const names = record.merged.map((_, number) => resultNameOf(record.id, number));
      return { names, octets: record.merged, tag: `${record.id}-${record.finishedAtMs ?? 0}` };
    },
    async turn() {
      const record = store.record();
      if (record === null) return;
      try {
        if (record.expiresAtMs <= nowMs()) return await remove(record);
        await takeTurn(record);
        await announce(record);
        failures = 0;
      } catch (error) {
        failures += 1;
        // It begins anew with the rows that are open.
        checking = null;
        ports.onFault(error);
        await ports.wakeAt(nowMs() + Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** failures));
        return;
      }
      await wake();
    },
    rearm: wake,
  };
}

/** Under which these are sealed; no row has this key. */
const PRIVATE_KEY = 'name and webhook';

type PrivateFields = Pick<NewList, 'name' | 'webhook' | 'webhookSecret'>;
