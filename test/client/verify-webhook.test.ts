/** Webhooks as the library of the specification signs them. */
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { verifyWebhook } from '../../client/verify-webhook.ts';

const NOW_MS = Date.parse('2026-11-28T12:00:00Z');
const SECRET = `whsec_${Buffer.from('a secret of 24 octets...').toString('base64')}`;
const OLDER = `whsec_${Buffer.from('another secret, replaced').toString('base64')}`;
const BODY = '{"type":"list.done","timestamp":"2026-11-28T12:00:00Z","data":{"id":"L1","name":"Zoë"}}';

function headersOf({ secrets = [SECRET], body = BODY, atMs = NOW_MS } = {}) {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(atMs / 1000),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign('msg_1', new Date(atMs), body)).join(' '),
  };
}

const check = (headers: Parameters<typeof verifyWebhook>[1], body: string | Uint8Array = BODY, secret = [SECRET]) =>
  verifyWebhook(body, headers, { secret, nowMs: NOW_MS });

describe('a webhook', () => {
  test('that is genuine is told', async () => {
    const event = { type: 'list.done', timestamp: '2026-11-28T12:00:00Z', data: { id: 'L1', name: 'Zoë' } };
    expect(await check(headersOf())).toEqual(event);
    expect(await check(new Headers(headersOf()), new TextEncoder().encode(BODY))).toEqual(event);
  });

  test('is genuine by any of its signatures, and by any of our secrets', async () => {
    expect(await check(headersOf({ secrets: [OLDER, SECRET] }))).toHaveProperty('type');
    expect(await check(headersOf({ secrets: [OLDER] }), BODY, [SECRET, OLDER])).toHaveProperty('type');
  });

  test('with another secret, another body, another id or another time is not', async () => {
    const signed = headersOf();
    const others = [
      check(headersOf({ secrets: [OLDER] })),
      check(signed, `${BODY} `),
      check({ ...signed, 'webhook-id': 'msg_2' }),
      check({ ...signed, 'webhook-timestamp': String(NOW_MS / 1000 - 1) }),
      check({ ...signed, 'webhook-signature': signed['webhook-signature'].replace('v1,', 'v1a,') }),
      check({ ...signed, 'webhook-signature': 'v1,%%% v1,' }),
    ];
    await Promise.all(others.map((other) => expect(other).rejects.toMatchObject({ code: 'webhook_signature' })));
  });

  test('is compared octet by octet, a byte order mark and broken characters included', async () => {
    const octets = new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode(BODY)]);
    await expect(check(headersOf(), octets)).rejects.toMatchObject({ code: 'webhook_signature' });
  });

  test.each([-301, 301])('whose time is %d s from ours is not taken', async (seconds) => {
    const headers = headersOf({ atMs: NOW_MS + seconds * 1000 });
    await expect(check(headers)).rejects.toMatchObject({ code: 'webhook_stale' });
  });

  test.each([-299, 299])('whose time is %d s from ours is taken', async (seconds) => {
    expect(await check(headersOf({ atMs: NOW_MS + seconds * 1000 }))).toHaveProperty('type');
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s is none', async (name) => {
    await expect(check({ ...headersOf(), [name]: undefined })).rejects.toMatchObject({ code: 'webhook_malformed' });
  });

  test('cannot be checked with a secret that is none', async () => {
    await expect(check(headersOf(), BODY, ['whsec_%'])).rejects.toMatchObject({ code: 'webhook_secret' });
  });
});
