/** Free keys by mail over HTTP, in a small world: counters, memory and holders are in memory, the message goes to a list. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import type { Mail } from '../../../edge/keys/key-mail.ts';
import { createFreeKeys } from '../../../edge/wiring/free-key-ports.ts';
import { askApp } from '../ask-app.ts';
import { createHolders } from '../keys/holders.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, mxTo, type World } from '../small-world.ts';

let world: World;
let mails: Mail[];
let faults: unknown[];
let sendMail: (mail: Mail) => Promise<void>;
let hasMail: boolean;
let holders: ReturnType<typeof createHolders>;

const app = createApp(async () => {
  const secret = await crypto.subtle.importKey('raw', SECRET, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const { nowMs } = world.ports;
  const ports = {
    mailer: { send: (mail: Mail) => sendMail(mail) },
    secret,
    nowMs,
    onFault: (error: unknown) => void faults.push(error),
  };
  const bindings = { QUOTA: world.counters, KEY_HOLDERS: holders };
  const freeKeys = createFreeKeys(bindings, { cacheKey: SECRET, keyDailyQuota: 100 }, { ...ports, ...world.keyPorts });
  return smallServices(world, [], { freeKeys: hasMail ? freeKeys : null });
});
const SECRET = new Uint8Array(new TextEncoder().encode('a secret of this test'));
const CLIENT = { 'cf-connecting-ip': '192.0.2.1' };

beforeEach(async () => {
  const domains = ['mail.example', 'temp.example', 'gmail.com'];
  const zone = Object.fromEntries(domains.map((domain) => [`${domain} MX`, mxTo(`mx.${domain}`)]));
  world = await createWorld({ zone, disposable: ['temp.example'] });
  mails = [];
  faults = [];
  hasMail = true;
  holders = createHolders(world.ports.nowMs);
  sendMail = async (mail) => void mails.push(mail);
});

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  return askApp(app, path, init, { ADMIN_TOKEN: 'a-token-of-this-test-alone' }, background);
}

async function request(email: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  const response = await ask('/v1/keys/request', { ...init, body: JSON.stringify({ email }) });
  await world.settle();
  return response;
}

const problemOf = async (response: Response) => ({ status: response.status, ...(await response.json()) });

/** Of the last message. */
const linkOf = (mail = mails.at(-1)): string =>
  new URL(/^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? '').searchParams.get('link') ?? '';

const press = (link: string): Promise<Response> =>
  ask('/keys/confirm', { method: 'POST', body: new URLSearchParams({ link }) });

const keyIn = (page: string): string => /vrfy_sk_[0-9A-Za-z]{30}/.exec(page)?.[0] ?? '';

async function getKey(email = 'ada@mail.example'): Promise<string> {
  await request(email);
  return keyIn(await (await press(linkOf())).text());
}

const recordOf = (key: string) => world.keyPorts.keys.lookUp(key);

