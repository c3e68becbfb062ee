import { beforeAll, describe, expect, test } from 'vitest';
import { type LeaseRequest, lease, type Resolution } from '../../probe-node/flow/lease.ts';
import type { HeldSession } from '../../probe-node/smtp/held.ts';
import type { Evidence } from '../../shared/job.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import type { MailServer, ServerBehaviour } from './mail-server.ts';
import { jobFor, type World } from './node-world.ts';
import { POLL } from './open-sockets.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const never = new AbortController().signal;
let certificate: Certificate;

beforeAll(() => {
  certificate = makeCertificate();
});

/** A node for which `mx1.test` and so on all lead to one server. */
function worldOf(server: MailServer, hosts: number, given?: Parameters<typeof stage.world>[1]): World {
  return stage.world(
    Array.from({ length: hosts }, () => server),
    given,
  );
}

/** Asks about one address of a domain of its own at each host. */
function askAt(world: World, host: number, changes: Parameters<typeof jobFor>[1] = {}): Promise<Evidence> {
  const mail_hosts = [{ host: `mx${host}.test`, preference: 0 }];
  const domain = `d${host}.test`;
  const recipients = [{ id: 0, address: `known@${domain}` }];
  return world.runOne(jobFor([], { domain, mail_hosts, recipients, ...changes }));
}

function request(host: string, changes: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    host,
    domain: 'example.test',
    owner: 'example.test',
    source: { ip: null, heloName: 'probe1.example.com' },
    lane: `default>${host}`,
    provider: null,
    latestMs: performance.now() + 60_000,
    hostsLeft: 1,
    waited: { ms: 0 },
    priority: 'interactive',
    ...changes,
  };
}

async function held(world: World, asked: LeaseRequest): Promise<HeldSession> {
  const leased = await lease(asked, world.ports, never);
  if (!('session' in leased)) throw new Error(`no session: ${leased.outcome}`);
  return leased;
}

describe('a session with a server', () => {
  test('a session with a server is gone on with for another host there, and evidence names the host that was asked for', async () => {
    const server = await stage.serve();
    const world = worldOf(server, 2);
    for (const host of [1, 2, 1]) {
      expect(await askAt(world, host)).toMatchObject({ host: `mx${host}.test`, ip: '127.0.0.1', reply: { code: 250 } });
    }
    expect([server.visits.length, world.sessions]).toEqual([1, { new: 1, reused: 2 }]);
  });

  test('a session with a server is left when it has been used enough, under whichever names', async () => {
    const server = await stage.serve();
    const world = worldOf(server, 5, { limits: { transactionsMax: 2 } });
    for (const host of [1, 2, 3, 4, 5]) await askAt(world, host);
    expect(server.visits.map(({ transactions }) => transactions)).toEqual([2, 2, 1]);
  });

  test('a session with a server is not lent to another source', async () => {
    const server = await stage.serve();
    const world = worldOf(server, 2);
    world.ports.pool.give(await held(world, request('mx1.test')));
    const source = { ip: '127.0.0.9', heloName: 'probe9.example.com' };
    world.ports.pool.give(await held(world, request('mx2.test', { source })));
    expect(server.visits.map(({ peer }) => peer)).toEqual(['127.0.0.1', '127.0.0.9']);
  });

  test('a session with a server is not lent to a host that needs one by one', async () => {
    const server = await stage.serve();
    const world = worldOf(server, 2);
    world.ports.pool.give(await held(world, request('mx1.test')));
    world.ports.quirks.set('mx2.test', { isLockstep: true }, 60_000);
    expect((await askAt(world, 2)).reply?.code).toBe(250);
    expect(server.visits).toHaveLength(2);
  });

  test('a session with a server stays with the provider that it was opened for, whose lane it takes a place in', async () => {
    const server = await stage.serve();
    const hosts = ['mta5.am0.yahoodns.net', 'mx2.test', 'mta6.am0.yahoodns.net'];
    const world = worldOf(server, 3, { hosts });
    for (const host of hosts) await askAt(world, 0, { mail_hosts: [{ host, preference: 0 }] });
    expect(server.visits.map(({ transactions }) => transactions)).toEqual([2, 1]);
  });
});

describe('an endpoint is what the look-up says now', () => {
  /** A node whose look-ups return the present content of `answers`; the operator has named no address. */
  function lookingUp(answers: Record<string, MailServer>, isAllowed = (): boolean => true): World {
    const resolve = async (host: string): Promise<Resolution> => ({
      kind: 'endpoints',
      endpoints: [{ ip: '127.0.0.1', port: answers[host]?.port ?? 1, isNamed: isAllowed() }],
    });
    return stage.world([], { ports: { resolve } });
  }

  test('a host that has moved is asked at its new address, not over the session with the old one', async () => {
    const [old, next] = [await stage.serve(), await stage.serve()];
    const answers = { 'mx1.test': old, 'mx2.test': old };
    const world = lookingUp(answers);
    for (const host of [1, 2]) await askAt(world, host);
    answers['mx1.test'] = next;
    await askAt(world, 1);
    expect([old.asked(), next.asked()]).toEqual([['known@d1.test', 'known@d2.test'], ['known@d1.test']]);
  });

  test('an address that may not be connected to is no way to an open session either', async () => {
    const server = await stage.serve();
    let isAllowed = true;
    const world = lookingUp({ 'mx1.test': server, 'mx2.test': server }, () => isAllowed);
    await askAt(world, 1);
    isAllowed = false;
    expect(await askAt(world, 2)).toMatchObject({ outcome: 'forbidden_address', reply: null });
    expect(server.asked()).toEqual(['known@d1.test']);
  });
});

