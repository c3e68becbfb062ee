/** A free key by mail through the whole system: workerd, its counters and holders, and the outbox of `npm start`. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem, storedBytes } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem(0);
});
afterAll(() => system.close());

const outbox = () => path.join(system.stateDir, 'outbox');
const mails = async (): Promise<readonly string[]> => (await readdir(outbox()).catch(() => [])).toSorted();

async function request(email: string): Promise<number> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email }) };
  return (await fetch(`${system.url}/v1/keys/request`, init)).status;
}

/** The link of the message that a request brings. */
async function linkFor(email: string): Promise<URL> {
  const before = await mails();
  expect(await request(email)).toBe(202);
  await expect.poll(async () => (await mails()).length).toBe(before.length + 1);
  const fresh = (await mails()).find((name) => !before.includes(name)) ?? '';
  const message = await readFile(path.join(outbox(), fresh), 'utf8');
  expect(message).toContain(`To: <${email}>\r\n`);
  return new URL(/^http\S+/m.exec(message)?.[0] ?? '');
}

async function press(link: URL): Promise<{ readonly status: number; readonly key: string }> {
  const response = await fetch(new URL('/keys/confirm', link), { method: 'POST', body: link.searchParams });
  return { status: response.status, key: /vrfy_sk_[0-9A-Za-z]{30}/.exec(await response.text())?.[0] ?? '' };
}

const verify = async (key: string): Promise<number> =>
  (
    await fetch(`${system.url}/v1/verify?email=ada@good.test&smtp=false`, {
      headers: { authorization: `Bearer ${key}` },
    })
  ).status;

test('a link gives one key, however often it is followed at once, and the next key ends it', async () => {
  const link = await linkFor('ada@good.test');
  expect(link.origin).toBe(system.url);
  const opened = await fetch(link);
  expect([opened.status, await opened.text()]).toEqual([200, expect.stringContaining('<button')]);
  const pressed = await Promise.all(Array.from({ length: 5 }, () => press(link)));
  expect(pressed.filter(({ status }) => status === 410)).toHaveLength(4);
  const key = pressed.map((one) => one.key).join('');
  expect(await verify(key)).toBe(200);

  const { key: next } = await press(await linkFor('Ada@good.test'));
  expect([await verify(next), await verify(key)]).toEqual([200, 401]);
});

test('an address that may have none is told so, and no message is written', async () => {
  const before = await mails();
  expect(await request('info@good.test')).toBe(422);
  expect(await request('ada@mailinator.com')).toBe(422);
  expect(await mails()).toEqual(before);
});

test('what the edge has on its disk names no mailbox', async () => {
  await linkFor('unmistakable.name@good.test');
  expect(await storedBytes(system.stateDir)).not.toContain('unmistakable.name');
});
