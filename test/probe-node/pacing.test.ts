import { describe, expect, test } from 'vitest';
import { type ServerBehaviour, UNKNOWN } from './mail-server.ts';
import { codesOf, jobFor, namesOf } from './node-world.ts';
import { POLL } from './open-sockets.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const GOOGLE = { sessionsMax: 2, sessionsPerSecond: 0.5, recipientsPerSecond: 1 };
const whenAsked =
  (verb: string, text: string): NonNullable<ServerBehaviour['reply']> =>
  (line) =>
    line.startsWith(verb) ? text : undefined;

describe('pacing', () => {
  test('pacing lets through what a small server bears, and defers at once what would be late', async () => {
    const server = await stage.serve();
    const world = stage.world([server], { isPaced: true, ports: { nowMs: () => 0 } });
    const names = namesOf(60);
    const evidence = await world.run(jobFor(names, { deadline_ms: 50 }));
    const answered = evidence.filter(({ outcome }) => outcome === 'reply');
    const deferred = evidence.filter(({ outcome }) => outcome === 'paced');
    // Five seconds' worth of ten a second is saved up.
    expect([answered.length, deferred.length]).toEqual([50, 10]);
    expect(deferred[0]).toMatchObject({ stage: 'connect', reply: null, host: 'mx1.test' });
    expect(deferred.every(({ retry_after_s }) => retry_after_s !== null && retry_after_s >= 1)).toBe(true);
  });

  test('pacing closes a provider that complains, to all its hosts and domains, and says when to come again', async () => {
    const servers = [
      await stage.serve({ reply: whenAsked('RCPT', '450 4.7.1 You are sending too fast') }),
      await stage.serve(),
    ];
    const hosts = ['mta5.am0.yahoodns.net', 'mta6.am0.yahoodns.net'];
    const world = stage.world(servers, { isPaced: true, hosts });
    await world.run(jobFor(['ada'], { mail_hosts: [{ host: 'mta5.am0.yahoodns.net', preference: 0 }] }));
    const job = jobFor([], {
      domain: 'other.test',
      mail_hosts: [{ host: 'mta6.am0.yahoodns.net', preference: 0 }],
      recipients: [{ id: 0, address: 'ada@other.test' }],
      deadline_ms: 1_000,
    });
    expect(await world.runOne(job)).toMatchObject({ outcome: 'paced', reply: null, retry_after_s: 15 });
    expect(servers[1]?.visits).toEqual([]);
    expect([...world.ports.limiter.closedLanes().keys()]).toEqual(['default>yahoo']);
  });

  test('pacing tells of a place that did not come free in time as of our own doing, and of the silent server as silent', async () => {
    const host = 'aspmx.l.google.com';
    const server = await stage.serve({ greeting: '220-wait' });
    const world = stage.world([server], { isPaced: true, hosts: [host] });
    const stop = new AbortController();
    const job = jobFor(['ada'], { mail_hosts: [{ host, preference: 0 }], deadline_ms: 5_000 });
    const asked = [1, 2, 3].map(() => world.runOne(job, stop.signal));
    await expect.poll(() => server.visits.length, POLL).toBe(2);
    await expect.poll(() => world.ports.limiter.waiting('default>google'), POLL).toBe(1);
    stop.abort();
    expect((await Promise.all(asked)).map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout', 'paced']);
  });

  test('pacing takes the blame for a server that was asked too late, because our own queue had used up the time', async () => {
    const host = 'aspmx.l.google.com';
    const server = await stage.serve({ greeting: '220-wait' });
    const clock = { ms: 0 };
    const world = stage.world([server], { isPaced: true, hosts: [host], ports: { nowMs: () => clock.ms } });
    const inside = [1, 2].map(() => world.ports.limiter.enterNow('default>google', GOOGLE));
    const stop = new AbortController();
    const job = jobFor(['ada'], { mail_hosts: [{ host, preference: 0 }], deadline_ms: 5_000 });
    const asked = world.runOne(job, stop.signal);
    await expect.poll(() => world.ports.limiter.waiting('default>google'), POLL).toBe(1);
    clock.ms = 2_600;
    for (const entered of inside) entered?.leave();
    await expect.poll(() => server.visits.length, POLL).toBe(1);
    clock.ms = 5_000;
    stop.abort();
    expect(await asked).toMatchObject({ outcome: 'paced', host, retry_after_s: 15 });
  });

  test('pacing knows a host without a known provider by its own name', async () => {
    const servers = [await stage.serve({ greeting: '421 4.7.0 Too many connections' }), await stage.serve()];
    const world = stage.world(servers, { isPaced: true });
    await world.run(jobFor(['ada'], { deadline_ms: 1_000 }));
    expect([...world.ports.limiter.closedLanes().keys()]).toEqual(['default>mx1.test']);
    const mail_hosts = [{ host: 'mx2.test', preference: 0 }];
    expect(await world.runOne(jobFor(['ada'], { mail_hosts, deadline_ms: 1_000 }))).toMatchObject({
      reply: { code: 250 },
    });
  });

  test.each([
    ['greylisting', '450 4.7.1 Greylisted, please try again later'],
    ['a full mailbox', '452 4.2.2 Mailbox full'],
    ['an unknown mailbox', UNKNOWN],
  ])('pacing takes %s for no complaint', async (_, text) => {
    const server = await stage.serve({ reply: whenAsked('RCPT', text) });
    const world = stage.world([server], { isPaced: true });
    await world.run(jobFor(['ada']));
    expect(world.ports.limiter.closedLanes().size).toBe(0);
  });

  test('pacing holds no place for a session that did not come to be', async () => {
    const server = await stage.serve({ greeting: '554 5.7.1 no' });
    const world = stage.world([server], { isPaced: true });
    for (let times = 0; times < 8; times += 1) {
      expect(await world.runOne(jobFor(['ada'], { deadline_ms: 5_000 }))).toMatchObject({ reply: { code: 554 } });
    }
  });

  test('pacing gives the place of an idle session to a job that waits for another host of the same provider', async () => {
    const hosts = [1, 2, 3, 4, 5].map((place) => `firm${place}.mail.protection.outlook.com`);
    const servers = await Promise.all(hosts.map(() => stage.serve()));
    const world = stage.world(servers, { isPaced: true, hosts });
    const codes: unknown[] = [];
    for (const host of hosts) {
      const mail_hosts = [{ host, preference: 0 }];
      codes.push((await world.runOne(jobFor(['ada'], { mail_hosts }))).reply?.code);
    }
    // Four sessions at once is all that this provider is asked for.
    expect([codes, world.ports.pool.idleCount]).toEqual([[250, 250, 250, 250, 250], 4]);
  });
});

describe('a source', () => {
  const sources = [1, 2].map((last) => ({ ip: `127.0.0.${last}`, heloName: `probe${last}.example.com` }));
  const BLOCKED = '554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org';

  test('a source asks with its own EHLO name and, if none is set, its own sender', async () => {
    const server = await stage.serve();
    const [source = { ip: null, heloName: '' }] = sources;
    await stage.world([server], { sources: [source], settings: { mailFrom: null } }).run(jobFor(['ada']));
    expect(server.visits[0]?.peer).toBe('127.0.0.1');
    expect(server.commands().slice(0, 2)).toEqual(['EHLO probe1.example.com', 'MAIL FROM:<verify@probe1.example.com>']);
  });

  test('a source that a provider blocks rests for it, another asks, and if all rest that is said with the time', async () => {
    const server = await stage.serve({ greeting: BLOCKED });
    const world = stage.world([server], { sources });
    for (let times = 0; times < 6; times += 1) await world.run(jobFor(['ada'], { provider: 'yahoo' }));
    expect(new Set(server.visits.map(({ peer }) => peer)).size).toBe(2);
    const names = ['ada', 'nobody'];
    const evidence = await world.run(jobFor(names, { provider: 'yahoo' }));
    expect(codesOf(evidence, names)).toEqual({ ada: 'resting', nobody: 'resting' });
    expect(evidence[0]?.retry_after_s).toBeGreaterThan(500);
    expect(server.visits).toHaveLength(6);
  });

  test('a source that rests opens no session ahead either', async () => {
    const server = await stage.serve({ greeting: BLOCKED });
    const world = stage.world([server]);
    for (let times = 0; times < 4; times += 1) expect(await world.run(jobFor([]))).toEqual([]);
    expect(server.visits).toHaveLength(3);
  });

  test('a source that was greylisted asks again, with the same sender', async () => {
    const isGrey: ServerBehaviour['reply'] = (line, visit) =>
      visit.index === 0 && line.startsWith('RCPT') ? '450 4.2.0 Greylisted' : undefined;
    const server = await stage.serve({ reply: isGrey });
    const world = stage.world([server], { sources, settings: { mailFrom: null }, limits: { transactionsMax: 1 } });
    await world.run(jobFor(['ada']));
    expect(await world.runOne(jobFor(['ada']))).toMatchObject({ reply: { code: 250 } });
    const [first, second] = server.visits;
    expect(second?.peer).toBe(first?.peer);
    const senders = server.commands().filter((line) => line.startsWith('MAIL'));
    expect(new Set(senders).size).toBe(1);
  });
});
