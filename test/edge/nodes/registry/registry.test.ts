import { describe, expect, test } from 'vitest';
import {
  claimed,
  enrolled,
  hear,
  type JoinToken,
  type NodeRecord,
  refusalToJoin,
  reportOf,
  settled,
  stateOf,
  type Wake,
} from '../../../../edge/nodes/registry/registry.ts';
import {
  type EnrolRequest,
  LOST_AFTER_SECONDS,
  type NodeState,
  nodeReportSchema,
} from '../../../../shared/enrolment.ts';
import { PROTOCOL_VERSION } from '../../../../shared/job.ts';
import { heartbeatOf, recordOf, START_MS } from '../registry-world.ts';

const LOST_MS = LOST_AFTER_SECONDS * 1000;
/** A registry that has listened all along. */
const AWAKE: Wake = { atMs: 0, latestHeardMs: 0 };
const later = START_MS + 10_000;

describe('the state of a node', () => {
  const says = (changes: Parameters<typeof heartbeatOf>[1]): Partial<NodeRecord> => ({
    heartbeat: heartbeatOf(START_MS, changes),
  });
  const unheard = { heartbeat: null, heardAtMs: null };

  test.each<[NodeState, string, Partial<NodeRecord>, number]>([
    ['joining', 'that has just enrolled', unheard, 0],
    ['joining', 'that enrolled 35 s ago', unheard, LOST_MS],
    ['lost', 'that enrolled and was never heard', unheard, LOST_MS + 1],
    ['active', 'heard just now', {}, 0],
    ['active', 'heard 35 s ago', {}, LOST_MS],
    ['lost', 'heard longer ago', {}, LOST_MS + 1],
    ['draining', 'whose operator wishes it', { isDrainWished: true }, 0],
    ['draining', 'that says so itself', says({ is_draining: true }), 0],
    ['lost', 'that has left', says({ is_draining: true }), LOST_MS + 1],
    ['lost', 'drained and silent', { isDrainWished: true }, LOST_MS + 1],
    ['resting', 'whose doctor forbids it', says({ is_fit: false }), 0],
    ['resting', 'of a newer protocol', says({ protocol: PROTOCOL_VERSION + 1 }), 0],
    ['resting', 'of an older protocol', says({ protocol: PROTOCOL_VERSION - 1 }), 0],
    ['draining', 'that is drained and unfit', { isDrainWished: true, ...says({ is_fit: false }) }, 0],
  ])('the state of a node is %s for one %s', (state, _, changes, ageMs) => {
    expect(stateOf(recordOf('fra1', changes), START_MS + ageMs, AWAKE)).toBe(state);
  });

  test('the state of a node is active again with the next heartbeat', () => {
    const lost = recordOf('fra1');
    const nowMs = START_MS + 10 * LOST_MS;
    expect(stateOf(lost, nowMs, AWAKE)).toBe('lost');
    const hearing = hear(lost, heartbeatOf(nowMs), null, [], nowMs);
    expect(hearing.kind === 'heard' && stateOf(hearing.node, nowMs, AWAKE)).toBe('active');
  });

  describe('after an absence of the registry', () => {
    const backAtMs = START_MS + 600_000;
    const wake: Wake = { atMs: backAtMs, latestHeardMs: START_MS };

    test('a node is not lost for heartbeats that an absent registry could not hear', () => {
      expect(stateOf(recordOf('fra1'), backAtMs, wake)).toBe('active');
      expect(stateOf(recordOf('fra1'), backAtMs + LOST_MS, wake)).toBe('active');
    });

    test('a node is lost when it stays silent after the registry is back', () => {
      expect(stateOf(recordOf('fra1'), backAtMs + LOST_MS + 1, wake)).toBe('lost');
    });

    test('a node stays lost after an absence of the registry if it was lost before', () => {
      const before = recordOf('fra1', { heardAtMs: START_MS - LOST_MS - 1 });
      expect(stateOf(before, backAtMs, wake)).toBe('lost');
    });

    test('a node is lost at once after an absence of the registry if it had said goodbye', () => {
      const gone = recordOf('fra1', { heartbeat: heartbeatOf(START_MS, { is_draining: true }) });
      expect(stateOf(gone, backAtMs, wake)).toBe('lost');
    });
  });
});

