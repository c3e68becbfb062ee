import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../shared/answer.ts';
import { REASONS, type Reason } from '../../shared/verdict.ts';
import { type Arrived, type Loopback, refusedUrl, startLoopback } from '../edge/loopback.ts';
import { controlsOf, vrfy } from './vrfy.ts';

/** Text of a mail server that tries to take over the terminal. */
const HOSTILE = '\u001b[2J\u001b]0;owned\u0007 no such user\r\u009b31m\u0000';

/** A little more than three minutes before this test. */
const CHECKED_AT = new Date(Date.now() - 3 * 60_000 - 500).toISOString();

/** The local part of an address names the reason that this edge gives. */
function answerOf(email: string): Answer {
  const reason = (email.split('@')[0] ?? '') as Reason;
  const { verdict, detail, retryAfterSeconds } = REASONS[reason];
  return {
    email,
    address: email,
    canonical: email,
    verdict,
    reason,
    detail,
    did_you_mean: reason === 'no_domain' ? 'no_domain@good.test' : null,
    flags: {
      disposable: reason === 'disposable',
      role: false,
      free: true,
      alias: false,
      catch_all: null,
      mailbox_full: null,
    },
    mx: null,
    smtp:
      verdict === 'invalid'
        ? {
            host: 'mx.good.test',
            ip: '127.0.0.1',
            stage: 'rcpt',
            code: 550,
            enhanced: '5.1.1',
            text: HOSTILE,
            tls: false,
            node: 'fra1',
            region: 'eu-central',
            rule: 'user-unknown',
          }
        : null,
    second_opinion: null,
    retry_after: retryAfterSeconds,
    checked_at: CHECKED_AT,
    cached: email.endsWith('@remembered.test'),
    steps: [],
  };
}

const arrivals: Arrived[] = [];
let edge: Loopback;

beforeAll(async () => {
  edge = await startLoopback((arrived, response) => {
    arrivals.push(arrived);
    const { email } = JSON.parse(new TextDecoder().decode(arrived.body)) as { email: string };
    if (email.startsWith('broken@')) response.writeHead(500).end(problem('internal', 'Something broke.'));
    else if (email.startsWith('spent@'))
      response.writeHead(429, { 'retry-after': '18000' }).end(problem('quota_exceeded', 'The quota is spent.'));
    else if (arrived.headers.authorization === 'Bearer revoked')
      response.writeHead(401).end(problem('key_unknown', 'This key is not known.'));
    else if (email.startsWith('other@')) response.writeHead(200).end('<html>a router login page</html>');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerOf(email)));
  });
});

afterAll(() => edge.close());

const at = (): string => edge.url.href;
/** Requests that the edge got about an address. */
const requestFor = (email: string): Record<string, unknown> => {
  const found = arrivals
    .map(({ body }) => JSON.parse(new TextDecoder().decode(body)))
    .find((body) => body.email === email);
  if (found === undefined) throw new Error('the edge was not asked');
  return found;
};

function problem(code: string, detail: string): string {
  return JSON.stringify({ code, detail });
}

