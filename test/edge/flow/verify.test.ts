import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ClimbOptions } from '../../../edge/flow/climb.ts';
import { LADDER } from '../../../edge/flow/ladder.ts';
import { verify } from '../../../edge/flow/verify.ts';
import { type Answer, answerSchema } from '../../../shared/answer.ts';
import { type Evidence, probeJobSchema } from '../../../shared/job.ts';
import { PROVIDERS } from '../../../shared/providers.ts';
import { verdictsIn } from '../memory/map-store.ts';
import { evidenceOf, strangerTold } from '../nodes/evidence.ts';
import { createWorld, gate, mxTo, NODATA, nodesTold, START_MS, type World } from '../small-world.ts';

const OPTIONS: ClimbOptions = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };

const DAY_SECONDS = 86_400;

const YES = { code: 250, enhanced: null, text: 'Ok' };
const UNKNOWN_USER = { code: 550, enhanced: '5.1.1', text: 'User unknown' };
const GREYLISTED = { code: 450, enhanced: '4.2.0', text: 'Greylisted' };

/** The node's address is on a list. */
const REFUSED: Partial<Evidence> = {
  reply: { code: 554, enhanced: '5.7.1', text: 'Client host [192.0.2.1] blocked using zen.spamhaus.org' },
  stranger: null,
};

async function ask(world: World, email: string, options: Partial<ClimbOptions> = {}): Promise<Answer> {
  return verify(email, { ...OPTIONS, ...options }, world.ports);
}

/** Host suffix of a provider that accepts every RCPT. */
const acceptsAll = PROVIDERS.find(({ rcpt }) => rcpt === 'accepts_all')?.mx[0] ?? '';

afterEach(() => {
  vi.useRealTimers();
});

describe('the ladder', () => {
  const COSTS = ['nothing', 'a KV read', 'DNS queries', 'a call to a counter', 'an SMTP conversation'];

  test('has the cheapest steps first', () => {
    const costs = LADDER.map(({ cost }) => COSTS.indexOf(cost));
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(costs).not.toContain(-1);
  });

  test('has steps of different names, syntax first and the mail server last', () => {
    const steps = LADDER.map(({ step }) => step);
    expect(new Set(steps).size).toBe(steps.length);
    expect([steps[0], steps.at(-1)]).toEqual(['syntax', 'probe']);
  });
});

