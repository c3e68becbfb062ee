/**
 * Asks about the open rows: batches of few domains, turn about between providers, and those that wait when they are due.
 *
 * Batches that are out are known in memory alone. If the object ends in the middle their rows are open and are asked about again, and
 * memory (KV) answers for those whose mail server had answered. Rows that could not be asked wait and never go back to the
 * front, so that one pass over the domains is enough. Whatever a server said goes to the row whose address it was asked for.
 */

import type { Reason } from '../../shared/verdict.ts';
import { emailsOf } from './free-pass.ts';
import { domainKeyOfRow } from './list-key.ts';
import type { OpenDomain, OpenRow, Settled, WaitingRow } from './list-record.ts';
import type { CheckedAnswer, CheckWishes, ListWork } from './list-work.ts';
import { askAgainSeconds, BATCH_MAX, BATCHES_MAX, BATCHES_MIN, nextBatchSize, nextWidth } from './schedule.ts';

/** Batches that are out at once of one provider that is known. */
const BATCHES_OF_PROVIDER_MAX = 3;
/** Domains that are at hand, and the number below which more are fetched. */
const WINDOW = 2_000;
const WINDOW_MIN = 200;
/** Milliseconds in which answers are gathered for one write: those unwritten when the object ends are asked for again. */
const WRITE_WITHIN_MS = 25;
/** Milliseconds of one turn, and addresses: an alarm may take 15 minutes, and 30 s of processor. */
const TURN_MS = 120_000;
const TURN_ADDRESSES = 20_000;
/** Milliseconds until rows are tried again whose batch broke off; and of a pause if no node answers. */
const BROKEN_OFF_MS = 10_000;
const NO_NODE_MS = 30_000;
/** Milliseconds over which the rate is measured. */
const RATE_MS = 60_000;

type Entry = OpenRow & Pick<WaitingRow, 'attempts' | 'sinceMs'>;
type Batch = {
  readonly entries: readonly Entry[];
  readonly provider: string;
  readonly recheck: CheckWishes['recheck'];
};

export type Checking = {
  /** Works until nothing can be asked for now, or the turn is over. */
  readonly turn: () => Promise<void>;
  readonly isBusy: () => boolean;
  readonly rates: () => { readonly all: number | null; readonly byProvider: ReadonlyMap<string, number> };
};

