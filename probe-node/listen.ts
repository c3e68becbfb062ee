/**
 * The node's HTTP server: plain or with TLS, bounded in what a request may bring, and a clear end where the port cannot be
 * had (69, EX_UNAVAILABLE).
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { serve } from '@hono/node-server';
import type { Logger } from 'pino';
import type { Door } from './front.ts';
import { type Settings, SettingsError } from './settings.ts';

const EX_UNAVAILABLE = 69;
/** Octets of all headers of a request; a token is at most 4 KiB. */
const HEADER_OCTETS_MAX = 8_192;
/** Milliseconds in which the headers, and the whole of a request, must have come. */
const REQUEST_TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000 };

export type Listening = { readonly server: Server; readonly address: string; readonly port: number };

/** Resolves when it listens. Throws a SettingsError for a certificate that cannot be used. */
export async function listen(front: Door, { listen: at, tls }: Settings, log: Logger): Promise<Listening> {
  const { promise, resolve } = Promise.withResolvers<{ address: string; port: number }>();
  const options = { fetch: front.fetch, hostname: at.host, port: at.port, ...listener(tls) };
  const server = serve(options, resolve) as Server;
  server.on('error', (error: NodeJS.ErrnoException) => {
    log.fatal({ code: error.code, ...at }, 'cannot listen');
    process.exit(EX_UNAVAILABLE);
  });
  return { server, ...(await promise) };
}

/** Where the edge reaches the node, unless it is told otherwise. */
export function listenUrl({ listen: at, tls }: Settings, port: number): URL {
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  return new URL(`${tls === null ? 'http' : 'https'}://${host}:${port}`);
}

function listener(tls: Settings['tls']) {
  const serverOptions = { maxHeaderSize: HEADER_OCTETS_MAX, ...REQUEST_TIMEOUTS };
  if (tls === null) return { createServer: createHttpServer, serverOptions };
  try {
    const cert = readFileSync(tls.certFile);
    const key = readFileSync(tls.keyFile);
    createSecureContext({ cert, key });
    return { createServer: createHttpsServer, serverOptions: { ...serverOptions, cert, key } };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new SettingsError([`PROBE_TLS_CERT, PROBE_TLS_KEY: cannot be read (${code})`]);
  }
}
