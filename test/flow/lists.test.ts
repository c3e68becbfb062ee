/** Lists in the whole system: the object in workerd with its alarm, the bucket, and mail servers of the sandbox. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ListSummary, listSummarySchema } from '../../edge/lists/summary.ts';
import { type System, startSystem, storedBytes } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(() => system.close());

type Ask = { readonly key?: string; readonly type?: string; readonly headers?: Readonly<Record<string, string>> };

function ask(method: string, route: string, body: BodyInit | null = null, given: Ask = {}): Promise<Response> {
  const { key, type = 'text/csv', headers = {} } = given;
  const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const sent = { ...(body === null ? {} : { 'content-type': type }), ...authorization, ...headers };
  return fetch(new URL(route, system.url), { method, headers: sent, body });
}

async function post(body: BodyInit, query = '', given: Ask = {}): Promise<{ id: string } & Record<string, unknown>> {
  const response = await ask('POST', `/v1/lists${query}`, body, given);
  expect([response.status, response.status >= 300 ? await response.text() : '']).toEqual([202, '']);
  return (await response.json()) as { id: string };
}

async function summaryOf(id: string, given: Ask = {}): Promise<ListSummary> {
  return listSummarySchema().parse(await (await ask('GET', `/v1/lists/${id}`, null, given)).json());
}

/** The list as the last event says, once it is in the state. */
async function until(id: string, state: ListSummary['state'], given: Ask = {}): Promise<ListSummary> {
  const events = await ask('GET', `/v1/lists/${id}/events`, null, given);
  let text = '';
  for await (const chunk of events.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const told = [...text.matchAll(/^data: (.*)\n/gm)].at(-1)?.[1];
    const summary = told === undefined ? null : listSummarySchema().parse(JSON.parse(told));
    if (summary?.state === state) return summary;
  }
  throw new Error(`the stream ended before the list was ${state}`);
}

async function makeKey(fields: object = {}): Promise<string> {
  const body = JSON.stringify({ kind: 'secret', daily_quota: null, ...fields });
  const response = await ask('POST', '/v1/keys', body, { key: system.adminToken, type: 'application/json' });
  return String(((await response.json()) as Record<string, unknown>)['key']);
}

const CSV = [
  '\uFEFFName;E-Mail;City',
  'Ada;ada@good.test;Paris',
  '"Bob; Jr";nobody@good.test;"New\nYork"',
  'Cat;anyone@catchall.test;x',
  'Dup;ada@good.test;y',
  ';ada@nowhere-at-all.test;z',
  'Q;not an address;q',
  'W;"Ada L <ada@good.test>";',
  'G;grace@greylist.test;',
  '',
].join('\r\n');

