/** The calls of other Workers while the names of disposable domains come late, as in the first requests of an isolate. */
/// <reference path="../../edge/wiring/cloudflare-workers.d.ts" />
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEffectiveSet } from '../../edge/disposable/effective-set.ts';
import type { Env } from '../../edge/env.ts';
import { smallServices } from './small-services.ts';
import { createWorld, type World } from './small-world.ts';

vi.mock('cloudflare:workers', () => ({
  WorkerEntrypoint: class {
    readonly ctx: unknown;
    readonly env: unknown;
    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx;
      this.env = env;
    }
  },
}));

const { verifierOf } = await import('../../edge/verifier.ts');

/** Shorter than an isolate's first requests wait for the names (edge/disposable/effective-set.ts). */
const DEADLINE_MS = 500;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** The interface over an edge whose KV does not answer for the names. */
function verifierWithoutNames(world: World) {
  const silent = () => new Promise<never>(() => {});
  const held: Promise<unknown>[] = [];
  const waitUntil = (work: Promise<unknown>): void => void held.push(work);
  const names = createEffectiveSet({
    store: { list: silent, get: silent },
    isListed: () => false,
    nowMs: world.ports.nowMs,
    waitUntil,
    log: () => {},
  });
  const ports = { ...world.ports, isDisposable: names.isDisposable, isAllowed: names.isAllowed };
  const services = smallServices({ ...world, ports }, [], { freshenNames: names.freshen });
  const Verifier = verifierOf(async () => services);
  return new Verifier({ waitUntil } as never, {} as Env);
}

describe('the interface for other Workers, while KV does not answer for the names of disposable domains', () => {
  test('keeps the deadline of a verify', async () => {
    const world = await createWorld();
    const found = vi.fn();
    const answer = verifierWithoutNames(world).verify('ada@firm.example', { deadline_ms: DEADLINE_MS }).then(found);
    await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
    expect(found).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(found).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: 'pending' }));
    await answer;
    expect(world.jobs).toEqual([]);
  });
});
