/**
 * What the flow makes of memory and DNS: both at once, old verdicts at once and new ones behind them, and what each of
 * their failures leads to.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DnsAnswer } from '../../../edge/dns/answer.ts';
import type { ClimbOptions } from '../../../edge/flow/climb.ts';
import { verify } from '../../../edge/flow/verify.ts';
import type { Answer, StepReport } from '../../../shared/answer.ts';
import type { Evidence } from '../../../shared/job.ts';
import { verdictsIn } from '../memory/map-store.ts';
import { evidenceOf, strangerTold } from '../nodes/evidence.ts';
import { createWorld, gate, mxTo, START_MS, type World, type WorldSettings } from '../small-world.ts';

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
    await world.settle();
    expect(world.unrecorded.map(String)).toEqual(['Error: KV is down']);
  });

  test('a DNS that breaks when our patience has ended is a fault that nobody is told of', async () => {
    vi.useFakeTimers();
    const late = Promise.withResolvers<DnsAnswer>();
    const world = await createWorld({ query: () => late.promise });
    const answer = ask(world, 'ada@firm.example');
    await vi.advanceTimersByTimeAsync(28_000);
    expect((await answer).reason).toBe('pending');
    await world.settle();
    vi.useRealTimers();
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    late.reject(new Error('broken'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  test('a store that never answers holds nobody beyond the deadline', async () => {
    const world = await createWorld();
    world.store.get = () => new Promise(() => {});
    expect((await ask(world, 'ada@firm.example', { deadlineMs: 5 })).reason).toBe('pending');
  });
});

describe('an answer is that of the address on the wire', () => {
  const MX = 'mx.firm.example';
  const DOMAINS = ['me.com', 'mac.com', 'icloud.com', 'proton.me', 'protonmail.com', 'pm.me', 'zoho.com', 'gmail.com'];
  const zone = Object.fromEntries(DOMAINS.map((domain) => [`${domain} MX`, mxTo(MX)]));
  const SPELLINGS: readonly (readonly [gone: string, living: string])[] = [
    ['ada@me.com', 'ada@icloud.com'],
    ['grace@mac.com', 'grace@icloud.com'],
    ['ada@protonmail.com', 'ada@proton.me'],
    ['ada@pm.me', 'ada@proton.me'],
    ['ada+news@zoho.com', 'ada@zoho.com'],
    ['ada.lovelace@gmail.com', 'adalovelace@gmail.com'],
    ['ADA@firm.example', 'ada@firm.example'],
    ['"ada"@firm.example', 'ada@firm.example'],
  ];

  /** A mail server that knows one spelling and refuses the other. */
  const worldOf = (gone: string): Promise<World> =>
    createWorld({
      zone,
      probe: async ({ recipients }) => evidenceOf(recipients[0]?.address === gone ? { reply: UNKNOWN_USER } : {}),
    });

  describe.each(SPELLINGS)('%s is gone and %s lives', (gone, living) => {
    const expected = { [gone]: 'mailbox_not_found', [living]: 'accepted' };

    test.each([
      ['the one that is gone first', [gone, living], {}],
      ['the one that lives first', [living, gone], {}],
      ['the one that is gone first, each asked anew', [gone, living], { maxAgeSeconds: 0 }],
      ['the one that lives first, each asked anew', [living, gone], { maxAgeSeconds: 0 }],
    ] as const)('in whatever order they are asked about: %s', async (_, emails, options) => {
      const world = await worldOf(gone);
      // A minute between them: the second time it is the store that is asked, and not what is at hand.
      for (const pauseMs of [0, 61_000]) {
        for (const email of emails) {
          expect((await ask(world, email, options)).reason).toBe(expected[email]);
          await world.settle();
          world.advance(pauseMs);
        }
      }
      expect(verdictsIn(world.store)).toHaveLength(2);
    });

    test('when both are asked about at once', async () => {
      const world = await worldOf(gone);
      const answers = await Promise.all([gone, living].map((email) => ask(world, email)));
      expect(answers.map(({ reason }) => reason)).toEqual(['mailbox_not_found', 'accepted']);
    });
  });

  test('a refresh of one spelling is none of the other', async () => {
    const world = await worldOf('ADA@firm.example');
    for (const email of ['ada@firm.example', 'Ada@firm.example']) await ask(world, email);
    await world.settle();
    world.advance(8 * DAY_MS);
    for (const email of ['ada@firm.example', 'Ada@firm.example']) await ask(world, email);
    await world.settle();
    const asked = world.jobs.slice(2).map(({ recipients }) => recipients[0]?.address);
    expect(asked).toEqual(['ada@firm.example', 'Ada@firm.example']);
  });

  test('what was stored under canonical forms is not read', async () => {
    const world = await worldOf('ada@firm.example');
    await ask(world, 'Ada@firm.example');
    await world.settle();
    const entries = [...world.store.entries];
    world.store.entries.clear();
    for (const [key, entry] of entries) world.store.entries.set(key.replace(/^v2:/, 'v1:'), entry);
    world.advance(61_000);
    expect((await ask(world, 'Ada@firm.example')).cached).toBe(false);
  });
});

