import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ListStatus } from '../../../client/api-types.ts';
import { type Arrived, type Loopback, refusedUrl, startLoopback } from '../../edge/loopback.ts';
import { vrfy } from '../vrfy.ts';
import { workbookOf } from './workbook.ts';

const ID = 'q1W2e3R4t5Y6u7I8o9P0aA';
const POLL = { timeout: 20_000 };
const FILE = 'Name;E-mail\nAda;ada@good.test\nBob;nobody@good.test\n';
const RESULTS = 'Name;E-mail;vrfy_verdict\nAda;ada@good.test;deliverable\n';

const STATUS: ListStatus = {
  id: ID,
  name: 'customers.csv',
  state: 'done',
  waiting_for: null,
  rows: 1_234,
  distinct: 1_000,
  duplicates: 234,
  done: 1_000,
  free: 120,
  by_verdict: { deliverable: 700, invalid: 200, risky: 60, unknown: 40 },
  by_reason: {},
  by_provider: [],
  expected_bounce_rate: {
    before: 0.223,
    after: 0.005,
    low: 0.19,
    high: 0.25,
    is_under_2_percent: false,
    method: 'as measured',
  },
  eta_seconds: null,
  next_retry_at: null,
  failure: null,
  parts: null,
  created_at: '2026-01-01T00:00:00.000Z',
  finished_at: '2026-01-01T00:10:00.000Z',
  expires_at: '2026-01-31T00:00:00.000Z',
};

const DETECTED = {
  format: 'csv',
  encoding: 'utf-8',
  delimiter: ';',
  header: true,
  column: { index: 2, name: 'E-mail' },
  preview: [
    ['Name', 'E-mail'],
    ['Ada', 'ada@good.test'],
    ['Bo\u001b[2Jb', 'nobody@good.test'],
  ],
};

/** The states that the list of this small edge goes through, and whether it then goes on for ever. */
let states: readonly Partial<ListStatus>[];
let isEndless: boolean;
/** Whether the results end before their length. */
let isCutOff: boolean;
const arrivals: Arrived[] = [];
let edge: Loopback;
let folder: string;

const routeOf = ({ method, path: where }: Arrived): string => `${method} ${where.split('?')[0]}`;
const asked = (): readonly string[] => arrivals.map(routeOf);
const arrivedAt = (route: string): Arrived | undefined => arrivals.find((each) => routeOf(each) === route);
const queryOf = (route: string): Readonly<Record<string, string>> =>
  Object.fromEntries(new URL(arrivedAt(route)?.path ?? '', 'http://edge.test').searchParams);
const bodyOf = (route: string): string => new TextDecoder().decode(arrivedAt(route)?.body);

function answer(arrived: Arrived, response: ServerResponse): unknown {
  arrivals.push(arrived);
  const { path: where, headers } = arrived;
  const json = (status: number, value: unknown): unknown =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const problem = (status: number, code: string, detail: string): unknown => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    return response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail }));
  };
  if (headers.authorization === 'Bearer wrong') return problem(401, 'key_unknown', 'This key is not known.');
  const made = { id: ID, url: `http://edge.test/v1/lists/${ID}`, state: 'reading', detected: DETECTED };
  switch (routeOf(arrived)) {
    case 'POST /v1/lists':
      if (where.includes('parts=true')) return json(201, { ...made, state: 'receiving', detected: undefined });
      return json(202, made);
    case `PUT /v1/lists/${ID}/parts/1`:
    case `PUT /v1/lists/${ID}/parts/2`:
    case `DELETE /v1/lists/${ID}`:
      return response.writeHead(204).end();
    case `POST /v1/lists/${ID}/complete`:
      return json(202, made);
    case `POST /v1/lists/${ID}/start`:
      return json(202, { ...STATUS, state: 'running' });
    case `POST /v1/lists/${ID}/cancel`:
      return json(200, { ...STATUS, state: 'cancelled' });
    case 'GET /v1/lists':
      if (where.includes('cursor=next')) return json(200, { lists: [STATUS], cursor: null });
      return json(200, { lists: [{ ...STATUS, name: 'a\u001b[2J' }], cursor: 'next' });
    case `GET /v1/lists/${ID}/results`:
      response.writeHead(200, { 'content-type': 'text/csv', 'content-length': RESULTS.length });
      return isCutOff ? response.write(RESULTS.slice(0, 9), () => response.destroy()) : response.end(RESULTS);
    case `GET /v1/lists/${ID}/events`:
      return tellEvents(response);
    default:
      return problem(404, 'not_found', 'There is nothing here.');
  }
}