describe('a whole climb', () => {
  test('gives an answer that keeps to the schema, with all that was learnt', async () => {
    const world = await createWorld();
    const answer = await ask(world, ' Ada@Firm.example ');
    expect(answerSchema().parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      email: ' Ada@Firm.example ',
      address: 'Ada@firm.example',
      canonical: 'ada@firm.example',
      verdict: 'invalid',
      reason: 'mailbox_not_found',
      did_you_mean: null,
      mx: { provider: null, hosts: [{ host: 'mx.firm.example', preference: 0 }], implicit: false },
      smtp: { host: 'mx.firm.example', stage: 'rcpt', code: 550, enhanced: '5.1.1', node: 'fra1' },
      retry_after: null,
      checked_at: '2026-01-01T00:00:00.000Z',
      cached: false,
    });
  });

  test('asks the node about the address as it goes on the wire, and about a stranger', async () => {
    const world = await createWorld({ zone: { 'firm.example MX': mxTo('mx2.firm.example', 'mx1.firm.example') } });
    await ask(world, 'ada@FIRM.example');
    expect(world.queries).toEqual(['firm.example MX']);
    expect(world.jobs).toHaveLength(1);
    expect(probeJobSchema().parse(world.jobs[0])).toMatchObject({
      domain: 'firm.example',
      provider: null,
      recipients: [{ id: 0, address: 'ada@firm.example' }],
      mail_hosts: [
        { host: 'mx2.firm.example', preference: 0 },
        { host: 'mx1.firm.example', preference: 1 },
      ],
      catch_all: 'ask',
    });
  });

  test('asks about no stranger where the provider answers for each mailbox', async () => {
    const probe = async (): Promise<Evidence> => evidenceOf({ host: 'gmail-smtp-in.l.google.com', stranger: null });
    const world = await createWorld({ probe, zone: { 'gmail.com MX': mxTo('gmail-smtp-in.l.google.com') } });
    const answer = await ask(world, 'ada.lovelace@gmail.com');
    expect(world.jobs[0]).toMatchObject({ provider: 'google', catch_all: 'skip' });
    expect(answer).toMatchObject({ reason: 'accepted', flags: { free: true, catch_all: false, mailbox_full: false } });
  });

  test('gives the node what is left of the patience, time already spent taken off', async () => {
    const slow = await createWorld({
      query: async () => {
        slow.advance(3_000);
        return mxTo('mx.firm.example');
      },
    });
    await ask(slow, 'ada@firm.example', { deadlineMs: 60_000 });
    expect(slow.jobs[0]?.deadline_ms).toBeLessThanOrEqual(57_000);
    expect(slow.jobs[0]?.deadline_ms).toBeGreaterThan(56_000);
  });

  test('reports every step with its outcome and how long it took', async () => {
    const world = await createWorld({
      query: async () => {
        world.advance(12);
        return mxTo('mx.firm.example');
      },
    });
    const payer = { kind: 'key', id: 'mine', dailyQuota: 10 } as const;
    const quota = world.quotas.reservationFor(payer, null, world.ports.waitUntil);
    const { steps } = await verify('ada@firm.example', OPTIONS, { ...world.ports, quota });
    expect(steps.map(({ step }) => step).sort()).toEqual(LADDER.map(({ step }) => step).sort());
    expect(steps.find(({ step }) => step === 'mx')?.ms).toBe(12);
    expect(steps.map(({ outcome }) => outcome).slice(0, -1)).not.toContain('stop');
    expect(steps.at(-1)?.outcome).toBe('stop');
  });

  test('marks the steps that found something', async () => {
    const world = await createWorld({ zone: { 'gmial.com MX': mxTo('mx.gmial.com') } });
    const { steps, did_you_mean, flags } = await ask(world, 'info+x@gmial.com');
    const found = steps.filter(({ outcome }) => outcome === 'found').map(({ step }) => step);
    expect(found).toEqual(['role', 'typo']);
    expect(did_you_mean).toBe('info+x@gmail.com');
    expect(flags).toMatchObject({ role: true, alias: true });
  });
});

describe('a verdict that is settled early', () => {
  test.each<[string, string, object]>([
    ['bad syntax', 'ada@@firm.example', { reason: 'syntax', mx: null, smtp: null }],
    ['an empty address', '', { reason: 'syntax', address: '', canonical: '' }],
    ['a disposable domain', 'ada@thrown.example', { reason: 'disposable', flags: { disposable: true } }],
    ['a name that the provider does not hand out', 'ad_a@gmail.com', { reason: 'provider_rules', verdict: 'invalid' }],
  ])('asks neither memory nor DNS nor a node: %s', async (_, email, expected) => {
    const world = await createWorld({ disposable: ['thrown.example'] });
    expect(await ask(world, email)).toMatchObject(expected);
    expect([world.recalls(), world.queries, world.jobs]).toEqual([0, [], []]);
  });

  test.each<[string, World['ports']['query'], string]>([
    ['the domain does not exist', async () => ({ kind: 'nxdomain' }), 'no_domain'],
    ['the domain has no mail server', async () => NODATA, 'no_mx'],
    ['the domain takes no mail', async () => mxTo('.'), 'null_mx'],
    ['the DNS does not answer', async () => ({ kind: 'failure', fault: 'servfail' }), 'dns_failure'],
    ['the mail hosts belong to a disposable provider', async () => mxTo('mx.mailinator.com'), 'disposable'],
    ['the provider accepts everybody', async () => mxTo(`mx.${acceptsAll}`), 'unverifiable'],
  ])('asks no node where %s', async (_, query, reason) => {
    const world = await createWorld({ query });
    expect((await ask(world, 'ada@firm.example')).reason).toBe(reason);
    expect(world.jobs).toEqual([]);
  });

  test('ends the climb there: later steps are not reported', async () => {
    const world = await createWorld({ disposable: ['thrown.example'] });
    const { steps } = await ask(world, 'ada@thrown.example');
    expect(steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'syntax pass',
      'role pass',
      'disposable stop',
    ]);
  });
});