describe('whether a mail host accepts everybody', () => {
  const [FIRST, BACKUP] = ['mx.firm.example', 'mx2.firm.example'];
  const YES = { code: 250, enhanced: '2.1.5', text: 'Ok' };
  const zone = { 'firm.example MX': mxTo(FIRST, BACKUP) };

  /** Asks about a new mailbox of the domain each time; the evidence of each is what is given. */
  async function inTurn(...parts: readonly Partial<Evidence>[]) {
    const told = [...parts];
    const world = await createWorld({ zone, probe: async () => evidenceOf(told.shift()) });
    const answers: Answer[] = [];
    for (const index of parts.keys()) {
      answers.push(await ask(world, `person${index}@firm.example`));
      await world.settle();
      world.advance(61_000);
    }
    const [last] = answers.slice(-1);
    return { world, last, jobs: world.jobs.map(({ catch_all, known_hosts }) => [catch_all, known_hosts]) };
  }

  test.each<[string, Partial<Evidence>, Partial<Evidence>]>([
    ['a strict primary says nothing of its backup', { host: FIRST }, { host: BACKUP, stranger: null }],
    [
      'a backup that takes everybody says nothing of the primary',
      { host: BACKUP, stranger: strangerTold(YES) },
      { host: FIRST, stranger: null },
    ],
  ])('is known of that host alone: %s', async (_, first, second) => {
    const { last, jobs } = await inTurn(first, second);
    expect(last).toMatchObject({ verdict: 'risky', reason: 'unconfirmed', flags: { catch_all: null } });
    expect(jobs).toEqual([
      ['ask', undefined],
      ['ask', [first.host]],
    ]);
  });

  test('is asked of nobody once every host of the domain has shown it, and each counts for itself', async () => {
    const learnt = [{ host: FIRST }, { host: BACKUP, stranger: strangerTold(YES) }];
    const strict = await inTurn(...learnt, { host: FIRST, stranger: null });
    expect(strict.last).toMatchObject({ reason: 'accepted', flags: { catch_all: false } });
    expect(strict.jobs.at(-1)).toEqual(['skip', [FIRST, BACKUP]]);
    const { last } = await inTurn(...learnt, { host: BACKUP, stranger: null });
    expect(last).toMatchObject({ reason: 'catch_all', flags: { catch_all: true } });
  });

  test('is not asked of hosts whose provider answers for each mailbox, but of those beside them', async () => {
    const hosts = ['gmail-smtp-in.l.google.com', 'mx.elsewhere.example'];
    const world = await createWorld({ zone: { 'gmail.com MX': mxTo(...hosts) } });
    await ask(world, 'adalovelace@gmail.com');
    expect(world.jobs[0]).toMatchObject({ catch_all: 'ask', known_hosts: hosts.slice(0, 1) });
  });

  test('ends with a mailbox that it refuses: the next is asked beside a random one again', async () => {
    const { last, jobs, world } = await inTurn(
      { host: FIRST, stranger: strangerTold(YES) },
      { host: FIRST, reply: UNKNOWN_USER, stranger: null },
      { host: FIRST, stranger: null },
    );
    expect(last?.reason).toBe('unconfirmed');
    expect(jobs).toEqual([
      ['ask', undefined],
      ['ask', [FIRST]],
      ['ask', undefined],
    ]);
    expect(world.store.entries.get('d2:firm.example')?.value).toContain('"accepts_all":null');
  });

  test('ends so for this host alone', async () => {
    const { last } = await inTurn(
      { host: BACKUP, stranger: strangerTold(YES) },
      { host: FIRST, reply: UNKNOWN_USER, stranger: null },
      { host: BACKUP, stranger: null },
    );
    expect(last?.reason).toBe('catch_all');
  });

  test.each<[string, readonly Partial<Evidence>[], string]>([
    [
      'a yes from before a refusal is none, whichever node still holds it',
      [
        { stranger: strangerTold(YES) },
        { reply: UNKNOWN_USER, stranger: null },
        { stranger: strangerTold(YES, 3_600) },
        { stranger: null },
      ],
      'unconfirmed',
    ],
    [
      'a refusal that one node has had is older than the yes that another one has had since',
      [{ stranger: strangerTold(YES) }, { stranger: strangerTold(UNKNOWN_USER, 3_600) }],
      'catch_all',
    ],
    [
      'a yes that one node has had is older than the refusal that another one has had since',
      [{ stranger: strangerTold(UNKNOWN_USER) }, { stranger: strangerTold(YES, 3_600) }],
      'accepted',
    ],
    [
      'what is newer counts',
      [{ stranger: strangerTold(YES, 3_600) }, { stranger: strangerTold(UNKNOWN_USER) }],
      'accepted',
    ],
  ])('is what the host has shown last: %s', async (_, parts, reason) => {
    expect((await inTurn(...parts)).last?.reason).toBe(reason);
  });

  test.each<[string, Partial<Evidence>, string, number]>([
    ['a yes of the first preference', { host: FIRST }, 'accepted', 31 * 86_400],
    ['a yes of the backup', { host: BACKUP }, 'accepted', 3_600],
    ['a catch-all of the backup', { host: BACKUP, stranger: strangerTold(YES) }, 'catch_all', 3_600],
  ])('bounds what is remembered of the mailbox: %s', async (_, parts, reason, seconds) => {
    const { last, world } = await inTurn(parts);
    expect(last?.reason).toBe(reason);
    expect(verdictsIn(world.store).map(([, life]) => life)).toEqual([seconds]);
  });
});

