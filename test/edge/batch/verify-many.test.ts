import { afterEach, describe, expect, test, vi } from 'vitest';
import { type ManyPorts, type PlacedAnswer, verifyMany } from '../../../edge/batch/verify-many.ts';
import type { ClimbOptions } from '../../../edge/flow/climb.ts';
import { verify } from '../../../edge/flow/verify.ts';
import { answerSchema } from '../../../shared/answer.ts';
import { verdictsIn } from '../memory/map-store.ts';
import { evidenceOf } from '../nodes/evidence.ts';
import { createWorld, gate, mxTo, type World, type WorldSettings } from '../small-world.ts';

const OPTIONS: ClimbOptions = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };

const ZONE = {
  'firm.example MX': mxTo('mx.firm.example'),
  'shop.example MX': mxTo('mx.shop.example'),
  'bücher.example MX': mxTo('mx.shop.example'),
};

type Verified = { readonly world: World; readonly answers: readonly PlacedAnswer[] };

const UNKNOWN_USER = { code: 550, enhanced: '5.1.1', text: 'User unknown' };

const noFault = (error: unknown): never => {
  throw error;
};

function portsOf({ gather, ports: { waitUntil } }: World): ManyPorts {
  return { gather, waitUntil, quota: null, names: null, onFault: noFault };
}

async function verifyAll(
  emails: readonly string[],
  settings: WorldSettings = {},
  parts: Partial<ClimbOptions> = {},
  signal = new AbortController().signal,
): Promise<Verified> {
  const world = await createWorld({ zone: ZONE, ...settings });
  const answers: PlacedAnswer[] = [];
  await verifyMany(emails, { ...OPTIONS, ...parts }, portsOf(world), (answer) => void answers.push(answer), signal);
  await world.settle();
  return { world, answers };
}

const reasons = ({ answers }: Verified): Record<string, string> =>
  Object.fromEntries(answers.map(({ email, reason }) => [email, reason]));

const people = (count: number, domain: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `person${index}@${domain}`);

describe('a list of addresses', () => {
  test('a list of addresses gets a verdict for each', async () => {
    const verified = await verifyAll([
      'ada@firm.example',
      'bob@firm.example',
      'ada@shop.example',
      'x@gone.example',
      'x',
    ]);
    expect(reasons(verified)).toEqual({
      'ada@firm.example': 'accepted',
      'bob@firm.example': 'mailbox_not_found',
      'ada@shop.example': 'accepted',
      'x@gone.example': 'no_domain',
      x: 'syntax',
    });
  });

  test('an empty list gets no verdict', async () => {
    expect((await verifyAll([])).answers).toEqual([]);
  });

  test('a list of addresses gets the verdicts without I/O first', async () => {
    const { answers } = await verifyAll([
      'ada@firm.example',
      'not an address',
      'x_y@gmail.com',
      'ada@shop.example',
      '',
    ]);
    const reasonsInOrder = answers.map(({ reason }) => reason);
    expect(reasonsInOrder.slice(0, 3).toSorted()).toEqual(['provider_rules', 'syntax', 'syntax']);
    expect(reasonsInOrder.slice(3)).toEqual(['accepted', 'accepted']);
  });

  test('a list of addresses gets each verdict as soon as it is ready', async () => {
    const slow = gate<null>();
    const world = await createWorld({
      zone: ZONE,
      query: async (name) => {
        if (name.startsWith('shop')) await slow.passed;
        return mxTo(`mx.${name}`);
      },
    });
    const seen: string[] = [];
    const first = gate<null>();
    const ports = portsOf(world);
    const onAnswer = ({ email }: PlacedAnswer): void => {
      seen.push(email);
      first.open(null);
    };
    const work = verifyMany(
      ['ada@shop.example', 'ada@firm.example'],
      OPTIONS,
      ports,
      onAnswer,
      new AbortController().signal,
    );
    await first.passed;
    expect(seen).toEqual(['ada@firm.example']);
    slow.open(null);
    await work;
    expect(seen).toEqual(['ada@firm.example', 'ada@shop.example']);
  });
});

