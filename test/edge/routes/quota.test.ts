/** What costs quota, what does not, and what is told when it is spent. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { answerSchema } from '../../../shared/answer.ts';
import type { Evidence } from '../../../shared/job.ts';
import { askApp } from '../ask-app.ts';
import { evidenceOf } from '../nodes/evidence.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, gate, mxTo, type World, type WorldSettings } from '../small-world.ts';

const LIMIT = 3;
const HOME = '192.0.2.1';

let world: World;
const app = createApp(async () => smallServices(world));

async function open(settings: WorldSettings = {}): Promise<void> {
  world = await createWorld({ anonymousDailyQuota: LIMIT, ...settings });
}

beforeEach(() => open());

function ask(path: string, from = HOME, body?: object): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const headers = {
    'cf-connecting-ip': from,
    origin: 'https://shop.example',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  return askApp(app, path, init, {}, background);
}

const verify = (email: string, more = '', from = HOME): Promise<Response> =>
  ask(`/v1/verify?email=${encodeURIComponent(email)}${more}`, from);

async function reasonOf(email: string, more = ''): Promise<string> {
  const response = await verify(email, more);
  expect(response.status).toBe(200);
  return answerSchema().parse(await response.json()).reason;
}

/** Units that all callers have spent, once everything behind the answers is done. */
async function spent(): Promise<number> {
  await world.settle();
  return [...world.counters.counts().values()].reduce((sum, count) => sum + count, 0);
}

const spendAll = async (): Promise<void> => {
  for (let asked = 0; asked < LIMIT; asked += 1) await reasonOf(`ada@firm.example`, '&max_age=0');
};

