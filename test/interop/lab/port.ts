// Free ports on loopback, for servers that cannot be handed port 0.
//
// Chosen below the range Linux gives to outgoing connections (32768 and up), so that no client takes one in between.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES_MAX = 200;

/** A port free on every host in `hosts`; with `span` 2, the port after it is free as well. */
export async function freePort(hosts: readonly string[] = ['127.0.0.1'], span = 1): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const places = hosts.flatMap((host) =>
      Array.from({ length: span }, (_, offset) => ({ host, port: port + offset })),
    );
    const isFree = await Promise.all(places.map(({ host, port: candidate }) => canListen(host, candidate)));
    if (isFree.every(Boolean)) return port;
  }
  throw new Error(`no free port on ${hosts.join(', ')} after ${TRIES_MAX} tries`);
}

/** True once something listens there. Read from the kernel, so that no test connection of ours stands in a server's log. */
export async function isListening(host: string, port: number): Promise<boolean> {
  const isV6 = host.includes(':');
  // proc(5), /proc/net/tcp: words of four octets in host order, port, peer, state; 0A is LISTEN.
  const address = isV6 ? IPV6_LOOPBACK : hostOrder(host.split('.').map(Number));
  const nobody = '0'.repeat(address.length);
  const table = await readFile(isV6 ? '/proc/net/tcp6' : '/proc/net/tcp', 'ascii');
  return table.includes(` ${address}:${hex(port, 4)} ${nobody}:0000 0A `);
}

/** True if this machine has `::1`. */
export function hasIpv6(): Promise<boolean> {
  return canListen('::1', 0);
}

/** `::1`, the only IPv6 address of the lab. */
const IPV6_LOOPBACK = hostOrder([0, 0, 0, 0]).repeat(3) + hostOrder([0, 0, 0, 1]);

function hostOrder(octets: readonly number[]): string {
  return octets
    .toReversed()
    .map((octet) => hex(octet, 2))
    .join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