describe('equal addresses', () => {
  test('equal addresses have one verdict, under the first spelling, with every position', async () => {
    const emails = [
      'ada@firm.example',
      ' Ada@FIRM.example ',
      'ada@FIRM.example',
      'ada@firm.example\t',
      'Ada@firm.example',
    ];
    const { answers, world } = await verifyAll(emails);
    expect(answers.map(({ email, index }) => [email, index])).toEqual([
      ['ada@firm.example', [0, 2, 3]],
      [' Ada@FIRM.example ', [1, 4]],
    ]);
    // Two spellings, which to a server may be two mailboxes.
    const [job] = world.bundles.flat();
    expect(job?.recipients.map(({ address }) => address)).toEqual(['ada@firm.example', 'Ada@firm.example']);
  });

  test('addresses that are one mailbox to a provider are not equal: each is asked about at its own domain', async () => {
    const domains = ['me.com', 'icloud.com', 'mac.com', 'proton.me', 'pm.me'];
    const zone = Object.fromEntries(domains.map((domain) => [`${domain} MX`, mxTo('mx.firm.example')]));
    const verified = await verifyAll(['ada@me.com', 'ada@icloud.com', 'ada@mac.com', 'ada@pm.me', 'ada@proton.me'], {
      zone,
      probe: async ({ domain }) =>
        evidenceOf(['icloud.com', 'proton.me'].includes(domain) ? {} : { reply: UNKNOWN_USER }),
    });
    expect(reasons(verified)).toEqual({
      'ada@me.com': 'mailbox_not_found',
      'ada@icloud.com': 'accepted',
      'ada@mac.com': 'mailbox_not_found',
      'ada@pm.me': 'mailbox_not_found',
      'ada@proton.me': 'accepted',
    });
  });

  test('addresses are equal in either spelling of their domain', async () => {
    const { answers } = await verifyAll(['ada@bücher.example', 'ada@xn--bcher-kva.example']);
    expect(answers.map(({ index }) => index)).toEqual([[0, 1]]);
  });

  test('an address and its alias are not equal: each has flags of its own', async () => {
    const { answers } = await verifyAll(['adalovelace@gmail.com', 'ada.lovelace+x@gmail.com']);
    expect(answers).toHaveLength(2);
  });

  test('equal texts that are no addresses have one verdict', async () => {
    const { answers } = await verifyAll(['nobody', ' nobody ', 'no body']);
    expect(answers.map(({ email, index }) => [email, index])).toEqual([
      ['nobody', [0, 1]],
      ['no body', [2]],
    ]);
  });
});