describe('nodes that join', () => {
  const TOKEN: JoinToken = {
    hash: 'h',
    region: 'eu-central',
    expiresAtMs: START_MS + 3_600_000,
    claimedBy: null,
    claimedUntilMs: 0,
    usedBy: null,
  };
  const NEW = recordOf('new1');
  const request = (changes: Partial<EnrolRequest> = {}): EnrolRequest => ({
    token: 't',
    id: 'new1',
    region: null,
    url: NEW.url,
    key: NEW.key,
    ...changes,
  });
  const ask = (
    asked: Partial<EnrolRequest> = {},
    token: Partial<JoinToken> = {},
    nodes: readonly NodeRecord[] = [],
    nowMs = later,
  ): string => refusalToJoin(request(asked), { ...TOKEN, ...token }, nodes, nowMs)?.code ?? 'may join';
  const other = recordOf('fra1');
  const otherKey = other.key.x;

  test.each<[string, string, Parameters<typeof ask>]>([
    ['may join', 'with a token of its region', [{ region: 'eu-central' }]],
    ['may join', 'without a region of its own', [{ region: null }]],
    ['join_token_region', 'with a token of another region', [{ region: 'us-east' }]],
    ['join_token_expired', 'at the end of its token', [{}, { expiresAtMs: later }]],
    ['join_token_used', 'with a token that another has used', [{}, { usedBy: otherKey }, [other]]],
    [
      'join_token_used',
      'with a token that another is using now',
      [{}, { claimedBy: otherKey, claimedUntilMs: later + 1 }],
    ],
    ['may join', 'with a token whose claim has run out', [{}, { claimedBy: otherKey, claimedUntilMs: later }]],
    ['may join', 'with a token that it is using itself', [{}, { claimedBy: NEW.key.x, claimedUntilMs: later + 1 }]],
    ['may join', 'again with its own token, when the answer was lost', [{}, { usedBy: NEW.key.x }, [NEW]]],
    [
      'join_token_used',
      'again with its own token, once it was removed',
      [{}, { usedBy: NEW.key.x }, [{ ...NEW, removedAtMs: later }]],
    ],
    ['node_id_taken', 'under the id of a live node', [{ id: 'fra1' }, {}, [other]]],
    ['may join', 'under the id of a lost node', [{ id: 'fra1' }, {}, [other], START_MS + LOST_MS + 1]],
    ['may join', 'under the id of a removed node', [{ id: 'fra1' }, {}, [{ ...other, removedAtMs: later }]]],
    ['node_url_taken', 'with the URL of a live node', [{ url: other.url }, {}, [other]]],
    [
      'node_url_taken',
      'with the URL of a node that is joining',
      [{ url: other.url }, {}, [{ ...other, heardAtMs: null, heartbeat: null }]],
    ],
    ['may join', 'with the URL of a lost node', [{ url: other.url }, {}, [other], START_MS + LOST_MS + 1]],
    [
      'may join',
      'with the URL of a node that has left',
      [{ url: other.url }, {}, [{ ...other, heartbeat: heartbeatOf(START_MS, { is_draining: true }) }]],
    ],
    ['may join', 'with its own URL and id', [{ id: 'fra1', url: other.url, key: other.key }, {}, [other]]],
  ])('the result is %s for a node that joins: %s', (outcome, _, asked) => {
    expect(ask(...asked)).toBe(outcome);
  });

  test("a node that joins again with its key keeps its operator's decisions, and with another key it does not", () => {
    const where = { region: 'eu-central', network: 'AS64500' };
    const drained = recordOf('new1', { isDrainWished: true });
    expect(enrolled(request(), where, drained, later)).toMatchObject({ isDrainWished: true, network: 'AS64500' });
    const successor = enrolled(request({ key: other.key }), where, drained, later);
    expect(successor).toMatchObject({ isDrainWished: false, heartbeat: null });
    expect(enrolled(request(), where, { ...drained, removedAtMs: later }, later).isDrainWished).toBe(false);
  });

  test('a node that joins leaves the token spent, or free again', () => {
    const held = claimed(TOKEN, NEW.key.x, later);
    expect(held).toMatchObject({ claimedBy: NEW.key.x });
    expect(settled(held, NEW.key.x, false)).toEqual(TOKEN);
    expect(settled(held, NEW.key.x, true)).toEqual({ ...TOKEN, usedBy: NEW.key.x });
  });
});

describe('a heartbeat', () => {
  const node = recordOf('fra1');
  const hearing = (
    changes: Parameters<typeof heartbeatOf>[1],
    provenUrl: string | null = null,
    others: NodeRecord[] = [],
  ) => hear(node, heartbeatOf(later, changes), provenUrl, others, later);

  test('a heartbeat is applied to the record', () => {
    expect(hearing({ running_jobs: 7 })).toMatchObject({
      kind: 'heard',
      node: { heartbeat: { running_jobs: 7, sent_at_ms: later }, heardAtMs: later, url: node.url },
    });
  });

  test.each([START_MS, START_MS - 1])('a heartbeat that is not newer than the last is refused (%d)', (sent_at_ms) => {
    expect(hearing({ sent_at_ms })).toMatchObject({ kind: 'refused', code: 'heartbeat_stale' });
  });

  test('a heartbeat of a removed node is refused', () => {
    const outcome = hear({ ...node, removedAtMs: later }, heartbeatOf(later), null, [], later);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'node_removed' });
  });

  test('a heartbeat with another URL does not count before that is proved', () => {
    const url = 'https://moved.example/';
    expect(hearing({ url })).toEqual({ kind: 'moved', url });
    expect(hearing({ url }, 'https://elsewhere.example/')).toEqual({ kind: 'moved', url });
    expect(hearing({ url }, url)).toMatchObject({ kind: 'heard', node: { url } });
  });

  test('a heartbeat with the URL of another live node is refused', () => {
    const other = recordOf('ams1', { heardAtMs: later });
    expect(hearing({ url: other.url }, other.url, [other])).toMatchObject({ kind: 'refused', code: 'node_url_taken' });
  });
});

describe('the report of a node', () => {
  test.each([recordOf('fra1'), recordOf('fra1', { heartbeat: null, heardAtMs: null, network: 'AS64500' })])(
    'the report of a node has every field that the operator is promised',
    (node) => {
      const report = reportOf(node, later, AWAKE);
      expect(nodeReportSchema().parse(JSON.parse(JSON.stringify(report)))).toEqual(JSON.parse(JSON.stringify(report)));
      expect(report.network).toBe(node.network ?? node.region);
    },
  );
});
