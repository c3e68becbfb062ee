import { createSocket, type Socket } from 'node:dgram';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import type { Resolution } from '../../../probe-node/flow/lease.ts';
import { createResolve, type Routes } from '../../../probe-node/flow/resolve.ts';

const NXDOMAIN = 3;
const SERVFAIL = 2;
const REFUSED = 5;
const never = new AbortController().signal;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) await new Promise<void>((resolve) => socket.close(() => resolve()));
});

/** A name server's reply to one question: records, a code, or nothing at all. */
type Said = readonly Answer[] | number | 'silence';
type Zone = Readonly<Record<string, Said>>;

/** A name server on loopback; the zone is keyed by `name TYPE`, and any other name is NXDOMAIN. */
async function serveZone(zone: Zone, onAsked: (question: string) => void = () => {}): Promise<string> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (message, { port, address }) => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    const key = `${question?.name} ${question?.type}`;
    onAsked(key);
    const said = zone[key] ?? NXDOMAIN;
    if (said === 'silence') return;
    const [code, answers] = typeof said === 'number' ? [said, []] : [0, [...said]];
    const flags = AUTHORITATIVE_ANSWER | code;
    const response = { type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [], answers } as const;
    socket.send(encode(response), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return `127.0.0.1:${socket.address().port}`;
}

const a = (name: string, data: string): Answer => ({ type: 'A', name, ttl: 60, data });
const aaaa = (name: string, data: string): Answer => ({ type: 'AAAA', name, ttl: 60, data });

async function resolveIn(zone: Zone, host: string, routes: Routes = new Map(), signal = never): Promise<Resolution> {
  const resolve = createResolve({ dnsServers: [await serveZone(zone)], routes, smtpPort: 2_525 });
  return resolve(host, signal);
}

function at(...ips: readonly string[]): Resolution {
  return { kind: 'endpoints', endpoints: ips.map((ip) => ({ ip, port: 2_525, isNamed: false })) };
}

describe('a mail host', () => {
  test('a mail host has its IPv4 addresses first, then IPv6, on the SMTP port, and none of them named', async () => {
    const zone = {
      'mx.test A': [a('mx.test', '192.0.9.1'), a('mx.test', '192.0.9.2')],
      'mx.test AAAA': [aaaa('mx.test', '2001:db9::1')],
    };
    const resolution = await resolveIn(zone, 'mx.test');
    const ips = resolution.kind === 'endpoints' ? resolution.endpoints.map(({ ip }) => ip) : [];
    expect(ips.slice(0, 2).sort()).toEqual(['192.0.9.1', '192.0.9.2']);
    expect(resolution).toEqual(at(...ips.slice(0, 2), '2001:db9::1'));
  });

  test.each<[string, Zone, Resolution]>([
    ['IPv4 alone', { 'mx.test A': [a('mx.test', '192.0.9.1')], 'mx.test AAAA': [] }, at('192.0.9.1')],
    ['IPv6 alone', { 'mx.test A': [], 'mx.test AAAA': [aaaa('mx.test', '2001:db9::1')] }, at('2001:db9::1')],
    ['IPv4 while IPv6 fails', { 'mx.test A': [a('mx.test', '192.0.9.1')], 'mx.test AAAA': SERVFAIL }, at('192.0.9.1')],
    [
      'IPv6 while IPv4 fails',
      { 'mx.test A': SERVFAIL, 'mx.test AAAA': [aaaa('mx.test', '2001:db9::1')] },
      at('2001:db9::1'),
    ],
    [
      'an address twice',
      { 'mx.test A': [a('mx.test', '192.0.9.1'), a('mx.test', '192.0.9.1')], 'mx.test AAAA': [] },
      at('192.0.9.1'),
    ],
    [
      'an alias',
      {
        'mx.test A': [{ type: 'CNAME', name: 'mx.test', data: 'real.test' }, a('real.test', '192.0.9.1')],
        'mx.test AAAA': [{ type: 'CNAME', name: 'mx.test', data: 'real.test' }],
      },
      at('192.0.9.1'),
    ],
    ['a private address, which is not judged here', { 'mx.test A': [a('mx.test', '10.0.0.1')] }, at('10.0.0.1')],
  ])('a mail host may have %s', async (_, zone, resolution) => {
    expect(await resolveIn(zone, 'mx.test')).toEqual(resolution);
  });

  test.each<[string, Zone]>([
    ['does not exist', {}],
    ['has records of other types only', { 'mx.test A': [], 'mx.test AAAA': [] }],
    [
      'has an alias that leads nowhere',
      { 'mx.test A': [{ type: 'CNAME', name: 'mx.test', data: 'gone.test' }], 'mx.test AAAA': [] },
    ],
    [
      'is given text for an address',
      { 'mx.test A': [{ type: 'TXT', name: 'mx.test', data: '192.0.9.1' }], 'mx.test AAAA': [] },
    ],
  ])('a mail host has no address if it %s', async (_, zone) => {
    expect(await resolveIn(zone, 'mx.test')).toEqual({ kind: 'no_address' });
  });

  test.each<[string, Zone, string]>([
    ['both look-ups fail', { 'mx.test A': SERVFAIL, 'mx.test AAAA': SERVFAIL }, 'ESERVFAIL'],
    ['one fails and the other has nothing', { 'mx.test A': [], 'mx.test AAAA': SERVFAIL }, 'ESERVFAIL'],
    ['the name server refuses', { 'mx.test A': REFUSED, 'mx.test AAAA': REFUSED }, 'EREFUSED'],
  ])('a mail host is unclear if %s: that is no "no address"', async (_, zone, fault) => {
    expect(await resolveIn(zone, 'mx.test')).toEqual({ kind: 'dns_failure', fault });
  });

  test('a mail host is unclear if no name server is there', async () => {
    const gone = await serveZone({});
    for (const socket of sockets.splice(0)) await new Promise<void>((resolve) => socket.close(() => resolve()));
    const resolve = createResolve({ dnsServers: [gone], routes: new Map(), smtpPort: 25 });
    expect(await resolve('mx.test', never)).toEqual({ kind: 'dns_failure', fault: 'ECONNREFUSED' });
  });
});