describe('a domain', () => {
  test('a domain of a list costs one job, one question and one read, however many of its addresses are asked about', async () => {
    const { world, answers } = await verifyAll([...people(300, 'firm.example'), ...people(20, 'shop.example')]);
    expect(answers).toHaveLength(320);
    const jobs = world.bundles.flat();
    expect(jobs.map(({ domain, recipients }) => [domain, recipients.length]).toSorted()).toEqual([
      ['firm.example', 300],
      ['shop.example', 20],
    ]);
    expect(world.queries.toSorted()).toEqual(['firm.example MX', 'shop.example MX']);
    const reads = world.store.reads.flat().filter((key) => key.startsWith('d2:'));
    expect(reads.length).toBeLessThanOrEqual(8);
  });

  test('a domain of a list is not asked about remembered addresses', async () => {
    const world = await createWorld({ zone: ZONE });
    const ports = portsOf(world);
    const { signal } = new AbortController();
    const answers: PlacedAnswer[] = [];
    await verifyMany(['ada@firm.example'], OPTIONS, ports, () => {}, signal);
    await world.settle();
    await verifyMany(['ada@firm.example', 'bob@firm.example'], OPTIONS, ports, (one) => void answers.push(one), signal);
    expect(answers.map(({ email, cached }) => [email, cached]).toSorted()).toEqual([
      ['ada@firm.example', true],
      ['bob@firm.example', false],
    ]);
    expect(
      world.bundles
        .flat()
        .at(-1)
        ?.recipients.map(({ address }) => address),
    ).toEqual(['bob@firm.example']);
  });

  test('a domain of a list that no node can ask about is no_node, and the others are not', async () => {
    const verified = await verifyAll(['ada@firm.example', 'ada@shop.example'], {
      probe: async ({ domain, mail_hosts }) =>
        domain === 'firm.example' ? null : evidenceOf({ host: mail_hosts[0]?.host ?? null }),
    });
    expect(reasons(verified)).toEqual({ 'ada@firm.example': 'no_node', 'ada@shop.example': 'accepted' });
  });

  test('a domain whose server refuses one node gets one more job at another node for all its addresses', async () => {
    const refused = { code: 554, enhanced: '5.7.1', text: 'Client host blocked using zen.spamhaus.org' };
    const verified = await verifyAll(people(30, 'firm.example'), {
      probe: async (_, { otherThan }) =>
        evidenceOf(otherThan === null ? { reply: refused, stranger: null } : { node: 'ams1' }),
    });
    expect(new Set(Object.values(reasons(verified)))).toEqual(new Set(['accepted']));
    expect(verified.world.bundles.flat().map(({ recipients }) => recipients.length)).toEqual([30, 30]);
  });
});

describe('a climb that breaks on our side', () => {
  test('a climb that breaks on our side leaves its own address unknown, is reported as a fault, and costs the others nothing', async () => {
    const fault = new Error('broken');
    const world = await createWorld({
      zone: ZONE,
      query: async (name) => {
        if (name === 'shop.example') throw fault;
        return mxTo('mx.firm.example');
      },
    });
    const answers: PlacedAnswer[] = [];
    const onFault = vi.fn();
    const emails = ['Ada+x@shop.example', 'ada@firm.example', 'x', 'bob@firm.example', 'Ada+x@SHOP.example'];
    const ports = { gather: world.gather, waitUntil: world.ports.waitUntil, quota: null, names: null, onFault };
    await verifyMany(emails, OPTIONS, ports, (one) => void answers.push(one), new AbortController().signal);
    expect(Object.fromEntries(answers.map(({ email, reason }) => [email, reason]))).toEqual({
      'Ada+x@shop.example': 'no_node',
      'ada@firm.example': 'accepted',
      x: 'syntax',
      'bob@firm.example': 'mailbox_not_found',
    });
    const broken = answers.find(({ reason }) => reason === 'no_node');
    expect(answerSchema().loose().parse(broken)).toMatchObject({
      canonical: 'ada+x@shop.example',
      verdict: 'unknown',
      detail: 'Something broke on our side; this says nothing about the mailbox.',
      retry_after: 60,
      index: [0, 4],
    });
    expect(onFault.mock.calls).toEqual([[fault]]);
    // Nothing that is held rejects.
    await world.settle();
    expect([...world.store.entries.keys()].filter((key) => key.startsWith('v2:'))).toHaveLength(2);
  });
});

describe('a list whose client has gone', () => {
  test('a list whose client has gone ends: nothing more is written, looked up or asked', async () => {
    const gone = new AbortController();
    const world = await createWorld({
      zone: ZONE,
      query: async () => {
        gone.abort();
        return mxTo('mx.firm.example');
      },
    });
    const said: PlacedAnswer[] = [];
    const emails = Array.from({ length: 50 }, (_, index) => `ada@d${index}.example`);
    const ports = portsOf(world);
    await verifyMany(emails, OPTIONS, ports, (answer) => void said.push(answer), gone.signal);
    expect(said).toEqual([]);
    expect(world.bundles).toEqual([]);
    expect(world.queries.length).toBeLessThanOrEqual(4);
  });
});

