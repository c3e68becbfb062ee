import { describe, expect, test } from 'vitest';
import { ProviderStatsBook } from '../../../probe-node/edge-link/provider-stats.ts';
import { heartbeatSchema, PROVIDER_STATS_MAX, type ProviderStats } from '../../../shared/enrolment.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const reportSchema = heartbeatSchema().pick({ standings: true, phases: true, job_quantiles: true, minutes: true });

function atHand(resting: readonly string[] = []) {
  let nowMs = 90_000;
  const book = new ProviderStatsBook({
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    restingProviders: () => new Set(resting),
  });
  return {
    book,
    advance: (ms: number): void => {
      nowMs += ms;
    },
    /** Every report is one that the edge can read. */
    report: () => {
      const report = book.report();
      expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
      return report;
    },
    of: (provider: string): ProviderStats | undefined =>
      book.report().standings.find((stats) => stats.provider === provider),
  };
}

describe('the record of a provider', () => {
  test('the record of a provider of a node that has done nothing is empty', () => {
    const nothing = { dns: null, connect: null, greeting: null, ehlo: null, job: null };
    expect(atHand().report()).toEqual({
      standings: [],
      phases: nothing,
      minutes: [],
      job_quantiles: { p50_ms: null, p95_ms: null },
    });
  });

  test('the record of a provider has the answers and the refusals of all batches', () => {
    const { book, of } = atHand();
    book.told('mx.example', { answers: 40, refusals: 0 }, 'firm.example');
    book.told('mx.example', { answers: 2, refusals: 3 }, 'firm.example');
    book.told('yahoo', { answers: 1, refusals: 0 }, 'firm.example');
    expect(of('mx.example')).toMatchObject({ answers: 42, refusals: 3, is_resting: false });
    expect(of('yahoo')).toMatchObject({ answers: 1, refusals: 0 });
  });

  test('the record of a provider has no refusal by a provider until three owners were refused, and of each owner one a minute', () => {
    const { book, advance, of } = atHand();
    for (const owner of ['evil.example', 'evil.example', 'other.example']) {
      book.told('google', { answers: 0, refusals: 1_000 }, owner);
    }
    book.told('google', { answers: 1, refusals: 0 }, 'firm.example');
    expect(of('google')).toMatchObject({ answers: 1, refusals: 0 });
    advance(MINUTE_MS);
    book.told('google', { answers: 0, refusals: 50 }, 'third.example');
    book.told('google', { answers: 0, refusals: 50 }, 'evil.example');
    expect(of('google')).toMatchObject({ answers: 1, refusals: 4 });
  });

  test('the record of a provider forgets an answer after ten minutes, and not before nine', () => {
    const { book, advance, of } = atHand();
    book.told('mx.example', { answers: 5, refusals: 1 }, 'firm.example');
    advance(9 * MINUTE_MS);
    book.told('mx.example', { answers: 1, refusals: 0 }, 'firm.example');
    expect(of('mx.example')).toMatchObject({ answers: 6, refusals: 1 });
    advance(MINUTE_MS);
    expect(of('mx.example')).toMatchObject({ answers: 1, refusals: 0 });
    advance(10 * MINUTE_MS);
    expect(of('mx.example')).toBeUndefined();
  });

  test('the record of a provider counts ten minutes however many have gone by', () => {
    const { book, advance, of } = atHand();
    for (let minute = 0; minute < 100; minute += 1) {
      book.told('google', { answers: 1, refusals: 0 }, 'firm.example');
      advance(MINUTE_MS);
    }
    expect(of('google')?.answers).toBe(9);
  });

  test('the record of a provider is not made by a batch that tells neither', () => {
    const { book, report } = atHand();
    book.told('google', { answers: 0, refusals: 0 }, 'firm.example');
    expect(report().standings).toEqual([]);
  });

  test('the record of a provider keeps its distance for a day', () => {
    const { book, advance, of } = atHand();
    book.connected('google', 12);
    book.answered('google', 80);
    advance(23 * HOUR_MS);
    expect(of('google')).toMatchObject({ answers: 0, connect_ms: 12, answer_ms: 80 });
    advance(HOUR_MS);
    expect(of('google')).toBeUndefined();
  });

  test('the record of a provider begins anew if the distance was last measured more than a day ago', () => {
    const { book, advance, of } = atHand();
    book.connected('google', 12);
    advance(25 * HOUR_MS);
    book.connected('google', 200);
    expect(of('google')?.connect_ms).toBe(200);
  });

  test('the record of a provider shows the same distance while it only jitters', () => {
    const { book, of } = atHand();
    for (const ms of [12, 14, 10, 13, 12]) book.connected('google', ms);
    expect(of('google')?.connect_ms).toBe(12);
  });

  test('the record of a provider says of a provider that it rests, even if nothing else is known', () => {
    const { report } = atHand(['yahoo']);
    expect(report().standings).toEqual([
      { provider: 'yahoo', answers: 0, refusals: 0, is_resting: true, connect_ms: null, answer_ms: null },
    ]);
  });
});

describe('a report', () => {
  test('a report names the providers that it rests for and then the busiest, as many as a heartbeat holds', () => {
    const { book, report } = atHand(['resting.example']);
    for (let index = 0; index < 300; index += 1) {
      book.told(`mx${index}.example`, { answers: 10 + index, refusals: 0 }, 'firm.example');
    }
    const names = report().standings.map(({ provider }) => provider);
    expect(names.length).toBe(PROVIDER_STATS_MAX);
    expect(names.slice(0, 3)).toEqual(['resting.example', 'mx299.example', 'mx298.example']);
  });

  test('a report names a provider of the table before hosts, however much those are asked', () => {
    const { book, report } = atHand();
    book.connected('google', 12);
    for (let index = 0; index < 300; index += 1)
      book.told(`mx${index}.example`, { answers: 900, refusals: 0 }, 'evil.example');
    expect(report().standings[0]).toMatchObject({ provider: 'google', connect_ms: 12 });
  });

  test('a report is bounded by what is remembered: of 2,000 providers the one not heard of for longest goes first', () => {
    const { book, of } = atHand();
    book.told('first.example', { answers: 1_000, refusals: 0 }, 'firm.example');
    book.told('second.example', { answers: 1_000, refusals: 0 }, 'firm.example');
    for (let index = 0; index < 1_998; index += 1)
      book.told(`mx${index}.example`, { answers: 1, refusals: 0 }, 'firm.example');
    book.connected('first.example', 5);
    book.told('last.example', { answers: 1, refusals: 0 }, 'firm.example');
    expect(of('first.example')).toMatchObject({ answers: 1_000, connect_ms: 5 });
    expect(of('second.example')).toBeUndefined();
  });

  test('a report loses no provider of the table to any number of hosts', () => {
    const { book, of } = atHand();
    book.connected('google', 12);
    for (let index = 0; index < 5_000; index += 1) book.connected(`mx${index}.evil.example`, 1);
    expect(of('google')).toMatchObject({ connect_ms: 12 });
  });
});

describe('phases', () => {
  test('phases are moving averages, null if there was none for ten minutes', () => {
    const { book, advance, report } = atHand();
    book.phase('dns', 4);
    book.phase('dns', 6);
    book.phase('job', 120.26);
    expect(report().phases).toEqual({ dns: 5, connect: null, greeting: null, ehlo: null, job: 120.3 });
    expect(report().job_quantiles).toEqual({ p50_ms: expect.any(Number), p95_ms: expect.any(Number) });
    advance(10 * MINUTE_MS);
    expect(report().phases).toMatchObject({ dns: null, job: null });
  });
});
