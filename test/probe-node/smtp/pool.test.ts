import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Session } from '../../../probe-node/smtp/connection.ts';
import { dial } from '../../../probe-node/smtp/dial.ts';
import type { HeldSession } from '../../../probe-node/smtp/held.ts';
import { POOL_LIMITS, type PoolLimits, SessionPool } from '../../../probe-node/smtp/pool.ts';
import { type MailServer, type ServerBehaviour, startMailServer } from '../mail-server.ts';
import { openSockets, POLL } from '../open-sockets.ts';

const never = new AbortController().signal;
const pools: SessionPool[] = [];
const servers: MailServer[] = [];
let socketsBefore = 0;
let nowMs = 0;

beforeEach(() => {
  socketsBefore = openSockets();
  nowMs = 0;
});

afterEach(async () => {
  vi.useRealTimers();
  for (const pool of pools.splice(0)) pool.close();
  await expect.poll(openSockets, POLL).toBe(socketsBefore);
  for (const server of servers.splice(0)) await server.close();
});

function createPool(limits: Partial<PoolLimits> = {}): SessionPool {
  const pool = new SessionPool({ ...POOL_LIMITS, ...limits }, () => nowMs);
  pools.push(pool);
  return pool;
}

async function serve(behaviour: Partial<ServerBehaviour> = {}): Promise<MailServer> {
  const server = await startMailServer(behaviour);
  servers.push(server);
  return server;
}

async function hold(
  { port }: MailServer,
  key = 'mx|',
  lane = 'default>mx',
  endpoint = `at ${key}`,
): Promise<HeldSession> {
  const dialled = await dial([{ ip: '127.0.0.1', port }], null, never);
  if (dialled.kind !== 'connected') throw new Error('not connected');
  const options = { heloName: 'probe1.example.com', isLockstep: false, nowMs: () => nowMs };
  const session = new Session(dialled, options);
  if ((await session.open(never)) !== null) throw new Error('not open');
  return { session, key, endpoint, server: `server ${endpoint}`, lane, host: 'mx.test', ip: dialled.ip };
}

async function ask({ session }: HeldSession, ...names: readonly string[]): Promise<void> {
  const recipients = names.map((name) => `${name}@example.test`);
  const question = { stranger: null, strangerApart: false, smtputf8: false };
  const ending = await session.ask({ mailFrom: 'verify@example.com', recipients, ...question }, never);
  expect(ending.kind).toBe('answer');
}

describe('an idle session', () => {
  test('an idle session is lent again for its key and for no other, once', async () => {
    const [pool, server] = [createPool(), await serve()];
    const held = await hold(server, 'mx|192.0.2.1');
    pool.give(held);
    expect(pool.take(['mx|192.0.2.2'])).toBeNull();
    expect(pool.take(['other|192.0.2.1'])).toBeNull();
    expect(pool.take(['mx|192.0.2.1'])?.session).toBe(held.session);
    expect(pool.take(['mx|192.0.2.1'])).toBeNull();
    pool.give(held);
  });

  test('an idle session is the one used last, if there are more', async () => {
    const [pool, server] = [createPool(), await serve()];
    const [first, second] = [await hold(server), await hold(server)];
    pool.give(first);
    pool.give(second);
    expect(pool.take(['mx|'])?.session).toBe(second.session);
    pool.give(second);
  });

  test('an idle session is parted with, with QUIT, when its time is up', async () => {
    const [pool, server] = [createPool(), await serve()];
    const held = await hold(server);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    pool.give(held);
    vi.advanceTimersByTime(POOL_LIMITS.idleMs - 1);
    expect(pool.idleCount).toBe(1);
    vi.advanceTimersByTime(1);
    expect(pool.idleCount).toBe(0);
    await expect.poll(() => server.commands().at(-1), POLL).toBe('QUIT');
    await expect.poll(() => vi.getTimerCount(), POLL).toBe(0);
  });

  test('an idle session may wait longer if it was opened ahead', async () => {
    const [pool, server] = [createPool(), await serve()];
    const held = await hold(server);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    pool.give(held, 20_000);
    vi.advanceTimersByTime(19_999);
    expect(pool.idleCount).toBe(1);
  });

  test.each<[string, (server: MailServer) => void]>([
    ['hangs up', (server) => server.visits[0]?.socket.end()],
    ['resets the connection', (server) => server.visits[0]?.socket.resetAndDestroy()],
    ['says 421', (server) => server.visits[0]?.socket.write('421 4.4.2 idle too long\r\n')],
    ['says anything at all', (server) => server.visits[0]?.socket.write('250 2.0.0 Ok\r\n')],
    ['sends what is no SMTP', (server) => server.visits[0]?.socket.write('HTTP/1.1 400\r\n')],
  ])('an idle session is not lent again if the server %s meanwhile', async (_, act) => {
    const [pool, server] = [createPool(), await serve()];
    pool.give(await hold(server));
    act(server);
    await expect.poll(() => pool.idleCount, POLL).toBe(0);
    expect(pool.take(['mx|'])).toBeNull();
  });
});