describe('smtp=false', () => {
  test('asks no node, and says that it did not where nothing earlier decided', async () => {
    const world = await createWorld();
    expect(await ask(world, 'ada@firm.example', { smtp: false })).toMatchObject({
      verdict: 'unknown',
      reason: 'not_probed',
      smtp: null,
      mx: { hosts: [{ host: 'mx.firm.example' }] },
    });
    expect(world.jobs).toEqual([]);
  });

  test('is remembered as nothing', async () => {
    const world = await createWorld();
    await ask(world, 'ada@firm.example', { smtp: false });
    await world.settle();
    expect(world.store.entries.size).toBe(0);
  });

  test('gives the verdict that is remembered of an address', async () => {
    const world = await createWorld();
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect(await ask(world, 'ada@firm.example', { smtp: false })).toMatchObject({ reason: 'accepted', cached: true });
  });

  test('still tells what the DNS decides', async () => {
    const world = await createWorld();
    expect((await ask(world, 'ada@gone.example', { smtp: false })).reason).toBe('no_domain');
  });
});

describe('a fault on our side', () => {
  test('is no_node where no node could take the job', async () => {
    const world = await createWorld({ probe: async () => null });
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ verdict: 'unknown', reason: 'no_node', smtp: null });
    await world.settle();
    expect(world.store.entries.size).toBe(0);
  });

  test('in the store does not keep the answer back', async () => {
    const world = await createWorld();
    world.store.put = () => Promise.reject(new Error('KV is down'));
    expect((await ask(world, 'ada@firm.example')).reason).toBe('accepted');
    await world.settle();
    expect(world.unrecorded.map(String)).toEqual(['Error: KV is down']);
  });
});

describe('the memory', () => {
  test('gives the same verdict again, asks nobody, and says when it was found out', async () => {
    const world = await createWorld();
    const first = await ask(world, 'ada@firm.example');
    await world.settle();
    world.advance(3_600_000);
    const second = await ask(world, ' ada@FIRM.example');
    expect(second).toMatchObject({ verdict: first.verdict, reason: first.reason, mx: first.mx, flags: first.flags });
    expect(second).toMatchObject({ cached: true, checked_at: first.checked_at, smtp: { ...first.smtp, text: null } });
    expect(second.steps.at(-1)).toMatchObject({ step: 'memory', outcome: 'stop' });
    expect(world.jobs).toHaveLength(1);
    expect(answerSchema().parse(second)).toEqual(second);
  });

  test('is written behind the answer', async () => {
    const world = await createWorld();
    const stored = gate<void>();
    const { put } = world.store;
    world.store.put = async (...entry) => {
      await stored.passed;
      return put(...entry);
    };
    expect((await ask(world, 'ada@firm.example')).reason).toBe('accepted');
    expect(world.store.entries.size).toBe(0);
    stored.open();
    await world.settle();
    expect(verdictsIn(world.store)).toHaveLength(1);
  });

  test('does not renew itself: a life starts when the mail server was asked', async () => {
    const world = await createWorld();
    await ask(world, 'ada@firm.example');
    await world.settle();
    const before = [...world.store.entries];
    world.store.put = () => Promise.reject(new Error('KV is written again'));
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect([...world.store.entries]).toEqual(before);
  });

  test.each<[string, Partial<Evidence>, number]>([
    ['a yes, for a month', {}, 31 * 86_400],
    ['a no, for three days', { reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' } }, 3 * 86_400],
    ['what a stranger told of the domain', { stranger: strangerTold(YES) }, 7 * 86_400],
  ])('holds %s', async (_, parts, seconds) => {
    const world = await createWorld({ probe: async () => evidenceOf(parts) });
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect(verdictsIn(world.store).map(([, lifeSeconds]) => lifeSeconds)).toEqual([seconds]);
  });

  test.each<[string, Partial<Evidence>, number]>([
    ['greylisting', { reply: { code: 450, enhanced: '4.2.0', text: 'Greylisted' } }, 60],
    ['a refusal of us', { stage: 'connect', reply: { code: 554, enhanced: null, text: 'No SMTP service here' } }, 900],
    ['a timeout', { outcome: 'timeout', reply: null }, 300],
    ['what the server named', { reply: { code: 450, enhanced: null, text: 'Greylisted for 2 minutes' } }, 120],
  ])('holds a state of the moment until it is time to ask again: %s', async (_, parts, seconds) => {
    const world = await createWorld({ probe: async () => evidenceOf(parts) });
    const first = await ask(world, 'ada@firm.example');
    expect(first.verdict).toBe('unknown');
    await world.settle();
    const asked = world.jobs.length;
    expect(verdictsIn(world.store).map(([, lifeSeconds]) => lifeSeconds)).toEqual([seconds]);
    world.advance(20_000);
    const retry_after = (first.retry_after ?? 0) - 20;
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason: first.reason, cached: true, retry_after });
    expect(world.jobs).toHaveLength(asked);
    expect((await ask(world, 'ada@firm.example', { maxAgeSeconds: 0 })).cached).toBe(false);
    expect(world.jobs).toHaveLength(2 * asked);
  });

  test('ends sooner where the server says "later" and not when: it may let us in by then', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: { reply: GREYLISTED } }) });
    const { retry_after } = await ask(world, 'ada@firm.example');
    await world.settle();
    expect(retry_after).toBe(300);
    world.advance(30_000);
    expect((await ask(world, 'ada@firm.example')).cached).toBe(false);
    expect(world.jobs).toHaveLength(2);
  });

  test('holds no address, no local part and no text of a server, in key or value', async () => {
    const world = await createWorld();
    const emails = ['Zacharias+News@firm.example', 'grace.hopper@firm.example', '"odd one"@firm.example'];
    for (const email of emails) await ask(world, email);
    await world.settle();
    expect(verdictsIn(world.store)).toHaveLength(emails.length);
    const stored = JSON.stringify([...world.store.entries]);
    expect(stored).not.toMatch(/@|zacharias|grace|hopper|odd one|news|User unknown/i);
  });
});

