/** One list with real SQLite and a bucket in memory; the clock, the nodes and the moment of its end are the test's. */

import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { detect, type ListFormat } from '../../../edge/lists/file/detect.ts';
import { type ListBucket, sourceNameOf } from '../../../edge/lists/files.ts';
import type { NewList, TellWebhook } from '../../../edge/lists/list-api.ts';
import type { ListRecord, ListStore } from '../../../edge/lists/list-record.ts';
import { createListService, type ListService } from '../../../edge/lists/list-service.ts';
import type { CheckWishes, DomainFinding, ListChecks } from '../../../edge/lists/list-work.ts';
import type { ListSummary } from '../../../edge/lists/summary.ts';
import { createListRows } from '../../../edge/objects/list-rows.ts';
import type { ListStorage } from '../../../edge/objects/list-tally.ts';
import type { Answer } from '../../../shared/answer.ts';
import { createMapBucket } from './map-bucket.ts';

export type Told = Partial<Pick<Answer, 'reason' | 'retry_after' | 'cached' | 'smtp'>>;

export type SmallList = {
  readonly bucket: ReturnType<typeof createMapBucket>;
  /** Addresses that were asked about, with the node that was wished for. */
  readonly asked: { readonly email: string; readonly node: string | null }[];
  readonly events: string[];
  nowMs: number;
  service: ListService;
  /** What the object would find after a crash: the same storage, nothing in memory. */
  restart(): void;
  make(file: string, wishes?: Partial<NewList>): Promise<void>;
  /** Turns until the list is in one of the states; the clock goes to each alarm. */
  run(...states: readonly ListSummary['state'][]): Promise<ListSummary>;
  results(): Promise<string>;
  /** Every row as it lies in the database. */
  stored(): string;
};

export type SmallListPorts = {
  readonly tell: (email: string, wishes: CheckWishes) => Told | Promise<Told>;
  readonly survey?: (email: string) => DomainFinding;
  readonly recall?: (email: string) => Awaited<ReturnType<ListChecks['recall']>>[number];
  readonly webhook?: TellWebhook;
  /** Asked before verdicts are written. */
  readonly failsToSettle?: () => boolean;
  /** Waited for before the next batch. */
  readonly giveWay?: () => Promise<void>;
  readonly disown?: (record: ListRecord) => Promise<void>;
  readonly bucket?: (bucket: ListBucket) => ListBucket;
};

export const LIST_ID = 'abcdefghijklmnopqrstuv';
const TABLES = ['list', 'slices', 'domains', 'rows', 'waiting', 'tally'];

/** The storage of a Durable Object, as much as is used, over Node's SQLite. */
export function storageOver(database: DatabaseSync): ListStorage {
  return {
    sql: {
      exec: (query, ...bindings) => database.prepare(query).all(...bindings),
    },
    deleteAll: async () => {
      for (const table of TABLES) database.exec(`DROP TABLE IF EXISTS ${table}`);
    },
    transactionSync: (act) => {
      database.exec('BEGIN');
      try {
        const result = act();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}

export function createSmallList(ports: SmallListPorts): SmallList {
  const database = new DatabaseSync(':memory:');
  const bucket = createMapBucket();
  const asked: SmallList['asked'] = [];
  const events: string[] = [];
  let alarmMs: number | null = null;

  const checks: ListChecks = {
    survey: async (emails) => emails.map((email) => ports.survey?.(email) ?? { reason: null, provider: null }),
    recall: async (emails) => emails.map((email) => ports.recall?.(email) ?? null),
    async check(emails, wishes) {
      const lines = await Promise.all(
        emails.map(async (email, at) => {
          asked.push({ email, node: wishes.recheck?.node ?? null });
          const told = await ports.tell(email, wishes);
          const answer = { reason: 'accepted', retry_after: null, cached: false, smtp: { node: 'n1' }, ...told };
          return `${JSON.stringify({ ...answer, checked_at: new Date(list.nowMs).toISOString(), index: [at] })}\n`;
        }),
      );
      return new Blob(lines).stream();
    },
  };
  const storeWithFaults = (store: ListStore): ListStore => ({
    ...store,
    settle(settled) {
      if (ports.failsToSettle?.() === true) throw new Error('the disk is full');
      store.settle(settled);
    },
  });
  const createService = (): ListService =>
    createListService({
      store: storeWithFaults(createListRows(storageOver(database))),
      bucket: ports.bucket?.(bucket) ?? bucket,
      local: async () => ({ verdictOf: () => null, suggestionFor: () => null }),
      checks,
      async tellWebhook(event, signer) {
        events.push(event.type);
        return ports.webhook?.(event, signer) ?? { kind: 'delivered' };
      },
      disown: async (record) => ports.disown?.(record),
      nowMs: () => list.nowMs,
      randomOctets: (octets) => new Uint8Array(octets).fill(5),
      giveWay: ports.giveWay ?? (() => new Promise((resolve) => setImmediate(resolve))),
      standBack: async () => {},
      later: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 1))),
      wakeAt: async (timeMs) => {
        alarmMs = timeMs;
      },
      sleep: async () => {
        alarmMs = null;
      },
      onFault: () => {},
    });

  const list: SmallList = {
    bucket,
    asked,
    events,
    nowMs: Date.parse('2026-01-01T00:00:00.000Z'),
    service: createService(),
    restart() {
      list.service = createService();
    },
    async make(file, wishes = {}) {
      const octets = new TextEncoder().encode(file);
      const source = sourceNameOf(LIST_ID, 'a');
      await bucket.put(source, octets);
      const said = { format: 'csv' as ListFormat, header: 'auto' as const, column: null };
      const detection = detect(octets, true, said);
      if (detection.kind === 'refused') throw new Error(detection.detail);
      await list.service.make({
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
        detect: said,
        file: { source, octets: octets.length, layout: detection.layout },
        bodyHash: createHash('sha256').update(file).digest('hex'),
        ...wishes,
      });
    },
    async run(...states) {
      for (let turns = 0; turns < 500; turns += 1) {
        const summary = await list.service.summary([]);
        if (summary === null) throw new Error('the list is gone');
        if (states.includes(summary.state)) return summary;
        list.nowMs = Math.max(list.nowMs, alarmMs ?? list.nowMs);
        await list.service.turn();
      }
      throw new Error('the list comes to no end');
    },
    async results() {
      const outline = await list.service.outline();
      const slices = await Promise.all(
        Array.from({ length: outline?.slices ?? 0 }, (_, number) =>
          list.service.slice(number, { format: 'csv', verdicts: null, given: null }),
        ),
      );
      return slices.map((slice) => new TextDecoder().decode(slice?.octets ?? new Uint8Array(0))).join('');
    },
    stored() {
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
      return JSON.stringify(tables.map(({ name }) => database.prepare(`SELECT * FROM ${String(name)}`).all()));
    },
  };
  return list;
}
