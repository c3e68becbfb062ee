import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Askable,
  type Endpoint,
  type ProbePorts,
  type ProbeSettings,
  probe,
  type Resolution,
} from '../../probe-node/probe.ts';
import { createResolve } from '../../probe-node/resolve.ts';
import { type Ending, openSession } from '../../probe-node/smtp/connection.ts';
import type { Transaction } from '../../probe-node/smtp/dialogue.ts';
import { parseNetworks } from '../../probe-node/smtp/public-ip.ts';
import { type Evidence, evidenceSchema, type ProbeJob } from '../../shared/job.ts';
import { parseReplyText, type Reply } from '../../shared/replies/reply.ts';
import {
  awaitsClose,
  does,
  hears,
  type Script,
  type ScriptedServer,
  says,
  startScriptedServer,
} from './smtp/scripted-server.ts';

const SETTINGS: ProbeSettings = {
  id: 'probe-1',
  region: 'eu-central',
  heloName: 'probe1.example.com',
  mailFrom: 'verify@example.com',
  sourceIp: null,
  allowedNetworks: [],
};

/** A stranger as it is drawn from zeros. */
const STRANGER = 'anna.barbarbarbar10@example.test';
const OK = '250 2.1.5 Ok';
const UNKNOWN = '550 5.1.1 User unknown';
const TOO_MANY = '452 4.5.3 Too many recipients';
const never = new AbortController().signal;

function jobFor(hosts: readonly string[], changes: Partial<ProbeJob> = {}): ProbeJob {
  return {
    version: 1,
    domain: 'example.test',
    provider: null,
    mail_hosts: hosts.map((host, index) => ({ host, preference: 10 * index })),
    recipients: [{ id: 1, address: 'ada@example.test' }],
    catch_all: 'skip',
    deadline_ms: 5_000,
    ...changes,
  };
}

function reply(text: string): Reply {
  const parsed = parseReplyText(text);
  if (parsed === null) throw new Error(`no reply: ${text}`);
  return parsed;
}

function answer(recipient: string | null, stranger: string | null = null, mail = OK): Ending {
  const replyOf = (text: string | null): Reply | null => (text === null ? null : reply(text));
  return { kind: 'answer', answer: { mail: reply(mail), recipient: replyOf(recipient), stranger: replyOf(stranger) } };
}

/** How one address behaves: an ending before it can be asked, or what it answers to a transaction. */
type Conduct = Ending | { readonly offersSmtputf8?: boolean; readonly ask: (transaction: Transaction) => Ending };

const accepts: Conduct = { ask: () => answer(OK) };
const unreachable: Ending = { kind: 'unreachable', fault: 'ECONNREFUSED' };

/** A network of hosts, each with addresses, and of addresses, each with a conduct. It remembers what was opened. */
function createNetwork(
  hosts: Readonly<Record<string, Resolution | readonly string[]>>,
  conducts: Readonly<Record<string, Conduct>>,
) {
  const opened: string[] = [];
  const asked: Transaction[] = [];
  let openSessions = 0;
  const ports: ProbePorts = {
    resolve: async (host) => {
      const found = hosts[host];
      if (found === undefined) return { kind: 'no_address' };
      return 'kind' in found ? found : { kind: 'endpoints', endpoints: found.map((ip) => endpoint(ip)) };
    },
    open: async ({ ip }) => {
      opened.push(ip);
      const conduct = conducts[ip] ?? unreachable;
      if ('kind' in conduct) return conduct;
      openSessions += 1;
      const session: Askable = {
        offersSmtputf8: conduct.offersSmtputf8 ?? false,
        ask: async (transaction) => {
          asked.push(transaction);
          return conduct.ask(transaction);
        },
        close: () => {
          openSessions -= 1;
        },
      };
      return session;
    },
    nowMs: () => 0,
    random: () => 0,
  };
  return { ports, opened, asked, openSessions: () => openSessions };
}

function endpoint(ip: string, port = 25, isNamed = false): Endpoint {
  return { ip, port, isNamed };
}