describe('TLS', () => {
  const demandsTls: ServerBehaviour['reply'] = (line, visit) =>
    line.startsWith('MAIL') && !visit.isTls ? '530 5.7.0 Must issue a STARTTLS command first' : undefined;

  test('TLS stays with the name that it was agreed on with: another name begins its own', async () => {
    const names: (string | false | null)[] = [];
    const server = await stage.serve({ reply: demandsTls, tls: certificate, extensions: ['PIPELINING'] });
    const world = worldOf(server, 2);
    for (const host of [1, 2, 1]) names.push(String((await askAt(world, host)).tls));
    expect(names).toEqual(['true', 'true', 'true']);
    expect(server.commands().filter((line) => line === 'STARTTLS')).toHaveLength(2);
    expect(server.visits).toHaveLength(2);
  });

  test('TLS that a host is known to need is not begun on what another name has open in clear', async () => {
    const server = await stage.serve({ tls: certificate });
    const world = worldOf(server, 2);
    await askAt(world, 1);
    world.ports.quirks.set('mx2.test', { needsTls: true }, 60_000);
    expect(await askAt(world, 2)).toMatchObject({ tls: true, reply: { code: 250 } });
    expect(server.visits.map(({ isTls }) => isTls)).toEqual([false, true]);
  });
});

describe('jobs that start at the same moment', () => {
  const hosts = Array.from({ length: 40 }, (_, index) => index + 1);

  test('jobs that start at the same moment at one server take over what others have opened, whatever their hosts are called', async () => {
    const server = await stage.serve();
    const world = worldOf(server, hosts.length);
    const evidence = await Promise.all(hosts.map((host) => askAt(world, host)));
    expect(evidence.map(({ host, reply }) => [host, reply?.code])).toEqual(
      hosts.map((host) => [`mx${host}.test`, 250]),
    );
    expect(server.visits.length).toBeLessThanOrEqual(20);
    expect(world.sessions.new).toBe(server.visits.length);
  });

  test('jobs that start at the same moment in a paced lane take over a session of it that comes back, and open no more than the lane has places', async () => {
    const server = await stage.serve();
    const world = worldOf(server, 1, { isPaced: true });
    const jobs = Array.from({ length: 12 }, () => askAt(world, 1, { deadline_ms: 5_000 }));
    expect((await Promise.all(jobs)).map(({ reply }) => reply?.code)).toEqual(Array.from({ length: 12 }, () => 250));
    expect(server.visits.length).toBeLessThanOrEqual(4);
    expect(world.sessions.reused).toBe(12 - server.visits.length);
  });

  test('jobs that start at the same moment use nothing of the lane by taking over: the next job has its whole saving', async () => {
    const server = await stage.serve();
    const world = worldOf(server, 1, { isPaced: true, ports: { nowMs: () => 0 } });
    for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 8 }, () => askAt(world, 1)));
    world.ports.pool.close();
    await expect.poll(() => server.visits.filter(({ socket }) => !socket.closed).length, POLL).toBe(0);
    // Ten are saved up, the clock stands still, and as many were taken as connections were opened.
    const left = 10 - server.visits.length;
    const entries = Array.from({ length: left + 1 }, async () => {
      const entered = await world.ports.limiter.enter(
        'default>mx1.test',
        { sessionsMax: 100, sessionsPerSecond: 2, recipientsPerSecond: 10 },
        0,
        never,
      );
      return entered.kind;
    });
    expect(await Promise.all(entries)).toEqual([...Array.from({ length: left }, () => 'entered'), 'deferred']);
  });

  test('jobs that start at the same moment at a silent server wait for each other a moment, and then each hears the silence for itself', async () => {
    const server = await stage.serve({ greeting: '220-wait' });
    const world = worldOf(server, 6);
    const stop = new AbortController();
    const jobs = [1, 2, 3, 4, 5, 6].map((host) => lease(request(`mx${host}.test`), world.ports, stop.signal));
    await expect.poll(() => server.visits.length, POLL).toBe(6);
    stop.abort();
    for (const job of jobs) expect(await job).toMatchObject({ outcome: 'timeout', stage: 'connect', ip: '127.0.0.1' });
  });
});

