import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { batchAnswerSchema } from '../../../edge/routes/batch.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, gate, type World } from '../small-world.ts';

let world: World;
const app = createApp(async () => smallServices(world));

beforeEach(async () => {
  world = await createWorld();
});

async function post(fields: unknown): Promise<Response> {
  const body = typeof fields === 'string' ? fields : JSON.stringify(fields);
  const headers = { 'content-type': 'application/json' };
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  return askApp(app, '/v1/verify/batch', { method: 'POST', body, headers }, {}, background);
}

async function linesOf(response: Response): Promise<readonly unknown[]> {
  const text = await response.text();
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

type Fault = { readonly field: string; readonly rule: string };

async function faultsOf(response: Response): Promise<readonly Fault[]> {
  expect(response.status).toBe(400);
  const { code, errors } = await response.json();
  expect(code).toBe('invalid_request');
  return errors.map(({ field, rule }: Fault) => ({ field, rule }));
}

describe('POST /v1/verify/batch', () => {
  test('answers with a line of JSON for each distinct address, whatever its verdict', async () => {
    const response = await post({ emails: ['ada@firm.example', 'x', 'bob@firm.example', 'ada@FIRM.example'] });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const answers = (await linesOf(response)).map((line) => batchAnswerSchema().parse(line));
    expect(answers.map(({ email, reason, index }) => [email, reason, index])).toEqual([
      ['x', 'syntax', [1]],
      ['ada@firm.example', 'accepted', [0, 3]],
      ['bob@firm.example', 'mailbox_not_found', [2]],
    ]);
  });

  test('says nothing for an empty list', async () => {
    expect(await linesOf(await post({ emails: [] }))).toEqual([]);
  });

  test('takes a thousand addresses of 254 octets in characters that JSON escapes', async () => {
    const local = 'é'.repeat(32);
    const domain = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(54)}.test`;
    const emails = Array.from({ length: 1000 }, (_, index) => `${index}${local.slice(4)}@${domain}`);
    const escaped = JSON.stringify({ emails, smtp: false }).replaceAll('é', '\\u00e9');
    expect(await linesOf(await post(escaped))).toHaveLength(1000);
  });

  test('takes the options of a single address', async () => {
    const [line] = await linesOf(
      await post({ emails: ['ada@firm.example'], smtp: false, max_age: 0, deadline_ms: 100 }),
    );
    expect(line).toMatchObject({ reason: 'not_probed' });
  });

  test('has a minute unless the caller wants it shorter', async () => {
    await linesOf(await post({ emails: ['ada@firm.example'] }));
    expect(world.bundles[0]?.[0]?.deadline_ms).toBeGreaterThan(59_000);
  });
});

describe('a list that does not fit', () => {
  test.each<[string, unknown, Fault]>([
    ['is missing', {}, { field: 'emails', rule: 'required' }],
    ['is no list', { emails: 'ada@firm.example' }, { field: 'emails', rule: 'invalid_type' }],
    ['has more than a thousand entries', { emails: Array(1001).fill('x') }, { field: 'emails', rule: 'too_big' }],
    ['is called otherwise', { email: ['x'] }, { field: 'email', rule: 'unknown' }],
    ['has an entry that is no text', { emails: ['x', 'y', null] }, { field: 'emails.2', rule: 'invalid_type' }],
    ['has too long a deadline', { emails: [], deadline_ms: 60_001 }, { field: 'deadline_ms', rule: 'too_big' }],
  ])('and %s is refused by name of the field', async (_, fields, fault) => {
    expect(await faultsOf(await post(fields))).toEqual([fault]);
    expect(world.queries).toEqual([]);
  });

  test('everywhere is told of the first twenty faults', async () => {
    expect(await faultsOf(await post({ emails: Array(1000).fill(1) }))).toHaveLength(20);
  });

  test('by its size is refused', async () => {
    expect((await post({ emails: ['x'.repeat(1024 * 1024)] })).status).toBe(413);
  });

  test('by its method is refused', async () => {
    const response = await askApp(app, '/v1/verify/batch');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

test('a reader who goes away ends the work', async () => {
  const asked = gate<AbortSignal>();
  world = await createWorld({
    probe: (_, __, signal) => {
      asked.open(signal);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
    },
  });
  const response = await post({ emails: ['ada@firm.example'] });
  const signal = await asked.passed;
  expect(signal.aborted).toBe(false);
  await response.body?.cancel();
  expect(signal.aborted).toBe(true);
});

test('an address whose climb breaks has its line, and the fault one in the log', async () => {
  const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
  world = await createWorld({ query: () => Promise.reject(new Error('cannot take ada@firm.example')) });
  const lines = await linesOf(await post({ emails: ['ada@firm.example', 'x'] }));
  expect(lines).toMatchObject([
    { reason: 'syntax', index: [1] },
    { reason: 'no_node', index: [0] },
  ]);
  expect(spied).toHaveBeenCalledTimes(1);
  expect(String(spied.mock.calls[0])).toMatch(
    /^\{"event":"fault","code":"internal"(?:(?!ada@).)*"trace":"[0-9a-f]{32}"\}$/,
  );
  spied.mockRestore();
});
