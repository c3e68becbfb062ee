import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Endpoint, Resolution } from '../../../probe-node/flow/lease.ts';
import { createResolve } from '../../../probe-node/flow/resolve.ts';
import { parseNetworks } from '../../../probe-node/smtp/public-ip.ts';
import { makeCertificate } from '../certificate.ts';
import { OK, type ServerBehaviour, UNKNOWN } from '../mail-server.ts';
import { codesOf, jobFor } from '../node-world.ts';
import { awaitsClose, hears, type Script, says } from '../smtp/scripted-server.ts';
import { setStage } from '../stage.ts';

const stage = setStage();

/** A loopback port without a listener: tcpmux, which no process takes, unlike a free port that was given back. */
async function nowhere(): Promise<{ readonly port: number }> {
  return { port: 1 };
}

const whenAsked =
  (verb: string, text: string, hangsUp = false): NonNullable<ServerBehaviour['reply']> =>
  (line, visit) => {
    if (!line.startsWith(verb)) return undefined;
    if (hangsUp) visit.hangUp();
    return text;
  };

describe('evidence', () => {
  test('evidence says what was replied, where, to whom and by which rule', async () => {
    const server = await stage.serve();
    const evidence = await stage
      .world([server])
      .runOne(jobFor(['nobody'], { recipients: [{ id: 7, address: 'nobody@example.test' }] }));
    expect(evidence).toEqual({
      id: 7,
      host: 'mx1.test',
      ip: '127.0.0.1',
      stage: 'rcpt',
      outcome: 'reply',
      reply: { code: 550, enhanced: '5.1.1', text: 'User unknown', quotes: [] },
      fault: null,
      stranger: null,
      tls: false,
      rule: expect.stringMatching(/^[a-z0-9-]+$/),
      retry_after_s: null,
      node: 'probe-1',
      region: 'eu-central',
      attempts: [],
      ms: expect.any(Number),
    });
  });

  test('evidence has no rule if there is no reply', async () => {
    const world = stage.world([await nowhere()]);
    expect(await world.runOne(jobFor(['ada']))).toMatchObject({
      outcome: 'unreachable',
      fault: 'ECONNREFUSED',
      reply: null,
      rule: null,
    });
  });

  test('evidence comes once for each recipient, whatever is wrong with some of them', async () => {
    const server = await stage.serve();
    const addresses = ['ada@example.test', 'ада@example.test', 'ada@', 'nobody@example.test', 'ada@other.test'];
    const recipients = addresses.map((address, id) => ({ id: 10 * id, address }));
    const evidence = await stage.world([server]).run(jobFor([], { recipients }));
    const outcomes = Object.fromEntries(evidence.map(({ id, outcome, reply }) => [id, reply?.code ?? outcome]));
    expect(outcomes).toEqual({ 0: 250, 10: 550, 20: 'bad_address', 30: 550, 40: 'bad_address' });
  });

  test('evidence comes once for each recipient, however the hosts behave', async () => {
    const conduct = fc.constantFrom<Partial<ServerBehaviour>>(
      {},
      { greeting: '421 4.3.2 busy' },
      { greeting: '554 5.7.1 blocked' },
      { greeting: 'SSH-2.0-OpenSSH_9.9' },
      { reply: whenAsked('EHLO', '502 what?') },
      { reply: whenAsked('MAIL', '451 4.7.1 later') },
      { reply: whenAsked('MAIL', '421 4.7.0 bye', true) },
      { reply: whenAsked('RCPT', '421 4.7.0 bye', true) },
      { reply: whenAsked('RCPT', '550 5.1.1 no', true) },
      { reply: whenAsked('RCPT', '452 4.5.3 Too many recipients') },
      { reply: whenAsked('RCPT', '250 ok\r\n250 ok') },
      { reply: whenAsked('RSET', '550 no') },
      { extensions: [] },
    );
    const property = fc.asyncProperty(fc.array(conduct, { minLength: 1, maxLength: 3 }), async (conducts) => {
      const servers = await Promise.all(conducts.map((behaviour) => stage.serve(behaviour)));
      const world = stage.world(servers);
      await world.run(jobFor(['ada', 'nobody', 'known1'], { catch_all: 'ask' }, servers.length));
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

describe('hosts', () => {
  test('hosts are asked by preference, not by position', async () => {
    const servers = [await stage.serve(), await stage.serve(), await stage.serve()];
    const mail_hosts = [30, 10, 20].map((preference, index) => ({ host: `mx${index + 1}.test`, preference }));
    expect(await stage.world(servers).runOne(jobFor(['ada'], { mail_hosts }))).toMatchObject({ host: 'mx2.test' });
  });

  test('hosts of one preference are asked in an order of chance', async () => {
    const servers = [await stage.serve(), await stage.serve()];
    const mail_hosts = ['mx1.test', 'mx2.test'].map((host) => ({ host, preference: 10 }));
    const hostWith = async (...lots: readonly number[]): Promise<string | null> => {
      const left = [...lots];
      const world = stage.world(servers, { ports: { random: () => left.shift() ?? 0 } });
      return (await world.runOne(jobFor(['ada'], { mail_hosts }))).host;
    };
    expect([await hostWith(0.1, 0.9), await hostWith(0.9, 0.1)]).toEqual(['mx1.test', 'mx2.test']);
  });

  test('hosts that failed lately are asked last, so that a dead first host costs its time once', async () => {
    const servers = [await nowhere(), await stage.serve()];
    const world = stage.world(servers);
    expect((await world.runOne(jobFor(['ada'], {}, 2))).attempts).toMatchObject([{ host: 'mx1.test' }]);
    expect((await world.runOne(jobFor(['ada'], {}, 2))).attempts).toEqual([]);
  });

  test('hosts are five at most', async () => {
    const { port } = await nowhere();
    const world = stage.world(Array.from({ length: 9 }, () => ({ port })));
    const { outcome, attempts } = await world.runOne(jobFor(['ada'], {}, 9));
    expect(outcome).toBe('unreachable');
    expect(attempts.filter(({ host }) => host !== null)).toHaveLength(4);
  });

  test('hosts that were not tried keep a domain from having no address', async () => {
    const resolve = async (): Promise<Resolution> => ({ kind: 'no_address' });
    const run = (count: number) => stage.world([], { ports: { resolve } }).runOne(jobFor(['ada'], {}, count));
    expect(await run(5)).toMatchObject({ outcome: 'no_address' });
    expect(await run(6)).toMatchObject({ outcome: 'unreachable', fault: 'hosts_untried' });
  });

  test('hosts that the deadline left untried keep a domain from having no address', async () => {
    const stop = new AbortController();
    const resolve = async (): Promise<Resolution> => {
      stop.abort();
      return { kind: 'no_address' };
    };
    const world = stage.world([], { ports: { resolve } });
    expect(await world.runOne(jobFor(['ada'], {}, 2), stop.signal)).toMatchObject({ outcome: 'timeout' });
  });
});

const EHLO = 'EHLO probe1.example.com';
const READY: Script = [says('220 mx'), hears(EHLO), says('250-mx', '250 PIPELINING')];
const GROUP = hears('MAIL FROM:<verify@example.com>', 'RCPT TO:<ada@example.test>', 'RSET', EHLO);

describe('the next host', () => {
  test.each<[string, readonly Script[], object]>([
    ['greets with "not now"', [[says('421 4.3.2 busy')]], { stage: 'connect', outcome: 'reply', reply: { code: 421 } }],
    ['greets with 521', [[says('521 mx takes no mail')]], { stage: 'connect', reply: { code: 521 } }],
    ['greets with a 554 that names nothing of ours', [[says('554 No SMTP service here')]], { reply: { code: 554 } }],
    [
      'says 421 to EHLO',
      [[says('220 mx'), hears(EHLO), says('421 4.3.2 bye')]],
      { stage: 'ehlo', reply: { code: 421 } },
    ],
    ['drops us at EHLO', [[says('220 mx'), hears(EHLO)]], { stage: 'ehlo', outcome: 'dropped' }],
    ['drops us at connect', [[]], { stage: 'connect', outcome: 'dropped' }],
    [
      'drops us when asked, twice',
      [
        [...READY, GROUP],
        [...READY, GROUP],
      ],
      { stage: 'mail', outcome: 'dropped' },
    ],
    ['talks nonsense', [[says('HTTP/1.1 400 Bad'), awaitsClose]], { outcome: 'protocol_error', fault: 'not_a_reply' }],
  ])('the next host is asked if one %s, and the attempt is told', async (_, scripts, attempt) => {
    const [first, second] = [await stage.play(...scripts), await stage.serve()];
    const evidence = await stage.world([first, second]).runOne(jobFor(['ada'], {}, 2));
    expect(evidence).toMatchObject({ host: 'mx2.test', outcome: 'reply', reply: { code: 250 } });
    expect(evidence.attempts).toMatchObject([{ host: 'mx1.test', ...attempt }]);
  });

  test.each<[string, Resolution, string, string | null]>([
    ['has no address', { kind: 'no_address' }, 'no_address', null],
    ['cannot be looked up', { kind: 'dns_failure', fault: 'ESERVFAIL' }, 'dns_failure', 'ESERVFAIL'],
    ['has only private addresses', { kind: 'endpoints', endpoints: [endpoint('10.0.0.1')] }, 'forbidden_address', null],
    ['has an empty list of addresses', { kind: 'endpoints', endpoints: [] }, 'forbidden_address', null],
  ])('the next host is asked if one %s', async (_, resolution, outcome, fault) => {
    const server = await stage.serve();
    const named: Resolution = { kind: 'endpoints', endpoints: [endpoint('127.0.0.1', server.port, true)] };
    const resolve = async (host: string): Promise<Resolution> => (host === 'mx1.test' ? resolution : named);
    const evidence = await stage.world([], { ports: { resolve } }).runOne(jobFor(['ada'], {}, 2));
    expect(evidence).toMatchObject({ host: 'mx2.test', reply: { code: 250 } });
    expect(evidence.attempts).toEqual([{ host: 'mx1.test', ip: null, stage: 'connect', outcome, reply: null, fault }]);
  });

  test.each<[string, Partial<ServerBehaviour>, string, number]>([
    ['refuses the sender', { reply: whenAsked('MAIL', '550 5.7.1 no') }, 'mail', 550],
    ['holds the sender off', { reply: whenAsked('MAIL', '451 4.7.1 later') }, 'mail', 451],
    ['refuses the recipient', { reply: whenAsked('RCPT', UNKNOWN) }, 'rcpt', 550],
    ['holds the recipient off', { reply: whenAsked('RCPT', '450 4.2.0 greylisted') }, 'rcpt', 450],
    ['accepts the recipient', { reply: whenAsked('RCPT', OK) }, 'rcpt', 250],
  ])('the next host is left alone where one %s', async (_, behaviour, where, code) => {
    const servers = [await stage.serve(behaviour), await stage.serve()];
    const evidence = await stage.world(servers).runOne(jobFor(['ada'], {}, 2));
    expect(evidence).toMatchObject({ host: 'mx1.test', stage: where, outcome: 'reply', reply: { code }, attempts: [] });
    expect(servers[1]?.visits).toEqual([]);
  });

  test('the next host is asked about those only that the one before has not answered', async () => {
    let asked = 0;
    const dying: ServerBehaviour['reply'] = (line, visit) => {
      if (!line.startsWith('RCPT')) return undefined;
      asked += 1;
      if (asked === 1) return UNKNOWN;
      visit.hangUp();
      return null;
    };
    const servers = [await stage.serve({ reply: dying }), await stage.serve()];
    const names = ['nobody', 'ada', 'known1'];
    const evidence = await stage.world(servers).run(jobFor(names, {}, 2));
    expect(codesOf(evidence, names)).toEqual({ nobody: 550, ada: 250, known1: 250 });
    expect(servers[1]?.asked()).toEqual(['ada@example.test', 'known1@example.test']);
  });

  test('the next host settling nothing either, the most telling is reported', async () => {
    const [dropping, busy] = [await stage.play([]), await stage.serve({ greeting: '421 busy' })];
    const evidence = await stage.world([dropping, busy]).runOne(jobFor(['ada'], {}, 2));
    expect(evidence).toMatchObject({ host: 'mx2.test', outcome: 'reply', attempts: [{ outcome: 'dropped' }] });
  });
});

describe('a host that is silent', () => {
  /** Half of it is the first host's share: longer than a silence must be to count. */
  const brief = { deadline_ms: 2_400 };

  test.each<[string, Script, string]>([
    ['from the start', [awaitsClose], 'connect'],
    ['in the middle of its greeting', [says('220-wait'), awaitsClose], 'connect'],
    ['at EHLO', [says('220 mx'), hears(EHLO), awaitsClose], 'ehlo'],
    ['when it is asked', [...READY, GROUP, awaitsClose], 'mail'],
  ])('%s costs its share of the time, and the next one is asked; then it is asked last', async (_, script, at) => {
    const servers = [await stage.play(script), await stage.serve()];
    const world = stage.world(servers);
    const evidence = await world.runOne(jobFor(['ada'], brief, 2));
    expect(evidence).toMatchObject({ host: 'mx2.test', outcome: 'reply', reply: { code: 250 } });
    expect(evidence.attempts).toMatchObject([{ host: 'mx1.test', stage: at, outcome: 'timeout' }]);
    expect((await world.runOne(jobFor(['ada'], brief, 2))).attempts).toEqual([]);
  });

  test('a host that is silent and is the last leaves what the others said as the finding', async () => {
    const servers = [await stage.serve({ greeting: '421 4.3.2 busy' }), await stage.play([awaitsClose])];
    const stop = new AbortController();
    const world = stage.world(servers);
    setTimeout(() => stop.abort(), 200);
    const evidence = await world.runOne(jobFor(['ada'], { deadline_ms: 200 }, 2), stop.signal);
    expect(evidence).toMatchObject({ host: 'mx1.test', reply: { code: 421 }, attempts: [{ outcome: 'timeout' }] });
  });
});

describe('hosts of one operator', () => {
  const BLOCK = '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org';
  const at = (hosts: readonly string[]) => ({
    mail_hosts: hosts.map((host, preference) => ({ host, preference })),
    deadline_ms: 1_000,
  });

  test.each<[string, Partial<ServerBehaviour>]>([
    ['has blocked us', { greeting: BLOCK }],
    ['refuses our EHLO', { reply: whenAsked('EHLO', '550 5.7.1 no') }],
  ])('hosts of one operator are not asked around if one %s; one of another operator is', async (_, behaviour) => {
    const hosts = ['mx1.firm.test', 'mx2.firm.test', 'mx.backup.test'];
    const servers = [await stage.serve(behaviour), await stage.serve(), await stage.serve()];
    const evidence = await stage.world(servers, { hosts }).runOne(jobFor(['ada'], at(hosts)));
    expect(evidence).toMatchObject({ host: 'mx.backup.test', reply: { code: 250 } });
    expect(servers.map(({ visits }) => visits.length)).toEqual([1, 0, 1]);
  });

  test('hosts of one operator are left alone if one has blocked us and there is no other operator, and that is the finding', async () => {
    const hosts = ['mx1.firm.test', 'mx2.firm.test'];
    const servers = [await stage.serve({ greeting: BLOCK }), await stage.serve()];
    const evidence = await stage.world(servers, { hosts }).runOne(jobFor(['ada'], at(hosts)));
    expect(evidence).toMatchObject({ host: 'mx1.firm.test', stage: 'connect', reply: { code: 554 } });
    expect(servers[1]?.visits).toEqual([]);
  });

  test('hosts of one operator are passed over while we keep away from one, and another operator is asked', async () => {
    const hosts = ['aspmx.l.google.com', 'alt1.aspmx.l.google.com', 'mx.backup.test'];
    const servers = [await stage.serve(), await stage.serve(), await stage.serve()];
    const world = stage.world(servers, { hosts, isPaced: true });
    world.ports.limiter.backOff('default>google', { sessionsMax: 1, sessionsPerSecond: 1, recipientsPerSecond: 1 });
    const evidence = await world.runOne(jobFor(['ada'], at(hosts)));
    expect(evidence).toMatchObject({ host: 'mx.backup.test', attempts: [{ outcome: 'paced' }] });
    const alone = await world.runOne(jobFor(['ada'], at(hosts.slice(0, 2))));
    expect(alone).toMatchObject({ host: 'aspmx.l.google.com', outcome: 'paced', retry_after_s: 15 });
  });

  test('hosts of one operator that a source rests for are passed over; that it rests is the finding only if no other is left', async () => {
    const hosts = ['aspmx.l.google.com', 'mx.backup.test'];
    const servers = [await stage.serve(), await stage.serve()];
    const world = stage.world(servers, { hosts });
    const source = { ip: null, heloName: 'probe1.example.com' };
    for (const domain of ['a.example', 'b.example', 'c.example']) world.ports.sources.refused(source, 'google', domain);
    const evidence = await world.runOne(jobFor(['ada'], at(hosts)));
    expect(evidence).toMatchObject({
      host: 'mx.backup.test',
      reply: { code: 250 },
      attempts: [{ outcome: 'resting' }],
    });
    expect(await world.runOne(jobFor(['ada'], at(hosts.slice(0, 1))))).toMatchObject({ outcome: 'resting' });
    expect(servers[0]?.visits).toEqual([]);
  });
});

describe("a name that is a provider's", () => {
  const BLOCK = '550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org';
  const evil = (label: string) => {
    const domain = `${label}.evil.example`;
    return jobFor([], {
      domain,
      provider: 'google',
      mail_hosts: [
        { host: 'gone.google.com', preference: 0 },
        { host: 'mx.evil.example', preference: 10 },
      ],
      recipients: [{ id: 0, address: `ada@${domain}` }],
      deadline_ms: 1_000,
    });
  };

  test("a name that is a provider's and leads nowhere lets nothing that others say count against the provider", async () => {
    const replies = [BLOCK, BLOCK, '421 4.7.0 Too many connections'];
    const server = await stage.serve({ reply: (line) => (line.startsWith('RCPT') ? replies.shift() : undefined) });
    const world = stage.world([server], { hosts: ['mx.evil.example'], isPaced: true });
    const { ports } = world;
    const resolve: typeof ports.resolve = (host, signal) =>
      host === 'gone.google.com' ? Promise.resolve({ kind: 'no_address' }) : ports.resolve(host, signal);
    const evilWorld = stage.world([server], {
      hosts: ['mx.evil.example'],
      isPaced: true,
      ports: { ...ports, resolve },
    });
    for (const label of ['a', 'b', 'c']) await evilWorld.run(evil(label));
    expect([ports.sources.resting(), [...ports.sources.restingProviders()]]).toEqual([[], []]);
    expect([...ports.limiter.closedLanes().keys()]).toEqual(['default>mx.evil.example']);
    expect(ports.providerStats.report().standings.map(({ provider }) => provider)).toEqual(['mx.evil.example']);
    const post = { domain: 'firm.example', host: 'aspmx.l.google.com' };
    expect(ports.sources.choose(post, 'google', 'firm.example').kind).toBe('source');
  });

  test("a name that is a provider's and says to one owner alone that we are blocked rests for that owner alone", async () => {
    const isBlocked: ServerBehaviour['reply'] = (line) =>
      line.startsWith('RCPT') && line.includes('evil.example') ? BLOCK : undefined;
    const server = await stage.serve({ reply: isBlocked });
    const host = 'tenant.mail.protection.outlook.com';
    const world = stage.world([server], { hosts: [host] });
    const ask = (domain: string) => {
      const recipients = [{ id: 0, address: `ada@${domain}` }];
      return world.runOne(jobFor([], { domain, mail_hosts: [{ host, preference: 0 }], recipients }));
    };
    for (const label of ['a', 'b', 'c']) expect(await ask(`${label}.evil.example`)).toMatchObject({ outcome: 'reply' });
    expect(await ask('d.evil.example')).toMatchObject({ outcome: 'resting' });
    expect(await ask('firm.example')).toMatchObject({ outcome: 'reply', reply: { code: 250 } });
    expect(world.ports.sources.resting()).toEqual([]);
    expect(world.ports.providerStats.report().standings).toMatchObject([{ provider: 'microsoft365', refusals: 0 }]);
  });

  test("a name that is a provider's is in a job for another provider no reason to speak to its hosts by that one", async () => {
    const server = await stage.serve({ reply: whenAsked('RCPT', BLOCK) });
    const world = stage.world([server]);
    await world.run(jobFor(['ada'], { provider: 'outlook' }));
    expect(world.ports.providerStats.report().standings).toMatchObject([{ provider: 'mx1.test', refusals: 1 }]);
  });
});

function endpoint(ip: string, port = 25, isNamed = false): Endpoint {
  return { ip, port, isNamed };
}

describe('where a node connects', () => {
  const private_ = [
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:8.8.8.8',
    'fd00::1',
    '64:ff9b::808:808',
    '0.0.0.0',
  ];

  test.each(private_)('a node never connects to %s', async (ip) => {
    const server = await stage.serve();
    const resolve = async (): Promise<Resolution> => ({ kind: 'endpoints', endpoints: [endpoint(ip, server.port)] });
    const evidence = await stage.world([], { ports: { resolve } }).runOne(jobFor(['ada']));
    expect(evidence).toMatchObject({ host: 'mx1.test', ip: null, outcome: 'forbidden_address' });
    expect(server.visits).toEqual([]);
  });

  test('a node connects to a private address if the operator has named its network', async () => {
    const server = await stage.serve();
    const endpoints = [endpoint('127.1.0.1', server.port), endpoint('127.0.0.1', server.port)];
    const ports = {
      resolve: async (): Promise<Resolution> => ({ kind: 'endpoints', endpoints }),
      allowedNetworks: parseNetworks('127.0.0.0/16'),
    };
    expect(await stage.world([], { ports }).runOne(jobFor(['ada']))).toMatchObject({
      ip: '127.0.0.1',
      outcome: 'reply',
    });
  });

  test.each(['', '.', '127.0.0.1', '::1'])('a node connects nowhere for the host %j', async (host) => {
    const resolve = createResolve({ dnsServers: ['127.0.0.1:1'], routes: new Map(), smtpPort: 25 });
    const job = jobFor(['ada'], { mail_hosts: [{ host, preference: 0 }] });
    expect(await stage.world([], { ports: { resolve } }).runOne(job)).toMatchObject({ host, outcome: 'no_address' });
  });

  test.each([
    ['another domain', 'ada@other.test', 'other_domain'],
    ['a domain below', 'ada@sub.example.test', 'other_domain'],
    ['a line break', 'ada\r\nDATA@example.test', 'control_character'],
    ['a NUL', 'ada\0@example.test', 'control_character'],
    ['a bracket', 'ada>@example.test', 'angle_bracket'],
    ['no @', 'ada.example.test', 'at_missing'],
    ['an empty local part', '@example.test', 'local_empty'],
  ])('a node connects nowhere for an address with %s', async (_, address, fault) => {
    const server = await stage.serve();
    const evidence = await stage
      .world([server])
      .runOne(jobFor([], { recipients: [{ id: 9, address }], catch_all: 'ask' }));
    expect(evidence).toMatchObject({ id: 9, host: null, outcome: 'bad_address', fault, attempts: [] });
    expect(server.visits).toEqual([]);
  });

  test('a mail server hears nothing but one line of a quoted local part that reads like a command', async () => {
    const server = await stage.serve();
    const recipients = [{ id: 1, address: '"x> RCPT TO:<y"@example.test' }];
    await stage.world([server]).runOne(jobFor([], { recipients }));
    expect(server.commands()).toContain('RCPT TO:<"x> RCPT TO:<y"@example.test>');
    expect(server.commands().filter((line) => line.startsWith('RCPT'))).toHaveLength(1);
  });
});

describe('an address that needs SMTPUTF8', () => {
  const utf8 = (...more: readonly string[]) =>
    jobFor([], { recipients: ['ада', ...more].map((name, id) => ({ id, address: `${name}@example.test` })) }, 2);

  test('an address that needs SMTPUTF8 is asked with SMTPUTF8 in a transaction of its own, and others without', async () => {
    const server = await stage.serve();
    await stage.world([server]).run({ ...utf8('ada'), mail_hosts: [{ host: 'mx1.test', preference: 0 }] });
    const transactions = server.commands().join('\n').split('RSET').slice(0, 2);
    expect(transactions[0]).toMatch(/MAIL FROM:<verify@example.com>\nRCPT TO:<ada@example.test>\n$/);
    expect(transactions[1]).toMatch(/MAIL FROM:<verify@example.com> SMTPUTF8\nRCPT TO:<ада@example.test>\n$/);
  });

  test('an address that needs SMTPUTF8 is asked at the next host if one does not offer it', async () => {
    const servers = [await stage.serve({ extensions: ['PIPELINING'] }), await stage.serve()];
    const evidence = await stage.world(servers).runOne(utf8());
    expect(evidence).toMatchObject({ host: 'mx2.test', outcome: 'reply', attempts: [{ outcome: 'no_smtputf8' }] });
    expect(servers[0]?.commands()).toEqual(['EHLO probe1.example.com']);
  });

  test('an address that needs SMTPUTF8 is not asked if no host offers it', async () => {
    const servers = [await stage.serve({ extensions: [] }), await stage.serve({ extensions: [] })];
    expect(await stage.world(servers).runOne(utf8())).toMatchObject({
      outcome: 'no_smtputf8',
      attempts: [{ outcome: 'no_smtputf8' }],
    });
  });

  test('an address that needs SMTPUTF8 is asked with TLS if the host offers it only then', async () => {
    const certificate = makeCertificate();
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (!line.startsWith('EHLO')) return undefined;
      return visit.isTls ? '250-mx\r\n250-pipelining\r\n250 smtputf8' : '250-mx\r\n250 starttls';
    };
    const server = await stage.serve({ reply, tls: certificate });
    const evidence = await stage
      .world([server])
      .runOne({ ...utf8(), mail_hosts: [{ host: 'mx1.test', preference: 0 }] });
    expect(evidence).toMatchObject({ outcome: 'reply', tls: true });
    expect(server.commands()).toContain('MAIL FROM:<verify@example.com> SMTPUTF8');
  });

  test('an address that needs SMTPUTF8 is not taken by a host that does not offer it with TLS either', async () => {
    const server = await stage.serve({ extensions: ['PIPELINING'], tls: makeCertificate() });
    const evidence = await stage
      .world([server])
      .runOne({ ...utf8(), mail_hosts: [{ host: 'mx1.test', preference: 0 }] });
    expect(evidence).toMatchObject({ stage: 'ehlo', outcome: 'no_smtputf8' });
    expect(server.commands()).toContain('STARTTLS');
  });

  test.each<[string, Partial<ServerBehaviour>]>([
    ['it speaks HELO only', { reply: (line) => (line.startsWith('EHLO') ? '502 5.5.1 what?' : undefined) }],
    [
      'TLS was refused',
      { extensions: ['STARTTLS'], reply: (line) => (line === 'STARTTLS' ? '454 4.7.0 no' : undefined) },
    ],
    [
      'TLS did not come about',
      { extensions: ['STARTTLS'], reply: (line) => (line === 'STARTTLS' ? '220 go' : undefined) },
    ],
    ['it names the word in another place', { extensions: ['X-FEATURES SMTPUTF8'] }],
    ['its list is longer than we keep', { extensions: Array.from({ length: 200 }, (_, at) => `XX-LONG-NAME-${at}`) }],
  ])(
    'an address that needs SMTPUTF8 is not refused for want of it if that is not certain: %s',
    async (_, behaviour) => {
      const server = await stage.serve(behaviour);
      const stop = AbortSignal.timeout(2_000);
      const one = { ...utf8(), mail_hosts: [{ host: 'mx1.test', preference: 0 }] };
      const evidence = await stage.world([server]).runOne(one, stop);
      expect(['protocol_error', 'timeout']).toContain(evidence.outcome);
    },
  );

  test('an address that needs SMTPUTF8 is not given up if a host could not be asked that might offer it', async () => {
    const servers = [await stage.serve({ extensions: [] }), await nowhere()];
    expect(await stage.world(servers).runOne(utf8())).toMatchObject({
      outcome: 'unreachable',
      attempts: [{ outcome: 'no_smtputf8' }],
    });
  });
});