describe('quota', () => {
  test('is spent by a probe that comes to a verdict', async () => {
    expect(await reasonOf('ada@firm.example')).toBe('accepted');
    expect(await spent()).toBe(1);
    expect(await reasonOf('nobody@firm.example')).toBe('mailbox_not_found');
    expect(await spent()).toBe(2);
  });

  test.each([
    ['syntax', 'no-address', ''],
    ['disposable', 'ada@away.example', ''],
    ['provider_rules', 'ada_lovelace@gmail.com', ''],
    ['not_probed', 'ada@firm.example', '&smtp=false'],
  ])('is not even asked for by %s', async (reason, email, more) => {
    await open({ disposable: ['away.example'] });
    const response = await verify(email, more);
    expect(await response.json()).toMatchObject({ reason });
    expect(response.headers.get('ratelimit')).toBeNull();
    expect(world.counters.calls).toEqual([]);
  });

  test.each([
    ['no_domain', 'ada@gone.example'],
    ['no_mx', 'ada@nomail.example'],
    ['unverifiable', 'ada@yes.example'],
  ])('is given back by a verdict of the DNS: %s', async (reason, email) => {
    await open({
      zone: {
        'nomail.example MX': { kind: 'nodata' },
        'nomail.example A': { kind: 'nodata' },
        'nomail.example AAAA': { kind: 'nodata' },
        'yes.example MX': mxTo('mta5.am0.yahoodns.net'),
      },
    });
    expect(await reasonOf(email)).toBe(reason);
    expect(await spent()).toBe(0);
    expect(world.counters.calls).toEqual([`reserve 1 of ${LIMIT}`, 'release 1']);
  });

  test('is given back by a verdict from memory, and not asked for where that is at hand', async () => {
    await reasonOf('ada@firm.example');
    await spent();
    const before = world.counters.calls.length;
    expect(await reasonOf('ada@firm.example')).toBe('accepted');
    expect(world.counters.calls).toHaveLength(before);
    // Out of hand, it is in the store.
    world.advance(61_000);
    expect(await reasonOf('ada@firm.example')).toBe('accepted');
    expect(world.jobs).toHaveLength(1);
    expect(await spent()).toBe(1);
  });

  test.each(['/v1/verify', '/v1/verify/stream'])(
    'is given back if the client of %s hangs up before the probe begins, and no node is asked',
    async (path) => {
      const dns = gate<void>();
      const { query } = world.ports;
      const late: typeof query = async (...question) => {
        await dns.passed;
        return query(...question);
      };
      world = { ...world, ports: { ...world.ports, query: late } };
      const client = new AbortController();
      const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
      const init = { headers: { 'cf-connecting-ip': HOME }, signal: client.signal };
      const answer = askApp(app, `${path}?email=ada@firm.example`, init, {}, background);
      client.abort();
      dns.open();
      await (await answer).text();
      expect(await spent()).toBe(0);
      expect([world.counters.calls.at(-1), world.jobs]).toEqual(['release 1', []]);
    },
  );

  test('is spent although the client hangs up once the probe has begun: what it finds is remembered', async () => {
    const evidence = gate<void>();
    const begun = gate<void>();
    const { probe } = world.ports;
    const late: typeof probe = async (...question) => {
      begun.open();
      await evidence.passed;
      return probe(...question);
    };
    world = { ...world, ports: { ...world.ports, probe: late } };
    const client = new AbortController();
    const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
    const init = { headers: { 'cf-connecting-ip': HOME }, signal: client.signal };
    const answer = askApp(app, '/v1/verify?email=ada@firm.example', init, {}, background);
    await begun.passed;
    client.abort();
    evidence.open();
    await answer;
    expect(await spent()).toBe(1);
    expect(await reasonOf('ada@firm.example')).toBe('accepted');
    expect(world.jobs).toHaveLength(1);
  });

  test.each(['greylisted', 'no_node'] as const)('is given back by what is unknown: %s', async (reason) => {
    const reply = { code: 450, enhanced: '4.2.0', text: 'Greylisted' };
    await open({ probe: async () => (reason === 'no_node' ? null : evidenceOf({ reply })) });
    const response = await verify('ada@firm.example');
    expect(await response.json()).toMatchObject({ verdict: 'unknown', reason });
    expect(response.headers.get('ratelimit')).toBe(`"daily";r=${LIMIT};t=86400`);
    expect(await spent()).toBe(0);
  });

  test('is given back where something of ours breaks', async () => {
    const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
    await open({ probe: () => Promise.reject(new Error('broken')) });
    expect((await verify('ada@firm.example')).status).toBe(500);
    expect(await spent()).toBe(0);
    spied.mockRestore();
  });

  test('is spent by one of two who ask about a mailbox at the same time', async () => {
    const { passed, open: letPass } = gate<null>();
    await open({ probe: async () => passed.then(() => evidenceOf()) });
    const both = ['192.0.2.1', '192.0.2.2'].map((from) => verify('ada@firm.example', '', from));
    await expect.poll(() => world.counters.calls.length).toBe(2);
    letPass(null);
    for (const response of await Promise.all(both)) expect(await response.json()).toMatchObject({ reason: 'accepted' });
    expect(world.jobs).toHaveLength(1);
    expect(await spent()).toBe(1);
  });

  test('stays reserved behind a pending answer until the work is done', async () => {
    const { passed, open: letPass } = gate<number>();
    await open({
      probe: async () => passed.then((code) => evidenceOf({ reply: { code, enhanced: null, text: 'x' } })),
    });
    const response = await verify('ada@firm.example', '&deadline_ms=100');
    expect(await response.json()).toMatchObject({ reason: 'pending' });
    expect(response.headers.get('ratelimit')).toBe(`"daily";r=${LIMIT - 1};t=86400`);
    expect([...world.counters.counts().values()]).toEqual([1]);
    letPass(450);
    expect(await spent()).toBe(0);
  });

  test('is one for each client, an IPv6 /64 being one', async () => {
    const from = async (address: string): Promise<string | null> =>
      (await verify('ada@firm.example', '&max_age=0', address)).headers.get('ratelimit');
    expect(await from('192.0.2.1')).toContain('r=2');
    expect(await from('192.0.2.2')).toContain('r=2');
    expect(await from('2001:db8::1')).toContain('r=2');
    expect(await from('2001:db8::ffff')).toContain('r=1');
    // Two clients of IPv4, a network of IPv6, and the site that it is in.
    expect(world.counters.counts().size).toBe(4);
    expect([...world.counters.counts().keys()].join()).not.toMatch(/192|2001|db8/);
  });

  test('without a bound asks no counter and is told in no header', async () => {
    world = await createWorld();
    const response = await verify('ada@firm.example');
    expect([response.headers.get('ratelimit'), response.headers.get('ratelimit-policy')]).toEqual([null, null]);
    expect(
      answerSchema()
        .parse(await response.json())
        .steps.map(({ step }) => step),
    ).not.toContain('quota');
    expect(world.counters.calls).toEqual([]);
  });

  test('is not spent by a refresh of our own', async () => {
    await reasonOf('ada@firm.example');
    await spent();
    world.advance(8 * 86_400_000);
    expect(await reasonOf('ada@firm.example')).toBe('accepted');
    await world.settle();
    expect(world.jobs).toHaveLength(2);
    // The old verdict was free, and so was what renewed it.
    expect(await spent()).toBe(0);
  });
});