/** @param later lets some milliseconds pass */
export function createChecking(work: ListWork, later: (ms: number) => Promise<void>): Checking {
  const { store, nowMs } = work;
  const out = new Set<string>();
  const batches = new Set<Promise<void>>();
  const busy = new Map<string, number>();
  const sizes = new Map<string, number>();
  const queues = new Map<string, OpenDomain[]>();
  /** The row after which the next one of a domain stands. */
  const places = new Map<string, string>();
  const settledAt: { readonly atMs: number; readonly provider: string; readonly count: number }[] = [];
  /** Batches that may be out: one more for each that went well, half as many after one that we could not serve. */
  let width = BATCHES_MIN;
  let after = '';
  let isWholeSeen = false;
  /** Of a batch whose rows are open and in no queue any more: the turn ends with it, and a new pass finds them. */
  let fault: { readonly error: unknown } | null = null;

  const queued = (): number => [...queues.values()].reduce((sum, queue) => sum + queue.length, 0);

  const fill = (): void => {
    if (isWholeSeen || queued() >= WINDOW_MIN) return;
    const domains = store.openDomains(after, WINDOW);
    for (const domain of domains) {
      const queue = queues.get(domain.provider);
      if (queue === undefined) queues.set(domain.provider, [domain]);
      else queue.push(domain);
    }
    isWholeSeen = domains.length < WINDOW;
    after = domains.at(-1)?.domain ?? after;
  };

  /** Rows of the next domains of a provider. */
  const take = (provider: string): readonly Entry[] => {
    const queue = queues.get(provider) ?? [];
    const size = provider === '' ? BATCH_MAX : (sizes.get(provider) ?? BATCH_MAX);
    const entries: Entry[] = [];
    const sinceMs = nowMs();
    while (entries.length < size) {
      const [domain] = queue;
      if (domain === undefined) break;
      const wanted = size - entries.length;
      const rows = store.openRowsOf(domain.domain, places.get(domain.domain) ?? '', wanted);
      for (const row of rows) if (!out.has(row.key)) entries.push({ ...row, attempts: 0, sinceMs });
      const last = rows.at(-1);
      if (last === undefined || rows.length < wanted) {
        queue.shift();
        places.delete(domain.domain);
      } else places.set(domain.domain, last.key);
    }
    if (queue.length === 0) queues.delete(provider);
    return entries;
  };

  const nextOpen = (): Batch | null => {
    fill();
    const free = [...queues.keys()].filter(
      (provider) => (busy.get(provider) ?? 0) < (provider === '' ? BATCHES_MAX : BATCHES_OF_PROVIDER_MAX),
    );
    // Those with the least under way first.
    const provider = free.sort((a, b) => (busy.get(a) ?? 0) - (busy.get(b) ?? 0))[0];
    if (provider === undefined) return null;
    const entries = take(provider);
    return entries.length === 0 ? nextOpen() : { entries, provider, recheck: null };
  };

  /** Those that are due, of one node. */
  const nextDue = (): Batch | null => {
    const due = store.due(nowMs(), BATCH_MAX + out.size).filter(({ key }) => !out.has(key));
    const [first] = due;
    if (first === undefined) return null;
    const same = due
      .filter(({ node, attempts }) => node === first.node && attempts === first.attempts)
      .slice(0, BATCH_MAX);
    const sealed = store.sealedOf(same.map(({ key }) => key));
    const entries = same.map(({ key, attempts, sinceMs }) => ({
      key,
      sealed: sealed.get(key) ?? '',
      attempts,
      sinceMs,
    }));
    const { node, attempts } = first;
    return { entries, provider: WAITING, recheck: node === null ? null : { node, attempt: Math.min(attempts, 10) } };
  };

  const ask = async (batch: Batch): Promise<void> => {
    const { entries, provider, recheck } = batch;
    const record = store.record();
    if (record === null) return;
    const left = new Map(entries.map((entry, at) => [at, entry]));
    let answers: CheckedAnswer[] = [];
    let writing: Promise<void> | null = null;
    let paced = 0;
    let unserved = 0;
    let strained = 0;
    const write = async (): Promise<void> => {
      await work.standBack();
      const noted = answers;
      answers = [];
      note(noted, entries);
    };
    const writeSoon = async (): Promise<void> => {
      await later(WRITE_WITHIN_MS);
      await write();
      writing = null;
    };
    const note = (noted: readonly CheckedAnswer[], of: readonly Entry[]): void => {
      if (store.record()?.phase !== 'check') return;
      const { settled, waiting } = outcomeOf(noted, of, nowMs());
      store.transaction(() => {
        store.settle(settled);
        store.wait(waiting);
      });
      noteRate(settled);
    };
    try {
      const lines = await work.checks.check(emailsOf(entries, work), { payer: record.payer, recheck });
      for await (const line of valuesOf(lines)) {
        const answer = line as CheckedAnswer;
        answers.push(answer);
        for (const at of answer.index) left.delete(at);
        if (answer.reason === 'paced') paced += 1;
        if (answer.reason === 'no_node') unserved += 1;
        if (UNSERVED.has(answer.reason)) strained += 1;
        if (answer.reason === 'not_probed') pauseFor('quota', (answer.retry_after ?? 60) * 1_000);
        if (writing !== null) continue;
        writing = writeSoon();
        // A fault is met when the batch ends.
        writing.catch(() => {});
      }
    } catch {
      // Rows without an answer are asked about again; the invocation that broke off has logged why.
    }
    await writing;
    await write();
    // Cancelled or deleted in the meantime.
    if (store.record()?.phase !== 'check') return;
    if (left.size > 0) {
      const dueAtMs = nowMs() + BROKEN_OFF_MS;
      store.wait(
        [...left.values()].map(({ key, attempts, sinceMs }) => ({
          key,
          dueAtMs,
          sinceMs,
          attempts,
          node: null,
          reason: 'no_node',
        })),
      );
    }
    if (unserved === entries.length) pauseFor('nodes', NO_NODE_MS);
    width = nextWidth(width, entries.length, strained + left.size);
    sizes.set(provider, nextBatchSize(sizes.get(provider) ?? BATCH_MAX, entries.length, paced));
  };

  const pauseFor = (waitingFor: 'quota' | 'nodes', ms: number): void => {
    const record = store.record();
    if (record?.phase !== 'check' || record.pause?.waitingFor === 'quota') return;
    store.putRecord({ ...record, pause: { untilMs: nowMs() + ms, waitingFor } });
  };

  const noteRate = (settled: readonly Settled[]): void => {
    const atMs = nowMs();
    const domains = store.domainsOf(settled.map(({ key }) => key));
    const byProvider = Map.groupBy(settled, ({ key }) => domains.get(domainKeyOfRow(key))?.provider ?? '');
    for (const [provider, rows] of byProvider) settledAt.push({ atMs, provider, count: rows.length });
    while ((settledAt[0]?.atMs ?? atMs) < atMs - RATE_MS) settledAt.shift();
  };

  const launch = (batch: Batch): void => {
    for (const { key } of batch.entries) out.add(key);
    busy.set(batch.provider, (busy.get(batch.provider) ?? 0) + 1);
    const noteFault = (error: unknown): void => {
      fault ??= { error };
    };
    const asking = ask(batch)
      .catch(noteFault)
      .finally(() => {
        for (const { key } of batch.entries) out.delete(key);
        busy.set(batch.provider, (busy.get(batch.provider) ?? 1) - 1);
        batches.delete(asking);
      });
    batches.add(asking);
  };

  const isPaused = (): boolean => {
    const record = store.record();
    if (record?.phase !== 'check') return true;
    if (record.pause === null) return false;
    if (record.pause.untilMs > nowMs()) return true;
    store.putRecord({ ...record, pause: null });
    return false;
  };

  return {
    isBusy: () => batches.size > 0 || queued() > 0 || !isWholeSeen,
    rates() {
      const first = settledAt[0];
      const seconds = first === undefined ? 0 : Math.max(1, (nowMs() - first.atMs) / 1_000);
      const byProvider = new Map<string, number>();
      for (const { provider, count } of settledAt) {
        byProvider.set(provider, (byProvider.get(provider) ?? 0) + count / seconds);
      }
      const all = [...byProvider.values()].reduce((sum, rate) => sum + rate, 0);
      return { all: first === undefined ? null : all, byProvider };
    },
    async turn() {
      const endMs = nowMs() + TURN_MS;
      let left = TURN_ADDRESSES;
      for (;;) {
        while (batches.size < width && left > 0 && nowMs() < endMs && !isPaused()) {
          await work.giveWay();
          const batch = nextDue() ?? nextOpen();
          if (batch === null) break;
          left -= batch.entries.length;
          launch(batch);
        }
        if (fault !== null) throw fault.error;
        if (batches.size === 0) break;
        // One that is due in the meantime is asked about without waiting for a slow batch.
        await Promise.race([...batches, later(1_000)]);
      }
      const record = store.record();
      if (record?.phase !== 'check') return;
      if (record.pause?.waitingFor === 'quota' && record.onQuota === 'finish') {
        store.transaction(() => {
          store.settleAll('not_probed', nowMs());
          store.putRecord({ ...record, pause: null, phase: 'merge' });
        });
        return;
      }
      if (record.pause !== null || !isWholeSeen || queued() > 0) return;
      if (store.waitingCount() === 0) store.putRecord({ ...record, phase: 'merge' });
    },
  };
}