describe('a list', () => {
  test('without duplicates leaves out a row whose owner came many slices before', async () => {
    const people = Array.from({ length: 4_000 }, (_, row) => `person.${row}.with.a.long.name@nowhere-at-all.test`);
    const { id } = await post(`email\n${[...people, people[0]].join('\n')}\n`);
    await until(id, 'done');
    const rowsOf = async (query: string) =>
      (await (await ask('GET', `/v1/lists/${id}/results${query}`)).text()).trimEnd().split('\n').length - 1;
    expect([await rowsOf(''), await rowsOf('?verdict=invalid&duplicates=drop')]).toEqual([4_001, 4_000]);
  });

  test('comes back as it was, with a verdict beside each row', async () => {
    const { id, detected, state } = await post(CSV, '?name=Friends');
    expect(['reading', 'running']).toContain(state);
    expect(detected).toMatchObject({
      format: 'csv',
      encoding: 'utf-8',
      delimiter: ';',
      header: true,
      column: { index: 2, name: 'E-Mail' },
    });
    const summary = await until(id, 'done');
    expect(summary).toMatchObject({
      name: 'Friends',
      rows: 8,
      distinct: 6,
      duplicates: 2,
      done: 6,
      by_verdict: { deliverable: 2, invalid: 3, risky: 1, unknown: 0 },
      expected_bounce_rate: null,
      waiting_for: null,
    });
    const results = await ask('GET', `/v1/lists/${id}/results`);
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await results.arrayBuffer());
    const withoutTime = text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
    expect(withoutTime.split('\r\n')).toEqual([
      '\uFEFFName;E-Mail;City;vrfy_verdict;vrfy_reason;vrfy_did_you_mean;vrfy_duplicate_of;vrfy_checked_at',
      'Ada;ada@good.test;Paris;deliverable;accepted;;;TIME',
      '"Bob; Jr";nobody@good.test;"New\nYork";invalid;mailbox_not_found;;;TIME',
      'Cat;anyone@catchall.test;x;risky;catch_all;;;TIME',
      'Dup;ada@good.test;y;deliverable;accepted;;1;TIME',
      ';ada@nowhere-at-all.test;z;invalid;no_domain;;;TIME',
      'Q;not an address;q;invalid;syntax;;;TIME',
      'W;"Ada L <ada@good.test>";;deliverable;accepted;ada@good.test;1;TIME',
      'G;grace@greylist.test;;deliverable;accepted;;;TIME',
      '',
    ]);

    const etag = results.headers.get('etag') ?? '';
    expect((await ask('GET', `/v1/lists/${id}/results`, null, { headers: { 'if-none-match': etag } })).status).toBe(
      304,
    );
    const part = await ask('GET', `/v1/lists/${id}/results`, null, { headers: { range: 'bytes=3-6' } });
    expect([part.status, await part.text()]).toEqual([206, 'Name']);
    const beyond = await ask('GET', `/v1/lists/${id}/results`, null, { headers: { range: 'bytes=999999-' } });
    expect(beyond.status).toBe(416);
    const again = await ask('GET', `/v1/lists/${id}/events`, null, { headers: { 'last-event-id': 'done' } });
    expect(again.status).toBe(204);
    const ndjson = await ask('GET', `/v1/lists/${id}/results?verdict=risky`, null, {
      headers: { accept: 'application/x-ndjson' },
    });
    expect(JSON.parse(await ndjson.text())).toMatchObject({ row: 3, verdict: 'risky', reason: 'catch_all' });
    const once = await ask('GET', `/v1/lists/${id}/results?verdict=deliverable&duplicates=drop`);
    const names = (await once.text())
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(';')[0]);
    expect(names).toEqual(['Name', 'Ada', 'G']);
    expect((await ask('GET', `/v1/lists/${id}/results?duplicates=some`)).status).toBe(400);
  });

  test('that is started by hand has settled what is free before anything is asked', async () => {
    const { id } = await post('ada@good.test\nada@nowhere.test\nno address\n', '?start=manual', { type: 'text/plain' });
    const ready = await until(id, 'ready');
    // What the first test has asked is remembered and free.
    expect(ready).toMatchObject({ rows: 3, distinct: 3, free: ready.done });
    expect((await ask('POST', `/v1/lists/${id}/start`)).status).toBe(202);
    expect(await until(id, 'done')).toMatchObject({ by_reason: { accepted: 1, no_domain: 1, syntax: 1 } });
    expect((await ask('POST', `/v1/lists/${id}/start`)).status).toBe(409);
  });

  test('is made of JSON as well', async () => {
    const body = JSON.stringify({ emails: ['ada@good.test', 'Bob, B <bob@good.test>'] });
    const { id } = await post(body, '', { type: 'application/json' });
    expect(await until(id, 'done')).toMatchObject({ rows: 2 });
  });

  test('comes in parts, in any order, and each as often as one likes', async () => {
    const made = await ask('POST', '/v1/lists?parts=true&start=manual');
    const { id, state } = (await made.json()) as { id: string; state: string };
    expect([made.status, state]).toEqual([201, 'receiving']);
    const file = `email\n${'x'.repeat(60)}@good.test\n`.padEnd(100, '\n').repeat(90_000);
    const octets = new TextEncoder().encode(file);
    const [first, last] = [octets.slice(0, 8 * 1_048_576), octets.slice(8 * 1_048_576)];
    expect((await ask('PUT', `/v1/lists/${id}/parts/2`, last)).status).toBe(204);
    expect((await ask('POST', `/v1/lists/${id}/complete`)).status).toBe(422);
    expect((await ask('PUT', `/v1/lists/${id}/parts/1`, first)).status).toBe(204);
    expect((await ask('PUT', `/v1/lists/${id}/parts/1`, first)).status).toBe(204);
    expect(await summaryOf(id)).toMatchObject({ state: 'receiving', parts: [1, 2] });
    expect((await ask('POST', `/v1/lists/${id}/complete`)).status).toBe(202);
    expect((await ask('PUT', `/v1/lists/${id}/parts/1`, first)).status).toBe(409);
    expect(await until(id, 'ready')).toMatchObject({ rows: 179_999, distinct: 2, parts: null });
  });

  test('is the same for a repeat with the same key, and another body is refused', async () => {
    const given = { headers: { 'idempotency-key': 'monday' } };
    const first = await post('email\nada@good.test\n', '', given);
    expect((await post('email\nada@good.test\n', '', given)).id).toBe(first.id);
    const other = await ask('POST', '/v1/lists', 'email\nbob@good.test\n', given);
    expect([other.status, await other.json()]).toMatchObject([422, { code: 'idempotency_conflict' }]);
  });

  test('that is cancelled keeps what is known', async () => {
    const { id } = await post('email\nada@good.test\nlater@tempfail.test\n');
    await until(id, 'waiting');
    expect((await ask('POST', `/v1/lists/${id}/cancel`)).status).toBe(200);
    expect(await summaryOf(id)).toMatchObject({ state: 'cancelled', done: 1 });
    const results = await ask('GET', `/v1/lists/${id}/results`);
    expect(await results.text()).toMatch(/ada@good\.test,deliverable.*\nlater@tempfail\.test,,,,,\n$/);
  });

  test('that is deleted is gone from every route and from the disk', async () => {
    const { id } = await post('email\nvery.private.person@good.test\n', '?name=Confidential');
    await until(id, 'done');
    expect(await storedBytes(system.stateDir)).toContain('very.private.person');
    expect((await ask('DELETE', `/v1/lists/${id}`)).status).toBe(204);
    for (const rest of ['', '/results', '/events'])
      expect((await ask('GET', `/v1/lists/${id}${rest}`)).status).toBe(404);
    expect(await storedBytes(system.stateDir)).not.toMatch(/very\.private\.person|Confidential/);
  });

  test('spends no more than its key has, and says of the rest that it was not asked', async () => {
    const key = await makeKey({ daily_quota: 1 });
    const { id } = await post('email\none@good.test\ntwo@good.test\nthree@good.test\n', '', { key });
    const { by_reason } = await until(id, 'done', { key });
    expect(by_reason['not_probed']).toBeGreaterThanOrEqual(1);
  });

  test.each<[string, BodyInit, string, number, string]>([
    ['a spreadsheet', 'PK\x03\x04 [Content_Types].xml', 'text/csv', 415, 'unsupported_media_type'],
    ['a spreadsheet by its type', 'x', 'application/vnd.ms-excel', 415, 'unsupported_media_type'],
    ['a picture', 'x', 'image/png', 415, 'unsupported_media_type'],
    ['nothing', '', 'text/csv', 422, 'list_unreadable'],
    ['JSON without addresses', '{}', 'application/json', 400, 'invalid_request'],
  ])('is refused of %s', async (_, body, type, status, code) => {
    const response = await ask('POST', '/v1/lists', body, { type });
    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
  });

  test.each(['retention_days=31', 'dedupe=some', 'webhook=http://127.0.0.1.example/', 'colum=2', 'keep=accepted'])(
    'is refused with the setting %s',
    async (query) => {
      const route = query.startsWith('keep')
        ? `/v1/lists/${(await post('a@good.test')).id}?${query}`
        : `/v1/lists?${query}`;
      expect(
        (await ask(query.startsWith('keep') ? 'GET' : 'POST', route, query.startsWith('keep') ? null : 'x')).status,
      ).toBe(400);
    },
  );
});