describe('no question is asked', () => {
  test.each(['', '.', '192.0.9.1', '127.0.0.1', '::1', '2001:db9::1'])(
    'no question is asked for %j, which has no address',
    async (host) => {
      const asked: string[] = [];
      const server = await serveZone({}, (question) => asked.push(question));
      const resolve = createResolve({ dnsServers: [server], routes: new Map(), smtpPort: 25 });
      expect(await resolve(host, never)).toEqual({ kind: 'no_address' });
      expect(asked).toEqual([]);
    },
  );

  test('no question is asked for a host with a route: its endpoint is the operator’s word', async () => {
    const asked: string[] = [];
    const server = await serveZone({}, (question) => asked.push(question));
    const routes = new Map([['mx.test', { ip: '127.0.0.1', port: 2_626 }]]);
    const resolve = createResolve({ dnsServers: [server], routes, smtpPort: 25 });
    expect(await resolve('mx.test', never)).toEqual({
      kind: 'endpoints',
      endpoints: [{ ip: '127.0.0.1', port: 2_626, isNamed: true }],
    });
    expect(asked).toEqual([]);
  });
});

test('a route is for its own host and no other', async () => {
  const routes = new Map([['mx.test', { ip: '127.0.0.1', port: 2_626 }]]);
  const zone = { 'notmx.test A': [a('notmx.test', '192.0.9.1')], 'notmx.test AAAA': [] };
  expect(await resolveIn(zone, 'notmx.test', routes)).toEqual(at('192.0.9.1'));
});

describe('the signal', () => {
  test('the signal ends the wait for a silent name server at once', async () => {
    const stop = new AbortController();
    const server = await serveZone({ 'mx.test A': 'silence', 'mx.test AAAA': 'silence' }, () => stop.abort());
    const resolve = createResolve({ dnsServers: [server], routes: new Map(), smtpPort: 25 });
    expect(await resolve('mx.test', stop.signal)).toEqual({ kind: 'dns_failure', fault: 'deadline' });
  });

  test('the signal that has gone off already ends it too', async () => {
    expect(await resolveIn({}, 'mx.test', new Map(), AbortSignal.abort())).toEqual({
      kind: 'dns_failure',
      fault: 'deadline',
    });
  });
});
