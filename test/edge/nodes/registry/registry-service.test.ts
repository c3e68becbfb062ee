import { describe, expect, test } from 'vitest';
import { readRoster } from '../../../../edge/nodes/registry/roster-copy.ts';
import { JOIN_TOKEN } from '../../../../shared/enrolment.ts';
import { signToken } from '../../../../shared/token.ts';
import { createRegistryWorld, createTestNode, EDGE, heartbeatOf, type RegistryWorld } from '../registry-world.ts';

const statesIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries((readRoster(text)?.nodes ?? []).map(({ id, state }) => [id, state]));

const codeOf = (outcome: object): unknown => ('code' in outcome ? outcome.code : 'kind' in outcome && outcome.kind);

describe('a join token', () => {
  test('a join token is unguessable, and is stored as a hash only', async () => {
    const world = createRegistryWorld();
    const [first, second] = [
      await world.service.makeToken('eu-central', 60),
      await world.service.makeToken('eu-central', 60),
    ];
    expect(first.token).toMatch(JOIN_TOKEN);
    expect(second.token).not.toBe(first.token);
    expect(first.expiresAtMs).toBe(world.nowMs() + 60_000);
    expect(world.store.token(first.token)).toBeNull();
  });

  test('a join token lets one node in, once', async () => {
    const world = createRegistryWorld();
    const [fra1, fra2] = [await createTestNode('fra1'), await createTestNode('fra2')];
    const { token } = await world.service.makeToken('eu-central', 60);
    expect(await world.service.claim(fra1.request(token))).toEqual({
      kind: 'member',
      id: 'fra1',
      region: 'eu-central',
    });
    expect(codeOf(await world.service.claim(fra2.request(token)))).toBe('join_token_used');
    expect(await world.service.settle(fra1.request(token), 'AS64500')).toMatchObject({ kind: 'member' });
    expect(codeOf(await world.service.claim(fra2.request(token)))).toBe('join_token_used');
    expect((await world.service.list()).map(({ id, network }) => [id, network])).toEqual([['fra1', 'AS64500']]);
  });

  test('a join token is free again when the challenge failed', async () => {
    const world = createRegistryWorld();
    const [fra1, fra2] = [await createTestNode('fra1'), await createTestNode('fra2')];
    const { token } = await world.service.makeToken('eu-central', 60);
    await world.service.claim(fra1.request(token));
    await world.service.giveBack(fra2.request(token));
    expect(codeOf(await world.service.claim(fra2.request(token)))).toBe('join_token_used');
    await world.service.giveBack(fra1.request(token));
    expect(codeOf(await world.service.claim(fra2.request(token)))).toBe('member');
  });

  test.each<[string, (world: RegistryWorld, token: string) => string]>([
    ['never made', () => `vrfy_join_${'x'.repeat(43)}`],
    ['cut short', (_, token) => token.slice(0, -1)],
    ['empty', () => ''],
  ])('a join token that was %s is unknown', async (_, change) => {
    const world = createRegistryWorld();
    const { token } = await world.service.makeToken('eu-central', 60);
    const fra1 = await createTestNode('fra1');
    expect(codeOf(await world.service.claim(fra1.request(change(world, token))))).toBe('join_token_unknown');
  });

  test('a join token is refused as expired for a month, and forgotten then', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    const { token } = await world.service.makeToken('eu-central', 60);
    world.advance(60_000);
    expect(codeOf(await world.service.claim(fra1.request(token)))).toBe('join_token_expired');
    world.advance(31 * 86_400_000);
    await world.service.makeToken('eu-central', 60);
    expect(codeOf(await world.service.claim(fra1.request(token)))).toBe('join_token_unknown');
  });

  test('a join token that expires during the challenge lets no node in', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    const { token } = await world.service.makeToken('eu-central', 60);
    await world.service.claim(fra1.request(token));
    world.advance(60_000);
    expect(codeOf(await world.service.settle(fra1.request(token), null))).toBe('join_token_expired');
    expect(await world.service.list()).toEqual([]);
  });
});

