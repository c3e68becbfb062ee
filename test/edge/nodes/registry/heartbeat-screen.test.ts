import { beforeEach, describe, expect, test } from 'vitest';
import { createScreen, type Screen } from '../../../../edge/nodes/registry/heartbeat-screen.ts';
import type { PublicKey } from '../../../../shared/enrolment.ts';
import { createTestNode, EDGE, heartbeatOf, START_MS } from '../registry-world.ts';

const [fra1, ams1, forger] = await Promise.all([
  createTestNode('fra1'),
  createTestNode('ams1'),
  createTestNode('fra1'),
]);

let nowMs: number;
let screen: Screen;
/** Keys of the snapshot at hand, and of one that is fetched anew. */
let atHand: Map<string, PublicKey>;
let fresh: Map<string, PublicKey>;
let fetches: number;

beforeEach(() => {
  nowMs = START_MS;
  atHand = new Map([['fra1', fra1.key]]);
  fresh = atHand;
  fetches = 0;
  screen = createScreen({
    keyAtHand: (id) => atHand.get(id) ?? null,
    freshKey: async (id) => {
      fetches += 1;
      return fresh.get(id) ?? null;
    },
    nowMs: () => nowMs,
  });
});

const code = async (...asked: Parameters<Screen>): Promise<string> => {
  try {
    return (await screen(...asked))?.code ?? 'goes on';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a heartbeat of a node of the snapshot', () => {
  test('a heartbeat of a node of the snapshot goes on to the registry if the node has signed it', async () => {
    expect(await code(await fra1.message(heartbeatOf(nowMs), nowMs))).toBe('goes on');
  });

  test.each<[string, string, () => Promise<Parameters<Screen>[0]>]>([
    ['with another signer', 'token_signature', () => forger.message(heartbeatOf(nowMs), nowMs)],
    [
      'for another edge',
      'token_audience',
      () => fra1.message(heartbeatOf(nowMs), nowMs, { edge: 'https://other.example' }),
    ],
    ['of an hour ago', 'token_expired', () => fra1.message(heartbeatOf(nowMs), nowMs - 3_600_000)],
    [
      'whose body was changed',
      'token_body',
      () => fra1.message(heartbeatOf(nowMs), nowMs, { body: new Uint8Array([123, 125]) }),
    ],
  ])('a heartbeat of a node of the snapshot %s is refused by the screen', async (_, expected, message) => {
    expect(await code(await message())).toBe(expected);
  });

  test('a heartbeat of a node of the snapshot with an invalid body is refused by the screen, with the field', async () => {
    const refusal = await screen(await fra1.message({ ...heartbeatOf(nowMs), capacity: 0 }, nowMs));
    expect(refusal).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('capacity') });
  });
});

describe('a heartbeat of a node that has joined anew', () => {
  test('a heartbeat of a node that has joined anew goes on with its new key', async () => {
    fresh = new Map([['fra1', forger.key]]);
    expect(await code(await forger.message(heartbeatOf(nowMs), nowMs))).toBe('goes on');
  });

  test('a heartbeat of a node that has joined anew goes on as that of an unknown node if no snapshot has it yet', async () => {
    fresh = new Map();
    expect(await code(await forger.message(heartbeatOf(nowMs), nowMs))).toBe('goes on');
  });

  test('a heartbeat fetches no snapshot as long as the one at hand suffices', async () => {
    await code(await fra1.message(heartbeatOf(nowMs), nowMs));
    await code(await ams1.message(heartbeatOf(nowMs), nowMs));
    expect(fetches).toBe(0);
  });
});

describe('an invalid heartbeat', () => {
  test.each([
    ['no token', 'x'],
    ['a token that is too long', 'x'.repeat(5_000)],
    ['a token without a key id', `${btoa('{"alg":"EdDSA"}')}.e30.x`],
    ['a token of no node name', `${btoa('{"alg":"EdDSA","kid":"A node"}')}.e30.x`],
  ])('an invalid heartbeat is refused by the screen: %s', async (_, token) => {
    const { body } = await fra1.message(heartbeatOf(nowMs), nowMs);
    expect(await code({ token, body, edge: EDGE })).not.toBe('goes on');
  });
});

describe('heartbeats of unknown nodes', () => {
  test('heartbeats of unknown nodes go on, ten a second, and hold up no known node', async () => {
    const message = await ams1.message(heartbeatOf(nowMs), nowMs);
    const codes: string[] = [];
    for (let sent = 0; sent < 12; sent += 1) codes.push(await code(message));
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'goes on'), 'overloaded', 'overloaded']);
    expect(await code(await fra1.message(heartbeatOf(nowMs), nowMs))).toBe('goes on');
    nowMs += 1_000;
    expect(await code(message)).toBe('goes on');
  });
});
