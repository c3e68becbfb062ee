/**
 * The node's HTTP server: plain or with TLS, with bounds on requests and connections, and a clear exit if the port is
 * not available (69, EX_UNAVAILABLE).
 */

import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { serve } from '@hono/node-server';
import type { Logger } from 'pino';
import { EXIT } from '../../shared/exit-codes.ts';
import { type NodeSettings, SettingsError } from '../settings.ts';
import type { JobHandler } from './identity-endpoint.ts';

/** Octets of all headers of a request; a token is at most 4 KiB. */
const HEADER_OCTETS_MAX = 8_192;

/** Bounds for one client and for all together. */
export type ListenBounds = {
  /** Connections at once; the next one is closed unread. More than the jobs that the node takes at once. */
  readonly connectionsMax: number;
  /** Milliseconds from the connection on for the TLS handshake and the headers. */
  readonly headersTimeout: number;
  /** Milliseconds for a whole request. */
  readonly requestTimeout: number;
  /** Milliseconds between two checks for connections beyond these times: Node's own 30 s would be added to them. */
  readonly connectionsCheckingInterval: number;
};

const BOUNDS: ListenBounds = {
  connectionsMax: 5_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
};

export type ListeningServer = { readonly server: Server; readonly address: string; readonly port: number };

/** Resolves when it listens. Throws a SettingsError for an unusable certificate. */
export async function listen(
  front: JobHandler,
  { listen: at, tls }: Pick<NodeSettings, 'listen' | 'tls'>,
  log: Logger,
  bounds: ListenBounds = BOUNDS,
): Promise<ListeningServer> {
  const { promise, resolve } = Promise.withResolvers<{ address: string; port: number }>();
  const options = { fetch: front.fetch, hostname: at.host, port: at.port, ...listener(tls, bounds) };
  const server = serve(options, resolve) as Server;
  server.maxConnections = bounds.connectionsMax;
  server.on('error', (error: NodeJS.ErrnoException) => {
    log.fatal({ code: error.code, ...at }, 'cannot listen');
    process.exit(EXIT.unreachable);
  });
  return { server, ...(await promise) };
}

/** Default URL at which the edge reaches the node. */
export function listenUrl({ listen: at, tls }: Pick<NodeSettings, 'listen' | 'tls'>, port: number): URL {
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  return new URL(`${tls === null ? 'http' : 'https'}://${host}:${port}`);
}

function listener(tls: NodeSettings['tls'], { connectionsMax: _, ...timeouts }: ListenBounds) {
  const serverOptions = { maxHeaderSize: HEADER_OCTETS_MAX, ...timeouts };
  if (tls === null) return { createServer: createHttpServer, serverOptions };
  try {
    const cert = readFileSync(tls.certFile);
    const key = readFileSync(tls.keyFile);
    createSecureContext({ cert, key });
    return {
      createServer: createHttpsServer,
      serverOptions: { ...serverOptions, handshakeTimeout: timeouts.headersTimeout, cert, key },
    };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new SettingsError([`PROBE_TLS_CERT, PROBE_TLS_KEY: cannot be read (${code})`]);
  }
}