describe('a heartbeat', () => {
  test('a heartbeat makes a joining node active', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    expect(statesIn(await world.service.roster())).toEqual({ fra1: 'joining' });
    expect(await world.beat(fra1)).toEqual({ kind: 'heard', state: 'active', is_protocol_known: true });
    expect(statesIn(await world.service.roster())).toEqual({ fra1: 'active' });
  });

  test('a heartbeat of an unknown protocol version is answered so, and the node gets no jobs', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    expect(await world.beat(fra1, { protocol: 99 })).toEqual({
      kind: 'heard',
      state: 'resting',
      is_protocol_known: false,
    });
  });

  test('a heartbeat of a node that has moved asks for a challenge, and counts with the proof', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    const url = 'https://moved.example/';
    expect(await world.beat(fra1, { url })).toEqual({ kind: 'moved', id: 'fra1', url, key: fra1.key });
    expect(statesIn(await world.service.roster())).toEqual({ fra1: 'joining' });
    const message = await fra1.message(heartbeatOf(world.nowMs(), { url }), world.nowMs(), { provenUrl: url });
    expect(codeOf(await world.service.heartbeat(message))).toBe('heard');
    expect((await world.service.list())[0]).toMatchObject({ url, state: 'active' });
  });

  describe('changes nothing if it is', () => {
    type Forge = (world: RegistryWorld) => Promise<unknown>;
    const nodes = Promise.all([createTestNode('fra1'), createTestNode('fra1'), createTestNode('fra2')]);

    test.each<[string, string, Forge]>([
      [
        'replayed',
        'heartbeat_stale',
        async (world) => {
          const [fra1] = await nodes;
          const message = await fra1.message(heartbeatOf(world.nowMs()), world.nowMs());
          await world.service.heartbeat(message);
          return world.service.heartbeat(message);
        },
      ],
      [
        'signed with another key',
        'token_signature',
        async (world) => {
          const [, forger] = await nodes;
          return world.beat(forger);
        },
      ],
      [
        'of a node that has not joined',
        'node_unknown',
        async (world) => {
          const [, , stranger] = await nodes;
          return world.beat(stranger);
        },
      ],
      [
        'for another edge',
        'token_audience',
        async (world) => {
          const [fra1] = await nodes;
          return world.service.heartbeat(
            await fra1.message(heartbeatOf(world.nowMs()), world.nowMs(), { edge: 'https://other.example' }),
          );
        },
      ],
      [
        'of another body',
        'token_body',
        async (world) => {
          const [fra1] = await nodes;
          const body = new TextEncoder().encode(JSON.stringify(heartbeatOf(world.nowMs(), { is_draining: true })));
          return world.service.heartbeat(await fra1.message(heartbeatOf(world.nowMs()), world.nowMs(), { body }));
        },
      ],
      [
        'of a clock that is 5 minutes behind',
        'token_expired',
        async (world) => {
          const [fra1] = await nodes;
          return world.service.heartbeat(await fra1.message(heartbeatOf(world.nowMs()), world.nowMs() - 300_000));
        },
      ],
      [
        'of a clock that is 5 minutes ahead',
        'token_not_yet_valid',
        async (world) => {
          const [fra1] = await nodes;
          return world.service.heartbeat(await fra1.message(heartbeatOf(world.nowMs()), world.nowMs() + 300_000));
        },
      ],
      [
        'signed as by the edge',
        'token_issuer',
        async (world) => {
          const [fra1] = await nodes;
          const { body } = await fra1.message(heartbeatOf(world.nowMs()), world.nowMs());
          const token = await signToken({ kid: 'fra1', key: fra1.privateKey }, EDGE, body, world.nowMs());
          return world.service.heartbeat({ token, body, edge: EDGE, provenUrl: null });
        },
      ],
      [
        'no JSON',
        'invalid_json',
        async (world) => {
          const [fra1] = await nodes;
          const body = new TextEncoder().encode('{');
          const token = await signToken({ kid: 'fra1', key: fra1.privateKey }, EDGE, body, world.nowMs(), 30, 'fra1');
          return world.service.heartbeat({ token, body, edge: EDGE, provenUrl: null });
        },
      ],
      ['out of bounds', 'invalid_request', async (world) => world.beat((await nodes)[0], { capacity: 0 })],
      [
        'without a token that can be read',
        'token_malformed',
        async (world) => {
          const [fra1] = await nodes;
          return world.service.heartbeat(
            await fra1.message(heartbeatOf(world.nowMs()), world.nowMs(), { token: 'x.y.z' }),
          );
        },
      ],
      [
        'of a removed node',
        'node_removed',
        async (world) => {
          await world.service.remove('fra1', null);
          return world.beat((await nodes)[0]);
        },
      ],
    ])('a heartbeat changes nothing if it is %s (%s)', async (name, code, forge) => {
      const world = createRegistryWorld();
      const [fra1] = await nodes;
      await world.join(fra1);
      await world.beat(fra1);
      world.advance(10_000);
      const before = JSON.stringify(world.store.nodes());
      expect(await forge(world)).toMatchObject({ kind: 'refused', code });
      if (name !== 'replayed' && name !== 'of a removed node') expect(JSON.stringify(world.store.nodes())).toBe(before);
    });
  });

  test('a heartbeat in transit while the node is removed does not bring it back', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    const beat = world.beat(fra1);
    await world.service.remove('fra1', null);
    expect(codeOf(await beat)).toBe('node_removed');
    expect(statesIn(await world.service.roster())).toEqual({});
  });
});

