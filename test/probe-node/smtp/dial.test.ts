import net, { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ATTEMPT_DELAY_MS,
  CONNECT_TIMEOUT_MS,
  type DialResult,
  dial,
  type SocketAddress,
} from '../../../probe-node/smtp/dial.ts';
import { openSockets, POLL } from '../open-sockets.ts';

const never = new AbortController().signal;
const listeners: Server[] = [];
const dialled: Socket[] = [];
let socketsBefore = 0;

beforeEach(() => {
  socketsBefore = openSockets();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const socket of dialled.splice(0)) socket.destroy();
  for (const listener of listeners.splice(0)) await new Promise<void>((resolve) => listener.close(() => resolve()));
  await expect.poll(openSockets, POLL).toBe(socketsBefore);
});

type Site = SocketAddress & {
  /** Peers, and the bytes they sent. */
  readonly peers: (string | undefined)[];
  readonly heard: string[];
};

async function listen(ip = '127.0.0.1'): Promise<Site> {
  const site = { ip, port: 0, peers: [] as (string | undefined)[], heard: [] as string[] };
  const listener = createServer((socket) => {
    site.peers.push(socket.remoteAddress);
    socket.on('data', (chunk) => site.heard.push(String(chunk)));
    socket.on('error', () => {});
  });
  listeners.push(listener);
  await new Promise<void>((resolve) => listener.listen(0, ip, resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  site.port = address.port;
  return site;
}

/** A port without a listener. */
async function closed(ip = '127.0.0.1'): Promise<SocketAddress> {
  const { port } = await listen(ip);
  await new Promise<void>((resolve) => listeners.pop()?.close(() => resolve()));
  return { ip, port };
}

/**
 * Makes connections to these addresses neither succeed nor fail: no address that we may use does that by itself.
 * Returns the sockets that were held, in order.
 */
function hold(...ports: readonly number[]): Socket[] {
  const held: Socket[] = [];
  const connect = net.connect;
  vi.spyOn(net, 'connect').mockImplementation(((options: net.TcpNetConnectOpts) => {
    if (!ports.includes(options.port)) return connect(options);
    const socket = new net.Socket();
    held.push(socket);
    return socket;
  }) as typeof net.connect);
  return held;
}

async function dialFrom(
  addresses: readonly SocketAddress[],
  sourceIp: string | null = null,
  signal = never,
): Promise<DialResult> {
  const result = await dial(addresses, sourceIp, signal);
  if (result.kind === 'connected') dialled.push(result.socket);
  return result;
}

describe('dialling', () => {
  test.each(['127.0.0.1', '::1'])('dialling connects to %s, and nothing is said', async (ip) => {
    const site = await listen(ip);
    expect(await dialFrom([site])).toMatchObject({ kind: 'connected', ip });
    expect(site.heard).toEqual([]);
  });

  test('dialling tries IPv4 first, then IPv6, in turn', async () => {
    const order: string[] = [];
    const connect = net.connect;
    vi.spyOn(net, 'connect').mockImplementation(((options: net.TcpNetConnectOpts) => {
      order.push(options.host ?? '');
      return connect(options);
    }) as typeof net.connect);
    const [v6, v4] = [await closed('::1'), await closed()];
    await dialFrom([v6, v6, v4, { ...v4, ip: '127.0.0.2' }]);
    expect(order).toEqual(['127.0.0.1', '::1', '127.0.0.2', '::1']);
  });

  test('dialling goes on at once if an address fails, without waiting for the delay', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const site = await listen('::1');
    expect(await dialFrom([await closed(), site])).toMatchObject({ kind: 'connected', ip: '::1' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('dialling goes on after the delay if an address is silent, and gives that one up unspoken to when another wins', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const site = await listen('::1');
    const silent = { ip: '127.0.0.1', port: 9 };
    const held = hold(silent.port);
    const result = dialFrom([silent, site]);
    await vi.advanceTimersByTimeAsync(ATTEMPT_DELAY_MS - 1);
    expect(site.peers).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toMatchObject({ kind: 'connected', ip: '::1' });
    expect(held.map(({ destroyed, bytesWritten }) => [destroyed, bytesWritten])).toEqual([[true, 0]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('dialling lets the first that connects win, though it was tried first and another was tried since', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const held = hold(9, 10);
    const result = dialFrom([
      { ip: '127.0.0.1', port: 9 },
      { ip: '::1', port: 10 },
    ]);
    await vi.advanceTimersByTimeAsync(ATTEMPT_DELAY_MS);
    expect(held).toHaveLength(2);
    held[0]?.emit('connect');
    expect(await result).toMatchObject({ kind: 'connected', ip: '127.0.0.1' });
    expect(held.map(({ destroyed }) => destroyed)).toEqual([false, true]);
  });

  test('dialling destroys a second connection that comes in the same turn', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const held = hold(9, 10);
    const result = dialFrom([
      { ip: '127.0.0.1', port: 9 },
      { ip: '::1', port: 10 },
    ]);
    await vi.advanceTimersByTimeAsync(ATTEMPT_DELAY_MS);
    for (const socket of held) socket.emit('connect');
    expect(await result).toMatchObject({ kind: 'connected', ip: '127.0.0.1' });
    await Promise.resolve();
    expect(held.map(({ destroyed }) => destroyed)).toEqual([false, true]);
  });

  test('dialling gives an address a bounded time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const held = hold(9);
    const result = dialFrom([{ ip: '127.0.0.1', port: 9 }]);
    await vi.advanceTimersByTimeAsync(CONNECT_TIMEOUT_MS);
    expect(await result).toEqual({ kind: 'failed', faults: [{ ip: '127.0.0.1', fault: 'connect_timeout' }] });
    expect(held[0]?.destroyed).toBe(true);
  });

  test('dialling gives up after six addresses of a host that has fifty, and tells the fault of each', async () => {
    const { port } = await closed();
    const many = Array.from({ length: 50 }, (_, index) => ({ ip: `127.0.1.${index + 1}`, port }));
    const result = await dialFrom(many);
    expect(result).toEqual({
      kind: 'failed',
      faults: many.slice(0, 6).map(({ ip }) => ({ ip, fault: 'ECONNREFUSED' })),
    });
  });

  test('dialling survives a reset that comes after it is over', async () => {
    const site = await listen();
    const result = await dialFrom([site]);
    if (result.kind !== 'connected') throw new Error('not connected');
    result.socket.destroy(new Error('ECONNRESET'));
    await expect.poll(() => result.socket.closed, POLL).toBe(true);
  });
});

describe('a source address', () => {
  test('a source address is the one that is bound', async () => {
    const site = await listen();
    expect(await dialFrom([site], '127.0.0.9')).toMatchObject({ kind: 'connected' });
    await expect.poll(() => site.peers, POLL).toEqual(['127.0.0.9']);
  });

  test('a source address leaves only addresses of its own family', async () => {
    const [v4, v6] = [await listen(), await listen('::1')];
    expect(await dialFrom([v4, v6], '::1')).toMatchObject({ kind: 'connected', ip: '::1' });
    expect(v4.peers).toEqual([]);
  });

  test('a source address without an address of its family reaches no server, and says so', async () => {
    const site = await listen();
    expect(await dialFrom([site], '::1')).toEqual({ kind: 'failed', faults: [{ ip: '::1', fault: 'other_family' }] });
    expect(site.peers).toEqual([]);
  });

  test('a source address that is not ours is a fault', async () => {
    const site = await listen();
    expect(await dialFrom([site], '192.0.2.1')).toEqual({
      kind: 'failed',
      faults: [{ ip: '127.0.0.1', fault: 'EADDRNOTAVAIL' }],
    });
  });
});

describe('the signal', () => {
  test('the signal that has gone off already lets no connection be made', async () => {
    const site = await listen();
    expect(await dialFrom([site, site], null, AbortSignal.abort())).toMatchObject({
      kind: 'failed',
      faults: [{ fault: 'deadline' }],
    });
    expect(site.peers).toEqual([]);
  });

  test('the signal ends every attempt at once and starts no other', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stop = new AbortController();
    const held = hold(9, 10, 11);
    const result = dialFrom(
      [9, 10, 11].map((port) => ({ ip: '127.0.0.1', port })),
      null,
      stop.signal,
    );
    await vi.advanceTimersByTimeAsync(ATTEMPT_DELAY_MS);
    stop.abort();
    expect(await result).toMatchObject({ kind: 'failed', faults: [{ fault: 'deadline' }, { fault: 'deadline' }] });
    expect(held.map(({ destroyed }) => destroyed)).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the signal that goes off after the connection changes nothing', async () => {
    const stop = new AbortController();
    const site = await listen();
    const result = await dialFrom([site], null, stop.signal);
    stop.abort();
    expect(result.kind === 'connected' && result.socket.destroyed).toBe(false);
  });
});