describe('max_age', () => {
  async function worldWithMemory(): Promise<World> {
    const world = await createWorld();
    await ask(world, 'ada@firm.example');
    await world.settle();
    world.advance(60_000);
    return world;
  }

  test.each<[number | null, boolean]>([
    [null, true],
    [3_600, true],
    [60, true],
    [59, false],
    [0, false],
  ])('%j takes a memory of 60 s: %j', async (maxAgeSeconds, isTaken) => {
    const world = await worldWithMemory();
    expect((await ask(world, 'ada@firm.example', { maxAgeSeconds })).cached).toBe(isTaken);
    expect(world.jobs).toHaveLength(isTaken ? 1 : 2);
  });

  test('0 does not wait to look, and what is found anew is remembered', async () => {
    const world = await worldWithMemory();
    const looked = gate<null>();
    const { get } = world.store;
    world.store.get = (key) => (key.startsWith('v2:') ? looked.passed : get(key));
    const answer = await ask(world, 'ada@firm.example', { maxAgeSeconds: 0 });
    world.store.get = get;
    looked.open(null);
    await world.settle();
    expect((await ask(world, 'ada@firm.example')).checked_at).toBe(answer.checked_at);
  });
});

/** A mail server or a resolver that is silent until it is opened. */
function silent<T>(): {
  readonly ask: () => Promise<T>;
  readonly asked: Promise<void>;
  readonly open: (value: T) => void;
} {
  const arrival = gate<void>();
  const { passed, open } = gate<T>();
  const ask = (): Promise<T> => {
    arrival.open();
    return passed;
  };
  return { ask, asked: arrival.passed, open };
}

/** Lets the caller's time pass once the silent one has been asked. */
async function askTooLate(world: World, email: string, asked: Promise<void>): Promise<Answer> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const answer = ask(world, email);
  await asked;
  await vi.advanceTimersByTimeAsync(OPTIONS.deadlineMs);
  return answer;
}

