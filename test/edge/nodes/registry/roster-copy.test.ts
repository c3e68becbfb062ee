import { describe, expect, test } from 'vitest';
import { getRosterCopy, putRosterCopy, readRoster, writeRoster } from '../../../../edge/nodes/registry/roster-copy.ts';
import type { ProviderStats } from '../../../../shared/enrolment.ts';
import { mapStore } from '../../memory/map-store.ts';
import { heartbeatOf, recordOf, START_MS } from '../registry-world.ts';

const AWAKE = { atMs: 0, latestHeardMs: 0 };

const stats = (provider: string, changes: Partial<ProviderStats> = {}): ProviderStats => {
  return { provider, answers: 7, refusals: 1, is_resting: false, connect_ms: 12.3, answer_ms: null, ...changes };
};

const GOOGLE = stats('google');
const YAHOO = stats('yahoo', { is_resting: true, connect_ms: null, answer_ms: 250 });

const fra1 = recordOf('fra1', { heartbeat: heartbeatOf(START_MS, { running_jobs: 3, standings: [GOOGLE, YAHOO] }) });
const ams1 = recordOf('ams1', { network: 'AS64500', heartbeat: heartbeatOf(START_MS, { standings: [YAHOO] }) });

describe('a snapshot', () => {
  test('a snapshot is read as it was written', () => {
    const roster = readRoster(writeRoster([fra1, ams1], START_MS, AWAKE));
    expect(roster?.takenAtMs).toBe(START_MS);
    expect(roster?.nodes).toEqual([
      {
        id: 'fra1',
        key: expect.objectContaining({ crv: 'Ed25519' }),
        url: new URL('https://fra1.example/'),
        region: 'eu-central',
        network: 'eu-central',
        state: 'active',
        capacity: 100,
        runningJobs: 3,
        standings: new Map([
          ['google', GOOGLE],
          ['yahoo', YAHOO],
        ]),
      },
      expect.objectContaining({ id: 'ams1', network: 'AS64500', standings: new Map([['yahoo', YAHOO]]) }),
    ]);
  });

  test('a snapshot names the distrusted nodes, which one of an older registry does not', () => {
    const spans = [{ id: 'old1', sinceMs: 1, untilMs: 2 }];
    const text = writeRoster([fra1], START_MS, AWAKE, spans);
    expect(readRoster(text)?.forgotten).toEqual(spans);
    expect(readRoster(JSON.stringify({ ...JSON.parse(text), forgotten: undefined }))?.forgotten).toEqual([]);
  });

  test('a snapshot has nodes without a heartbeat, and no removed nodes', () => {
    const unheard = recordOf('new1', { heartbeat: null, heardAtMs: null });
    const removed = recordOf('old1', { removedAtMs: START_MS });
    const roster = readRoster(writeRoster([unheard, removed], START_MS, AWAKE));
    expect(roster?.nodes).toMatchObject([{ id: 'new1', state: 'joining', runningJobs: 0, standings: new Map() }]);
  });

  test('a snapshot keeps the busiest providers of each node, and no more than an isolate can read', () => {
    const many = Array.from({ length: 100 }, (_, index) => stats(`mx${index}.example`));
    const record = recordOf('fra1', { heartbeat: heartbeatOf(START_MS, { standings: many }) });
    const standings = readRoster(writeRoster([record], START_MS, AWAKE))?.nodes[0]?.standings;
    expect([...(standings?.keys() ?? [])]).toEqual(many.slice(0, 40).map(({ provider }) => provider));
  });

  const written = JSON.parse(writeRoster([fra1], START_MS, AWAKE));
  const change = (changes: object, node: object = {}): string =>
    JSON.stringify({ ...written, ...changes, nodes: [{ ...written.nodes[0], ...node }] });

  test.each<[string, string]>([
    ['nothing', ''],
    ['half of one', JSON.stringify(written).slice(0, -1)],
    ['another JSON', '[]'],
    ['another version', change({ version: 2 })],
    ['one without its time', change({ taken_at_ms: null })],
    ['one with a node of no URL', change({}, { url: 'fra1' })],
    ['one with a node in another state', change({}, { state: 'happy' })],
    ['one with standings that are no list', change({}, { standings: {} })],
  ])('a snapshot is not read from %s', (_, text) => {
    expect(readRoster(text)).toBeNull();
  });

  test.each<[string, unknown]>([
    ['no row', 7],
    ['too short', [0, 1]],
    ['of a provider without a name', [99, 1, 1, 0, null, null]],
    ['with words for numbers', [0, 'many', 1, 0, null, null]],
    ['with a time that is none', [0, 1, 1, 0, '5', null]],
  ])('a snapshot skips statistics that are %s', (_, row) => {
    const roster = readRoster(change({}, { standings: [row, [1, 2, 3, 0, null, 4]] }));
    expect([...(roster?.nodes[0]?.standings.keys() ?? [])]).toEqual(['yahoo']);
  });

  test('a snapshot stays in the store until it is replaced', async () => {
    const store = mapStore();
    expect(await getRosterCopy(store)).toBeNull();
    await putRosterCopy(store, 'first');
    await putRosterCopy(store, 'second');
    expect(await getRosterCopy(store)).toBe('second');
  });
});