describe('a request for a free key', () => {
  test('sends a link to the address, and answers alike whether there is a key or not', async () => {
    const first = await request('Ada@Mail.example');
    await press(linkOf());
    const second = await request('Ada@Mail.example');
    for (const response of [first, second]) {
      expect([response.status, await response.json()]).toEqual([202, { status: 'accepted' }]);
    }
    expect(mails.map(({ to }) => to)).toEqual(['Ada@mail.example', 'Ada@mail.example']);
    expect(mails[0]?.text).toContain('http://localhost/keys/confirm?link=');
  });

  test.each([
    ['syntax', 'ada@@mail.example'],
    ['no_domain', 'ada@nowhere.example'],
    ['disposable', 'ada@temp.example'],
    ['role', 'info@mail.example'],
    ['not_ascii', 'zoë@mail.example'],
  ])('is refused for what is %s, and says so', async (rule, email) => {
    const problem = await problemOf(await request(email));
    expect(problem).toMatchObject({ status: 422, code: 'address_refused', errors: [{ field: 'email', rule }] });
    expect(JSON.stringify(problem)).not.toContain(email);
    expect(mails).toEqual([]);
  });

  test.each([[undefined], [1], [['ada@mail.example']]])('must hold an address as text, not %j', async (email) => {
    expect(await problemOf(await request(email))).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  test('asks no mail server', async () => {
    await request('ada@mail.example');
    expect(world.jobs).toEqual([]);
  });

  test('needs no key and no token, although the rest of the keys is the operator’s', async () => {
    expect((await request('ada@mail.example')).status).toBe(202);
    expect((await ask('/v1/keys')).status).toBe(401);
    expect((await ask('/v1/keys/request', { method: 'DELETE' })).status).toBe(401);
  });

  test('says that this edge sends no mail', async () => {
    hasMail = false;
    expect(await problemOf(await request('ada@mail.example'))).toMatchObject({ status: 501, code: 'mail_off' });
    expect((await ask('/keys/confirm?link=x')).status).toBe(501);
    expect((await press('x')).status).toBe(501);
  });

  test('is answered alike if the message cannot be sent, and the log does not say to whom', async () => {
    sendMail = async () => {
      throw new Error('550 ada@mail.example is unknown');
    };
    expect((await request('ada@mail.example')).status).toBe(202);
    expect(faults).toHaveLength(1);
  });
});

describe('the bounds of requests', () => {
  test('hold for a client, and tell when it may ask again', async () => {
    for (let count = 0; count < 10; count += 1) await request(`ada${count}@mail.example`, CLIENT);
    const response = await request('bea@mail.example', CLIENT);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(response)).toMatchObject({ status: 429, code: 'too_many_requests' });
    expect((await request('bea@mail.example', { 'cf-connecting-ip': '192.0.2.2' })).status).toBe(202);
    expect(mails).toHaveLength(11);
    world.advance(86_400_000);
    expect((await request('bea@mail.example', CLIENT)).status).toBe(202);
  });

  test('hold for the networks of a site together', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 41; count += 1) {
      const headers = { 'cf-connecting-ip': `2001:db8:1:${count.toString(16)}::1` };
      statuses.push((await request(`ada${count}@mail.example`, headers)).status);
    }
    expect(statuses.filter((status) => status === 202)).toHaveLength(40);
    expect(statuses.at(-1)).toBe(429);
  });

  test('hold for a mailbox in all its spellings, and nobody who asks notices', async () => {
    const spellings = ['lovelace', 'lovelace+1', 'Lovelace', 'love.lace', 'l.ovelace', 'lovelace+4', 'lovelace+5'];
    for (const [index, local] of spellings.entries()) {
      const response = await request(`${local}@gmail.com`, { 'cf-connecting-ip': `198.51.100.${index}` });
      expect([response.status, await response.json()]).toEqual([202, { status: 'accepted' }]);
    }
    expect(mails).toHaveLength(5);
  });

  test('hold for the edge', async () => {
    await request('ada@mail.example');
    // Without the address of a client nothing else is counted before the mailbox.
    const [ofEdge = ''] = world.counters.counts().keys();
    await world.counters.getByName(ofEdge).reserve(999, 1_000);
    const response = await request('bea@mail.example');
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'overloaded' });
  });

  test('are kept where a counter cannot tell', async () => {
    world.counters.behave(async () => Promise.reject(new Error('away')));
    expect(await problemOf(await request('ada@mail.example', CLIENT))).toMatchObject({ code: 'too_many_requests' });
    expect(mails).toEqual([]);
  });
});