describe('quota that is spent', () => {
  beforeEach(spendAll);

  test('refuses what needs a probe, and says until when', async () => {
    world.advance(86_400_000 - 90_000);
    const response = await verify('nobody@firm.example');
    expect([response.status, await response.json()]).toMatchObject([429, { code: 'quota_exceeded' }]);
    expect(response.headers.get('retry-after')).toBe('90');
    expect(response.headers.get('ratelimit')).toBe('"daily";r=0;t=90');
    expect(response.headers.get('ratelimit-policy')).toBe(`"daily";q=${LIMIT};w=86400`);
    expect(response.headers.get('access-control-expose-headers')).toContain('ratelimit');
    expect(world.jobs).toHaveLength(LIMIT);
  });

  test('lets every free verdict through', async () => {
    expect(await reasonOf('no-address')).toBe('syntax');
    expect(await reasonOf('ada@gone.example')).toBe('no_domain');
    expect(await reasonOf('ada@firm.example')).toBe('accepted');
    expect(await reasonOf('nobody@firm.example', '&smtp=false')).toBe('not_probed');
  });

  test('is there again after midnight', async () => {
    expect((await verify('nobody@firm.example')).status).toBe(429);
    world.advance(86_400_000);
    expect(await reasonOf('nobody@firm.example')).toBe('mailbox_not_found');
  });

  test('is nothing to anybody else', async () => {
    expect((await verify('nobody@firm.example', '', '192.0.2.2')).status).toBe(200);
  });

  test('is the problem of a stream', async () => {
    const response = await ask('/v1/verify/stream?email=nobody@firm.example');
    expect([response.status, response.headers.get('ratelimit-policy')]).toEqual([200, `"daily";q=${LIMIT};w=86400`]);
    const text = await response.text();
    expect(text).toContain('event: problem');
    expect(text).toContain('quota_exceeded');
    expect(text).not.toContain('event: verdict');
  });

  test('warms nothing up', async () => {
    const refused = await ask('/v1/warm', HOME, { domain: 'firm.example' });
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'quota_exceeded' }]);
    expect((await ask('/v1/warm', '192.0.2.2', { domain: 'firm.example' })).status).toBe(202);
    await world.settle();
    expect(world.warmed).toHaveLength(1);
    expect(await spent()).toBe(LIMIT);
  });
});

