/** What a test key is told, over every route that takes one, in a world where everything else would be noticed. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { batchAnswerSchema } from '../../../edge/routes/batch.ts';
import type { KeyRequest } from '../../../edge/wiring/key-ports.ts';
import { answerSchema } from '../../../shared/answer.ts';
import { DOCUMENTED_ADDRESSES } from '../../../shared/documented-addresses.ts';
import { REASON_NAMES } from '../../../shared/verdict.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

let world: World;
let authorization: string;
const app = createApp(async () => smallServices(world));

beforeEach(async () => {
  world = await createWorld({ anonymousDailyQuota: 0 });
  const wish: KeyRequest = { kind: 'test', name: null, email: null, origins: [], daily_quota: null };
  authorization = `Bearer ${(await world.keyPorts.keyService.make(wish)).key}`;
});

function ask(path: string, body?: object): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  return askApp(app, path, init, {}, background);
}

async function verify(email: string, more = '') {
  const response = await ask(`/v1/verify?deadline_ms=100&email=${encodeURIComponent(email)}${more}`);
  expect(response.status).toBe(200);
  return answerSchema().parse(await response.json());
}

const more = ({ condition }: (typeof DOCUMENTED_ADDRESSES)[number]): string =>
  condition === 'smtp_false' ? '&smtp=false' : '';

describe('a test key', () => {
  test.each(DOCUMENTED_ADDRESSES)('is told what is documented of $address', async (documented) => {
    const { address, verdict, reason } = documented;
    expect(await verify(address, more(documented))).toMatchObject({ verdict, reason, cached: false });
  });

  test('can have every reason', async () => {
    const answers = await Promise.all(DOCUMENTED_ADDRESSES.map((one) => verify(one.address, more(one))));
    expect([...new Set(answers.map(({ reason }) => reason))].sort()).toEqual([...REASON_NAMES].sort());
  });

  test('sees the reply of a mail server where there would be one, by a node called test', async () => {
    const { mx, smtp } = await verify('full@good.test');
    expect(mx).toMatchObject({ hosts: [{ host: 'mx.good.test', preference: 10 }] });
    expect(smtp).toMatchObject({ host: 'mx.good.test', stage: 'rcpt', code: 452, enhanced: '4.2.2', node: 'test' });
    expect((await verify('ada@greylist.test')).retry_after).toBe(1);
  });

  test.each([
    ['somebody@good.test', 'mailbox_not_found'],
    ['ADA@GOOD.test', 'accepted'],
    ['somebody@catchall.test', 'catch_all'],
    ['somebody@greylist.test', 'greylisted'],
    ['somebody@nodomain.test', 'no_domain'],
    ['somebody@unheard-of.test', 'no_domain'],
    ['ada@good.test.', 'syntax'],
    ['ada@firm.example', 'no_node'],
    ['x@sub.good.test', 'no_domain'],
    ['constructor@good.test', 'mailbox_not_found'],
  ])('is told of %s, which is in no table: %s', async (email, reason) => {
    expect(await verify(email)).toMatchObject({ reason });
  });

  test('has flags and suggestions as everybody has them', async () => {
    expect(await verify('info+x@gmial.com')).toMatchObject({
      did_you_mean: 'info+x@gmail.com',
      flags: { role: true, alias: true },
    });
    expect(await verify('ada@good.test', '&smtp=false')).toMatchObject({ reason: 'not_probed' });
  });

  test('is told of each step in a stream', async () => {
    const text = await (await ask('/v1/verify/stream?email=nobody@good.test')).text();
    expect(text.match(/event: step/g)?.length).toBeGreaterThan(5);
    expect(text).toMatch(/event: verdict\ndata: .*"mailbox_not_found"/);
  });

  test('has a batch answered', async () => {
    const emails = DOCUMENTED_ADDRESSES.filter(({ condition }) => condition !== 'smtp_false').map(
      ({ address }) => address,
    );
    const response = await ask('/v1/verify/batch', { emails, deadline_ms: 100 });
    const lines = (await response.text()).split('\n').filter(Boolean);
    const answers = lines.map((line) => batchAnswerSchema().parse(JSON.parse(line)));
    const reasons = new Map(answers.map(({ email, reason }) => [email, reason]));
    for (const { address, reason, condition } of DOCUMENTED_ADDRESSES) {
      if (condition !== 'smtp_false') expect([address, reasons.get(address)]).toEqual([address, reason]);
    }
  });

  test('may warm up what it likes, and nothing is', async () => {
    for (let asked = 0; asked < 40; asked += 1) {
      expect((await ask('/v1/warm', { domain: `d${asked}.example` })).status).toBe(202);
    }
    await world.settle();
    expect(world.warmed).toEqual([]);
  });

  test('may stand in a URL, and be used from any page', async () => {
    const key = authorization.replace('Bearer ', '');
    const headers = { origin: 'https://anywhere.example' };
    const response = await askApp(app, `/v1/verify?email=ada@good.test&key=${key}`, { headers });
    expect(await response.json()).toMatchObject({ reason: 'accepted' });
  });

  test('touches nothing: no DNS, no memory, no quota, no node, and nothing is kept', async () => {
    const stored = [...world.store.entries.keys()];
    const emails = DOCUMENTED_ADDRESSES.map(({ address }) => address);
    await Promise.all(emails.map((email) => verify(email)));
    await (await ask('/v1/verify/batch', { emails, deadline_ms: 100 })).text();
    await world.settle();
    expect([world.queries, world.jobs, world.bundles, world.rechecks, world.counters.calls]).toEqual([
      [],
      [],
      [],
      [],
      [],
    ]);
    expect([...world.store.entries.keys()]).toEqual(stored);
    expect(world.store.reads.flat().filter((name) => !name.startsWith('k1:'))).toEqual([]);
    // What everybody else is told is none of its doing.
    expect(world.ports.atHand('ada@good.test')).toBeNull();
  });
});
