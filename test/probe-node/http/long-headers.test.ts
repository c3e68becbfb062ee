import { createServer, type Server, type ServerResponse } from 'node:http';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerUnreadable } from '../../../probe-node/http/long-headers.ts';

let server: Server;
let refused: string[];
let heard: number;
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  refused = [];
  heard = 0;
  answer = (response) => response.end('heard');
  server = createServer({ maxHeaderSize: 8_192 }, (_, response) => {
    heard += 1;
    answer(response);
  });
  answerUnreadable(server, (code) => refused.push(code));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The bytes that come back until the server hangs up; writes go on, one by one, until then. */
async function talk(writes: readonly string[]): Promise<string> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const socket = net.connect({ host: '127.0.0.1', port: address.port, noDelay: true });
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  const ended = new Promise<void>((resolve) => {
    socket.on('error', () => resolve());
    socket.on('end', resolve);
  });
  for (const write of writes) {
    await new Promise((resolve) => socket.write(write, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  socket.destroy();
  return text;
}

const HEAD = 'POST /v1/probe HTTP/1.1\r\nHost: node.test\r\nAuthorization: Bearer ';

describe('headers that are too long', () => {
  test.each([
    ['at once', [`${HEAD}${'a'.repeat(100 * 1024)}\r\n\r\n`]],
    ['piece by piece', [HEAD, ...Array.from({ length: 100 }, () => 'a'.repeat(1_024)), '\r\n\r\n']],
  ])(
    'headers that are too long are answered 401 as a problem if they come %s, and nobody hears of them',
    async (_, writes) => {
      const text = await talk(writes);
      const [head = '', body = ''] = text.split('\r\n\r\n');
      expect(head.split('\r\n')[0]).toBe('HTTP/1.1 401 Unauthorized');
      expect(head).toContain('content-type: application/problem+json');
      expect(JSON.parse(body)).toMatchObject({ status: 401, code: 'token_malformed' });
      expect([heard, refused]).toEqual([0, ['token_malformed']]);
    },
  );
});

describe('input that is not HTTP', () => {
  test('input that is not HTTP is answered 400 once', async () => {
    expect(await talk(['EHLO probe.example.com\r\n', 'QUIT\r\n'])).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect([heard, refused]).toEqual([0, ['invalid_request']]);
  });
});

describe('a request that is in order', () => {
  test('a request that is in order is not touched', async () => {
    expect(await talk(['GET / HTTP/1.1\r\nHost: node.test\r\nConnection: close\r\n\r\n'])).toContain('heard');
    expect(refused).toEqual([]);
  });
});

describe('data behind a request that is being answered', () => {
  test('data behind a request that is being answered ends the connection, and puts nothing into the answer', async () => {
    answer = (response) => response.writeHead(200).write('heard');
    const text = await talk(['GET / HTTP/1.1\r\nHost: node.test\r\n\r\n', '\u0000 no request\r\n\r\n']);
    expect(text).not.toContain('400');
    expect([heard, refused]).toEqual([1, []]);
  });
});

describe('a request that never ends', () => {
  test('a request that never ends is answered 408', async () => {
    server.close();
    server = createServer({ connectionsCheckingInterval: 20, headersTimeout: 50, requestTimeout: 50 });
    answerUnreadable(server, (code) => refused.push(code));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    expect(await talk([HEAD])).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(refused).toEqual([]);
  });
});