describe('a counter that', () => {
  test('fails admits its caller once a minute, and then says when to come back', async () => {
    world.counters.behave(() => Promise.reject(new RangeError('reset')));
    const first = await verify('ada@firm.example', '&max_age=0');
    expect([first.status, first.headers.get('ratelimit')]).toEqual([200, null]);
    const second = await verify('grace@firm.example', '&max_age=0');
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '60']);
    expect((await second.json()).detail).toContain('could not be counted');
    expect(await reasonOf('no address')).toBe('syntax');
    expect((await verify('grace@firm.example', '', '192.0.2.2')).status).toBe(200);
    world.advance(61_000);
    expect((await verify('grace@firm.example', '&max_age=0')).status).toBe(200);
    expect(new Set(world.uncounted)).toEqual(new Set(['RangeError']));
  });

  test('counts a site of IPv6 lets all of its networks together have no more than 64 of them', async () => {
    const statuses = new Map<number, number>();
    for (let network = 0; network < 66 * LIMIT; network += 1) {
      const from = `2001:db8:7:${network.toString(16)}::1`;
      const { status } = await verify('ada@firm.example', '&max_age=0', from);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      await world.settle();
    }
    expect(Object.fromEntries(statuses)).toEqual({ 200: 64 * LIMIT, 429: 2 * LIMIT });
    expect((await verify('ada@firm.example', '&max_age=0', '2001:db8:8::1')).status).toBe(200);
  });

  test('is silent admits its caller after a moment', async () => {
    world.counters.behave(() => new Promise(() => {}));
    expect(await reasonOf('ada@firm.example')).toBe('accepted');
    expect(world.uncounted).toEqual(['TimeoutError']);
  });

  test('is silent holds up no verdict that needs no probe', async () => {
    world.counters.behave(() => new Promise(() => {}));
    expect(await reasonOf('ada@gone.example')).toBe('no_domain');
  });
});

describe('a batch', () => {
  type Line = {
    readonly email: string;
    readonly reason: string;
    readonly detail: string;
    readonly retry_after: number | null;
  };

  async function batch(emails: readonly string[], more: object = {}): Promise<readonly Line[]> {
    const response = await ask('/v1/verify/batch', HOME, { emails, ...more });
    expect(response.headers.get('ratelimit-policy')).toBe(`"daily";q=${LIMIT};w=86400`);
    const text = await response.text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  const numbered = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, n) => `user${n}@firm.example`);

  test('beyond the quota tells what it could not ask, and never a false verdict', async () => {
    const lines = await batch(numbered(10));
    const refused = lines.filter(({ reason }) => reason === 'not_probed');
    expect(lines.filter(({ reason }) => reason === 'mailbox_not_found')).toHaveLength(LIMIT);
    expect(refused).toHaveLength(10 - LIMIT);
    for (const { detail, retry_after } of refused) {
      expect(detail).toContain('quota of today is spent');
      expect(retry_after).toBe(86_400);
    }
    expect(await spent()).toBe(LIMIT);
  });

  test('spends units on what needs a probe, wherever that stands in the list', async () => {
    const free = Array.from({ length: 50 }, (_, n) => `user${n}@gone${n}.example`);
    const lines = await batch([...free, 'no-address', 'ada@firm.example']);
    expect(lines.map(({ reason }) => reason).toSorted()).toEqual([
      'accepted',
      ...free.map(() => 'no_domain'),
      'syntax',
    ]);
    expect(await spent()).toBe(1);
  });

  test('of free verdicts asks no counter', async () => {
    await batch(['no-address', 'ada@gone.example', 'ada@firm.example'], { smtp: false });
    expect(world.counters.calls).toEqual([]);
  });

  test('asks the counter a few times for a thousand addresses', async () => {
    await open({ anonymousDailyQuota: 10_000 });
    const response = await ask('/v1/verify/batch', HOME, { emails: numbered(1_000) });
    expect((await response.text()).split('\n').filter(Boolean)).toHaveLength(1_000);
    expect(await spent()).toBe(1_000);
    expect(world.counters.calls.length).toBeLessThanOrEqual(41);
  });

  test('gives back what was unknown', async () => {
    await open({ probe: async () => evidenceOf({ reply: { code: 450, enhanced: '4.2.0', text: 'Greylisted' } }) });
    const lines = await batch(numbered(2));
    expect(lines.map(({ reason }) => reason)).toEqual(['greylisted', 'greylisted']);
    expect(await spent()).toBe(0);
  });

  test('with a counter that fails is verified whole, and the next one within a minute is told to wait', async () => {
    world.counters.behave(() => Promise.reject(new Error('reset')));
    const lines = await batch(numbered(10));
    expect(lines.map(({ reason }) => reason)).toEqual(Array.from({ length: 10 }, () => 'mailbox_not_found'));
    const [line] = await batch(['grace@firm.example']);
    expect(line).toMatchObject({ reason: 'not_probed', retry_after: 60 });
    expect(line?.detail).toContain('could not be counted');
  });
});