describe('a server under many names', () => {
  /** Hosts of which each has a dead address of its own before the server's: the order that opens most. */
  function behindDeadAddresses(server: MailServer): World {
    const resolve = async (host: string): Promise<Resolution> => ({
      kind: 'endpoints',
      endpoints: [
        { ip: `127.1.${host.slice(2).split('.', 1)[0]}.1`, port: 1, isNamed: true },
        { ip: '127.0.0.1', port: server.port, isNamed: true },
      ],
    });
    return stage.world([], { isPaced: true, ports: { resolve } });
  }

  test.each([
    ['of nobody', (index: number): string => `mx${index}.evil.example`],
    ['of a provider', (index: number): string => `mx${index}.mail.protection.outlook.com`],
  ])(
    'has no more sessions than one server bears, whatever addresses the names %s have before its own',
    async (_, nameOf) => {
      const server = await stage.serve();
      const world = behindDeadAddresses(server);
      const stop = new AbortController();
      const patient = { latestMs: performance.now() + 60_000 };
      const leases = Array.from({ length: 20 }, (_, index) => {
        const host = nameOf(index);
        return lease(request(host, { ...patient, lane: `default>lane${index}` }), world.ports, stop.signal);
      });
      let open = 0;
      for (const leased of leases) {
        void leased.then((each) => {
          if ('session' in each) open += 1;
        });
      }
      await expect.poll(() => open, POLL).toBe(8);
      const victim = `127.0.0.1 ${server.port}|`;
      await expect.poll(() => world.ports.servers.waiting(victim), POLL).toBe(12);
      stop.abort();
      const ended = await Promise.all(leases);
      expect(server.visits).toHaveLength(8);
      for (const each of ended) {
        if ('session' in each) each.session.close();
        else expect(each.outcome).toBe('paced');
      }
    },
  );

  test('a server under many names is reached at its other address if the first is dead, as soon as there is a place', async () => {
    const server = await stage.serve();
    const world = behindDeadAddresses(server);
    const first = await Promise.all(
      Array.from({ length: 8 }, (_, index) => held(world, request(`mx${index}.evil.example`))),
    );
    const late = held(world, request('mx9.evil.example'));
    await expect.poll(() => world.ports.servers.waiting(`127.0.0.1 ${server.port}|`), POLL).toBe(1);
    first[0]?.session.close();
    const last = await late;
    expect(last.ip).toBe('127.0.0.1');
    for (const { session } of [...first, last]) session.close();
  });

  test.each([
    ['a host of nobody', 'mx1.test', 'mx2.test'],
    ["a provider's host", 'mta5.am0.yahoodns.net', 'mx2.test'],
  ])('a server under many names that complains to %s is left alone under its other names', async (_, host, other) => {
    const server = await stage.serve({
      reply: (line) => (line.startsWith('RCPT') ? '421 4.7.0 Slow down' : undefined),
    });
    const world = worldOf(server, 2, { isPaced: true, hosts: [host, other] });
    await askAt(world, 1, { mail_hosts: [{ host, preference: 0 }], deadline_ms: 1_000 });
    const { length } = server.visits;
    const changes = { mail_hosts: [{ host: other, preference: 0 }], deadline_ms: 1_000 };
    expect(await askAt(world, 2, changes)).toMatchObject({ outcome: 'paced', retry_after_s: 15 });
    expect(server.visits).toHaveLength(length);
  });
});

describe('a server without a known provider, under many names', () => {
  test('a server without a known provider, under many names, is asked no faster than one server bears, and a job that would be late learns it', async () => {
    const server = await stage.serve();
    const world = worldOf(server, 4, { isPaced: true, ports: { nowMs: () => 0 } });
    const codes: (number | string | undefined)[] = [];
    for (const host of [1, 2, 3, 4]) {
      const domain = `d${host}.test`;
      const recipients = Array.from({ length: 40 }, (_, id) => ({ id, address: `known${id}@${domain}` }));
      const mail_hosts = [{ host: `mx${host}.test`, preference: 0 }];
      const evidence = await world.run(jobFor([], { domain, mail_hosts, recipients, deadline_ms: 40 }));
      codes.push(...evidence.map(({ outcome }) => outcome));
    }
    // Five seconds' worth of twenty a second is saved up; each name alone has fifty.
    expect(codes.filter((outcome) => outcome === 'reply')).toHaveLength(100);
    expect(codes.filter((outcome) => outcome === 'paced')).toHaveLength(60);
  });

  test('a server without a known provider, under many names, has few sessions at once, and the place of an idle one goes to a waiting job', async () => {
    const server = await stage.serve();
    const world = worldOf(server, 12, { isPaced: true });
    const helds = await Promise.all(
      [1, 2, 3].flatMap((host) => [1, 2].map(() => held(world, request(`mx${host}.test`)))),
    );
    const more = [4, 5, 6].map((host) => held(world, request(`mx${host}.test`)));
    await expect.poll(() => server.visits.length, POLL).toBe(8);
    expect(world.ports.servers.waiting(helds[0]?.server ?? '')).toBe(1);
    const [first] = helds;
    if (first !== undefined) world.ports.pool.give(first);
    const others = await Promise.all(more);
    expect(others.map(({ session }) => session)).toContain(first?.session);
    expect(server.visits).toHaveLength(8);
    for (const { session } of [...helds, ...others]) session.close();
  });
});
