/**
 * Starts a probe node: settings from the environment, one HTTP server, and the ways out.
 *
 * After it: server.ts. A bad setting ends the process with 78 (EX_CONFIG), a port that cannot be had with 69
 * (EX_UNAVAILABLE). SIGTERM and SIGINT end it when its jobs are done; so does the loss of the parent that started it
 * with an IPC channel (`npm start`), so that no node outlives its owner.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { createEdgeKeys } from './edge-keys.ts';
import { type ProbePorts, probe } from './probe.ts';
import { createReplayGuard } from './replay-guard.ts';
import { createResolve } from './resolve.ts';
import { createServer } from './server.ts';
import { parseSettings, type Settings, SettingsError } from './settings.ts';
import { openSession } from './smtp/connection.ts';

const EX_UNAVAILABLE = 69;
const EX_CONFIG = 78;
/** Milliseconds that running jobs get to end. */
const DRAIN_MS = 5_000;

const log = pino({ name: 'probe-node', level: process.env['LOG_LEVEL'] ?? 'info' }, pino.destination(2));

function start(settings: Settings): void {
  const ports: ProbePorts = {
    resolve: createResolve(settings),
    open: openSession,
    nowMs: () => performance.now(),
    random: () => crypto.getRandomValues(new Uint32Array(1)).reduce((_, word) => word / 2 ** 32, 0),
  };
  let isDraining = false;
  const app = createServer({
    nodeId: settings.id,
    findKey: createEdgeKeys(settings.edge),
    guardReplay: createReplayGuard(),
    probe: (job, signal) => probe(job, settings, ports, signal),
    isDraining: () => isDraining,
    nowMs: () => Date.now(),
    log,
  });
  const server = serve(
    { fetch: app.fetch, hostname: settings.listen.host, port: settings.listen.port, ...listener(settings.tls) },
    ({ address, port }) => {
      log.info({ node: settings.id, address, port }, 'listening');
      process.send?.({ kind: 'listening', port });
    },
  ) as Server;
  server.on('error', (error: NodeJS.ErrnoException) => {
    log.fatal({ code: error.code, ...settings.listen }, 'cannot listen');
    process.exit(EX_UNAVAILABLE);
  });
  const stop = (): void => {
    if (isDraining) process.exit(0);
    isDraining = true;
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
}

function listener(tls: Settings['tls']) {
  if (tls === null) return { createServer: createHttpServer };
  const serverOptions = { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
  return { createServer: createHttpsServer, serverOptions };
}

try {
  start(parseSettings(process.env));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`probe-node: the settings do not fit\n${error.message}\n`);
  process.exitCode = EX_CONFIG;
}
