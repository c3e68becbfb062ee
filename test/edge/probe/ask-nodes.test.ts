import { describe, expect, test } from 'vitest';
import { judge } from '../../../edge/judge/verdict.ts';
import {
  askNodes,
  type Look,
  type NodeChoice,
  type NodeEvidence,
  type NodePorts,
  type Question,
} from '../../../edge/probe/ask-nodes.ts';
import { type Address, parseAddress } from '../../../shared/address.ts';
import { type Evidence, type ProbeJob, probeJobSchema } from '../../../shared/job.ts';
import { providerById } from '../../../shared/providers.ts';
import { evidenceOf, strangerTold } from '../nodes/evidence.ts';
import { nodesTold } from '../small-world.ts';

const HOSTS = [{ host: 'mx.firm.example', preference: 10 }];
const NOW_MS = 1_000_000;

const REFUSED: Partial<Evidence> = {
  reply: { code: 554, enhanced: '5.7.1', text: 'Client host [192.0.2.1] blocked using zen.spamhaus.org' },
  stranger: null,
};

function addressOf(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error('the test needs an address');
  return parsed.address;
}

const ADDRESS = addressOf('ada@firm.example');

const QUESTION: Question = {
  address: ADDRESS,
  hosts: HOSTS,
  provider: null,
  knownHosts: [],
  prefer: null,
  priority: 'interactive',
  deadlineAtMs: NOW_MS + 5_000,
  patienceAtMs: NOW_MS + 27_000,
};

type Conversation = NodeEvidence & {
  readonly jobs: readonly ProbeJob[];
  readonly choices: readonly NodeChoice[];
  readonly refusals: readonly string[];
  readonly reasons: readonly string[];
  readonly looks: readonly Look[];
};

/** @param msEach how long each node takes */
async function converse(
  probe: NodePorts['probe'],
  parts: Partial<Question> = {},
  msEach = 100,
  signal = new AbortController().signal,
  lot = 1,
): Promise<Conversation> {
  const jobs: ProbeJob[] = [];
  const choices: NodeChoice[] = [];
  const refusals: string[] = [];
  const reasons: string[] = [];
  const looks: Look[] = [];
  let nowMs = NOW_MS;
  const ports: NodePorts = {
    probe: (job, choice, heard) => {
      jobs.push(job);
      choices.push(choice);
      nowMs += msEach;
      return probe(job, choice, heard);
    },
    noteRefusal: (node, provider) => void refusals.push(`${node} by ${provider}`),
    noteLook: (look) => void looks.push(look),
    random: () => lot,
    noteReason: (domain, by, reason) => void reasons.push(`${reason} of ${domain} by ${by}`),
    nowMs: () => nowMs,
  };
  const question = { ...QUESTION, ...parts };
  const asked = await askNodes(
    question,
    (evidence) => {
      const judgement = judge({
        parsed: { ok: true, address: question.address },
        isDisposable: false,
        isRole: false,
        brokenRule: null,
        mail: { kind: 'hosts', hosts: HOSTS, isImplicit: false },
        provider: question.provider,
        probe: evidence,
        strangers: new Map(),
      });
      if (judgement === null) throw new Error('evidence leaves nothing open');
      return judgement;
    },
    ports,
    signal,
  );
  return { ...asked, jobs, choices, refusals, reasons, looks };
}

const nodesOf = ({ first, second }: NodeEvidence): readonly (string | undefined)[] => [first?.node, second?.node];

describe('a bulk question', () => {
  test('says so in its job, and may not be overtaken by another node', async () => {
    const asked = await converse(nodesTold({ fra1: {}, ams1: {} }), { priority: 'bulk' });
    expect(asked.jobs).toMatchObject([{ priority: 'bulk' }]);
    expect(asked.choices).toMatchObject([{ hedgeByMs: null }]);
  });

  test('is told from an interactive one by that word alone, which nodes of older versions ignore', async () => {
    const [bulk] = (await converse(nodesTold({ fra1: {} }), { priority: 'bulk' })).jobs;
    const [interactive] = (await converse(nodesTold({ fra1: {} }))).jobs;
    expect(interactive).not.toHaveProperty('priority');
    expect(bulk).toEqual({ ...interactive, priority: 'bulk' });
  });
});