describe('when the deadline passes', () => {
  test('the answer is pending, with what is known by then', async () => {
    const server = silent<Evidence | null>();
    const world = await createWorld({ probe: server.ask });
    const answer = await askTooLate(world, 'info@firm.example', server.asked);
    expect(answerSchema().parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      verdict: 'unknown',
      reason: 'pending',
      retry_after: 5,
      flags: { role: true },
      mx: { hosts: [{ host: 'mx.firm.example' }] },
      smtp: null,
      cached: false,
    });
    expect(
      answer.steps
        .slice(-2)
        .map(({ step }) => step)
        .sort(),
    ).toEqual(['memory', 'mx']);
  });

  test('what is not known by then is null', async () => {
    const resolver = silent<never>();
    const world = await createWorld({ query: resolver.ask });
    expect(await askTooLate(world, 'ada@firm.example', resolver.asked)).toMatchObject({
      reason: 'pending',
      mx: null,
      smtp: null,
    });
  });

  test('the answer that is out does not change behind the back of its reader', async () => {
    const server = silent<Evidence | null>();
    const world = await createWorld({ probe: server.ask });
    const answer = await askTooLate(world, 'ada@firm.example', server.asked);
    const before = structuredClone(answer);
    server.open(evidenceOf());
    await world.settle();
    expect(answer).toEqual(before);
  });

  test.each<[string, Partial<Evidence>, string]>([
    ['a yes', {}, 'accepted'],
    ['a no', { reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' } }, 'mailbox_not_found'],
    ['even a state of the moment', { reply: { code: 450, enhanced: null, text: 'Greylisted' } }, 'greylisted'],
    ['even a timeout', { outcome: 'timeout', reply: null }, 'timeout'],
  ])('the work goes on, and the next call finds what came of it: %s', async (_, parts, reason) => {
    const server = silent<Evidence | null>();
    const world = await createWorld({ probe: server.ask });
    expect((await askTooLate(world, 'ada@firm.example', server.asked)).reason).toBe('pending');
    server.open(evidenceOf(parts));
    await world.settle();
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason, cached: true });
    expect(world.jobs).toHaveLength(1);
  });

  test('the node has the patience of the edge, not only that of the caller', async () => {
    const server = silent<Evidence | null>();
    const world = await createWorld({ probe: server.ask });
    await askTooLate(world, 'ada@firm.example', server.asked);
    expect(world.jobs[0]?.deadline_ms).toBeGreaterThan(20_000);
  });

  test('the work is given up when the time after the answer is used up', async () => {
    const server = silent<Evidence | null>();
    const signals: AbortSignal[] = [];
    const world = await createWorld({
      probe: (_job, _choice, signal) => {
        signals.push(signal);
        return server.ask();
      },
    });
    await askTooLate(world, 'ada@firm.example', server.asked);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(25_000);
    await world.settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('no timer is left behind by an answer in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const world = await createWorld();
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a verdict that the checks settle', () => {
  test.each([
    ['not-an-address', 'syntax'],
    ['ada@throwaway.example', 'disposable'],
    ['ada_lovelace@gmail.com', 'provider_rules'],
  ])('waits for nothing and holds nothing: %s', async (email, reason) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const world = await createWorld({ disposable: ['throwaway.example'] });
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const work: unknown[] = [];
    const nobody = (): never => {
      throw new Error('a check has asked somebody');
    };
    const asked = { recall: nobody, recallBoth: nobody, query: nobody, probe: nobody };
    const answer = await verify(email, OPTIONS, {
      ...world.ports,
      ...asked,
      waitUntil: (held) => void work.push(held),
    });
    expect([answer.reason, work, timers.mock.calls]).toEqual([reason, [], []]);
  });
});

describe('whether a domain accepts everybody', () => {
  /** Asks about two mailboxes of a domain whose server says yes to both, and this to a stranger. */
  async function askTwo(stranger: Evidence['stranger']): Promise<{ world: World; second: Answer }> {
    const told = (catchAll: string): Partial<Evidence> => (catchAll === 'ask' ? { stranger } : { stranger: null });
    const world = await createWorld({ probe: async (job) => evidenceOf(told(job.catch_all)) });
    await ask(world, 'ada@firm.example');
    await world.settle();
    return { world, second: await ask(world, 'grace@firm.example') };
  }

  test.each<[string, Evidence['stranger'], readonly string[], Answer['reason'], boolean | null]>([
    ['it does', strangerTold(YES), ['ask', 'skip'], 'catch_all', true],
    ['it does not', strangerTold(UNKNOWN_USER), ['ask', 'skip'], 'accepted', false],
    ['a stranger was put off', strangerTold(GREYLISTED), ['ask', 'ask'], 'unconfirmed', null],
    [
      'a stranger was told "full"',
      strangerTold({ ...UNKNOWN_USER, code: 552, enhanced: '5.2.2', text: 'Mailbox full' }),
      ['ask', 'ask'],
      'unconfirmed',
      null,
    ],
    ['no stranger was asked', null, ['ask', 'ask'], 'unconfirmed', null],
  ])('is asked once where the answer lasts: %s', async (_, stranger, asked, reason, catchAll) => {
    const { world, second } = await askTwo(stranger);
    expect(world.jobs.map(({ catch_all }) => catch_all)).toEqual(asked);
    expect(second).toMatchObject({ reason, flags: { catch_all: catchAll }, cached: false });
    expect(answerSchema().parse(second)).toEqual(second);
  });

  test('is remembered under the name of the domain, from when the stranger was told', async () => {
    const { world } = await askTwo(strangerTold(YES, 3_600));
    const entry = world.store.entries.get('d2:firm.example');
    expect(entry?.expirationTtl).toBe(7 * DAY_SECONDS - 3_600);
    expect(JSON.parse(entry?.value ?? '').hosts).toMatchObject({
      'mx.firm.example': { accepts_all: true, learnt_at: '2025-12-31T23:00:00.000Z' },
    });
  });

  test('is not asked for the sake of a caller who wants no remembered verdict', async () => {
    const { world } = await askTwo(strangerTold(UNKNOWN_USER));
    await ask(world, 'ada@firm.example', { maxAgeSeconds: 0 });
    expect(world.jobs.at(-1)?.catch_all).toBe('skip');
  });

  test('is not written again when a node tells what it told before, nor undone by what is older', async () => {
    const stranger = { told: strangerTold(UNKNOWN_USER) };
    const world = await createWorld({ probe: async () => evidenceOf({ stranger: stranger.told }) });
    await ask(world, 'ada@firm.example');
    await world.settle();
    const before = world.store.entries.get('d2:firm.example');
    world.advance(10_400);
    for (const told of [strangerTold(UNKNOWN_USER, 10), strangerTold(YES, 3_600)]) {
      stranger.told = told;
      await ask(world, 'grace@firm.example', { maxAgeSeconds: 0 });
      await world.settle();
    }
    expect(world.store.entries.get('d2:firm.example')).toBe(before);
  });

  test('is learnt anew from a reply that is newer', async () => {
    const { world } = await askTwo(strangerTold(YES));
    world.advance(3_600_000);
    const probe = async (): Promise<Evidence> => evidenceOf({ stranger: strangerTold(UNKNOWN_USER) });
    await verify('alan@firm.example', OPTIONS, { ...world.ports, probe });
    await world.settle();
    expect(JSON.parse(world.store.entries.get('d2:firm.example')?.value ?? '')).toMatchObject({
      hosts: { 'mx.firm.example': { accepts_all: false, learnt_at: '2026-01-01T01:00:00.000Z' } },
    });
  });
});

describe('a second opinion', () => {
  test('is asked for where the first node is refused, and the answer about the mailbox counts', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: REFUSED, ams1: {} }) });
    const answer = await ask(world, 'ada@firm.example');
    expect(answer).toMatchObject({
      verdict: 'deliverable',
      reason: 'accepted',
      smtp: { node: 'ams1', code: 250 },
      second_opinion: { reason: 'blocked', smtp: { node: 'fra1', code: 554, enhanced: '5.7.1' } },
    });
    expect(answer.second_opinion?.smtp.rule).toMatch(/^[a-z0-9-]+$/);
    expect(world.choices).toMatchObject([
      { provider: 'mx.firm.example', prefer: null, otherThan: null },
      { provider: 'mx.firm.example', prefer: null, otherThan: 'fra1' },
    ]);
    expect(world.refusals).toEqual(['fra1 by mx.firm.example']);
    expect(answerSchema().parse(answer)).toEqual(answer);
  });

  test('that is a refusal as well leaves it at blocked, and is told', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: REFUSED, ams1: REFUSED }) });
    expect(await ask(world, 'ada@firm.example')).toMatchObject({
      verdict: 'unknown',
      reason: 'blocked',
      smtp: { node: 'fra1' },
      second_opinion: { reason: 'blocked', smtp: { node: 'ams1' } },
    });
    expect(world.refusals).toEqual(['fra1 by mx.firm.example', 'ams1 by mx.firm.example']);
  });

  test('that is no answer about the mailbox is kept beside the refusal', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: REFUSED, ams1: { outcome: 'timeout', reply: null } }) });
    expect(await ask(world, 'ada@firm.example')).toMatchObject({
      reason: 'blocked',
      second_opinion: { reason: 'timeout', smtp: { node: 'ams1', code: null } },
    });
  });

  test('is what is remembered; the refusal is not', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: REFUSED, ams1: {} }) });
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect(await ask(world, 'ada@firm.example')).toMatchObject({
      reason: 'accepted',
      cached: true,
      smtp: { node: 'ams1' },
      second_opinion: null,
    });
  });

  test('is not to be had where no other network is', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: REFUSED }) });
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason: 'blocked', second_opinion: null });
    expect(world.jobs).toHaveLength(2);
  });

  test('is not asked for where the deadline leaves no time', async () => {
    const nodes = nodesTold({ fra1: REFUSED, ams1: {} });
    const world = await createWorld({
      probe: (job, choice, signal) => {
        world.advance(OPTIONS.deadlineMs - 600);
        return nodes(job, choice, signal);
      },
    });
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason: 'blocked', second_opinion: null });
    expect(world.jobs).toHaveLength(1);
  });

  test('gets what is left of the deadline, and no more', async () => {
    const nodes = nodesTold({ fra1: REFUSED, ams1: {} });
    const world = await createWorld({
      probe: (job, choice, signal) => {
        world.advance(4_000);
        return nodes(job, choice, signal);
      },
    });
    await ask(world, 'ada@firm.example');
    expect(world.jobs[1]?.deadline_ms).toBeLessThanOrEqual(6_000);
    expect(world.jobs[1]?.deadline_ms).toBeGreaterThan(5_500);
    for (const job of world.jobs) expect(probeJobSchema().parse(job)).toEqual(job);
  });

  test.each<[string, Partial<Evidence>]>([
    ['a yes', {}],
    ['a no', { reply: UNKNOWN_USER }],
    ['greylisting', { reply: GREYLISTED }],
    ['a timeout', { outcome: 'timeout', reply: null }],
  ])('is not asked for after %s', async (_, parts) => {
    const world = await createWorld({ probe: nodesTold({ fra1: parts, ams1: {} }) });
    expect((await ask(world, 'ada@firm.example')).second_opinion).toBeNull();
    expect(world.jobs).toHaveLength(1);
  });
});