describe('a stranger', () => {
  test('is told of no list but their own, whatever the route', async () => {
    const [mine, yours] = [await makeKey(), await makeKey()];
    const { id } = await post('email\nada@good.test\n', '', { key: mine });
    await until(id, 'done', { key: mine });
    const routes: readonly [string, string][] = [
      ['GET', ''],
      ['GET', '/results'],
      ['GET', '/events'],
      ['PUT', '/parts/1'],
      ['POST', '/complete'],
      ['POST', '/start'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ];
    const guessed = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
    for (const [method, rest] of routes) {
      const body = method === 'PUT' ? 'x' : null;
      const statuses = [
        (await ask(method, `/v1/lists/${id}${rest}`, body, { key: yours })).status,
        (await ask(method, `/v1/lists/${id}${rest}`, body)).status,
        (await ask(method, `/v1/lists/${guessed}${rest}`, body, { key: mine })).status,
        (await ask(method, `/v1/lists/..${rest}`, body, { key: mine })).status,
        (await ask(method, `/v1/lists/${id}${rest}`, body, { key: 'vrfy_sk_nobodys' })).status,
      ];
      expect([method, rest, ...statuses]).toEqual([method, rest, 404, 404, 404, 404, 401]);
    }
    const listed = async (key: string) =>
      ((await (await ask('GET', '/v1/lists', null, { key })).json()) as { lists: { id: string }[] }).lists;
    expect((await listed(mine)).map((list) => list.id)).toEqual([id]);
    expect(await listed(yours)).toEqual([]);
    expect((await ask('GET', `/v1/lists/${id}`, null, { key: system.adminToken })).status).toBe(200);
    expect(await summaryOf(id, { key: mine })).toMatchObject({ state: 'done' });
  });
});

describe('the lists of a key', () => {
  test('are shown newest first, a page at a time', async () => {
    const key = await makeKey();
    const ids: string[] = [];
    for (let made = 0; made < 27; made += 1)
      ids.unshift((await post(`a${made}@good.test\n`, '?start=manual', { key })).id);
    const page = async (query = '') =>
      (await (await ask('GET', `/v1/lists${query}`, null, { key })).json()) as {
        lists: { id: string }[];
        cursor: string;
      };
    const first = await page();
    const second = await page(`?cursor=${encodeURIComponent(first.cursor)}`);
    expect([...first.lists, ...second.lists].map(({ id }) => id)).toEqual(ids);
    expect(second.cursor).toBeNull();
  });
});

test('the operator sees the lists of all keys until they are over, and nobody else does', async () => {
  const key = await makeKey();
  const { id } = await post('waits@good.test\n', '?start=manual&name=Waiting', { key });
  const { id: local } = await post('waits@good.test\n', '?start=manual');
  const open = async () => {
    const seen = new Map<string, string | null>();
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const response = await ask('GET', `/v1/lists/open${query}`, null, { key: system.adminToken });
      const page = (await response.json()) as { lists: { id: string; key: string | null }[]; cursor: string | null };
      for (const list of page.lists) seen.set(list.id, list.key);
      ({ cursor } = page);
    } while (cursor !== null);
    return seen;
  };
  const keys = (await (await ask('GET', '/v1/keys', null, { key: system.adminToken })).json()) as {
    keys: { id: string }[];
  };
  const seen = await open();
  expect(keys.keys.map((each) => each.id)).toContain(seen.get(id));
  expect(seen.get(local)).toBeNull();
  expect((await ask('POST', `/v1/lists/${id}/cancel`, null, { key })).status).toBe(200);
  expect((await ask('DELETE', `/v1/lists/${local}`)).status).toBe(204);
  const later = await open();
  expect([later.has(id), later.has(local)]).toEqual([false, false]);
  for (const stranger of [{}, { key }]) {
    expect((await ask('GET', '/v1/lists/open', null, stranger)).status).toBe(401);
  }
});
