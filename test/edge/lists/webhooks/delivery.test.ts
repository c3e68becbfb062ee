import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import {
  attemptDelivery,
  type Delivery,
  type DeliveryPorts,
  faultOfWebhookUrl,
} from '../../../../edge/lists/webhooks/delivery.ts';
import { makeWebhookSecret } from '../../../../edge/lists/webhooks/secret.ts';
import { type Arrived, type Loopback, startLoopback } from '../../loopback.ts';

const secretOf = (octet: number): string => makeWebhookSecret((octets) => octets.fill(octet));
const FIRST = secretOf(1);
const SECOND = secretOf(2);

const opened: Loopback[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

type Receiver = { readonly url: string; readonly arrived: Arrived[] };

async function receiver(status = 204, headers: Record<string, string> = {}): Promise<Receiver> {
  const arrived: Arrived[] = [];
  const server = await startLoopback((request, response) => {
    arrived.push(request);
    response.writeHead(status, headers).end();
  });
  opened.push(server);
  return { url: `${server.url}hooks?from=vrfy`, arrived };
}

const ports = (parts: Partial<DeliveryPorts> = {}): DeliveryPorts => ({
  fetch,
  lookUp: async () => ({ kind: 'nxdomain' }),
  urls: { allowsLoopback: true },
  nowMs: () => Date.now(),
  ...parts,
});

const deliveryTo = (url: string, parts: Partial<Delivery> = {}): Delivery => ({
  url,
  messageId: 'msg_1',
  type: 'list.done',
  happenedAtMs: Date.UTC(2026, 0, 1),
  data: { id: 'a-list', name: 'Zoë' },
  secrets: [FIRST],
  ...parts,
});

const textOf = ({ body }: Arrived): string => new TextDecoder().decode(body);
const headersOf = ({ headers }: Arrived): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

describe('a webhook', () => {
  test('a webhook is a POST that the reference library takes, with the event in it', async () => {
    const { url, arrived } = await receiver();
    expect(await attemptDelivery(deliveryTo(url), ports())).toEqual({ kind: 'delivered' });
    const [request] = arrived as [Arrived];
    expect([request.method, request.path, request.headers['content-type']]).toEqual([
      'POST',
      '/hooks?from=vrfy',
      'application/json',
    ]);
    expect(new Webhook(FIRST).verify(textOf(request), headersOf(request))).toEqual({
      type: 'list.done',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: { id: 'a-list', name: 'Zoë' },
    });
  });

  test('a webhook is signed with each secret that is in force, and with no other', async () => {
    const { url, arrived } = await receiver();
    await attemptDelivery(deliveryTo(url, { secrets: [SECOND, FIRST] }), ports());
    const [request] = arrived as [Arrived];
    for (const secret of [FIRST, SECOND]) {
      expect(() => new Webhook(secret).verify(textOf(request), headersOf(request))).not.toThrow();
    }
    expect(() => new Webhook(secretOf(3)).verify(textOf(request), headersOf(request))).toThrow();
  });

  test('a webhook has the time of the attempt and the same id each time, in which no full stop is', async () => {
    const { url, arrived } = await receiver();
    for (const nowMs of [1_700_000_000_999, 1_700_000_300_000]) {
      await attemptDelivery(deliveryTo(url, { messageId: 'a-list.list.done' }), ports({ nowMs: () => nowMs }));
    }
    expect(arrived.map(({ headers }) => [headers['webhook-id'], headers['webhook-timestamp']])).toEqual([
      ['a-list_list_done', '1700000000'],
      ['a-list_list_done', '1700000300'],
    ]);
  });

  test.each([500, 404, 429])('a webhook that is answered with %i is worth another attempt', async (status) => {
    const { url } = await receiver(status);
    expect(await attemptDelivery(deliveryTo(url), ports())).toEqual({ kind: 'failed', fault: `http_${status}` });
  });

  test('a webhook that is answered with 410 is never tried again', async () => {
    const { url } = await receiver(410);
    expect(await attemptDelivery(deliveryTo(url), ports())).toEqual({ kind: 'refused', fault: 'http_410' });
  });

  test('a webhook follows no redirect', async () => {
    const inner = await receiver();
    const { url } = await receiver(307, { location: inner.url });
    expect(await attemptDelivery(deliveryTo(url), ports())).toEqual({ kind: 'failed', fault: 'http_307' });
    expect(inner.arrived).toEqual([]);
  });

  test('a webhook that is not answered, or not in time, is worth another attempt', async () => {
    const { url } = await receiver();
    await opened.splice(0)[0]?.close();
    expect(await attemptDelivery(deliveryTo(url), ports())).toEqual({ kind: 'failed', fault: 'unreachable' });
    const late: typeof fetch = async () => {
      throw new DOMException('too late', 'TimeoutError');
    };
    expect(await attemptDelivery(deliveryTo(url), ports({ fetch: late }))).toEqual({
      kind: 'failed',
      fault: 'timeout',
    });
  });

  test('a webhook waits for no body of the receiver', async () => {
    const server = await startLoopback((_, response) => void response.writeHead(200).write('and so on'));
    opened.push(server);
    expect(await attemptDelivery(deliveryTo(server.url.href), ports())).toEqual({ kind: 'delivered' });
  });

  test('a webhook is never sent without a signature, and never larger than may be', async () => {
    const { url, arrived } = await receiver();
    expect(await attemptDelivery(deliveryTo(url, { secrets: [] }), ports())).toEqual({
      kind: 'refused',
      fault: 'no_secret',
    });
    await expect(attemptDelivery(deliveryTo(url, { data: 'x'.repeat(70_000) }), ports())).rejects.toThrow(RangeError);
    expect(arrived).toEqual([]);
  });

  test('a webhook is not sent where the name leads inwards by now, or this machine is out of bounds', async () => {
    const { url, arrived } = await receiver();
    const outside = ports({ urls: { allowsLoopback: false } });
    expect(await attemptDelivery(deliveryTo(url), outside)).toEqual({ kind: 'failed', fault: 'bad_url' });
    const lookUp: DeliveryPorts['lookUp'] = async (_, type) =>
      type === 'A' ? { kind: 'records', addresses: ['169.254.169.254'] } : { kind: 'nodata' };
    const asked: unknown[] = [];
    const noting: typeof fetch = async (input) => {
      asked.push(input);
      return new Response();
    };
    const inwards = ports({ lookUp, fetch: noting, urls: { allowsLoopback: false } });
    const outcome = await attemptDelivery(deliveryTo('https://hooks.example.com/'), inwards);
    expect([outcome, asked, arrived]).toEqual([{ kind: 'failed', fault: 'bad_url' }, [], []]);
  });
});

describe('the URL of a webhook', () => {
  const lookUp: DeliveryPorts['lookUp'] = async (name, type) => {
    if (type === 'AAAA') return { kind: 'nodata' };
    return { kind: 'records', addresses: [name === 'inner.example.com' ? '10.0.0.1' : '8.8.8.8'] };
  };
  const faultOf = (url: string) => faultOfWebhookUrl(url, { lookUp, urls: { allowsLoopback: false } });

  test('the URL of a webhook may have a path, a port and a query', async () => {
    expect(await faultOf('https://hooks.example.com:8443/vrfy?list=1')).toBeNull();
  });

  test.each([
    ['nonsense', /no URL/],
    ['http://hooks.example.com/', /https/],
    ['https://ada:secret@hooks.example.com/', /no user name/],
    ['https://8.8.8.8/', /host name/],
    ['https://[2a00::1]/', /host name/],
    ['https://localhost/', /this machine/],
    ['https://inner.example.com/', /not public/],
    ['ftp://hooks.example.com/', /https/],
  ])('the URL of a webhook %s is refused with the reason', async (url, reason) => {
    expect(await faultOf(url)).toMatch(reason);
  });
});
