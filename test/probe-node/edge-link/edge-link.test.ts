import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type EdgeRefusal,
  type LinkEvents,
  type LinkSettings,
  requestEnrolment,
  startLink,
} from '../../../probe-node/edge-link/edge-link.ts';
import { join } from '../../../probe-node/edge-link/join.ts';
import type { NodeKey } from '../../../probe-node/state.ts';
import {
  enrolRequestSchema,
  type Heartbeat,
  type HeartbeatAnswer,
  heartbeatSchema,
} from '../../../shared/enrolment.ts';
import { Problem, type ProblemCode } from '../../../shared/problem.ts';
import { verifyToken } from '../../../shared/token.ts';

const EDGE = new URL('https://edge.example/');
const ACTIVE: HeartbeatAnswer = { state: 'active', is_protocol_known: true, key_ids: ['edge-1'] };
const PHASES = { dns: 1, connect: 2, greeting: 3, ehlo: 4, job: 5 };

let key: NodeKey;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const { x = '' } = await exportJWK(publicKey);
  key = { publicKey: { kty: 'OKP', crv: 'Ed25519', x }, privateKey, strangerSecret: '' };
});

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

type Heard = { readonly atMs: number; readonly heartbeat: Heartbeat };

/** An edge that checks every heartbeat as a real one does, and answers as it is told. */
function createEdge() {
  const heard: Heard[] = [];
  const edge = { answer: (): Response | Promise<Response> => Response.json(ACTIVE), heard };
  const fetchIt: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    expect(request.url).toBe('https://edge.example/v1/nodes/heartbeat');
    const body = new Uint8Array(await request.arrayBuffer());
    const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? '';
    await verifyToken(token, async () => ({ ...key.publicKey, alg: 'EdDSA' }), EDGE.origin, body, Date.now(), 'fra1');
    heard.push({ atMs: Date.now(), heartbeat: heartbeatSchema().parse(JSON.parse(new TextDecoder().decode(body))) });
    return edge.answer();
  };
  const say = (answer: () => Response | Promise<Response>): void => {
    edge.answer = answer;
  };
  return { heard, fetchIt, say };
}

function manyStandings(): Heartbeat['standings'] {
  return Array.from({ length: 100 }, (_, index) => {
    const provider = `mx${index}.${'m'.repeat(180)}.example`;
    return { provider, answers: 1, refusals: 0, is_resting: false, connect_ms: 1, answer_ms: 2 };
  });
}

function start(edge: ReturnType<typeof createEdge>, told: Partial<Heartbeat> = {}) {
  const events = { answers: [] as HeartbeatAnswer[], removed: [] as EdgeRefusal[], faults: [] as unknown[] };
  const listeners: LinkEvents = {
    onAnswer: (answer) => void events.answers.push(answer),
    onRemoved: (refusal) => void events.removed.push(refusal),
    onFault: (fault) => void events.faults.push(fault),
  };
  const settings: LinkSettings = { edge: EDGE, id: 'fra1', url: 'https://fra1.example/', key };
  const report = {
    version: '1.2.3',
    rulesVersion: 'abc',
    capacity: 4_000,
    runningJobs: () => 7,
    sources: () => [{ ip: null, helo: 'fra1.example', resting: [] }],
    report: () => ({ standings: told.standings ?? [], phases: PHASES }),
    findings: () => [],
    isFit: () => true,
  };
  const link = startLink(settings, report, { fetch: edge.fetchIt, nowMs: () => Date.now() }, listeners);
  return { link, ...events };
}