describe('the link', () => {
  test('opens a page with a button, and opening it gives nothing away and costs nothing', async () => {
    await request('ada@mail.example');
    const link = linkOf();
    for (let opened = 0; opened < 3; opened += 1) {
      const response = await ask(`/keys/confirm?link=${link}`);
      const page = await response.text();
      expect(response.status).toBe(200);
      expect(page).toContain('<button class="button" type="submit">');
      expect(keyIn(page)).toBe('');
    }
    expect(keyIn(await (await press(link)).text())).not.toBe('');
  });

  test('gives a key with the quota of free keys, once', async () => {
    await request('ada@mail.example');
    const link = linkOf();
    const [first, ...others] = await Promise.all([press(link), press(link), press(link)]);
    const pages = await Promise.all([first, ...others].map((response) => response.text()));
    const keys = pages.map(keyIn).filter((key) => key !== '');
    expect(keys).toHaveLength(1);
    expect([first, ...others].map(({ status }) => status).toSorted()).toEqual([200, 410, 410]);
    expect(await recordOf(keys[0] ?? '')).toMatchObject({ kind: 'secret', daily_quota: 100 });
    expect((await world.keyPorts.keyService.list(null)).keys).toMatchObject([{ email: 'ada@mail.example' }]);
  });

  test('ends the key that the mailbox had before, in every spelling', async () => {
    const older = await getKey('lovelace+one@gmail.com');
    world.advance(1_000);
    const newer = await getKey('Love.Lace@gmail.com');
    world.advance(61_000);
    expect([await recordOf(older), await recordOf(newer)]).toMatchObject([null, { kind: 'secret' }]);
    expect(await getKey('bea@mail.example')).not.toBe('');
    expect((await world.keyPorts.keyService.list(null)).keys).toHaveLength(2);
  });

  test('does not work beside a newer one that was used', async () => {
    await request('ada@mail.example');
    const older = linkOf();
    world.advance(1_000);
    const key = await getKey();
    expect((await press(older)).status).toBe(410);
    expect(await recordOf(key)).not.toBeNull();
  });

  test('that was used writes nothing, however often it is sent', async () => {
    await request('ada@mail.example');
    const link = linkOf();
    await press(link);
    const writes = vi.spyOn(world.store, 'put');
    for (let pressed = 0; pressed < 3; pressed += 1) expect((await press(link)).status).toBe(410);
    expect(writes).not.toHaveBeenCalled();
  });

  test.each(['', 'no-link', 'A'.repeat(9_000), '<script>'])('that is %j gives a page without it', async (link) => {
    for (const response of [await ask(`/keys/confirm?link=${encodeURIComponent(link)}`), await press(link)]) {
      expect(response.status).toBe(410);
      expect(await response.text()).not.toContain(link === '' ? 'name="link"' : link);
    }
  });

  test('has its time', async () => {
    await request('ada@mail.example');
    world.advance(30 * 60_000);
    expect((await press(linkOf())).status).toBe(410);
    expect((await ask(`/keys/confirm?link=${linkOf()}`)).status).toBe(410);
  });

  test('still works after something of ours broke', async () => {
    await request('ada@mail.example');
    const { getByName } = holders;
    holders.getByName = (name) => ({ ...getByName(name), redeem: async () => Promise.reject(new Error('away')) });
    const response = await press(linkOf());
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('Try again')]);
    expect((await world.keyPorts.keyService.list(null)).keys).toEqual([]);
    holders.getByName = getByName;
    expect(keyIn(await (await press(linkOf())).text())).not.toBe('');
  });
});

test('the pages run nothing, load the style sheet and icon of the edge alone, and are kept by nobody', async () => {
  await request('ada@mail.example');
  const link = linkOf();
  for (const response of [await ask(`/keys/confirm?link=${link}`), await press(link), await press(link)]) {
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';/);
    expect(policy).not.toMatch(/unsafe|script/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    const page = await response.text();
    const loaded = [...page.matchAll(/<link rel="[a-z]+" href="([^"]+)"/g)].map(([, file]) => file);
    expect(loaded).toEqual(['/icon.svg', '/page.css']);
    expect(page).not.toMatch(/<script|<style|<img|\son\w+=|style=/);
  }
});

test('the page of the key has lines that work as they are', async () => {
  await request('ada@mail.example');
  const page = await (await press(linkOf())).text();
  const key = keyIn(page);
  expect(page).toContain(`curl http://localhost/v1/verify -H &#39;Authorization: Bearer ${key}&#39;`);
  expect(page).toContain('createClient({ edge: &#39;http://localhost&#39;');
  expect(page).toContain(`VRFY_EDGE=http://localhost VRFY_KEY=${key} npx vrfy list`);
});

test('what is stored for a request holds no address', async () => {
  await getKey('ada@mail.example');
  const stored = JSON.stringify([holders.names(), [...world.counters.counts().keys()], ...world.store.entries]);
  expect(stored).not.toContain('ada@mail.example');
  expect(stored).not.toContain('vrfy_sk_');
});