/** Runs a job; each piece of evidence is one that the edge can read. */
async function run(
  job: ProbeJob,
  ports: ProbePorts,
  signal = never,
  settings = SETTINGS,
): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  for await (const piece of probe(job, settings, ports, signal)) {
    expect(evidenceSchema.parse(JSON.parse(JSON.stringify(piece)))).toEqual(piece);
    evidence.push(piece);
  }
  return evidence;
}

async function runOne(...args: Parameters<typeof run>): Promise<Evidence> {
  const [evidence, ...more] = await run(...args);
  if (evidence === undefined || more.length > 0) throw new Error('there is not one piece of evidence');
  return evidence;
}

describe('evidence', () => {
  test('says what was replied, where, to whom and by which rule', async () => {
    const { ports } = createNetwork(
      { 'mx.example.test': ['192.0.9.1'] },
      { '192.0.9.1': { ask: () => answer(UNKNOWN) } },
    );
    let clockMs = 100;
    const nowMs = (): number => {
      clockMs += 1.23456;
      return clockMs;
    };
    const evidence = await runOne(jobFor(['mx.example.test']), { ...ports, nowMs });
    expect(evidence).toEqual({
      id: 1,
      host: 'mx.example.test',
      ip: '192.0.9.1',
      stage: 'rcpt',
      outcome: 'reply',
      reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' },
      stranger: null,
      fault: null,
      tls: false,
      rule: expect.stringMatching(/^[a-z0-9-]+$/),
      node: 'probe-1',
      region: 'eu-central',
      attempts: [],
      ms: 1.23,
    });
  });

  test('has no rule where there is no reply', async () => {
    const { ports } = createNetwork({ mx: ['192.0.9.1'] }, {});
    expect(await runOne(jobFor(['mx']), ports)).toMatchObject({ outcome: 'unreachable', reply: null, rule: null });
  });

  test('comes for each recipient in order, each asked on a session of its own that is closed', async () => {
    const network = createNetwork(
      { mx: ['192.0.9.1'] },
      { '192.0.9.1': { ask: ({ recipient }) => answer(recipient.startsWith('ada@') ? OK : UNKNOWN) } },
    );
    const recipients = ['ada', 'bob', 'eve'].map((name, index) => ({ id: 7 - index, address: `${name}@example.test` }));
    const evidence = await run(jobFor(['mx'], { recipients }), network.ports);
    expect(evidence.map(({ id, reply }) => [id, reply?.code])).toEqual([
      [7, 250],
      [6, 550],
      [5, 550],
    ]);
    expect(network.openSessions()).toBe(0);
  });

  test('fits the schema and comes once a recipient, however hosts behave', async () => {
    const text = fc.constantFrom(
      OK,
      '252 maybe',
      UNKNOWN,
      TOO_MANY,
      '421 4.7.0 bye',
      '450 4.2.0 later',
      '554 5.7.1 no',
    );
    const stage = fc.constantFrom('connect', 'ehlo', 'mail', 'rcpt');
    const ending = fc.oneof(
      fc.record({ kind: fc.constant('refused'), stage, reply: text.map(reply) }),
      fc.record({ kind: fc.constant('dropped'), stage }),
      fc.record({ kind: fc.constant('broken'), stage, fault: fc.constant('not_a_reply') }),
      fc.record({ kind: fc.constant('timeout'), stage, fault: fc.constant('deadline') }),
      fc.constant(unreachable),
      fc.tuple(text, fc.option(text)).map(([recipient, stranger]) => answer(recipient, stranger)),
    ) as fc.Arbitrary<Ending>;
    const conduct = fc.oneof(
      ending,
      ending.map((given): Conduct => ({ ask: () => given })),
    );
    const property = fc.asyncProperty(fc.array(conduct, { minLength: 1, maxLength: 8 }), async (conducts) => {
      const ips = conducts.map((_, index) => `192.0.9.${index + 1}`);
      const network = createNetwork(
        { mx1: ips.slice(0, 4), mx2: ips.slice(4), mx3: { kind: 'dns_failure', fault: 'ESERVFAIL' } },
        Object.fromEntries(conducts.map((each, index) => [ips[index], each])),
      );
      const recipients = ['ada@example.test', 'ада@example.test', 'ada@', 'bob@example.test'];
      const numbered = recipients.map((address, id) => ({ id, address }));
      const job = jobFor(['mx1', 'mx2', 'mx3', 'mx4'], { recipients: numbered, catch_all: 'ask' });
      expect((await run(job, network.ports)).map(({ id }) => id)).toEqual([0, 1, 2, 3]);
      expect(network.openSessions()).toBe(0);
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

describe('the order of hosts', () => {
  const HOSTS = { mx1: ['192.0.9.1'], mx2: ['192.0.9.2'], mx3: ['192.0.9.3'] };
  const hostsAt = (...preferences: readonly number[]) =>
    preferences.map((preference, index) => ({ host: `mx${index + 1}`, preference }));

  test('is by preference, not by position', async () => {
    const { ports, opened } = createNetwork(HOSTS, {});
    await run(jobFor([], { mail_hosts: hostsAt(30, 10, 20) }), ports);
    expect(opened).toEqual(['192.0.9.2', '192.0.9.3', '192.0.9.1']);
  });

  test('is a matter of chance among equals, and of nothing else', async () => {
    const orderFor = async (...lots: readonly number[]): Promise<readonly string[]> => {
      const { ports, opened } = createNetwork(HOSTS, {});
      const left = [...lots];
      await run(jobFor([], { mail_hosts: hostsAt(10, 10, 5) }), { ...ports, random: () => left.shift() ?? 0 });
      return opened;
    };
    expect(await orderFor(0.1, 0.9, 0.5)).toEqual(['192.0.9.3', '192.0.9.1', '192.0.9.2']);
    expect(await orderFor(0.9, 0.1, 0.5)).toEqual(['192.0.9.3', '192.0.9.2', '192.0.9.1']);
  });
});

describe('the next host', () => {
  const HOSTS = { mx1: ['192.0.9.1'], mx2: ['192.0.9.2'] };

  test.each<[string, Conduct, object]>([
    ['cannot be reached', unreachable, { stage: 'connect', outcome: 'unreachable', fault: 'ECONNREFUSED' }],
    [
      'greets with "not now"',
      { kind: 'refused', stage: 'connect', reply: reply('421 4.3.2 busy') },
      { stage: 'connect', outcome: 'reply', reply: reply('421 4.3.2 busy') },
    ],
    ['drops us at connect', { kind: 'dropped', stage: 'connect' }, { stage: 'connect', outcome: 'dropped' }],
    [
      'drops us when asked',
      { ask: () => ({ kind: 'dropped', stage: 'mail' }) },
      { stage: 'mail', outcome: 'dropped', fault: null },
    ],
    [
      'talks nonsense',
      { kind: 'broken', stage: 'connect', fault: 'not_a_reply' },
      { stage: 'connect', outcome: 'protocol_error', fault: 'not_a_reply' },
    ],
    [
      'is out of step',
      { ask: () => ({ kind: 'broken', stage: 'rcpt', fault: 'reply_out_of_turn' }) },
      { stage: 'rcpt', outcome: 'protocol_error', fault: 'reply_out_of_turn' },
    ],
    [
      'drips',
      { kind: 'timeout', stage: 'connect', fault: 'line_too_slow' },
      { stage: 'connect', outcome: 'timeout', fault: 'line_too_slow' },
    ],
  ])('is asked where one %s, and the attempt is told', async (_, conduct, attempt) => {
    const { ports } = createNetwork(HOSTS, { '192.0.9.1': conduct, '192.0.9.2': accepts });
    const evidence = await runOne(jobFor(['mx1', 'mx2']), ports);
    expect(evidence).toMatchObject({ host: 'mx2', outcome: 'reply', reply: { code: 250 } });
    expect(evidence.attempts).toMatchObject([{ host: 'mx1', ip: '192.0.9.1', ...attempt }]);
  });

  test.each<[string, Resolution, string, string | null]>([
    ['has no address', { kind: 'no_address' }, 'no_address', null],
    ['cannot be looked up', { kind: 'dns_failure', fault: 'ESERVFAIL' }, 'dns_failure', 'ESERVFAIL'],
    ['has only private addresses', { kind: 'endpoints', endpoints: [endpoint('10.0.0.1')] }, 'forbidden_address', null],
    ['has an empty list of addresses', { kind: 'endpoints', endpoints: [] }, 'forbidden_address', null],
  ])('is asked where one %s', async (_, resolution, outcome, fault) => {
    const { ports } = createNetwork({ mx1: resolution, mx2: ['192.0.9.2'] }, { '192.0.9.2': accepts });
    const evidence = await runOne(jobFor(['mx1', 'mx2']), ports);
    expect(evidence).toMatchObject({ host: 'mx2', outcome: 'reply' });
    expect(evidence.attempts).toEqual([{ host: 'mx1', ip: null, stage: 'connect', outcome, reply: null, fault }]);
  });

  test.each<[string, Conduct, string, number]>([
    ['greets with "never"', { kind: 'refused', stage: 'connect', reply: reply('554 5.7.1 blocked') }, 'connect', 554],
    ['refuses EHLO', { kind: 'refused', stage: 'ehlo', reply: reply('550 5.7.1 no') }, 'ehlo', 550],
    ['refuses the sender', { ask: () => answer(null, null, '550 5.7.1 no') }, 'mail', 550],
    ['holds the sender off', { ask: () => answer(null, null, '451 4.7.1 later') }, 'mail', 451],
    ['refuses the recipient', { ask: () => answer(UNKNOWN) }, 'rcpt', 550],
    ['holds the recipient off', { ask: () => answer('450 4.2.0 greylisted') }, 'rcpt', 450],
    ['accepts the recipient', accepts, 'rcpt', 250],
  ])('is left alone where one %s', async (_, conduct, stage, code) => {
    const { ports, opened } = createNetwork(HOSTS, { '192.0.9.1': conduct, '192.0.9.2': accepts });
    expect(await runOne(jobFor(['mx1', 'mx2']), ports)).toMatchObject({
      host: 'mx1',
      stage,
      outcome: 'reply',
      reply: { code },
      attempts: [],
    });
    expect(opened).toEqual(['192.0.9.1']);
  });

  test('comes after the other addresses of the same host', async () => {
    const hosts = { mx1: ['192.0.9.1', '192.0.9.11'], mx2: ['192.0.9.2'] };
    const { ports, opened } = createNetwork(hosts, { '192.0.9.11': accepts });
    expect(await runOne(jobFor(['mx1', 'mx2']), ports)).toMatchObject({ host: 'mx1', ip: '192.0.9.11' });
    expect(opened).toEqual(['192.0.9.1', '192.0.9.11']);
  });

  test('has its turn after four addresses of a host that has fifty', async () => {
    const many = Array.from({ length: 50 }, (_, index) => `192.0.9.${index + 100}`);
    const { ports, opened } = createNetwork({ mx1: many, mx2: ['192.0.9.2'] }, { '192.0.9.2': accepts });
    expect(await runOne(jobFor(['mx1', 'mx2']), ports)).toMatchObject({ host: 'mx2', attempts: { length: 4 } });
    expect(opened).toEqual([...many.slice(0, 4), '192.0.9.2']);
  });

  test.each<[string, Conduct, Conduct, object]>([
    [
      'a reply tells more than a drop',
      { kind: 'dropped', stage: 'connect' },
      { kind: 'refused', stage: 'connect', reply: reply('421 busy') },
      { host: 'mx2', outcome: 'reply', attempts: [{ host: 'mx1', outcome: 'dropped' }] },
    ],
    [
      'a timeout tells more than a closed port',
      unreachable,
      { kind: 'timeout', stage: 'connect', fault: 'line_too_slow' },
      { host: 'mx2', outcome: 'timeout', attempts: [{ host: 'mx1', outcome: 'unreachable' }] },
    ],
    [
      'of equals the first counts',
      { kind: 'dropped', stage: 'connect' },
      { kind: 'dropped', stage: 'mail' },
      { host: 'mx1', stage: 'connect', attempts: [{ host: 'mx2', stage: 'mail' }] },
    ],
  ])('settling nothing either, the most telling is reported: %s', async (_, first, second, expected) => {
    const { ports } = createNetwork(HOSTS, { '192.0.9.1': first, '192.0.9.2': second });
    expect(await runOne(jobFor(['mx1', 'mx2']), ports)).toMatchObject(expected);
  });
});

describe('where a node connects', () => {
  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:8.8.8.8',
    'fd00::1',
    '64:ff9b::808:808',
    '0.0.0.0',
  ])('is never %s', async (ip) => {
    const { ports, opened } = createNetwork({ mx: [ip] }, { [ip]: accepts });
    expect(await runOne(jobFor(['mx']), ports)).toMatchObject({ host: 'mx', ip: null, outcome: 'forbidden_address' });
    expect(opened).toEqual([]);
  });

  test('is the public one of several addresses only', async () => {
    const { ports, opened } = createNetwork({ mx: ['127.0.0.1', '8.8.8.8', '::1'] }, {});
    await run(jobFor(['mx']), ports);
    expect(opened).toEqual(['8.8.8.8']);
  });

  test('is a private address where the operator has named its network', async () => {
    const { ports, opened } = createNetwork({ mx: ['10.0.0.1', '10.9.0.1'] }, {});
    await run(jobFor(['mx']), ports, never, { ...SETTINGS, allowedNetworks: parseNetworks('10.9.0.0/16') });
    expect(opened).toEqual(['10.9.0.1']);
  });

  test('is a private address where the operator has named the host', async () => {
    const named: Resolution = { kind: 'endpoints', endpoints: [endpoint('127.0.0.1', 2_525, true)] };
    const { ports, opened } = createNetwork({ mx: named }, { '127.0.0.1': accepts });
    expect(await runOne(jobFor(['mx']), ports)).toMatchObject({ outcome: 'reply' });
    expect(opened).toEqual(['127.0.0.1']);
  });

  test.each(['', '.', '127.0.0.1', '8.8.8.8', '::1'])('is nowhere for the host %j', async (host) => {
    const { ports, opened } = createNetwork({}, {});
    const resolve = createResolve({ dnsServers: ['127.0.0.1:1'], routes: new Map(), smtpPort: 25 });
    const evidence = await runOne(jobFor([host]), { ...ports, resolve });
    expect(evidence).toMatchObject({ host, outcome: 'no_address', attempts: [] });
    expect(opened).toEqual([]);
  });

  test.each([
    ['another domain', 'ada@other.test', 'other_domain'],
    ['a domain below', 'ada@sub.example.test', 'other_domain'],
    ['a line break', 'ada\r\nDATA@example.test', 'control_character'],
    ['a NUL', 'ada\0@example.test', 'control_character'],
    ['a bracket', 'ada>@example.test', 'angle_bracket'],
    ['no @', 'ada.example.test', 'at_missing'],
    ['an empty local part', '@example.test', 'local_empty'],
  ])('is nowhere for an address with %s', async (_, address, fault) => {
    const { ports, opened } = createNetwork({ mx: ['192.0.9.1'] }, { '192.0.9.1': accepts });
    const evidence = await runOne(jobFor(['mx'], { recipients: [{ id: 9, address }], catch_all: 'ask' }), ports);
    expect(evidence).toMatchObject({ id: 9, host: null, ip: null, outcome: 'bad_address', fault, attempts: [] });
    expect(opened).toEqual([]);
  });
});

describe('an address that needs SMTPUTF8', () => {
  const recipients = [{ id: 1, address: 'ада@example.test' }];
  const HOSTS = { mx1: ['192.0.9.1'], mx2: ['192.0.9.2'] };
  const offers: Conduct = { offersSmtputf8: true, ask: () => answer(OK) };

  test('is asked with SMTPUTF8 at a host that offers it', async () => {
    const { ports, asked } = createNetwork(HOSTS, { '192.0.9.1': accepts, '192.0.9.2': offers });
    const evidence = await runOne(jobFor(['mx1', 'mx2'], { recipients }), ports);
    expect(evidence).toMatchObject({ host: 'mx2', outcome: 'reply', attempts: [{ outcome: 'no_smtputf8' }] });
    expect(asked).toMatchObject([{ recipient: 'ада@example.test', smtputf8: true }]);
  });

  test('is not asked where no host offers it, and no session is left open', async () => {
    const network = createNetwork(HOSTS, { '192.0.9.1': accepts, '192.0.9.2': accepts });
    expect(await runOne(jobFor(['mx1', 'mx2'], { recipients }), network.ports)).toMatchObject({
      outcome: 'no_smtputf8',
      attempts: [{ outcome: 'no_smtputf8' }],
    });
    expect(network.asked).toEqual([]);
    expect(network.openSessions()).toBe(0);
  });

  test('is not given up where a host could not be asked that might offer it', async () => {
    const { ports } = createNetwork(HOSTS, { '192.0.9.1': accepts, '192.0.9.2': unreachable });
    expect(await runOne(jobFor(['mx1', 'mx2'], { recipients }), ports)).toMatchObject({
      outcome: 'unreachable',
      attempts: [{ outcome: 'no_smtputf8' }],
    });
  });

  test('is one with a UTF-8 local part only: ASCII is asked without it', async () => {
    const { ports, asked } = createNetwork(HOSTS, { '192.0.9.1': offers });
    await run(jobFor(['mx1']), ports);
    expect(asked).toMatchObject([{ smtputf8: false }]);
  });
});

describe('a stranger', () => {
  const HOSTS = { mx: ['192.0.9.1'] };
  const ask = (conduct: (transaction: Transaction) => Ending, catchAll: 'ask' | 'skip' = 'ask') => {
    const network = createNetwork(HOSTS, { '192.0.9.1': { ask: conduct } });
    return { ...network, evidence: runOne(jobFor(['mx'], { catch_all: catchAll }), network.ports) };
  };

  test('is asked in the same transaction', async () => {
    const { asked, evidence } = ask(() => answer(OK, UNKNOWN));
    expect(await evidence).toMatchObject({ reply: { code: 250 }, stranger: reply(UNKNOWN) });
    expect(asked).toMatchObject([{ recipient: 'ada@example.test', stranger: STRANGER, isLast: true }]);
  });

  test('is not asked where the edge knows what the domain does', async () => {
    const { asked, evidence } = ask(() => answer(OK), 'skip');
    expect(await evidence).toMatchObject({ stranger: null });
    expect(asked).toMatchObject([{ stranger: null }]);
  });

  test.each([
    ['one recipient too many', TOO_MANY],
    ['452 without a status', '452 too many'],
    ['a status of too many recipients', '550 5.5.3 no', false],
    ['451 with the status of too many recipients', '451 4.5.3 too many'],
    ['a goodbye', '421 4.7.0 bye'],
    ['nothing, the server hung up', null],
  ])('is asked alone or not, by what it was told: %s', async (_, told, isAskedAlone = true) => {
    const { asked, opened, evidence } = ask(({ stranger }) =>
      answer(stranger === null ? UNKNOWN : OK, stranger === null ? null : told),
    );
    expect((await evidence).stranger?.code).toBe(550);
    expect(opened).toHaveLength(isAskedAlone ? 2 : 1);
    if (isAskedAlone) expect(asked[1]).toMatchObject({ recipient: STRANGER, stranger: null, smtputf8: false });
  });

  test.each([
    ['refused', UNKNOWN],
    ['held off', '450 4.2.0 greylisted'],
    ['full', '452 4.2.2 over quota'],
  ])('is not asked alone where the address is %s, and what it was told is left out', async (_, told) => {
    const { opened, evidence } = ask(() => answer(told, UNKNOWN));
    expect(await evidence).toMatchObject({ reply: { code: reply(told).code }, stranger: null });
    expect(opened).toHaveLength(1);
  });

  test.each<[string, Ending]>([
    ['is dropped', { kind: 'dropped', stage: 'rcpt' }],
    ['is refused at MAIL', answer(null, null, '451 4.7.1 slow down')],
    ['times out', { kind: 'timeout', stage: 'rcpt', fault: 'deadline' }],
  ])('leaves the answer of the address as it is where it %s alone', async (_, ending) => {
    const { evidence } = ask(({ stranger }) => (stranger === null ? ending : answer(OK, TOO_MANY)));
    expect(await evidence).toMatchObject({ outcome: 'reply', reply: { code: 250 }, stranger: null, attempts: [] });
  });

  test('is asked alone once and not again', async () => {
    const { opened, evidence } = ask(({ stranger }) => answer(stranger === null ? TOO_MANY : OK, null));
    expect(await evidence).toMatchObject({ stranger: { code: 452 } });
    expect(opened).toHaveLength(2);
  });

  test('is another one for each recipient', async () => {
    const { ports, asked } = createNetwork(HOSTS, { '192.0.9.1': { ask: () => answer(OK, UNKNOWN) } });
    const recipients = [1, 2].map((id) => ({ id, address: `ada${id}@example.test` }));
    let state = 0;
    const random = (): number => {
      state = (state + 0.317) % 1;
      return state;
    };
    await run(jobFor(['mx'], { recipients, catch_all: 'ask' }), { ...ports, random });
    expect(asked[0]?.stranger).not.toBe(asked[1]?.stranger);
  });
});

describe('the deadline', () => {
  const HOSTS = { mx1: ['192.0.9.1', '192.0.9.11'], mx2: ['192.0.9.2'] };
  const timedOut: Ending = { kind: 'timeout', stage: 'connect', fault: 'deadline' };

  test('that has passed lets nothing be done', async () => {
    const { ports, opened } = createNetwork(HOSTS, {});
    expect(await run(jobFor(['mx1']), ports, AbortSignal.abort())).toEqual([]);
    expect(opened).toEqual([]);
  });

  test('that passes while connecting ends the work: no other address, no other host, no other recipient', async () => {
    const stop = new AbortController();
    const { ports, opened } = createNetwork(HOSTS, {});
    const open: ProbePorts['open'] = async (target) => {
      opened.push(target.ip);
      stop.abort();
      return timedOut;
    };
    const recipients = [1, 2].map((id) => ({ id, address: `ada${id}@example.test` }));
    const evidence = await run(jobFor(['mx1', 'mx2'], { recipients }), { ...ports, open }, stop.signal);
    expect(evidence).toMatchObject([{ id: 1, host: 'mx1', outcome: 'timeout', fault: 'deadline' }]);
    expect(opened).toEqual(['192.0.9.1']);
  });

  test('that passes while a host is looked up is the fault of the look-up', async () => {
    const stop = new AbortController();
    const { ports, opened } = createNetwork(HOSTS, {});
    const resolve: ProbePorts['resolve'] = async () => {
      stop.abort();
      return { kind: 'dns_failure', fault: 'deadline' };
    };
    expect(await runOne(jobFor(['mx1', 'mx2']), { ...ports, resolve }, stop.signal)).toMatchObject({
      host: 'mx1',
      outcome: 'dns_failure',
      fault: 'deadline',
    });
    expect(opened).toEqual([]);
  });

  test('that passes while the stranger is asked alone leaves the answer of the address', async () => {
    const stop = new AbortController();
    const { ports } = createNetwork({ mx: ['192.0.9.1'] }, { '192.0.9.1': { ask: () => answer(OK) } });
    let opens = 0;
    const open: ProbePorts['open'] = (target, signal) => {
      opens += 1;
      if (opens === 1) return ports.open(target, signal);
      stop.abort();
      return Promise.resolve(timedOut);
    };
    const evidence = await runOne(jobFor(['mx'], { catch_all: 'ask' }), { ...ports, open }, stop.signal);
    expect(evidence).toMatchObject({ reply: { code: 250 }, stranger: null });
  });
});

describe('with real connections', () => {
  const servers: ScriptedServer[] = [];

  afterEach(async () => {
    const started = servers.splice(0);
    for (const server of started) await server.played();
    for (const server of started) await server.close();
  });

  const EHLO = 'EHLO probe1.example.com';
  const MAIL = 'MAIL FROM:<verify@example.com>';
  const ADA = 'RCPT TO:<ada@example.test>';
  const READY: Script = [says('220 mx'), hears(EHLO), says('250-mx', '250-PIPELINING', '250 SMTPUTF8')];
  const GROUP = hears(MAIL, ADA, `RCPT TO:<${STRANGER}>`, 'QUIT');
  const ALONE = hears(MAIL, `RCPT TO:<${STRANGER}>`, 'QUIT');

  /** One host for each list of scripts: mx1, mx2 and so on, on loopback and named by the operator. */
  async function serve(...sites: readonly (readonly Script[])[]): Promise<ProbePorts> {
    const started = await Promise.all(sites.map((scripts) => startScriptedServer(...scripts)));
    servers.push(...started);
    const routes = new Map(started.map(({ port }, index) => [`mx${index + 1}`, { ip: '127.0.0.1', port }]));
    const resolve = createResolve({ dnsServers: ['127.0.0.1:1'], routes, smtpPort: 25 });
    return { resolve, open: openSession, nowMs: () => 0, random: () => 0 };
  }

  test('address and stranger are one write and one connection', async () => {
    const ports = await serve([[...READY, GROUP, says('250 ok', '250 ok', UNKNOWN, '221 bye'), awaitsClose]]);
    expect(await runOne(jobFor(['mx1'], { catch_all: 'ask' }), ports)).toMatchObject({
      host: 'mx1',
      ip: '127.0.0.1',
      stage: 'rcpt',
      reply: { code: 250 },
      stranger: { code: 550, enhanced: '5.1.1' },
    });
  });

  test('the next host is asked after a busy one, a dropping one and one that is no mail server', async () => {
    const ports = await serve(
      [[says('421 4.3.2 busy')]],
      [[...READY, GROUP]],
      [[says('HTTP/1.1 400 Bad Request'), awaitsClose]],
      [[...READY, GROUP, says('250 ok', UNKNOWN, UNKNOWN, '221 bye'), awaitsClose]],
    );
    const evidence = await runOne(jobFor(['mx1', 'mx2', 'mx3', 'mx4'], { catch_all: 'ask' }), ports);
    expect(evidence).toMatchObject({ host: 'mx4', reply: { code: 550 }, stranger: null });
    expect(evidence.attempts).toMatchObject([
      { host: 'mx1', outcome: 'reply', stage: 'connect', reply: { code: 421 } },
      { host: 'mx2', outcome: 'dropped', stage: 'mail' },
      { host: 'mx3', outcome: 'protocol_error', stage: 'connect', fault: 'not_a_reply' },
    ]);
  });

  test('the stranger has a connection of its own where the server takes one recipient', async () => {
    const ports = await serve([
      [...READY, GROUP, says('250 ok', '250 ok', TOO_MANY, '221 bye'), awaitsClose],
      [...READY, ALONE, says('250 ok', UNKNOWN, '221 bye'), awaitsClose],
    ]);
    const evidence = await runOne(jobFor(['mx1'], { catch_all: 'ask' }), ports);
    expect(evidence).toMatchObject({ reply: { code: 250 }, stranger: { code: 550 }, attempts: [] });
  });

  test('the stranger has a connection of its own where the server hangs up on it', async () => {
    const ports = await serve([
      [...READY, GROUP, says('250 ok', '250 ok')],
      [...READY, ALONE, says('250 ok', '250 ok', '221 bye'), awaitsClose],
    ]);
    const evidence = await runOne(jobFor(['mx1'], { catch_all: 'ask' }), ports);
    expect(evidence).toMatchObject({ reply: { code: 250 }, stranger: { code: 250 } });
  });

  test('the deadline ends a silent server and leaves the next host alone', async () => {
    const stop = new AbortController();
    const ports = await serve([[...READY, GROUP, does(() => stop.abort()), awaitsClose]], []);
    const evidence = await runOne(jobFor(['mx1', 'mx2'], { catch_all: 'ask' }), ports, stop.signal);
    expect(evidence).toMatchObject({ host: 'mx1', stage: 'mail', outcome: 'timeout', fault: 'deadline' });
    expect(servers[1]?.connections()).toBe(0);
  });

  test('a host that resolves to loopback is never connected to', async () => {
    const ports = await serve([]);
    const port = servers[0]?.port ?? 0;
    const resolve: ProbePorts['resolve'] = async () => ({
      kind: 'endpoints',
      endpoints: [endpoint('127.0.0.1', port)],
    });
    expect(await runOne(jobFor(['mx1']), { ...ports, resolve })).toMatchObject({ outcome: 'forbidden_address' });
    expect(servers[0]?.connections()).toBe(0);
  });
});