describe('an unknown verdict at a mail server of nobody we know', () => {
  const silent: WorldSettings['probe'] = async () => evidenceOf({ outcome: 'timeout', stage: 'connect', reply: null });
  const told = async (evidence: Partial<Evidence>): Promise<void> => {
    await open({
      zone: {
        'firm.example MX': mxTo('mx.firm.example'),
        'shop.example MX': mxTo('aspmx.l.google.com', 'mx.shop.example'),
      },
      probe: async () => evidenceOf(evidence),
    });
  };
  const vain = (): number => world.counters.calls.filter((call) => call.endsWith('in vain')).length;

  test('is free, but not without end: then a probe is refused, what needs none is not', async () => {
    await open({ probe: silent });
    for (let asked = 0; asked < 100; asked += 1) {
      expect(await reasonOf(`a${asked}@firm.example`)).toBe('timeout');
      await world.settle();
    }
    expect(await spent()).toBe(0);
    const response = await verify('ada@firm.example', '&max_age=0');
    expect([response.status, response.headers.get('ratelimit')]).toEqual([
      429,
      expect.stringMatching(/^"daily";r=0;t=\d+$/),
    ]);
    expect(await response.json()).toMatchObject({
      code: 'quota_exceeded',
      detail: expect.stringContaining('ended as unknown'),
    });
    expect(await reasonOf('no-address')).toBe('syntax');
    expect((await verify('ada@firm.example', '&max_age=0', '192.0.2.2')).status).toBe(200);
    world.advance(86_400_000);
    expect(await reasonOf('ada@firm.example', '&max_age=0')).toBe('timeout');
  });

  test('ends a list as well', async () => {
    await open({ probe: silent, anonymousDailyQuota: 10 });
    const emails = Array.from({ length: 40 }, (_, index) => `a${index}@firm.example`);
    for (let asked = 0; asked < 100; asked += 1) {
      await reasonOf(`b${asked}@firm.example`);
      await world.settle();
    }
    const lines = (await (await ask('/v1/verify/batch', HOME, { emails })).text()).trim().split('\n');
    expect(new Set(lines.map((line) => JSON.parse(line).reason))).toEqual(new Set(['not_probed']));
  });

  test.each<[string, Partial<Evidence>]>([
    ['silence', { outcome: 'timeout', stage: 'connect', reply: null }],
    ['greylisting', { reply: { code: 450, enhanced: '4.7.1', text: 'Greylisted' }, stranger: null }],
    ['a refusal of us', { reply: { code: 554, enhanced: '5.7.1', text: 'Client host blocked' }, stranger: null }],
    ['a name without an address', { outcome: 'dns_failure', stage: 'connect', ip: null, reply: null }],
  ])('is counted if it came of %s', async (_, evidence) => {
    await told(evidence);
    await reasonOf('ada@firm.example');
    expect([await spent(), vain()]).toEqual([0, 1]);
  });

  test('is counted whoever comes first in the MX, if it was a host of nobody that said nothing', async () => {
    await told({ host: 'mx.shop.example', outcome: 'timeout', stage: 'connect', reply: null });
    await reasonOf('ada@shop.example');
    expect([await spent(), vain()]).toEqual([0, 1]);
  });

  test.each<[string, string, Partial<Evidence>]>([
    [
      'a known provider said so',
      'shop',
      { host: 'aspmx.l.google.com', reply: { code: 450, enhanced: '4.2.1', text: 'Try later' } },
    ],
    ['it is our own queue', 'firm', { outcome: 'paced', stage: 'connect', reply: null, retry_after_s: 60 }],
    ['a node rests', 'firm', { outcome: 'resting', stage: 'connect', reply: null, retry_after_s: 60 }],
  ])('is not counted if %s', async (_, name, evidence) => {
    await told({ stranger: null, ...evidence });
    await reasonOf(`ada@${name}.example`);
    expect([await spent(), vain()]).toEqual([0, 0]);
  });

  test('is not counted if there was no node', async () => {
    await open({ probe: async () => null });
    expect(await reasonOf('ada@firm.example')).toBe('no_node');
    expect([await spent(), vain()]).toEqual([0, 0]);
  });
});