describe('the operator', () => {
  test('the operator drains a node and activates it again; the snapshot shows it at once', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    await world.beat(fra1);
    expect(statesIn(await world.service.roster())).toEqual({ fra1: 'active' });
    expect(await world.service.setDraining('fra1', true)).toMatchObject({ id: 'fra1', state: 'draining' });
    expect(statesIn(await world.service.roster())).toEqual({ fra1: 'draining' });
    world.advance(10_000);
    expect(await world.beat(fra1)).toMatchObject({ state: 'draining' });
    expect(await world.service.setDraining('fra1', false)).toMatchObject({ state: 'active' });
    expect(statesIn(await world.service.roster())).toEqual({ fra1: 'active' });
  });

  test('the operator removes a node, once, and its id is free', async () => {
    const world = createRegistryWorld();
    await world.join(await createTestNode('fra1'));
    expect([await world.service.remove('fra1', null), await world.service.remove('fra1', null)]).toEqual([true, false]);
    expect(await world.service.list()).toEqual([]);
    expect(await world.service.setDraining('fra1', true)).toBeNull();
    const successor = await createTestNode('fra1');
    await world.join(successor);
    expect(await world.beat(successor)).toMatchObject({ state: 'active' });
  });

  test('the operator has the reports of a removed node forgotten; the snapshot says so at once, and so does a registry that restarts', async () => {
    const world = createRegistryWorld();
    await world.join(await createTestNode('fra1'));
    const sinceMs = world.nowMs() - 60_000;
    expect(await world.service.remove('fra1', sinceMs)).toBe(true);
    const untilMs = world.nowMs() + 90_000;
    const spans = [{ id: 'fra1', sinceMs, untilMs }];
    expect(readRoster(await world.service.roster())?.forgotten).toEqual(spans);
    expect(readRoster(world.published.at(-1) ?? '')?.forgotten).toEqual(spans);
    world.advance(31 * 86_400_000);
    expect(readRoster(await world.restart().roster())?.forgotten).toEqual(spans);
    world.advance(2 * 86_400_000);
    expect(readRoster(await world.restart().roster())?.forgotten).toEqual([]);
  });

  test('the operator may have the reports of a node forgotten after its removal, and those of a new node of its name are believed', async () => {
    const world = createRegistryWorld();
    await world.join(await createTestNode('fra1'));
    const removedAtMs = world.nowMs();
    await world.service.remove('fra1', null);
    expect(readRoster(await world.service.roster())?.forgotten).toEqual([]);
    world.advance(86_400_000);
    expect(await world.service.remove('fra1', 0)).toBe(true);
    expect(readRoster(await world.service.roster())?.forgotten).toEqual([
      { id: 'fra1', sinceMs: 0, untilMs: removedAtMs + 90_000 },
    ]);
    const successor = await createTestNode('fra1');
    await world.join(successor);
    expect(await world.beat(successor)).toMatchObject({ state: 'active' });
  });

  test('the operator sees how often two nodes were asked about a refusal, and how often they disagreed', async () => {
    const world = createRegistryWorld();
    const [fra1, ams1] = [await createTestNode('fra1'), await createTestNode('ams1')];
    for (const node of [fra1, ams1]) await world.join(node);
    await world.service.noteLook(['fra1', 'ams1'], false);
    await world.service.noteLook(['fra1', 'ams1'], true);
    await world.service.noteLook(['ams1', 'gone1'], false);
    await world.beat(fra1);
    const looks = (await world.service.list()).map(({ id, second_looks }) => [id, second_looks]);
    expect(looks).toEqual([
      ['fra1', { asked: 2, disputed: 1 }],
      ['ams1', { asked: 3, disputed: 1 }],
    ]);
  });

  test('the operator finds nothing under unknown names', async () => {
    const { service } = createRegistryWorld();
    expect([await service.remove('fra1', null), await service.setDraining('__proto__', true)]).toEqual([false, null]);
  });
});

describe('the snapshot', () => {
  test('the snapshot is made once a second at most, however many ask', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    await world.beat(fra1);
    const first = await world.service.roster();
    world.advance(999);
    expect(await world.service.roster()).toBe(first);
    world.advance(1);
    expect(await world.service.roster()).not.toBe(first);
  });

  test('the snapshot is copied when a node comes or changes, else every 30 s', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    await world.beat(fra1);
    expect(world.published.map(statesIn)).toEqual([{ fra1: 'joining' }, { fra1: 'active' }]);
    for (let beats = 0; beats < 6; beats += 1) {
      world.advance(10_000);
      await world.beat(fra1);
    }
    expect(world.published).toHaveLength(4);
    await world.service.setDraining('fra1', true);
    expect(world.published).toHaveLength(5);
  });

  test('the snapshot is copied with the next heartbeat if a copy could not be written', async () => {
    let isFull = true;
    const world = createRegistryWorld(async () => {
      if (isFull) throw new Error('429');
    });
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    isFull = false;
    world.advance(1_000);
    expect(await world.beat(fra1)).toMatchObject({ kind: 'heard' });
    expect(world.published).toHaveLength(1);
  });

  test('the snapshot of a restarted registry has every node that it had before', async () => {
    const world = createRegistryWorld();
    const fra1 = await createTestNode('fra1');
    await world.join(fra1);
    await world.beat(fra1);
    world.advance(3_600_000);
    expect(statesIn(await world.restart().roster())).toEqual({ fra1: 'active' });
    expect(statesIn(await world.service.roster())).toEqual({ fra1: 'lost' });
  });
});
