import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type DohServer, startDohServer } from '../../../probe-node/sandbox/doh-server.ts';
import { createForwarder, type Forwarder } from '../../../probe-node/sandbox/forwarder.ts';
import { createZone } from '../../../probe-node/sandbox/zone.ts';
import { askByPost, MEDIA_TYPE, readAnswer, wireQuestion } from './dns-question.ts';
import { manualTimers } from './manual-timers.ts';

/** tcpmux: nothing listens there. */
const DEAD_URL = 'http://127.0.0.1:1/dns-query';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Handler = Parameters<typeof createServer>[1];

async function startUpstream(handler: Handler): Promise<{ url: string; server: Server }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/dns-query`, server };
}

/** Gives every query back as it came, so that a test sees whether the bytes were touched. */
function mirror(): { handler: NonNullable<Handler>; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    handler: (request, response) => {
      asked += 1;
      response.writeHead(200, { 'content-type': MEDIA_TYPE });
      request.pipe(response);
    },
  };
}

function forwarderTo(...urls: readonly string[]): Forwarder {
  const forwarder = createForwarder(urls, manualTimers().after);
  ends.push(forwarder.close);
  return forwarder;
}

async function startForwarding(forwarder: Forwarder): Promise<DohServer> {
  const server = await startDohServer(createZone([]), forwarder);
  ends.push(server.close);
  return server;
}

describe('forwarding', () => {
  test('forwarding hands the message on untouched', async () => {
    const { url } = await startUpstream(mirror().handler);
    const message = wireQuestion('example.com', 'MX');
    expect(await forwarderTo(url).forward(message)).toEqual(message);
  });

  test('forwarding goes to the first server that is reachable, and stays with it', async () => {
    const first = await startUpstream((_, response) => response.writeHead(503).end());
    const second = mirror();
    const { url } = await startUpstream(second.handler);
    const forwarder = forwarderTo(DEAD_URL, first.url, url);
    let refusals = 0;
    first.server.on('request', () => {
      refusals += 1;
    });
    expect(await forwarder.forward(wireQuestion('example.com', 'MX'))).not.toBeNull();
    expect(await forwarder.forward(wireQuestion('example.org', 'MX'))).not.toBeNull();
    expect([refusals, second.asked()]).toEqual([1, 2]);
  });

  test('forwarding gives up a server that takes too long', async () => {
    const timers = manualTimers();
    const { url } = await startUpstream(() => {});
    const forwarder = createForwarder([url], timers.after);
    ends.push(forwarder.close);
    const answer = forwarder.forward(wireQuestion('example.com', 'MX'));
    expect(await timers.nextTimer()).toBe(2_000);
    timers.fire();
    expect(await answer).toBeNull();
  });

  test('forwarding leaves no timer once there is an answer', async () => {
    const timers = manualTimers();
    const { url } = await startUpstream(mirror().handler);
    const forwarder = createForwarder([url], timers.after);
    ends.push(forwarder.close);
    await forwarder.forward(wireQuestion('example.com', 'MX'));
    expect(timers.pending()).toBe(0);
  });

  test.each<[string, NonNullable<Handler>]>([
    ['another media type', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    [
      'too many bytes',
      (_, response) => response.writeHead(200, { 'content-type': MEDIA_TYPE }).end('x'.repeat(70_000)),
    ],
    [
      'a body that breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-type': MEDIA_TYPE, 'content-length': 100 });
        response.write('x', () => response.destroy());
      },
    ],
  ])('forwarding takes no answer with %s', async (_, handler) => {
    const { url } = await startUpstream(handler);
    expect(await forwarderTo(url).forward(wireQuestion('example.com', 'MX'))).toBeNull();
  });
});

describe('the DNS server with a forwarder', () => {
  test('the DNS server with a forwarder asks it for names of the outside and never for its own', async () => {
    const upstream = mirror();
    const { url } = await startUpstream(upstream.handler);
    const server = await startForwarding(forwarderTo(url));
    expect((await askByPost(server.url, wireQuestion('example.com', 'MX'))).questions).toMatchObject([
      { name: 'example.com' },
    ]);
    expect((await askByPost(server.url, wireQuestion('ghost.test', 'MX'))).code).toBe(3);
    expect(upstream.asked()).toBe(1);
  });

  test('the DNS server with a forwarder answers SERVFAIL when no server is reachable', async () => {
    const server = await startForwarding(forwarderTo(DEAD_URL));
    const answer = await askByPost(server.url, wireQuestion('example.com', 'MX'));
    expect(answer).toMatchObject({ code: 2, id: 0x2b1d });
  });

  test('the DNS server with a forwarder relays the answer of a real server', async () => {
    const upstream = await startDohServer(() => ({ kind: 'no_data' }), null);
    ends.push(upstream.close);
    const message = await forwarderTo(upstream.url).forward(wireQuestion('example.com', 'MX'));
    expect(readAnswer(message ?? Buffer.alloc(0)).code).toBe(5);
  });
});