describe('the first node', () => {
  test('the first node is asked with our full patience, and alone if it is not refused', async () => {
    const asked = await converse(nodesTold({ fra1: {}, ams1: {} }));
    expect(nodesOf(asked)).toEqual(['fra1', undefined]);
    expect(asked.jobs).toEqual([
      {
        version: 1,
        domain: 'firm.example',
        provider: null,
        mail_hosts: HOSTS,
        recipients: [{ id: 0, address: 'ada@firm.example' }],
        catch_all: 'ask',
        deadline_ms: 27_000,
      },
    ]);
    expect(asked.refusals).toEqual([]);
  });

  test('the first node is the preferred one', async () => {
    const asked = await converse(nodesTold({ fra1: {}, ams1: {} }), { prefer: 'ams1' });
    expect(nodesOf(asked)).toEqual(['ams1', undefined]);
  });

  test('the first node is chosen by the provider if that is known, else by the first mail host', async () => {
    const google = providerById('google');
    const known = await converse(nodesTold({ fra1: {} }), { provider: google });
    expect([known.choices[0]?.provider, known.jobs[0]?.provider]).toEqual(['google', 'google']);
    const unknown = await converse(nodesTold({ fra1: {} }));
    expect(unknown.choices[0]?.provider).toBe('mx.firm.example');
  });

  test('the first node is missing if none can take the job, and then there is no second one', async () => {
    const asked = await converse(async () => null);
    expect([asked.first, asked.second, asked.jobs.length]).toEqual([null, null, 1]);
  });

  test('the first node gets a whole number of milliseconds, and never zero', async () => {
    for (const patienceAtMs of [NOW_MS + 1.5, NOW_MS, NOW_MS - 10]) {
      const { jobs } = await converse(nodesTold({ fra1: {} }), { patienceAtMs });
      expect(probeJobSchema().safeParse(jobs[0]).success).toBe(true);
    }
  });
});

