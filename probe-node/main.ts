/**
 * Starts a probe node: settings from the environment, one HTTP server, and the ways out.
 *
 * After it: server.ts and engine.ts. A bad setting ends the process with 78 (EX_CONFIG), a port that cannot be had with
 * 69 (EX_UNAVAILABLE). SIGTERM and SIGINT drain it: no new jobs, the running ones to their end, QUIT to every session;
 * a second signal ends it at once. So does the loss of the parent that started it with an IPC channel (`npm start`), so
 * that no node outlives its owner.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { serve } from '@hono/node-server';
import { type Logger, pino } from 'pino';
import { startDoctor } from './doctor/start-doctor.ts';
import { createEdgeKeys } from './edge-keys.ts';
import { createEngine, type Engine } from './engine.ts';
import { giveBackAfterRushes } from './give-back.ts';
import { answerUnreadable } from './long-headers.ts';
import { createReplayGuard } from './replay-guard.ts';
import { type OpenJournal, openReplayJournal } from './replay-journal.ts';
import { createServer } from './server.ts';
import { parseSettings, type Settings, SettingsError } from './settings.ts';

const EX_UNAVAILABLE = 69;
const EX_CONFIG = 78;
/** Milliseconds that running jobs get to end: as long as any job may take. */
const DRAIN_MS = 60_000;
/** Octets of all headers of a request; a token is at most 4 KiB. */
const HEADER_OCTETS_MAX = 8_192;
/** Milliseconds in which the headers, and the whole of a request, must have come. */
const REQUEST_TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000 };

function start(settings: Settings): void {
  const startedAtMs = Date.now();
  const log = pino({ name: 'probe-node', level: settings.logLevel }, pino.destination(2));
  const engine = createEngine(settings, {
    nowMs: () => performance.now(),
    random: createRandom(),
  });
  giveBackAfterRushes(engine.runningJobs);
  let isDraining = false;
  const stopping = new AbortController();
  const listening = Promise.withResolvers<void>();
  const doctor = startDoctor(settings, {
    log,
    nowMs: () => Date.now(),
    listening: listening.promise,
    signal: stopping.signal,
  });
  const app = createServer({
    nodeId: settings.id,
    findKey: createEdgeKeys(settings.edge, { nowMs: () => Date.now(), sleep: delay }),
    guardReplay: createReplayGuard(openJournal(settings, log), startedAtMs),
    engine,
    doctor,
    isDraining: () => isDraining,
    nowMs: () => Date.now(),
    log,
  });
  const server = serve(
    { fetch: app.fetch, hostname: settings.listen.host, port: settings.listen.port, ...listener(settings.tls) },
    ({ address, port }) => {
      log.info({ node: settings.id, address, port }, 'listening');
      process.send?.({ kind: 'listening', port });
      listening.resolve();
    },
  ) as Server;
  answerUnreadable(server, engine.meter.refusedRequest);
  server.on('error', (error: NodeJS.ErrnoException) => {
    log.fatal({ code: error.code, ...settings.listen }, 'cannot listen');
    process.exit(EX_UNAVAILABLE);
  });
  const stop = (): void => {
    if (isDraining) process.exit(0);
    isDraining = true;
    stopping.abort();
    log.info({ jobs: engine.runningJobs() }, 'draining');
    drain(server, engine);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(signal, stop);
}

/** The used tokens of the processes before this one; whatever way this one ends by itself, it writes down its own. */
function openJournal({ stateFolder, id }: Settings, log: Logger): OpenJournal | null {
  if (stateFolder === null) return null;
  const onFault = (error: NodeJS.ErrnoException): void => log.error({ code: error.code }, 'used tokens are not kept');
  try {
    const journal = openReplayJournal(stateFolder, id, { nowMs: () => Date.now(), onFault });
    process.on('exit', journal.close);
    return journal;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new SettingsError([`PROBE_STATE: cannot be written (${code})`]);
  }
}

/** Numbers in [0, 1) from the system's generator, fetched 256 at a time: one by one they cost 4 % of a short job. */
function createRandom(): () => number {
  const words = new Uint32Array(256);
  let left = 0;
  return () => {
    if (left === 0) left = crypto.getRandomValues(words).length;
    left -= 1;
    return (words[left] ?? 0) / 2 ** 32;
  };
}

/** Ends the process when the last job has ended and its sessions are parted with. */
function drain(server: Server, engine: Engine): void {
  engine.close();
  // Answers 503 on connections that are open already, until the last job is done.
  const wait = setInterval(() => {
    if (engine.runningJobs() > 0) return;
    clearInterval(wait);
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 1_000).unref();
  }, 20);
  setTimeout(() => process.exit(0), DRAIN_MS).unref();
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

try {
  start(parseSettings(process.env));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`probe-node: the settings do not fit\n${error.message}\n`);
  process.exitCode = EX_CONFIG;
}