/** Signing is done on other threads, which no fake clock moves. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the heartbeats of a node', () => {
  test('the heartbeats of a node begin at once, and say how it is', async () => {
    const edge = createEdge();
    const { answers } = start(edge);
    await until(() => answers.length === 1);
    expect(answers).toEqual([ACTIVE]);
    expect(edge.heard[0]?.heartbeat).toMatchObject({
      version: '1.2.3',
      running_jobs: 7,
      capacity: 4_000,
      is_draining: false,
      is_fit: true,
      url: 'https://fra1.example/',
      phases: PHASES,
    });
  });

  test('the heartbeats of a node come every 10 s, each newer than the last', async () => {
    const edge = createEdge();
    const { answers } = start(edge);
    for (const count of [1, 2, 3]) {
      await until(() => answers.length === count);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    const sent = edge.heard.slice(0, 3).map(({ heartbeat }) => heartbeat.sent_at_ms);
    expect(sent.map((ms) => ms - (sent[0] ?? 0))).toEqual([0, 10_000, 20_000]);
  });

  test('the heartbeats of a node go out at once when something has changed, and in their rhythm from then on', async () => {
    const edge = createEdge();
    const { link, answers } = start(edge);
    // Asked for while the first is under way: not lost.
    link.beatSoon();
    await until(() => answers.length === 1);
    await vi.advanceTimersByTimeAsync(0);
    await until(() => answers.length === 2);
    link.beatSoon();
    await until(() => answers.length === 3);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(edge.heard).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1);
    await until(() => answers.length === 4);
  });

  test('the heartbeats of a node go on when the edge is gone, sooner than usual, and one that is back hears them', async () => {
    const edge = createEdge();
    edge.say(async () => Promise.reject(new TypeError('fetch failed')));
    const { answers, faults } = start(edge);
    await until(() => faults.length === 1);
    edge.say(() => Response.json(ACTIVE));
    await vi.advanceTimersByTimeAsync(2_000);
    await until(() => answers.length === 1);
  });

  test('the heartbeats of a node have the right time again as soon as a clock that was ahead has it', async () => {
    const edge = createEdge();
    edge.say(() => new Problem('token_not_yet_valid').toResponse());
    vi.setSystemTime(Date.UTC(2026, 0, 1, 0, 5));
    const { faults, answers } = start(edge);
    await until(() => faults.length === 1);
    edge.say(() => Response.json(ACTIVE));
    vi.setSystemTime(Date.UTC(2026, 0, 1));
    await vi.advanceTimersByTimeAsync(10_000);
    await until(() => answers.length === 1);
    expect(edge.heard[1]?.heartbeat.sent_at_ms).toBe(edge.heard[1]?.atMs);
  });

  test.each<[ProblemCode, number]>([
    ['token_expired', 10_000],
    ['heartbeat_stale', 10_000],
    ['registry_unavailable', 2_000],
  ])(
    'the heartbeats of a node that are refused with %s are told, and the next comes after %d ms',
    async (code, waitMs) => {
      const edge = createEdge();
      edge.say(() => new Problem(code).toResponse());
      const { faults } = start(edge);
      await until(() => faults.length === 1);
      expect(faults[0]).toMatchObject({ code });
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      expect(edge.heard).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      await until(() => edge.heard.length === 2);
    },
  );

  test('the heartbeats of a node that are too large for what stands in front of the edge are sent again at once, and shorter', async () => {
    const edge = createEdge();
    edge.say(() => {
      const isShort = (edge.heard.at(-1)?.heartbeat.standings.length ?? 0) < 20;
      return isShort ? Response.json(ACTIVE) : new Response('<html>413', { status: 413 });
    });
    const { answers, faults } = start(edge, { standings: manyStandings() });
    await until(() => answers.length === 1);
    expect(faults).toEqual([]);
    const sizes = edge.heard.map(({ heartbeat }) => heartbeat.standings.length);
    expect(sizes[0]).toBe(100);
    expect(sizes.at(-1)).toBeLessThan(20);
    await vi.advanceTimersByTimeAsync(10_000);
    await until(() => answers.length === 2);
    expect(edge.heard).toHaveLength(sizes.length + 1);
  });

  test('the heartbeats of a node that are refused as too large however short they are become a fault, and the next comes in its time', async () => {
    const edge = createEdge();
    edge.say(() => new Response(null, { status: 413 }));
    const { faults } = start(edge);
    await until(() => faults.length === 1);
    expect(faults[0]).toMatchObject({ status: 413 });
    const tries = edge.heard.length;
    await vi.advanceTimersByTimeAsync(10_000);
    await until(() => edge.heard.length === tries + 1);
  });

  test.each<[string, () => Response]>([
    ['a web page', () => new Response('<html>')],
    ['another JSON', () => Response.json({ state: 'happy' })],
  ])('the heartbeats of a node that are answered by %s have not been heard', async (_, answer) => {
    const edge = createEdge();
    edge.say(answer);
    const { faults, answers } = start(edge);
    await until(() => faults.length === 1);
    expect(answers).toEqual([]);
  });

  test.each<ProblemCode>(['node_removed', 'node_unknown'])('end with %s', async (code) => {
    const edge = createEdge();
    edge.say(() => new Problem(code).toResponse());
    const { removed } = start(edge);
    await until(() => removed.length === 1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([removed[0]?.code, edge.heard.length]).toEqual([code, 1]);
  });
});

describe('a node that leaves', () => {
  test('a node that leaves says so, is heard, and is silent from then on', async () => {
    const edge = createEdge();
    const { link, answers } = start(edge);
    await until(() => answers.length === 1);
    expect(await link.leave()).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(edge.heard.map(({ heartbeat }) => heartbeat.is_draining)).toEqual([false, true]);
    // Within one millisecond of the one before, and yet newer.
    const [first, last] = edge.heard.map(({ heartbeat }) => heartbeat.sent_at_ms);
    expect(last).toBeGreaterThan(first ?? 0);
  });

  test('a node that leaves is told if the edge has not heard it', async () => {
    const edge = createEdge();
    const { link, answers } = start(edge);
    await until(() => answers.length === 1);
    edge.say(async () => Promise.reject(new TypeError('fetch failed')));
    expect(await link.leave()).toBe(false);
  });
});

describe('joining', () => {
  const request = () => ({
    edge: EDGE,
    token: `vrfy_join_${'x'.repeat(43)}`,
    id: 'fra1',
    region: null,
    url: 'https://fra1.example/',
    key,
  });
  const ports = (answer: (body: unknown) => Response | Promise<Response>) => ({
    fetch: (async (input, init) => answer(await new Request(input, init).json())) as typeof fetch,
    nowMs: () => Date.now(),
  });

  test('joining sends the edge its data and never the private key', async () => {
    const bodies: unknown[] = [];
    const membership = await requestEnrolment(
      request(),
      ports((body) => {
        bodies.push(body);
        return Response.json({ id: 'fra1', region: 'eu-central' }, { status: 201 });
      }),
    );
    expect(membership).toEqual({ id: 'fra1', region: 'eu-central' });
    expect(enrolRequestSchema().parse(bodies[0])).toEqual(bodies[0]);
    expect(JSON.stringify(bodies[0])).not.toContain('"d"');
  });

  const joinWith = (answers: readonly (() => Response | Promise<Response>)[]) => {
    let asked = 0;
    const retries: unknown[] = [];
    const outcome = join(request(), {
      ...ports(() => {
        asked += 1;
        return answers[Math.min(asked, answers.length) - 1]?.() ?? new Response();
      }),
      sleep: async () => {},
      onRetry: (error) => void retries.push(error),
    });
    return { outcome, asked: () => asked, retries };
  };
  const welcome = (): Response => Response.json({ id: 'fra1', region: 'eu-central' });
  const gone = async (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));

  test('joining waits for an edge that is late', async () => {
    const { outcome, retries } = joinWith([gone, () => new Problem('registry_unavailable').toResponse(), welcome]);
    expect(await outcome).toEqual({ id: 'fra1', region: 'eu-central' });
    expect(retries).toHaveLength(2);
  });

  test.each<ProblemCode>(['join_token_used', 'join_token_expired', 'node_url_unproven', 'node_id_taken'])(
    'gives up at once at %s, in the words of the edge',
    async (code) => {
      const { outcome, asked } = joinWith([() => new Problem(code, { detail: 'Because of this test.' }).toResponse()]);
      await expect(outcome).rejects.toMatchObject({ code, message: 'Because of this test.' });
      expect(asked()).toBe(1);
    },
  );

  test('joining gives up in the end if no edge is there', async () => {
    const { outcome, asked } = joinWith([gone]);
    await expect(outcome).rejects.toThrow('fetch failed');
    expect(asked()).toBe(30);
  });

  test('joining gives up at once if something else than an edge answers', async () => {
    const { outcome } = joinWith([() => new Response('not here', { status: 404 })]);
    await expect(outcome).rejects.toMatchObject({ code: 'http_404' });
  });
});