function tellEvents(response: ServerResponse): unknown {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const dataOf = (state: Partial<ListStatus> | undefined): string => JSON.stringify({ ...STATUS, ...state });
  for (const [at, state] of states.entries()) {
    response.write(`event: progress\nid: ${at + 1}\ndata: ${dataOf(state)}\n\n`);
  }
  return isEndless || response.end(`event: done\nid: done\ndata: ${dataOf(states.at(-1))}\n\n`);
}

beforeAll(async () => {
  edge = await startLoopback(answer);
});

afterAll(() => edge.close());

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vrfy-list-'));
  writeFileSync(path.join(folder, 'customers.csv'), FILE);
  arrivals.length = 0;
  states = [{ state: 'running', done: 400, eta_seconds: 90 }, {}];
  isEndless = isCutOff = false;
});

afterEach(() => rmSync(folder, { recursive: true }));

const inFolder = (name: string): string => path.join(folder, name);
const list = (...args: readonly string[]) => vrfy(['list', ...args, '--edge', edge.url.origin]);

describe('vrfy list', () => {
  test('vrfy list uploads the file as it is, writes the results as they are, and says what the list is worth', async () => {
    const { code, stdout, stderr } = await list(inFolder('customers.csv'), '-o', inFolder('out.csv'));
    expect([code, stdout]).toEqual([0, '']);
    expect(bodyOf('POST /v1/lists')).toBe(FILE);
    expect(arrivals[0]?.headers['content-type']).toBe('text/csv');
    expect(queryOf('POST /v1/lists')).toEqual({ name: 'customers.csv', start: 'auto' });
    expect(readFileSync(inFolder('out.csv'), 'utf8')).toBe(RESULTS);
    expect(readdirSync(folder).sort()).toEqual(['customers.csv', 'out.csv']);
    expect(stderr).toContain('column 2 "E-mail"');
    expect(stderr).toContain('running: 400 of 1,000 (40 %), done in 90 seconds; 700 deliverable, 200 invalid');
    expect(stderr).toMatch(/^invalid +200 {2}20\.0 %$/m);
    expect(stderr).toMatch(/^bounce rate +before 22\.3 % \(19\.0 % to 25\.0 %\), after 0\.5 % .*: under 2 %$/m);
    expect(stderr).not.toContain('\u001b');
  });

  test('vrfy list says so if the bounce rate stays above two in a hundred, or is not known', async () => {
    states = [
      {
        expected_bounce_rate: {
          before: 0.3,
          after: 0.021,
          low: 0.2,
          high: 0.4,
          is_under_2_percent: false,
          method: 'as measured',
        },
      },
    ];
    expect((await list(inFolder('customers.csv'), '-o', inFolder('out.csv'))).stderr).toContain(': not under 2 %');
    states = [{ expected_bounce_rate: null }];
    const unknown = await list(inFolder('customers.csv'), '-o', inFolder('out.csv'));
    expect(unknown.stderr).toContain('200 decided addresses');
  });

  test('vrfy list stops at the end of the free part with --dry-run, probes nothing and says how to go on', async () => {
    states = [{ state: 'reading' }, { state: 'ready', done: 120 }];
    isEndless = true;
    const { code, stderr } = await list(inFolder('customers.csv'), '--dry-run');
    expect(code).toBe(0);
    expect(queryOf('POST /v1/lists')).toMatchObject({ start: 'manual' });
    expect(asked()).toEqual(['POST /v1/lists', `GET /v1/lists/${ID}/events`]);
    expect(stderr).toContain(`To go on: vrfy list --resume ${ID} -o OUT.csv`);
  });

  test('vrfy list starts a list that is ready, and fetches it, with --resume', async () => {
    states = [{ state: 'ready' }, { state: 'ready' }, { state: 'running' }, {}];
    expect((await list('--resume', ID, '-o', inFolder('out.csv'))).code).toBe(0);
    expect(asked()).toEqual([
      `GET /v1/lists/${ID}/events`,
      `POST /v1/lists/${ID}/start`,
      `GET /v1/lists/${ID}/results`,
    ]);
    expect(readFileSync(inFolder('out.csv'), 'utf8')).toBe(RESULTS);
  });

  test('vrfy list leaves the list running at Ctrl-C, and says how to come back', async () => {
    states = [{ state: 'running', done: 3 }];
    isEndless = true;
    const running = list(inFolder('customers.csv'), '-o', inFolder('out.csv'));
    await expect.poll(() => running.complained(), POLL).toContain('running: 3 of');
    running.interrupt();
    const { code, stderr } = await running;
    expect(code).toBe(130);
    expect(stderr).toContain(`vrfy list --resume ${ID} -o ${inFolder('out.csv')} --edge ${edge.url.origin}`);
    expect(asked()).toEqual(['POST /v1/lists', `GET /v1/lists/${ID}/events`]);
    expect(readdirSync(folder)).toEqual(['customers.csv']);
  });

  test('vrfy list asks for the rows of some verdicts with --only and --no-duplicates, and hands on --column and --name', async () => {
    const args = ['--only', 'deliverable, risky', '--no-duplicates', '--column', 'E-mail', '--name', 'Spring'];
    await list(inFolder('customers.csv'), '-o', inFolder('out.csv'), ...args);
    expect(queryOf('POST /v1/lists')).toEqual({ name: 'Spring', column: 'E-mail', start: 'auto' });
    expect(queryOf(`GET /v1/lists/${ID}/results`)).toEqual({ verdict: 'deliverable,risky', duplicates: 'drop' });
  });

  test('vrfy list reads standard input and writes standard output', async () => {
    const ended = await vrfy(['list', '-', '-o', '-', '--edge', edge.url.origin], {}, FILE);
    expect([ended.code, ended.stdout]).toEqual([0, RESULTS]);
    expect(bodyOf('POST /v1/lists')).toBe(FILE);
  });

  test('vrfy list writes the figures as one line of JSON with --json', async () => {
    const { stdout } = await list(inFolder('customers.csv'), '-o', inFolder('out.csv'), '--json');
    expect(JSON.parse(stdout)).toEqual(STATUS);
    expect(stdout.split('\n')).toHaveLength(2);
  });

  test('vrfy list sends a workbook as CSV, and quotes the cells that hold a comma, a quote or a line break', async () => {
    const sheet = workbookOf([
      ['Name', 'E-mail', 'Age'],
      ['Lovelace, "Ada"', 'ada@good.test', 36],
      ['Zoë\nB', 'zoe@good.test', 7],
    ]);
    writeFileSync(inFolder('people.xlsx'), sheet);
    expect((await list(inFolder('people.xlsx'), '-o', inFolder('out.csv'))).code).toBe(0);
    expect(bodyOf('POST /v1/lists')).toBe(
      'Name,E-mail,Age\r\n"Lovelace, ""Ada""",ada@good.test,36\r\n"Zoë\nB",zoe@good.test,7\r\n',
    );
  });

  test('vrfy list sends a packed file as it is', async () => {
    const packed = gzipSync('ada@good.test\n');
    writeFileSync(inFolder('people.txt.gz'), packed);
    await list(inFolder('people.txt.gz'), '-o', inFolder('out.csv'));
    const [upload] = arrivals;
    expect([upload?.headers['content-type'], upload?.headers['content-encoding']]).toEqual(['text/plain', 'gzip']);
    expect(Buffer.from(upload?.body ?? []).equals(packed)).toBe(true);
  });

  test('vrfy list sends a large file in parts', async () => {
    const line = `${'x'.repeat(1_000)};ada@good.test\n`;
    const large = line.repeat(Math.ceil((8 * 1_048_576 + 10) / line.length));
    writeFileSync(inFolder('large.csv'), large);
    expect((await list(inFolder('large.csv'), '-o', inFolder('out.csv'))).code).toBe(0);
    const parts = [1, 2].map((part) => `PUT /v1/lists/${ID}/parts/${part}`);
    expect(asked().slice(0, 4)).toEqual(['POST /v1/lists', ...parts, `POST /v1/lists/${ID}/complete`]);
    expect(parts.map(bodyOf).join('') === large).toBe(true);
  });

  test.each([
    ['cancelled', 'was cancelled', true],
    ['failed', 'has failed: The list has more than 1,000,000 rows.', false],
  ] as const)('vrfy list ends with 1 for a list that is %s', async (state, text, hasResults) => {
    states = [{ state, failure: { code: 'too_many_rows', detail: 'The list has more than 1,000,000 rows.' } }];
    const ended = await list(inFolder('customers.csv'), '-o', inFolder('out.csv'));
    expect([ended.code, readdirSync(folder).includes('out.csv')]).toEqual([1, hasResults]);
    expect(ended.stderr).toContain(text);
  });

  test.each([
    [[], 'needs a file'],
    [['nowhere.csv', '-o', 'x.csv'], 'there is no file nowhere.csv'],
    [['customers.csv'], '-o OUT.csv'],
    [['customers.csv', '--resume', ID, '-o', 'x.csv'], 'needs a file'],
    [['customers.csv', '-o', 'x.csv', '--only', 'good'], '--only takes deliverable'],
    [['customers.csv', '-o', '-', '--json'], 'cannot both'],
    [['customers.csv', '-o', 'customers.csv'], 'replace the file itself'],
    [['customers.csv', '-o', 'no/../customers.csv'], 'replace the file itself'],
    [['old.xls', '-o', 'x.csv'], 'save it as .xlsx'],
    [['broken.xlsx', '-o', 'x.csv'], 'cannot be read as an Excel workbook'],
    [['empty.csv', '-o', 'x.csv'], 'is empty'],
  ])('vrfy list refuses wrong use before anything is uploaded: %j', async (args, text) => {
    writeFileSync(inFolder('old.xls'), 'x');
    writeFileSync(inFolder('broken.xlsx'), 'x');
    writeFileSync(inFolder('empty.csv'), '');
    const own = args.map((arg) => (/\.(?:csv|xlsx?)$/.test(arg) ? `${folder}/${arg}` : arg));
    const { code, stderr } = await list(...own);
    expect([code, asked()]).toEqual([2, []]);
    expect(stderr.replaceAll(`${folder}${path.sep}`, '')).toContain(text);
  });

  test('vrfy list ends with 2 for a key that is refused, and with 69 if no edge answers', async () => {
    expect((await list(inFolder('customers.csv'), '-o', inFolder('out.csv'), '--key', 'wrong')).code).toBe(2);
    const nowhere = (await refusedUrl()).origin;
    expect((await vrfy(['list', inFolder('customers.csv'), '-o', 'x', '--edge', nowhere])).code).toBe(69);
  });

  test('vrfy list takes half of the results for none: it ends with 69, and says how to fetch them', async () => {
    isCutOff = true;
    const ended = await list(inFolder('customers.csv'), '-o', inFolder('out.csv'));
    expect([ended.code, readdirSync(folder)]).toEqual([69, ['customers.csv']]);
    expect(ended.stderr).toContain(`vrfy list --resume ${ID}`);
  });

  test('vrfy list loses no list to results that cannot be written: it says how to fetch them', async () => {
    const ended = await list(inFolder('customers.csv'), '-o', inFolder('no/such/folder.csv'));
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('cannot be written (ENOENT)');
    expect(ended.stderr).toContain(`vrfy list --resume ${ID}`);
  });
});

describe('vrfy lists', () => {
  const lists = (...args: readonly string[]) => vrfy(['lists', ...args, '--edge', edge.url.origin]);

  test('vrfy lists shows all pages of them, and nothing of their names steers the terminal', async () => {
    const { code, stdout } = await lists();
    const [head, first, second] = stdout.split('\n');
    expect([code, head?.split(/ +/)]).toEqual([0, ['id', 'state', 'rows', 'done', 'made', 'name']]);
    expect(first).toMatch(/done +1,234 +100 % +2026-01-01 +a\ufffd/);
    expect(second).toContain('customers.csv');
    expect((await lists('--json')).stdout.split('\n').filter(Boolean)).toHaveLength(2);
  });

  test('vrfy lists cancels one, and deletes one', async () => {
    expect((await lists('cancel', ID)).stdout).toContain('is cancelled');
    expect((await lists('delete', ID)).stdout).toContain('is deleted');
    expect(asked()).toEqual([`POST /v1/lists/${ID}/cancel`, `DELETE /v1/lists/${ID}`]);
    const missing = await lists('delete', 'nothing');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('There is nothing here')]);
  });
});
