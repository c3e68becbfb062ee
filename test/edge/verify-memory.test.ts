/**
 * What the flow makes of memory and DNS: both at once, old verdicts at once and new ones behind them, and what each of
 * their failures leads to.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ClimbOptions } from '../../edge/ladder.ts';
import { verify } from '../../edge/verify.ts';
import type { Answer, StepReport } from '../../shared/answer.ts';
import type { Evidence } from '../../shared/job.ts';
import { verdictsIn } from './memory/map-store.ts';
import { evidenceOf } from './nodes/evidence.ts';
import { createWorld, gate, mxTo, START_MS, type World, type WorldSettings } from './small-world.ts';

const OPTIONS: ClimbOptions = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNKNOWN_USER = { code: 550, enhanced: '5.1.1', text: 'User unknown' };
const GREYLISTED = { code: 450, enhanced: '4.2.0', text: 'Greylisted' };

async function ask(world: World, email: string, options: Partial<ClimbOptions> = {}): Promise<Answer> {
  return verify(email, { ...OPTIONS, ...options }, world.ports);
}

/** A world in which the mail server says what `told` says, and `ada@firm.example` has been verified once. */
async function afterFirst(settings: WorldSettings = {}) {
  const told: { parts: Partial<Evidence> } = { parts: {} };
  const world = await createWorld({ probe: async () => evidenceOf(told.parts), ...settings });
  const first = await ask(world, 'ada@firm.example');
  await world.settle();
  return { world, told, first };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('an old verdict', () => {
  test.each<[string, Partial<Evidence>, number, string]>([
    ['a yes after a week', {}, 7 * DAY_MS, 'accepted'],
    ['a no after three hours', { reply: UNKNOWN_USER }, 3 * HOUR_MS, 'mailbox_not_found'],
  ])('is answered at once with its own age, and found out anew behind it: %s', async (_, parts, ageMs, reason) => {
    const told = { parts };
    const world = await createWorld({ probe: async () => evidenceOf(told.parts) });
    const first = await ask(world, 'ada@firm.example');
    await world.settle();
    world.advance(ageMs - 1);
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect(world.jobs).toHaveLength(1);
    world.advance(1);
    told.parts = reason === 'accepted' ? { reply: UNKNOWN_USER } : {};
    const old = await ask(world, 'ada@firm.example');
    expect(old).toMatchObject({ reason, cached: true, checked_at: first.checked_at });
    await world.settle();
    expect(world.jobs).toHaveLength(2);
    const renewed = await ask(world, 'ada@firm.example');
    expect(renewed).toMatchObject({ cached: true, checked_at: new Date(START_MS + ageMs).toISOString() });
    expect(renewed.reason).not.toBe(reason);
  });

  test('is found out anew once, however many ask', async () => {
    const { world } = await afterFirst();
    world.advance(8 * DAY_MS);
    await Promise.all([1, 2, 3].map(() => ask(world, 'ada@firm.example')));
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect(world.jobs).toHaveLength(2);
  });

  test('shows its own steps alone: those of the refresh are nobody’s', async () => {
    const { world } = await afterFirst();
    world.advance(8 * DAY_MS);
    const seen: StepReport[] = [];
    const answer = await verify('ada@firm.example', OPTIONS, {
      ...world.ports,
      onStep: (step) => void seen.push(step),
    });
    await world.settle();
    expect(seen).toEqual(answer.steps);
  });

  test('is left alone for a caller who wants no probe', async () => {
    const { world } = await afterFirst();
    world.advance(8 * DAY_MS);
    expect((await ask(world, 'ada@firm.example', { smtp: false })).cached).toBe(true);
    await world.settle();
    expect(world.jobs).toHaveLength(1);
  });

  test('outlives a refresh that brought nothing, which is tried again after an hour, here and in other isolates', async () => {
    const { world, told, first } = await afterFirst();
    world.advance(8 * DAY_MS);
    told.parts = { reply: GREYLISTED, stranger: null };
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect(verdictsIn(world.store).map(([, seconds]) => seconds)).toEqual([23 * 86_400]);
    expect(JSON.stringify([...world.store.entries])).toContain('tried_at');
    const elsewhere = { ...world, ports: { ...world.ports, claimRefresh: () => true } };
    world.advance(HOUR_MS - 1);
    expect(await ask(elsewhere, 'ada@firm.example')).toMatchObject({
      reason: 'accepted',
      checked_at: first.checked_at,
    });
    await world.settle();
    expect(world.jobs).toHaveLength(2);
    world.advance(1);
    await ask(elsewhere, 'ada@firm.example');
    await world.settle();
    expect(world.jobs).toHaveLength(3);
  });

  test('ends with its domain: a refresh that finds none takes its place', async () => {
    const zone: Record<string, ReturnType<typeof mxTo> | { kind: 'nxdomain' }> = {};
    const { world } = await afterFirst({ zone });
    world.advance(8 * DAY_MS);
    const gone = { ...world, ports: { ...world.ports, query: async () => ({ kind: 'nxdomain' }) as const } };
    await ask(gone, 'ada@firm.example', { maxAgeSeconds: 0 });
    await world.settle();
    expect(await ask(gone, 'ada@firm.example')).toMatchObject({ reason: 'no_domain', cached: true });
  });
});

describe('memory and DNS', () => {
  test('are asked at the same time, and steps are told as they end', async () => {
    const [known, answered] = [gate<string | null>(), gate<ReturnType<typeof mxTo>>()];
    const world = await createWorld({ query: () => answered.passed });
    const asked = gate<void>();
    world.store.get = (key) => {
      if (key.startsWith('v2:')) asked.open();
      return known.passed;
    };
    const seen: string[] = [];
    const answer = verify('ada@firm.example', OPTIONS, { ...world.ports, onStep: ({ step }) => void seen.push(step) });
    await asked.passed;
    expect(world.queries).toEqual(['firm.example MX']);
    answered.open(mxTo('mx.firm.example'));
    await expect.poll(() => seen.at(-1)).toBe('mx');
    world.advance(20);
    known.open(null);
    const { steps } = await answer;
    expect(steps.slice(-3).map(({ step, ms }) => [step, ms])).toEqual([
      ['mx', 0],
      ['memory', 20],
      ['probe', 0],
    ]);
  });

  test('what is at hand asks neither', async () => {
    const { world } = await afterFirst();
    const before = [world.recalls(), world.queries.length];
    expect((await ask(world, 'ada@firm.example')).steps.at(-1)).toMatchObject({ step: 'memory', outcome: 'stop' });
    expect([world.recalls(), world.queries.length]).toEqual(before);
  });

  test('a domain that does not exist is told without waiting for the memory', async () => {
    const world = await createWorld();
    world.store.get = () => new Promise(() => {});
    const answer = await ask(world, 'ada@gone.example');
    expect(answer).toMatchObject({ reason: 'no_domain', cached: false });
    expect(answer.steps.at(-1)).toMatchObject({ step: 'mx', outcome: 'stop' });
  });

  test('a DNS that fails leaves it to the memory', async () => {
    const { world } = await afterFirst();
    world.advance(HOUR_MS);
    const failing = async () => ({ kind: 'failure', fault: 'servfail' }) as const;
    const asked = gate<void>();
    const { get } = world.store;
    world.store.get = async (key) => {
      await asked.passed;
      return get(key);
    };
    const answer = ask({ ...world, ports: { ...world.ports, query: failing } }, 'ada@firm.example');
    await Promise.resolve();
    asked.open();
    const { reason, cached, steps } = await answer;
    expect({ reason, cached }).toEqual({ reason: 'accepted', cached: true });
    expect(steps.slice(-2)).toMatchObject([
      { step: 'mx', outcome: 'fail' },
      { step: 'memory', outcome: 'stop' },
    ]);
  });

  test('a DNS that fails is dns_failure where the memory has nothing, and is not remembered', async () => {
    const world = await createWorld({ query: async () => ({ kind: 'failure', fault: 'servfail' }) });
    const answer = await ask(world, 'ada@firm.example');
    expect(answer).toMatchObject({ verdict: 'unknown', reason: 'dns_failure' });
    expect(answer.steps.map(({ outcome }) => outcome).filter((outcome) => outcome === 'fail')).toHaveLength(1);
    await world.settle();
    expect(world.store.entries.size).toBe(0);
  });

  test('a DNS that never answers is pending at the deadline', async () => {
    const world = await createWorld({ query: () => new Promise(() => {}) });
    expect(await ask(world, 'ada@firm.example', { deadlineMs: 5 })).toMatchObject({ reason: 'pending', mx: null });
  });

  test('a store that throws costs a probe and nothing else', async () => {
    const world = await createWorld();
    world.store.get = () => Promise.reject(new Error('KV is down'));
    world.store.put = () => Promise.reject(new Error('KV is down'));
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason: 'accepted', cached: false });
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason: 'accepted', cached: true });
    await expect(world.settle()).rejects.toThrow('KV is down');
  });

  test('a store that never answers holds nobody beyond the deadline', async () => {
    const world = await createWorld();
    world.store.get = () => new Promise(() => {});
    expect((await ask(world, 'ada@firm.example', { deadlineMs: 5 })).reason).toBe('pending');
  });
});

describe('a mail host that a node may not connect to', () => {
  const forbidden: Partial<Evidence> = { outcome: 'forbidden_address', stage: 'connect', reply: null, stranger: null };

  test.each<[string, string, object]>([
    ['our resolvers say that it is private as well', '10.0.0.1', { verdict: 'invalid', reason: 'no_mx' }],
    ['our resolvers know a public address', '192.0.2.1', { verdict: 'unknown', reason: 'unreachable' }],
  ])('is judged by both: %s', async (_, ip, expected) => {
    const zone = { 'mx.firm.example A': { kind: 'records', mx: [], addresses: [ip] } as const };
    const { first } = await afterFirst({ probe: async () => evidenceOf(forbidden), zone });
    expect(first).toMatchObject(expected);
  });
});