describe('the deadline', () => {
  test('the deadline of a list is that of every address: addresses without a verdict by then are pending', async () => {
    const never = gate<null>();
    const world = await createWorld({ zone: ZONE, probe: async () => never.passed });
    const answers: PlacedAnswer[] = [];
    const ports = portsOf(world);
    const options = { ...OPTIONS, deadlineMs: 150 };
    const emails = ['ada@firm.example', 'not an address'];
    await verifyMany(emails, options, ports, (one) => void answers.push(one), new AbortController().signal);
    expect(answers.map(({ reason }) => reason)).toEqual(['syntax', 'pending']);
    never.open(null);
    await world.settle();
  });
});

describe('the memory of a list', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Lets the clock of the runtime, and that of the world, go on until the work is done; so many milliseconds at most. */
  async function pass(world: World, ms: number, work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    for (let leftMs = ms; leftMs > 0 && !isDone; leftMs -= 100) {
      world.advance(100);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(isDone).toBe(true);
    await done;
  }

  /** A thousand new addresses of one domain, whose server takes its time for each; KV takes a tenth of a second. */
  async function runIntoDeadline(msEach: number, options: Partial<ClimbOptions>) {
    vi.useFakeTimers();
    const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
    const world = await createWorld({
      zone: ZONE,
      probe: async () => {
        await sleep(msEach);
        return evidenceOf();
      },
    });
    const { put } = world.store;
    world.store.put = async (...entry) => {
      await sleep(100);
      await put(...entry);
    };
    const answers: PlacedAnswer[] = [];
    const ports = portsOf(world);
    const { signal } = new AbortController();
    const emails = people(1_000, 'firm.example');
    const work = verifyMany(emails, { ...OPTIONS, ...options }, ports, (one) => void answers.push(one), signal);
    await pass(world, 120_000, work);
    const storedInTime = verdictsIn(world.store).length;
    // After the answer, the runtime lets only held work go on, and for 30 s at most.
    await pass(world, 30_000, world.settle());
    const stored = verdictsIn(world.store).length;
    return { world, answers, storedInTime, stored };
  }

  test('the memory of a list is written while it runs into its deadline, and the rest of it behind the last answer', async () => {
    const { answers, storedInTime, stored } = await runIntoDeadline(90, { deadlineMs: 60_000 });
    const told = answers.filter(({ reason }) => reason === 'accepted').length;
    expect(answers).toHaveLength(1_000);
    expect(told).toBeGreaterThan(600);
    expect(told).toBeLessThan(700);
    expect(storedInTime).toBeGreaterThan(told / 2);
    expect(stored).toBeGreaterThanOrEqual(told);
  });

  test('the memory of a list includes verdicts that came after the deadline, for a later call about pending addresses', async () => {
    const { world, answers, stored } = await runIntoDeadline(100, { deadlineMs: 10_000 });
    const pending = answers.filter(({ reason }) => reason === 'pending');
    expect(pending.length).toBeGreaterThan(850);
    expect(stored).toBeGreaterThan(250);
    world.advance(61_000);
    const later = await verify(pending[0]?.email ?? '', OPTIONS, world.ports);
    expect(later).toMatchObject({ reason: 'accepted', cached: true });
  });
});

describe('rechecks of a list', () => {
  const greylisted = { reply: { code: 450, enhanced: '4.2.0', text: 'Greylisted' }, stranger: null };

  test('rechecks of a list are staggered, so that they do not delay interactive requests', async () => {
    const { world } = await verifyAll(people(300, 'firm.example'), { probe: async () => evidenceOf(greylisted) });
    const delays = world.rechecks.map(({ delaySeconds }) => delaySeconds).toSorted((a, b) => a - b);
    expect(delays).toEqual(Array.from({ length: 300 }, (_, position) => 300 + 4 * position));
  });

  test('rechecks of a list are planned for each spelling', async () => {
    const emails = ['ada@firm.example', 'Ada@firm.example'];
    const { world } = await verifyAll(emails, { probe: async () => evidenceOf(greylisted) });
    expect(world.rechecks.map(({ recheck }) => recheck.address).toSorted()).toEqual(emails.toSorted());
  });
});