describe('a mail host of which a node says that it is nowhere', () => {
  const ofHost = (...addresses: readonly string[]): DnsAnswer =>
    addresses.length === 0 ? { kind: 'nxdomain' } : { kind: 'records', mx: [], addresses };
  const [FORBIDDEN, MISSING] = ['forbidden_address', 'no_address'] as const;
  const FAILURE: DnsAnswer = { kind: 'failure', fault: 'servfail' };
  const INVALID = { verdict: 'invalid', reason: 'no_mx' };
  const UNKNOWN = { verdict: 'unknown', reason: 'unreachable' };

  test.each<[Evidence['outcome'], string, DnsAnswer, DnsAnswer, object]>([
    [FORBIDDEN, 'our resolvers say that both are private as well', ofHost('10.0.0.1'), ofHost('10.0.0.2'), INVALID],
    [FORBIDDEN, 'our resolvers know a public address', ofHost('192.0.2.1'), ofHost('10.0.0.2'), UNKNOWN],
    [MISSING, 'our resolvers find none either', ofHost(), ofHost(), INVALID],
    [MISSING, 'our resolvers know a private one', ofHost('10.0.0.1'), ofHost(), UNKNOWN],
    [MISSING, 'our resolvers know one of the first', ofHost('192.0.2.1'), ofHost(), UNKNOWN],
    [MISSING, 'our resolvers know one of the second', ofHost(), ofHost('192.0.2.1'), UNKNOWN],
    [MISSING, 'our resolvers cannot say of the first', FAILURE, ofHost(), UNKNOWN],
    [MISSING, 'our resolvers cannot say of the second', ofHost(), FAILURE, UNKNOWN],
  ])('is judged by our own resolvers too (%s): %s', async (outcome, _, first, second, expected) => {
    const zone = {
      'firm.example MX': mxTo('mx1.firm.example', 'mx2.firm.example'),
      'mx1.firm.example A': first,
      'mx2.firm.example A': second,
    };
    const parts: Partial<Evidence> = { host: 'mx2.firm.example', outcome, stage: 'connect', reply: null };
    const world = await createWorld({ zone, probe: async () => evidenceOf({ ...parts, stranger: null }) });
    expect(await ask(world, 'ada@firm.example')).toMatchObject(expected);
  });

  test('ends what was remembered of the mailbox, once our resolvers say so too', async () => {
    const { world, told } = await afterFirst();
    told.parts = { outcome: 'no_address', stage: 'connect', reply: null, stranger: null };
    await ask(world, 'ada@firm.example', { maxAgeSeconds: 0 });
    await world.settle();
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ ...INVALID, cached: true });
  });
});
