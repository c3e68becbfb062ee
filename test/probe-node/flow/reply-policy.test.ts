import { describe, expect, test } from 'vitest';
import { Treatments } from '../../../probe-node/edge-link/treatment.ts';
import { laneOf } from '../../../probe-node/flow/lane.ts';
import type { LeaseRequest } from '../../../probe-node/flow/lease.ts';
import { ownerOf } from '../../../probe-node/flow/owner.ts';
import { createReplyPolicy } from '../../../probe-node/flow/reply-policy.ts';
import { Sources } from '../../../probe-node/memory/sources.ts';
import { Strangers } from '../../../probe-node/memory/strangers.ts';
import { createMeter } from '../../../probe-node/metrics.ts';
import { Limiter } from '../../../probe-node/pace/limiter.ts';
import { providerById } from '../../../shared/providers.ts';
import { classify } from '../../../shared/replies/classify.ts';
import { parseReplyText, type Stage } from '../../../shared/replies/reply.ts';

const SOURCES = [1, 2].map((last) => ({ ip: `192.0.2.${last}`, heloName: `probe${last}.example.com` }));
const [SOURCE = { ip: null, heloName: '' }, OTHER = { ip: null, heloName: '' }] = SOURCES;
const LANE = laneOf(SOURCE.ip, 'yahoo');
const ENDPOINT = '192.0.2.25 25|192.0.2.1|';
const BLOCKED = '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org';

function createListener() {
  const nowMs = () => 0;
  const sources = new Sources(SOURCES, nowMs);
  const ports = { nowMs, sleep: async () => {}, makeRoom: () => {} };
  const limiter = new Limiter(ports, true);
  const servers = new Limiter(ports, true);
  const none = { idleSessions: () => 0, closedLanes: () => 0, restingSources: () => [], runningJobs: () => 0 };
  const meter = createMeter(none);
  const strangers = new Strangers(nowMs);
  const treatments = new Treatments(nowMs);
  const heard = createReplyPolicy({ limiter, servers, sources, strangers, meter, treatments, classify });
  const request: LeaseRequest = {
    host: 'mx.yahoo.test',
    domain: 'example.test',
    owner: 'example.test',
    source: SOURCE,
    lane: LANE,
    provider: providerById('yahoo'),
    latestMs: 0,
    hostsLeft: 1,
    waited: { ms: 0 },
    priority: 'interactive',
  };
  const hear = (text: string, stage: Stage = 'rcpt', changes: Partial<LeaseRequest> = {}): void => {
    const reply = parseReplyText(text);
    if (reply === null) throw new Error(`no reply: ${text}`);
    const { domain } = { ...request, ...changes };
    heard(reply, stage, { ...request, ...changes, owner: ownerOf(domain) }, ENDPOINT);
  };
  const isClosed = (): boolean => limiter.closedLanes().has(LANE);
  const isServerClosed = (): boolean => servers.closedLanes().has(ENDPOINT);
  return { treatments, sources, strangers, limiter, meter, hear, isClosed, isServerClosed };
}

describe('a node slows down', () => {
  test.each<[string, Stage]>([
    ['421 4.7.0 Too many connections', 'connect'],
    ['421 bye', 'rcpt'],
    ['450 4.7.1 You are sending too fast, slow down', 'rcpt'],
    ['451 4.7.650 The mail server has been temporarily rate limited', 'mail'],
    ['451 4.7.500 Server busy', 'mail'],
    ['550 5.7.1 Too many recipients from your IP, rate limit exceeded', 'rcpt'],
  ])('a node slows down after %s at %s', (text, stage) => {
    const { hear, isClosed } = createListener();
    hear(text, stage);
    expect(isClosed()).toBe(true);
  });

  test('a node slows down in the lane of the host, and at the endpoint under all its names', () => {
    const { hear, isClosed, isServerClosed } = createListener();
    hear('421 4.7.0 Too many connections');
    expect([isClosed(), isServerClosed()]).toEqual([true, true]);
  });

  test.each([
    '250 2.1.5 Ok',
    '550 5.1.1 User unknown',
    '450 4.7.1 Greylisted, please try again in 300 seconds',
    '452 4.2.2 Mailbox full',
    '451 4.3.0 Temporary system problem',
    '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages',
    BLOCKED,
  ])('a node slows down not after %s', (text) => {
    const { hear, isClosed } = createListener();
    hear(text);
    expect(isClosed()).toBe(false);
  });
});