describe.concurrent('the exit code of vrfy verify', () => {
  test.each<[string, readonly string[], number]>([
    [
      'success if no address is invalid: risky or unknown is no problem',
      ['accepted@a.test', 'role@a.test', 'timeout@a.test'],
      0,
    ],
    ['a problem if one of several is invalid', ['accepted@good.test', 'syntax@b.test', 'role@a.test'], 1],
  ])('the exit code of vrfy verify is %s', async (_, addresses, expected) => {
    expect((await vrfy(['verify', ...addresses, '--edge', at()])).code).toBe(expected);
  });

  test.each([
    ['no address', []],
    ['an option that does not exist', ['--verbose', 'accepted@good.test']],
    ['a deadline out of range', ['--deadline', '99', 'accepted@good.test']],
    ['an age that is no whole number', ['--max-age', '1.5', 'accepted@good.test']],
  ])('the exit code of vrfy verify is wrong use for %s', async (_, args) => {
    const { code, stdout, stderr } = await vrfy(['verify', '--edge', at(), ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^vrfy: .*\nTry: vrfy verify --help\n$/);
  });

  test('the exit code of vrfy verify is 69 if no server listens', async () => {
    const { code, stderr } = await vrfy(['verify', 'accepted@good.test', '--edge', (await refusedUrl()).href]);
    expect(code).toBe(69);
    expect(stderr).toMatch(
      /^vrfy: no edge answers at http:\/\/127\.0\.0\.1:[0-9]+\/; is it running\? \(npm start\)\n$/,
    );
  });

  test.each([
    ['answers with a fault', 'broken@good.test', 'answered 500: Something broke.'],
    ['is not an edge', 'other@good.test', 'does not answer like a vrfy edge'],
  ])('the exit code of vrfy verify is 69 if the server %s', async (_, email, told) => {
    const { code, stderr } = await vrfy(['verify', email, '--edge', at()]);
    expect(code).toBe(69);
    expect(stderr).toContain(told);
  });

  test('a spent quota is no fault of the service, and the message says when to try again', async () => {
    const { code, stdout, stderr } = await vrfy(['verify', 'accepted@good.test', 'spent@good.test', '--edge', at()]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^deliverable accepted@good\.test /);
    expect(stderr).toContain('answered 429: The quota is spent. Ask again in 5 hours.\n');
  });

  test('the exit code of vrfy verify is wrong use for a refused key, and the message does not repeat the key', async () => {
    const { code, stderr } = await vrfy(['verify', 'accepted@good.test', '--edge', at(), '--key', 'revoked']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('answered 401: This key is not known.')]);
    expect(stderr).not.toContain('revoked');
  });
});

describe.concurrent('the request of vrfy verify', () => {
  test('the request of vrfy verify has a deadline of 30 s and a probe by default', async () => {
    await vrfy(['verify', 'accepted@defaults.test', '--edge', at()]);
    expect(requestFor('accepted@defaults.test')).toEqual({
      email: 'accepted@defaults.test',
      deadline_ms: 30_000,
      smtp: true,
    });
  });

  test('the request of vrfy verify follows the options, and goes to the edge of the environment with its key', async () => {
    const options = ['--deadline', '250', '--max-age', '0', '--no-smtp'];
    await vrfy(['verify', 'accepted@options.test', ...options], { VRFY_EDGE: at(), VRFY_KEY: 'vrfy_sk_of_a_test' });
    expect(requestFor('accepted@options.test')).toEqual({
      email: 'accepted@options.test',
      deadline_ms: 250,
      max_age: 0,
      smtp: false,
    });
    const arrived = arrivals.find(({ body }) => new TextDecoder().decode(body).includes('@options.test'));
    expect(arrived).toMatchObject({ method: 'POST', path: '/v1/verify' });
    expect(arrived?.headers).toMatchObject({
      authorization: 'Bearer vrfy_sk_of_a_test',
      'content-type': 'application/json',
    });
  });
});

describe.concurrent('standard input', () => {
  const LIST =
    '\ufeffaccepted@first.test\r\n\r\n# a comment\r\n  role@second.test  \n\n   # another\naccepted@third.test';
  const emailsOf = (stdout: string): readonly string[] =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).email);

  test.each([
    ['in the place of -', ['-']],
    ['from a pipe, if no address is named', []],
  ])('standard input is read %s; blank lines, comments and CR are skipped', async (_, args) => {
    const { code, stdout, stderr } = await vrfy(['verify', ...args, '--json', '--edge', at()], {}, LIST);
    expect([code, stderr]).toEqual([0, '']);
    expect(emailsOf(stdout)).toEqual(['accepted@first.test', 'role@second.test', 'accepted@third.test']);
  });

  test('standard input takes the place of - among the named addresses', async () => {
    const args = ['verify', 'role@before.test', '-', 'role@after.test', '--json', '--edge', at()];
    const { stdout } = await vrfy(args, {}, 'accepted@between.test\n');
    expect(emailsOf(stdout)).toEqual(['role@before.test', 'accepted@between.test', 'role@after.test']);
  });

  test('standard input may be empty if it was asked for', async () => {
    expect(await vrfy(['verify', '-', '--edge', at()])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('an answer is printed while more addresses may come, and a fault ends the reading', async () => {
    const input = new PassThrough();
    const ended = vrfy(['verify', '-', '--json', '--edge', at()], {}, input);
    input.write('accepted@early.test\n');
    await expect.poll(() => ended.written()).toContain('accepted@early.test');
    input.write('broken@early.test\n');
    expect(await ended).toMatchObject({ code: 69, stderr: expect.stringContaining('Something broke.') });
  });
});

describe.concurrent('the name of a file', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-verify-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the name of a file is not an address: the message has the command for its lines, and the edge is not asked', async () => {
    const file = path.join(folder, 'my list.txt');
    writeFileSync(file, 'accepted@in-a-file.test\n');
    const { code, stdout, stderr } = await vrfy(['verify', 'accepted@beside-a-file.test', file, '--edge', at()]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`is a file, not an address. To verify each line of it: vrfy verify - < '${file}'\n`);
    expect(() => requestFor('accepted@beside-a-file.test')).toThrow();
  });

  test('the name of a file is recognised by its ending if the file does not exist', async () => {
    const { code, stderr } = await vrfy(['verify', 'customers.csv', '--edge', at()]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no such file')]);
  });

  test.each(['ada@firm.list', 'ada', 'ada@'])(
    'the text %s may be meant as an address: the edge is asked',
    async (text) => {
      await vrfy(['verify', text, '--edge', at()]);
      expect(requestFor(text)).toMatchObject({ email: text });
    },
  );
});