describe('a session that comes back', () => {
  test.each<[string, Partial<PoolLimits>]>([
    ['as many transactions as it may', { transactionsMax: 1 }],
    ['as many recipients as it may', { recipientsMax: 2 }],
    ['as many refusals as it may', { refusalsMax: 1 }],
  ])('a session that comes back is parted with if it has had %s', async (_, limits) => {
    const [pool, server] = [createPool(limits), await serve()];
    const held = await hold(server);
    expect(pool.isUsable(held)).toBe(true);
    await ask(held, 'ada', 'nobody');
    expect(pool.isUsable(held)).toBe(false);
    pool.give(held);
    expect(pool.idleCount).toBe(0);
    await expect.poll(() => server.commands().at(-1), POLL).toBe('QUIT');
  });

  test('a session that comes back is parted with if it is too old', async () => {
    const [pool, server] = [createPool(), await serve()];
    const held = await hold(server);
    nowMs = POOL_LIMITS.ageMsMax;
    pool.give(held);
    expect(pool.idleCount).toBe(0);
  });

  test('a session that comes back drives out the longest idle of its key if there are too many', async () => {
    const [pool, server] = [createPool({ idlePerKeyMax: 2 }), await serve()];
    const helds = [await hold(server), await hold(server), await hold(server)];
    for (const held of helds) pool.give(held);
    expect(pool.idleCount).toBe(2);
    await expect
      .poll(() => server.visits.map(({ writes }) => writes.includes('QUIT\r\n')), POLL)
      .toEqual([true, false, false]);
  });

  test('a session that comes back drives out another if there are too many in all', async () => {
    const [pool, server] = [createPool({ idleMax: 2 }), await serve()];
    for (const key of ['a', 'b', 'c']) pool.give(await hold(server, key));
    expect(pool.idleCount).toBe(2);
    expect(pool.take(['a'])).toBeNull();
    await expect
      .poll(() => server.visits.map(({ writes }) => writes.includes('QUIT\r\n')), POLL)
      .toEqual([true, false, false]);
  });
});

describe('a wait for a session', () => {
  test('a wait for a session is given what comes back, before it is idle, and the one that was made first', async () => {
    const [pool, server] = [createPool(), await serve()];
    const held = await hold(server);
    const waiters = ['other', 'mx|', 'at mx|'].map((key) => pool.waitFor([key], never));
    pool.give(held);
    expect(waiters.map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
    expect(pool.idleCount).toBe(0);
    expect(waiters.map((waiter) => waiter.withdraw()?.session ?? null)).toEqual([null, held.session, null]);
    held.session.close();
  });

  test('a wait for a session gets no session that is worn out, has had a deferral or is of a closed pool', async () => {
    const reply: ServerBehaviour['reply'] = (line) => (line.includes('later') ? '450 4.2.0 Later' : undefined);
    const [pool, server] = [createPool({ transactionsMax: 2 }), await serve({ reply })];
    const [worn, putOff, late] = [await hold(server), await hold(server), await hold(server)];
    const waiter = pool.waitFor(['mx|'], never);
    for (const times of [1, 2]) await ask(worn, `known${times}`);
    await ask(putOff, 'later');
    for (const held of [worn, putOff]) pool.give(held);
    pool.close();
    pool.give(late);
    expect(waiter.withdraw()).toBeNull();
  });

  test('a wait for a session that was withdrawn gets nothing, and one ends with its own signal', async () => {
    const [pool, server] = [createPool(), await serve()];
    const stop = new AbortController();
    const [withdrawn, stopped] = [pool.waitFor(['mx|'], never), pool.waitFor(['other'], stop.signal)];
    withdrawn.withdraw();
    stop.abort();
    pool.give(await hold(server));
    expect([withdrawn.signal.aborted, stopped.signal.aborted, stopped.withdraw(), pool.idleCount]).toEqual([
      false,
      true,
      null,
      1,
    ]);
  });
});

describe('room in a session', () => {
  test('room in a session is for as many as could all be refused without harm, and for one at least', async () => {
    const [pool, server] = [createPool({ recipientsMax: 12 }), await serve()];
    const held = await hold(server);
    expect(pool.room(held)).toBe(9);
    await ask(held, 'nobody', 'ada');
    expect(pool.room(held)).toBe(8);
    await ask(held, 'known1', 'known2', 'known3', 'known4', 'known5');
    expect(pool.room(held)).toBe(5);
    await ask(held, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    expect([pool.room(held), pool.isUsable(held)]).toEqual([1, false]);
    pool.give(held);
  });
});

describe('the pool', () => {
  test('the pool makes room in a lane by parting with one of its idle sessions, and in no other lane', async () => {
    const [pool, server] = [createPool(), await serve()];
    for (const [key, lane] of [
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'two'],
    ] as const)
      pool.give(await hold(server, key, lane));
    pool.makeRoom('three');
    expect(pool.idleCount).toBe(3);
    pool.makeRoom('two');
    expect(pool.idleCount).toBe(2);
    expect(pool.take(['b'])).toBeNull();
  });

  test('the pool keeps no session whose place a job waits for', async () => {
    const server = await serve();
    const pool = new SessionPool(
      POOL_LIMITS,
      () => nowMs,
      ({ lane }) => lane === 'wanted',
    );
    pools.push(pool);
    for (const lane of ['wanted', 'other']) pool.give(await hold(server, lane, lane));
    expect([pool.idleCount, pool.take(['wanted'])]).toEqual([1, null]);
  });

  test('the pool that is closed parts with every idle session, and with those that come back later', async () => {
    const [pool, server] = [createPool(), await serve()];
    const late = await hold(server);
    for (const key of ['a', 'b']) pool.give(await hold(server, key));
    pool.close();
    pool.give(late);
    expect(pool.idleCount).toBe(0);
    await expect
      .poll(() => server.visits.map(({ writes }) => writes.at(-1)), POLL)
      .toEqual(['QUIT\r\n', 'QUIT\r\n', 'QUIT\r\n']);
  });

  test('the pool holds no timer for a session that was lent', async () => {
    const [pool, server] = [createPool(), await serve()];
    const held = await hold(server);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    for (let times = 0; times < 5; times += 1) {
      pool.give(held);
      pool.take(['mx|']);
    }
    expect(vi.getTimerCount()).toBe(0);
    held.session.close();
    await expect.poll(() => vi.getTimerCount(), POLL).toBe(0);
  });
});