describe('a recheck', () => {
  const LATER = { code: 451, enhanced: '4.3.0', text: 'Local error in processing' };
  const TOO_MANY = { code: 421, enhanced: '4.7.0', text: 'Too many connections from your host' };
  const later = (parts: Partial<Evidence>): Partial<Evidence> => ({ stranger: null, ...parts });

  async function planned(parts: Partial<Evidence>, options: Partial<ClimbOptions> = {}): Promise<World> {
    const world = await createWorld({ probe: nodesTold({ fra1: later(parts) }) });
    await ask(world, 'Ada+tag@firm.example', options);
    await world.settle();
    return world;
  }

  test.each<[string, Partial<Evidence>, number]>([
    ['greylisting', { reply: GREYLISTED }, 300],
    ['too many questions', { reply: TOO_MANY }, 300],
    ['trouble of the server', { reply: LATER }, 300],
    ['the time that the server names', { reply: { ...GREYLISTED, text: 'Greylisted for 2 minutes' } }, 120],
    ['the time that our own queue takes, and up to a minute', { outcome: 'paced', reply: null, retry_after_s: 40 }, 70],
  ])('is planned on the same node after %s', async (_, parts, delaySeconds) => {
    const recheck = { address: 'Ada+tag@firm.example', node: 'fra1', attempt: 0, planned_at_ms: START_MS };
    expect((await planned(parts)).rechecks).toEqual([{ recheck, delaySeconds }]);
  });

  test.each<[string, Partial<Evidence>]>([
    ['a yes', {}],
    ['a no', { reply: UNKNOWN_USER }],
    ['a full mailbox', { reply: { code: 452, enhanced: '4.2.2', text: 'Mailbox full' } }],
    ['a refusal of us', REFUSED],
    ['a timeout', { outcome: 'timeout', reply: null }],
    ['nobody at home', { outcome: 'unreachable', stage: 'connect', reply: null }],
  ])('is not planned after %s', async (_, parts) => {
    expect((await planned(parts)).rechecks).toEqual([]);
  });

  test('is planned on the second node where that one was put off', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: REFUSED, ams1: later({ reply: GREYLISTED }) }) });
    expect((await ask(world, 'ada@firm.example')).reason).toBe('greylisted');
    await world.settle();
    expect(world.rechecks).toMatchObject([{ recheck: { node: 'ams1' } }]);
  });

  test('is not planned where nobody is asked, nor for what is remembered', async () => {
    const world = await createWorld();
    await ask(world, 'ada@firm.example', { smtp: false });
    await ask(world, 'ada@firm.example');
    await world.settle();
    await ask(world, 'ada@firm.example');
    await world.settle();
    expect(world.rechecks).toEqual([]);
  });

  test('is planned once although the caller was told pending and asks again', async () => {
    const server = silent<Evidence | null>();
    const world = await createWorld({ probe: server.ask });
    await askTooLate(world, 'ada@firm.example', server.asked);
    server.open(evidenceOf(later({ reply: GREYLISTED })));
    await world.settle();
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason: 'greylisted', cached: true });
    await world.settle();
    expect(world.rechecks).toHaveLength(1);
  });

  test('asks the node of before first', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: REFUSED, ams1: {} }) });
    const answer = await ask(world, 'ada@firm.example', { maxAgeSeconds: 0, recheck: { node: 'ams1', attempt: 1 } });
    expect(answer).toMatchObject({ reason: 'accepted', smtp: { node: 'ams1' }, second_opinion: null });
  });

  test.each([
    [1, 900],
    [2, 3_600],
    [3, null],
  ])('number %i that is put off as well is followed after %j seconds', async (attempt, delaySeconds) => {
    const { rechecks } = await planned({ reply: GREYLISTED }, { recheck: { node: 'fra1', attempt } });
    expect(rechecks).toMatchObject(delaySeconds === null ? [] : [{ recheck: { attempt }, delaySeconds }]);
  });

  test('has its verdict remembered in the place of the one before', async () => {
    const world = await createWorld({ probe: nodesTold({ fra1: { reply: UNKNOWN_USER } }) });
    await ask(world, 'ada@firm.example');
    await world.settle();
    const probe = nodesTold({ fra1: {} });
    world.advance(1_000);
    const options = { ...OPTIONS, maxAgeSeconds: 0, recheck: { node: 'fra1', attempt: 1 } };
    await verify('ada@firm.example', options, { ...world.ports, probe });
    await world.settle();
    expect(await ask(world, 'ada@firm.example')).toMatchObject({
      reason: 'accepted',
      cached: true,
      checked_at: '2026-01-01T00:00:01.000Z',
    });
  });

  test.each<[string, Partial<Evidence>]>([
    ['is put off', { reply: GREYLISTED }],
    ['is refused', REFUSED],
    ['times out', { outcome: 'timeout', reply: null }],
    ['leaves it open whether everybody is accepted', { stranger: null }],
  ])('that %s never overwrites a better verdict', async (_, parts) => {
    const world = await createWorld();
    await ask(world, 'nobody@firm.example');
    await ask(world, 'ada@firm.example');
    await world.settle();
    world.store.entries.delete('d2:firm.example');
    world.advance(60_000);
    const before = verdictsIn(world.store);
    const options = { ...OPTIONS, maxAgeSeconds: 0, recheck: { node: 'fra1', attempt: 1 } };
    const ports = { ...world.ports, probe: nodesTold({ fra1: later(parts) }) };
    for (const email of ['nobody@firm.example', 'ada@firm.example']) await verify(email, options, ports);
    await world.settle();
    expect(verdictsIn(world.store)).toEqual(before);
    expect((await ask(world, 'nobody@firm.example')).reason).toBe('mailbox_not_found');
    expect((await ask(world, 'ada@firm.example')).reason).toBe('accepted');
  });

  test('never has a better verdict overwritten behind a caller who was told pending', async () => {
    const world = await createWorld();
    await ask(world, 'ada@firm.example');
    await world.settle();
    const server = silent<Evidence | null>();
    const slow = { ...world, ports: { ...world.ports, probe: server.ask } };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = ask(slow, 'ada@firm.example', { maxAgeSeconds: 0 });
    await server.asked;
    await vi.advanceTimersByTimeAsync(OPTIONS.deadlineMs);
    expect((await answer).reason).toBe('pending');
    server.open(evidenceOf(later({ reply: GREYLISTED })));
    await world.settle();
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason: 'accepted', cached: true });
  });
});

test('every answer is of the moment of its asking', async () => {
  const world = await createWorld();
  world.advance(1_000);
  expect((await ask(world, 'ada@firm.example')).checked_at).toBe(new Date(START_MS + 1_000).toISOString());
});