/** What a batch is told if the edge or its nodes have too much to do. */
const UNSERVED: ReadonlySet<Reason> = new Set(['no_node', 'pending', 'dns_failure']);

/** Rows that wait have no provider in common. */
const WAITING = 'waiting';

/** What the answers mean for their rows. */
function outcomeOf(
  answers: readonly CheckedAnswer[],
  entries: readonly Entry[],
  nowMs: number,
): { readonly settled: readonly Settled[]; readonly waiting: readonly WaitingRow[] } {
  const settled: Settled[] = [];
  const waiting: WaitingRow[] = [];
  for (const answer of answers) {
    const { reason, checked_at, cached, smtp, retry_after } = answer;
    for (const at of answer.index) {
      const entry = entries[at];
      if (entry === undefined) continue;
      const { key, attempts, sinceMs } = entry;
      const seconds =
        reason === 'not_probed' ? (retry_after ?? 60) : askAgainSeconds(answer, attempts, nowMs - sinceMs);
      if (seconds === null) {
        settled.push({ key, reason, atMs: Date.parse(checked_at), isFree: cached || smtp === null });
      } else {
        const node = smtp?.node ?? null;
        waiting.push({ key, dueAtMs: nowMs + seconds * 1_000, sinceMs, attempts: attempts + 1, node, reason });
      }
    }
  }
  return { settled, waiting };
}

/** Values of a stream of NDJSON, one after the other. A line that is cut off at the end is dropped. */
async function* valuesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let rest = '';
  for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
}