describe('the second node', () => {
  test('the second node is of another network, has no preference and gets the rest of the deadline', async () => {
    const asked = await converse(nodesTold({ fra1: {}, ams1: REFUSED, lon1: {} }), { prefer: 'ams1' });
    expect(nodesOf(asked)).toEqual(['fra1', 'ams1']);
    expect(asked.choices[1]).toEqual({ provider: 'mx.firm.example', prefer: null, otherThan: 'ams1', hedgeByMs: null });
    expect(asked.jobs.map(({ deadline_ms }) => deadline_ms)).toEqual([27_000, 4_900]);
    expect(asked.jobs[1]).toEqual({ ...asked.jobs[0], deadline_ms: 4_900 });
  });

  test("the second node's answer counts if it tells more; the refusal is kept beside it", async () => {
    const told = { ams1: { reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' } } };
    expect(nodesOf(await converse(nodesTold({ fra1: REFUSED, ...told })))).toEqual(['ams1', 'fra1']);
  });

  test.each<[string, Partial<Evidence>]>([
    ['is refused too', REFUSED],
    ['hears nothing', { outcome: 'timeout', reply: null }],
    ['is out of its own pace', { outcome: 'paced', reply: null, retry_after_s: 9 }],
  ])("the second node's answer is kept beside the first if it %s", async (_, parts) => {
    expect(nodesOf(await converse(nodesTold({ fra1: REFUSED, ams1: parts })))).toEqual(['fra1', 'ams1']);
  });

  test('the second node is asked if the first rests from that provider', async () => {
    const resting: Partial<Evidence> = { outcome: 'resting', reply: null, stranger: null, retry_after_s: 600 };
    const asked = await converse(nodesTold({ fra1: resting, ams1: {} }));
    expect(nodesOf(asked)).toEqual(['ams1', 'fra1']);
    expect(asked.refusals).toEqual([]);
  });

  test('the second node may be missing', async () => {
    expect(nodesOf(await converse(nodesTold({ fra1: REFUSED })))).toEqual(['fra1', undefined]);
  });

  test.each([
    [4_500, 2],
    [4_501, 1],
  ])('the second node is asked if half a second is left: after %i ms %i are asked', async (msEach, count) => {
    const { jobs } = await converse(nodesTold({ fra1: REFUSED, ams1: {} }), {}, msEach);
    expect(jobs).toHaveLength(count);
  });

  test('the second node is never followed by a third', async () => {
    const asked = await converse(nodesTold({ fra1: REFUSED, ams1: REFUSED, lon1: {} }));
    expect(asked.jobs).toHaveLength(2);
  });

  test("the second node's answer is noted like the first's", async () => {
    const { signal } = new AbortController();
    const heard: AbortSignal[] = [];
    const nodes = nodesTold({ fra1: REFUSED, ams1: {} });
    await converse(
      (job, choice, listener) => {
        heard.push(listener);
        return nodes(job, choice, listener);
      },
      {},
      100,
      signal,
    );
    expect(heard).toEqual([signal, signal]);
  });
});

describe('a hedge', () => {
  test('a hedge is allowed until the caller’s deadline', async () => {
    const { choices } = await converse(nodesTold({ fra1: {} }));
    expect(choices[0]?.hedgeByMs).toBe(QUESTION.deadlineAtMs);
  });

  test('a hedge is not allowed if the server knows the first node: a recheck waits for its node', async () => {
    const { choices } = await converse(nodesTold({ fra1: {} }), { prefer: 'fra1' });
    expect(choices[0]?.hedgeByMs).toBeNull();
  });
});

describe('the outcome', () => {
  test('the outcome is noted for the domain and for its provider', async () => {
    const greylisted = { reply: { code: 450, enhanced: '4.7.1', text: 'Greylisted, try again later' }, stranger: null };
    const { reasons } = await converse(nodesTold({ fra1: greylisted }));
    expect(reasons).toEqual(['greylisted of firm.example by mx.firm.example']);
    const paced: Partial<Evidence> = { outcome: 'paced', reply: null, stranger: null, retry_after_s: 9 };
    expect((await converse(nodesTold({ fra1: paced }))).reasons).toEqual(['paced of firm.example by mx.firm.example']);
  });

  test.each([
    ['the host itself, if its provider is unknown', 'mx.evil.example', 'mx.evil.example'],
    ['its provider', 'alt1.gmail-smtp-in.l.google.com', 'google'],
  ])('the outcome is noted for %s, not for the first host of the MX', async (_, host, provider) => {
    const limited = { reply: { code: 450, enhanced: '4.7.1', text: 'Error: rate limit exceeded' }, stranger: null };
    const parts = { provider: providerById('google') };
    const asked = await converse(nodesTold({ fra1: { ...limited, host } }), parts);
    expect([asked.choices[0]?.provider, asked.reasons]).toEqual([
      'google',
      [`rate_limited of firm.example by ${provider}`],
    ]);
    expect((await converse(nodesTold({ fra1: { ...REFUSED, host } }), parts)).refusals).toEqual([
      `fra1 by ${provider}`,
    ]);
  });

  test('the outcome is not noted if no host was asked', async () => {
    const silent: Partial<Evidence> = { host: null, outcome: 'timeout', reply: null, stranger: null };
    const asked = await converse(nodesTold({ fra1: silent }), { provider: providerById('google') });
    expect([asked.reasons, asked.refusals]).toEqual([[], []]);
  });
});

describe('a refusal of the mailbox', () => {
  const GONE: Partial<Evidence> = { reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' }, stranger: null };
  const TAKEN: Partial<Evidence> = {};
  const look = (parts: Readonly<Record<string, Partial<Evidence>>>, lot = 0, msEach = 100) =>
    converse(nodesTold(parts), {}, msEach, undefined, lot);

  test.each([
    [0, 2],
    [0.0099, 2],
    [0.01, 1],
    [0.5, 1],
  ])('a refusal of the mailbox gets a second look once in a hundred times: lot %d, %i asked', async (lot, count) => {
    const asked = await look({ fra1: GONE, ams1: GONE }, lot);
    expect(asked.jobs).toHaveLength(count);
    expect(asked.choices[1]?.otherThan ?? 'fra1').toBe('fra1');
  });

  test('a refusal of the mailbox gets a second look only if there is time', async () => {
    expect((await look({ fra1: GONE, ams1: GONE }, 0, 4_501)).jobs).toHaveLength(1);
  });

  test('a refusal of the mailbox stands if the second node confirms it, and nothing is kept beside it', async () => {
    const asked = await look({ fra1: GONE, ams1: GONE });
    expect(nodesOf(asked)).toEqual(['fra1', undefined]);
    expect(asked.looks).toEqual([
      {
        nodes: ['fra1', 'ams1'],
        isDisputed: false,
        provider: null,
        rule: expect.any(String),
        reason: 'mailbox_not_found',
      },
    ]);
  });

  test('a refusal of the mailbox does not count if the mailbox is found alive, and the operator is told of both nodes', async () => {
    const asked = await look({ fra1: GONE, ams1: TAKEN });
    expect(nodesOf(asked)).toEqual(['ams1', 'fra1']);
    expect(asked.looks).toEqual([expect.objectContaining({ nodes: ['fra1', 'ams1'], isDisputed: true })]);
    expect(JSON.stringify(asked.looks)).not.toContain('ada');
  });

  test('a refusal of the mailbox does not count if the same host accepts the mailbox from another node, even if it accepts everybody', async () => {
    const all = { stranger: strangerTold({ code: 250, enhanced: null, text: 'Ok' }) };
    expect(nodesOf(await look({ fra1: GONE, ams1: all }))).toEqual(['ams1', 'fra1']);
  });

  test('a refusal of the mailbox stands against a backup that accepts everybody', async () => {
    const backup = { host: 'mx2.firm.example', stranger: strangerTold({ code: 250, enhanced: null, text: 'Ok' }) };
    const asked = await look({ fra1: GONE, ams1: backup });
    expect([nodesOf(asked), asked.looks]).toEqual([['fra1', undefined], []]);
  });

  test.each([
    ['is refused', REFUSED],
    ['hears nothing', { outcome: 'timeout', reply: null }],
    ['has no time', { outcome: 'paced', reply: null, retry_after_s: 9 }],
  ] as const)(
    'a refusal of the mailbox stands if the second node %s, and that is no disagreement',
    async (_, parts) => {
      const asked = await look({ fra1: GONE, ams1: parts });
      expect([nodesOf(asked), asked.looks]).toEqual([['fra1', undefined], []]);
    },
  );

  test('a refusal of the mailbox stands if there is no second node', async () => {
    expect(nodesOf(await look({ fra1: GONE }))).toEqual(['fra1', undefined]);
  });

  test('a refusal of the mailbox is the only answer that gets a second look', async () => {
    expect((await look({ fra1: TAKEN, ams1: TAKEN })).jobs).toHaveLength(1);
  });
});

describe('a refusal', () => {
  test('a refusal is noted for each node that is refused for its address', async () => {
    const asked = await converse(nodesTold({ fra1: REFUSED, ams1: REFUSED }));
    expect(asked.refusals).toEqual(['fra1 by mx.firm.example', 'ams1 by mx.firm.example']);
  });

  test('a refusal that any node would meet is not held against the node, though another is asked', async () => {
    const demand = { reply: { code: 530, enhanced: '5.7.0', text: 'Must issue a STARTTLS command first' } };
    const asked = await converse(nodesTold({ fra1: demand, ams1: evidenceOf() }));
    expect(asked.refusals).toEqual([]);
    expect(nodesOf(asked)).toEqual(['ams1', 'fra1']);
  });
});