describe('a source', () => {
  test('a source rests for a provider that blocks it before three owners', () => {
    const { hear, sources } = createListener();
    for (const domain of ['a.test', 'b.test', 'x.a.test', 'y.b.test']) hear(BLOCKED, 'connect', { domain });
    expect(sources.resting()).toEqual([]);
    hear(BLOCKED, 'mail', { domain: 'c.test' });
    expect(sources.resting()).toMatchObject([{ source: '192.0.2.1', provider: 'yahoo' }]);
  });

  test.each(['250 2.1.5 Ok', '550 5.1.1 User unknown'])('a source is forgiven by %s', (text) => {
    const { hear, sources } = createListener();
    for (const [index, said] of [BLOCKED, BLOCKED, text, BLOCKED, BLOCKED].entries()) {
      hear(said, 'rcpt', { domain: `d${index}.test` });
    }
    expect(sources.resting()).toEqual([]);
  });

  test('a source does not rest for what is about the sender or a policy of one mailbox', () => {
    const { hear, sources } = createListener();
    for (let times = 0; times < 5; times += 1) hear('550 5.7.1 Message rejected due to policy');
    expect(sources.resting()).toEqual([]);
  });

  test('a source stays with a domain that greylists it', () => {
    const { hear, sources } = createListener();
    for (const source of [OTHER, SOURCE]) {
      hear('450 4.2.0 Greylisted', 'rcpt', { source });
      const post = { domain: 'example.test', host: 'mx.yahoo.test' };
      expect(sources.choose(post, 'yahoo', 'example.test')).toEqual({ kind: 'source', source });
    }
  });
});

describe('a host that accepted every name', () => {
  const ACCEPTED = { code: 250, enhanced: '2.1.5', text: 'Ok' };
  const POST = { domain: 'example.test', host: 'mx.yahoo.test' };

  test.each<[string, Stage, boolean]>([
    ['550 5.1.1 User unknown', 'rcpt', false],
    ['550 5.2.1 The account is disabled', 'rcpt', false],
    ['552 5.2.2 Mailbox full', 'rcpt', true],
    ['550 5.7.1 Message rejected due to policy', 'rcpt', true],
    ['450 4.2.0 Greylisted', 'rcpt', true],
    ['250 2.1.5 Ok', 'rcpt', true],
    [BLOCKED, 'connect', true],
  ])('a host that accepted every name after %s at %s does so still: %s %s', (text, at, isStill) => {
    const { hear, strangers } = createListener();
    strangers.remember(POST, ACCEPTED, 'yahoo');
    hear(text, at);
    expect(strangers.recall(POST) !== null).toBe(isStill);
  });
});

test('every reply is counted by provider, stage and class', async () => {
  const { hear, meter } = createListener();
  hear('550 5.1.1 User unknown');
  hear('250 2.1.5 Ok', 'rcpt', { provider: null });
  const text = await meter.render();
  expect(text).toContain('vrfy_replies_total{provider="yahoo",stage="rcpt",class="mailbox_not_found"} 1');
  expect(text).toContain('vrfy_replies_total{provider="other",stage="rcpt",class="accepted"} 1');
});

test('a reply counts for the source address that it was given to, and for the party that gave it', () => {
  const { hear, treatments } = createListener();
  hear(BLOCKED, 'connect');
  hear('250 ok', 'rcpt', { source: OTHER, lane: laneOf(OTHER.ip, 'yahoo') });
  expect(treatments.of(SOURCE.ip)).toEqual([
    { provider: 'yahoo', answers: 0, refusals: 1, deferrals: 0, last: 'ip_blocked' },
  ]);
  expect(treatments.of(OTHER.ip)).toEqual([
    { provider: 'yahoo', answers: 1, refusals: 0, deferrals: 0, last: 'accepted' },
  ]);
});