describe.concurrent('the output of vrfy verify', () => {
  /** More than are asked at once. */
  const many = Array.from({ length: 19 }, (_, index) => `accepted@number-${index}.test`);

  test('the output of vrfy verify with --json is one answer of the edge per line, in the order given', async () => {
    const { stdout } = await vrfy(['verify', '--json', ...many, '--edge', at()]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(many.map(answerOf));
  });

  test('the output of vrfy verify names address, verdict and reason, in the order given', async () => {
    const { stdout } = await vrfy(['verify', ...many, '--edge', at()]);
    expect(stdout.match(/number-[0-9]+/g)).toEqual(many.map((email) => /number-[0-9]+/.exec(email)?.[0]));
    expect(stdout).toMatch(/^deliverable accepted@number-0\.test {2}accepted\n/);
  });

  test("the output of vrfy verify has the server's reply, the suggestion, the flags and when to ask again", async () => {
    const { stdout } = await vrfy([
      'verify',
      'no_domain@god.test',
      'disposable@a.test',
      'timeout@a.test',
      '--edge',
      at(),
    ]);
    expect(stdout).toContain('mx.good.test at rcpt: 550 5.1.1');
    expect(stdout).toContain('Did you mean no_domain@good.test?');
    expect(stdout).toContain('disposable, free');
    expect(stdout).toContain('Worth asking again in 5 minutes.');
  });

  test('the output of vrfy verify names the node that asked, and the age of a remembered answer', async () => {
    const asked = ['mailbox_not_found@good.test', 'mailbox_not_found@remembered.test', 'accepted@remembered.test'];
    const { stdout } = await vrfy(['verify', ...asked, 'accepted@good.test', '--edge', at()]);
    expect(stdout.match(/(?:Asked|Found out) .*/g)).toEqual([
      'Asked by fra1.',
      'Asked by fra1 3 minutes ago, remembered.',
      'Found out 3 minutes ago, remembered.',
    ]);
  });

  test('the output of vrfy verify has no colour outside of a terminal, nor if NO_COLOR is set', async () => {
    const args = ['verify', 'accepted@good.test', 'timeout@good.test', '--edge', at()];
    const [piped, unwanted] = await Promise.all([vrfy(args), vrfy(args, { NO_COLOR: '1', TERM: 'xterm-256color' })]);
    expect(controlsOf(piped.stdout + unwanted.stdout)).toEqual([]);
    expect(unwanted.stdout).toBe(piped.stdout);
  });

  test('the output of vrfy verify replaces control characters of a server and of the caller', async () => {
    const { stdout } = await vrfy(['verify', 'mailbox_not_found@good\u001b[31m.test', '--edge', at()]);
    expect(stdout).toContain('\ufffd[31m.test');
    expect(stdout).toContain('\ufffd[2J\ufffd]0;owned\ufffd no such user');
    expect(controlsOf(stdout)).toEqual([]);
  });

  test('the output of vrfy verify with --json escapes characters that would steer the terminal', async () => {
    const { stdout } = await vrfy(['verify', '--json', 'mailbox_not_found@good.test', '--edge', at()]);
    expect(stdout).toContain('\\u001b[2J');
    expect(stdout).not.toContain('\u001b');
    expect(JSON.parse(stdout).smtp.text).toBe(HOSTILE);
  });
});
