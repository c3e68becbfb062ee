import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Outbox, startOutbox } from '../../../cli/start/outbox.ts';

const MAIL = {
  from: { name: 'vrfy', email: 'keys@vrfy.test' },
  to: 'ada@good.test',
  subject: 'Your key',
  text: 'a\nzoë\n',
};

let folder: string;
let outbox: Outbox;
let told: string[];

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'vrfy-outbox-')), 'outbox');
  told = [];
  outbox = await startOutbox(folder, (file) => told.push(file));
});
afterEach(async () => {
  await outbox.close();
  await rm(path.dirname(folder), { recursive: true });
});

const post = async (body: string, url = outbox.url): Promise<number> =>
  (await fetch(url, { method: 'POST', body })).status;

describe('the outbox', () => {
  test('keeps each message as a file in the format of messages, for its owner only, and names it', async () => {
    expect(await post(JSON.stringify(MAIL))).toBe(201);
    expect(await post(JSON.stringify(MAIL))).toBe(201);
    const files = (await readdir(folder)).map((name) => path.join(folder, name));
    expect(files.toSorted()).toEqual(told.toSorted());
    const [head = '', body] = (await readFile(told[0] ?? '', 'utf8')).split('\r\n\r\n');
    expect(body).toBe('a\r\nzoë\r\n');
    const headers = new Map(head.split('\r\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
    expect(Object.fromEntries(headers)).toMatchObject({
      From: 'vrfy <keys@vrfy.test>',
      To: '<ada@good.test>',
      Subject: 'Your key',
      Date: expect.stringMatching(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/),
      'Message-ID': expect.stringMatching(/^<[0-9a-f-]{36}@vrfy\.test>$/),
      'MIME-Version': '1.0',
    });
    expect((await stat(told[0] ?? '')).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['a line end in a header', JSON.stringify({ ...MAIL, to: 'ada@good.test\r\nBcc: eve@good.test' })],
    ['no JSON', 'x'],
    ['too much', JSON.stringify({ ...MAIL, text: 'x'.repeat(70_000) })],
  ])('takes nothing with %s', async (_, body) => {
    expect(await post(body)).toBe(400);
    expect(told).toEqual([]);
  });

  test('goes on after a request that breaks off, or a folder that cannot be written', async () => {
    const { hostname, port, pathname } = new URL(outbox.url);
    const half = connect(Number(port), hostname, () =>
      half.end(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{`),
    );
    await once(half.resume(), 'close');
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file');
    await expect(post(JSON.stringify(MAIL))).rejects.toThrow('fetch failed');
    await rm(folder);
    expect(await post(JSON.stringify(MAIL))).toBe(201);
  });

  test('takes nothing from a program that does not know its address', async () => {
    expect(await post(JSON.stringify(MAIL), new URL('/', outbox.url).href)).toBe(400);
  });
});
