/** The client against the whole system, as a server and as a page use it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../client/create-client.ts';
import { verifyToken } from '../../client/verify-token.ts';
import { madeKeySchema } from '../../shared/api-key.ts';
import { collect } from '../client/bodies.ts';
import { type System, startSystem } from './system.ts';

const SHOP = 'https://shop.example';

let system: System;
let client: Client;
beforeAll(async () => {
  system = await startSystem();
  client = createClient({ edge: system.url });
});
afterAll(() => system.close());

describe('a server', () => {
  test('has a verdict, the steps to it, and a problem as an error', async () => {
    expect(await client.verify('ada@good.test')).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
    const events = await collect(client.stream('nobody@good.test'));
    expect(events.at(-1)).toMatchObject({ event: 'verdict', data: { reason: 'mailbox_not_found' } });
    expect(events.slice(0, -1).map(({ event }) => event)).toEqual(events.slice(1).map(() => 'step'));
    await expect(client.verify('ada@good.test', { deadline_ms: 5 })).rejects.toMatchObject({
      code: 'invalid_request',
      status: 400,
      errors: [{ field: 'deadline_ms' }],
    });
    await expect(createClient({ edge: system.url, key: 'vrfy_sk_x' }).warm('good.test')).rejects.toMatchObject({
      code: 'key_malformed',
    });
  });

  test('has a batch as it comes, and may leave it', async () => {
    const emails = ['ada@good.test', 'nobody@good.test', 'no address', 'ada@good.test'];
    const answers = await collect(client.batch(emails));
    expect(answers.flatMap(({ index }) => index).toSorted()).toEqual([0, 1, 2, 3]);
    expect(answers[0]?.reason).toBe('syntax');
    for await (const answer of client.batch(['no address', 'anyone@tarpit.test'])) {
      expect(answer.reason).toBe('syntax');
      break;
    }
  });

  test('warms a domain', async () => {
    expect(await client.warm('good.test')).toBeUndefined();
  });
});

describe('a page', () => {
  test('asks with its key, and its server believes the token and nothing else', async () => {
    const made = await fetch(`${system.url}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${system.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'publishable', origins: [SHOP] }),
    });
    const { key, id } = madeKeySchema().parse(await made.json());
    const asPage = createClient({
      edge: system.url,
      key,
      fetch: (url, init) => fetch(url, { ...init, headers: { ...(init.headers as object), origin: SHOP } }),
    });
    const { token, verdict } = await asPage.verify('Ada@good.test');
    const options = { edge: system.url, audience: id, address: ' Ada@GOOD.test' };
    expect(await verifyToken(token, options)).toMatchObject({ verdict, aud: id, iss: system.url });
    await expect(verifyToken(token, { ...options, address: 'eve@good.test' })).rejects.toMatchObject({
      code: 'token_address',
    });
    const [last] = (await collect(asPage.stream('nobody@good.test'))).slice(-1);
    const told = last?.event === 'verdict' ? last.data.token : undefined;
    expect(await verifyToken(told, { ...options, address: 'nobody@good.test' })).toMatchObject({ verdict: 'invalid' });
    await expect(collect(asPage.batch(['ada@good.test']))).rejects.toMatchObject({ code: 'key_scope' });
  });
});
