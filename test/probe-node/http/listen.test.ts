import net from 'node:net';
import { Hono } from 'hono';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { type ListenBounds, type ListeningServer, listen } from '../../../probe-node/http/listen.ts';

const BOUNDS: ListenBounds = {
  connectionsMax: 2,
  headersTimeout: 60_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 10,
};

let listening: ListeningServer | null = null;
const sockets: net.Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  const { server } = listening ?? {};
  listening = null;
  if (server !== undefined) await new Promise((resolve) => server.close(resolve));
});

async function start(bounds: Partial<ListenBounds> = {}): Promise<void> {
  const app = new Hono();
  app.get('/healthz', (c) => c.text('ok'));
  const at = { listen: { host: '127.0.0.1', port: 0 }, tls: null };
  listening = await listen(app, at, pino({ level: 'silent' }), { ...BOUNDS, ...bounds });
}

/** A connection on which so much has been written; and all that came back, once the server has ended it. */
async function connect(text: string): Promise<{ readonly ended: Promise<string> }> {
  const socket = net.connect({ host: '127.0.0.1', port: listening?.port ?? 0 });
  sockets.push(socket);
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(heard)));
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  if (text !== '') socket.write(text);
  return { ended };
}

async function openConnections(): Promise<number> {
  return new Promise((resolve, reject) => {
    listening?.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

test.each([
  ['half of the headers', 'GET /healthz HTTP/1.1\r\nHost: node.example\r\n'],
  ['nothing at all', ''],
])('a connection that sends %s ends when its time for headers is over', async (_, text) => {
  await start({ headersTimeout: 100, requestTimeout: 200 });
  const { ended } = await connect(text);
  expect(await ended).toMatch(/^(HTTP\/1\.1 408 |$)/);
});

test('a body that does not come whole ends the connection when the time of a request is over', async () => {
  await start({ headersTimeout: 100, requestTimeout: 200 });
  const { ended } = await connect('POST /v1/probe HTTP/1.1\r\nHost: node.example\r\nContent-Length: 100\r\n\r\nhalf');
  expect(await ended).toMatch(/^HTTP\/1\.1 (404|408) /);
});

test('a connection beyond the bound is closed unread, and has a place once another one is gone', async () => {
  await start();
  await connect('');
  await connect('');
  const { ended } = await connect('GET /healthz HTTP/1.1\r\nHost: node.example\r\n\r\n');
  expect(await ended).toBe('');
  sockets[0]?.destroy();
  await expect.poll(openConnections, { timeout: 10_000 }).toBe(1);
  const next = await connect('GET /healthz HTTP/1.1\r\nHost: node.example\r\nConnection: close\r\n\r\n');
  expect(await next.ended).toMatch(/^HTTP\/1\.1 200 /);
});

test('the deployed server gives headers ten seconds and looks for late ones every second', async () => {
  const app = new Hono();
  const at = { listen: { host: '127.0.0.1', port: 0 }, tls: null };
  listening = await listen(app, at, pino({ level: 'silent' }));
  expect(listening.server.headersTimeout).toBe(10_000);
  expect(listening.server.maxConnections).toBe(5_000);
});
