import { describe, expect, test } from 'vitest';
import type { HostFinding } from '../../../probe-node/flow/findings.ts';
import { type LeaseRequest, lease, type Resolution } from '../../../probe-node/flow/lease.ts';
import { PACE_DEFAULT } from '../../../probe-node/pace/limiter.ts';
import { providerById } from '../../../shared/providers.ts';
import type { World } from '../node-world.ts';
import { awaitsClose, does, says, sends } from '../smtp/scripted-server.ts';
import { setStage } from '../stage.ts';

const stage = setStage();
const never = new AbortController().signal;

function request(changes: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    host: 'mx1.test',
    domain: 'example.test',
    owner: 'example.test',
    source: { ip: null, heloName: 'probe1.example.com' },
    lane: 'default>mx1.test',
    provider: null,
    latestMs: performance.now() + 60_000,
    hostsLeft: 1,
    waited: { ms: 0 },
    priority: 'interactive',
    ...changes,
  };
}

const isFirstBad = ({ ports }: World): boolean =>
  ports.badHosts.order([{ host: 'mx1.test' }, { host: 'x' }])[0]?.host === 'x';

describe('a lease', () => {
  test('a lease is a new session if none is idle, and the idle one if there is', async () => {
    const server = await stage.serve();
    const world = stage.world([server]);
    const first = await lease(request(), world.ports, never);
    if (!('session' in first)) throw new Error('no session');
    world.ports.pool.give(first);
    const second = await lease(request(), world.ports, never);
    expect('session' in second && second.session === first.session).toBe(true);
    expect(world.sessions).toEqual({ new: 1, reused: 1 });
    if ('session' in second) second.session.close();
  });

  test('a lease is for the server and the source that were asked for', async () => {
    const servers = [await stage.serve(), await stage.serve()];
    const world = stage.world(servers);
    const source = { ip: '127.0.0.9', heloName: 'probe9.example.com' };
    for (const changes of [{}, { host: 'mx2.test' }, { source }]) {
      const held = await lease(request(changes), world.ports, never);
      if (!('session' in held)) throw new Error('no session');
      world.ports.pool.give(held);
    }
    expect(servers.map(({ visits }) => visits.map(({ peer }) => peer))).toEqual([
      ['127.0.0.1', '127.0.0.9'],
      ['127.0.0.1'],
    ]);
  });

  test('a lease forgives a host that works, and marks one that cannot be reached, drops us, is silent or talks nonsense', async () => {
    const gone = await stage.serve();
    await gone.close();
    const nonsense = await stage.play([says('HTTP/1.1 400'), awaitsClose]);
    const dropping = await stage.play([]);
    for (const server of [gone, nonsense, dropping]) {
      const world = stage.world([server]);
      await lease(request(), world.ports, never);
      expect(isFirstBad(world)).toBe(true);
    }
    const world = stage.world([await stage.serve()]);
    world.ports.badHosts.failed('mx1.test');
    const held = await lease(request(), world.ports, never);
    if ('session' in held) held.session.close();
    expect(isFirstBad(world)).toBe(false);
  });

  test("a lease marks a host that says 'not now', and not one that has no place for us in our own pacing", async () => {
    const busy = stage.world([await stage.serve({ greeting: '421 4.3.2 busy' })]);
    expect(await lease(request(), busy.ports, never)).toMatchObject({ reply: { code: 421 } });
    const paced = stage.world([await stage.serve()], { isPaced: true });
    paced.ports.limiter.backOff('default>mx1.test', PACE_DEFAULT);
    expect(await lease(request({ latestMs: 0 }), paced.ports, never)).toMatchObject({ outcome: 'paced' });
    expect([busy, paced].map(isFirstBad)).toEqual([true, false]);
  });

  test('a lease marks a host that cannot be looked up, and not one that has no address', async () => {
    const answers: Resolution[] = [{ kind: 'dns_failure', fault: 'ETIMEOUT' }, { kind: 'no_address' }];
    const marks: boolean[] = [];
    for (const answer of answers) {
      const world = stage.world([], { ports: { resolve: async () => answer } });
      await lease(request(), world.ports, never);
      marks.push(isFirstBad(world));
    }
    expect(marks).toEqual([true, false]);
  });

  test("a lease uses nothing of a provider's lane up for a name of its that leads nowhere", async () => {
    const host = 'gone.google.com';
    const [rate, lane] = [{ sessionsMax: 2, sessionsPerSecond: 0.5, recipientsPerSecond: 1 }, 'default>google'];
    const world = stage.world([{ port: 1 }], { hosts: [host], isPaced: true });
    const { limiter } = world.ports;
    for (let count = 0; count < 20; count += 1) {
      const asked = request({ host, lane, provider: providerById('google'), latestMs: performance.now() });
      const { outcome } = (await lease(asked, world.ports, never)) as HostFinding;
      // The endpoint has a pace of its own, which is used up.
      expect(['unreachable', 'paced']).toContain(outcome);
    }
    expect([limiter.enterNow(lane, rate)?.kind, limiter.enterNow(lane, rate)?.kind]).toEqual(['entered', 'entered']);
  });

  test('a lease does not mark a host that refuses us, or whose time we ended', async () => {
    const refusing = stage.world([await stage.serve({ greeting: '554 5.7.1 no' })]);
    expect(await lease(request(), refusing.ports, never)).toMatchObject({ outcome: 'reply', reply: { code: 554 } });
    const stop = new AbortController();
    const silent = stage.world([await stage.play([sends('22'), does(() => stop.abort()), awaitsClose])]);
    expect(await lease(request(), silent.ports, stop.signal)).toMatchObject({ outcome: 'timeout', fault: 'deadline' });
    expect([refusing, silent].map(isFirstBad)).toEqual([false, false]);
  });

  test('a lease is not had when the signal has gone off, from the pool neither', async () => {
    const server = await stage.serve();
    const world = stage.world([server]);
    const held = await lease(request(), world.ports, never);
    if ('session' in held) world.ports.pool.give(held);
    expect(await lease(request(), world.ports, AbortSignal.abort())).toMatchObject({
      outcome: 'timeout',
      fault: 'deadline',
    });
    expect(world.ports.pool.idleCount).toBe(1);
  });

  test('a lease takes a place in its lane until its socket is gone', async () => {
    const pace = { sessionsMax: 4, sessionsPerSecond: 1_000, recipientsPerSecond: 1_000 };
    const server = await stage.serve();
    const world = stage.world([server], { isPaced: true });
    const helds = await Promise.all([1, 2, 3, 4].map(() => lease(request(), world.ports, never)));
    const fifth = world.ports.limiter.enter('default>mx1.test', pace, performance.now() + 60_000, never);
    for (const held of helds) if ('session' in held) held.session.close();
    expect(await fifth).toMatchObject({ kind: 'entered' });
  });
});
