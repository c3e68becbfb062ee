/**
 * Starts a probe node: settings and state, one HTTP server, the link to its edge, and the shutdown (shutdown.ts).
 *
 * It listens before it joins, because the edge challenges it over its URL (http/identity-endpoint.ts); then come
 * engine.ts and http/server.ts, and edge-link/edge-link.ts sends heartbeats. Without a token and a membership it takes
 * jobs all the same and reports to no edge. A bad setting, or an edge that refuses the node, ends the process with 78
 * (EX_CONFIG); a port that is not available or an edge that does not answer with 69 (EX_UNAVAILABLE).
 */

import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import type { HeartbeatAnswer, Membership } from '../shared/enrolment.ts';
import { EXIT } from '../shared/exit-codes.ts';
import type { ProblemCode } from '../shared/problem.ts';
import { rulesVersion } from '../shared/replies/rules-version.ts';
import type { KeyFinder } from '../shared/token.ts';
import { VERSION } from '../shared/version.ts';
import type { Doctor } from './doctor/doctor.ts';
import { startDoctor } from './doctor/start-doctor.ts';
import { type EdgeLinkPorts, EdgeRefusal, type NodeReportPorts, startLink } from './edge-link/edge-link.ts';
import { join } from './edge-link/join.ts';
import { createEngine, type Engine } from './engine.ts';
import { createEdgeKeys } from './http/edge-keys.ts';
import { createIdentityEndpoint, type JobHandler } from './http/identity-endpoint.ts';
import { listen, listenUrl } from './http/listen.ts';
import { answerUnreadable } from './http/long-headers.ts';
import { createReplayGuard, type ReplayGuard } from './http/replay-guard.ts';
import { type OpenJournal, openReplayJournal } from './http/replay-journal.ts';
import { createServer, JOBS_UNDER_WAY_MAX } from './http/server.ts';
import { giveBackAfterRushes } from './idle-collection.ts';
import { createStrangerNames } from './memory/stranger-names.ts';
import { type NodeSettings, parseNodeSettings, SettingsError, settingsToKeep, stateFolderOf } from './settings.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { loadNodeKey, type NodeKey, readKept, writeKept } from './state.ts';

const nowMs = (): number => Date.now();
const LINK_PORTS: EdgeLinkPorts = { fetch: (...asked) => fetch(...asked), nowMs };

/** The parts that exist from the first moment on. */
type Node = {
  readonly settings: NodeSettings;
  readonly key: NodeKey;
  readonly log: Logger;
  readonly wayOut: Shutdown;
  /** For the life of the process, however often the node joins. */
  readonly guardReplay: ReplayGuard;
  readonly doctor: Doctor;
  /** URL for the edge, and the port that the node listens on. */
  readonly url: string;
  readonly port: number;
  /** Admits jobs; null admits none. */
  readonly setJobHandler: (
    handler: { readonly jobs: JobHandler; readonly onRefused: (code: ProblemCode) => void } | null,
  ) => void;
};

async function start(given: NodeJS.ProcessEnv): Promise<void> {
  const kept = await readKept(stateFolderOf(given));
  const environment = { ...kept.settings, ...given };
  const settings = parseNodeSettings(environment, kept.membership);
  const isWithoutPlace = kept.membership === null && settings.token === null;
  if (isWithoutPlace && !kept.isNew) throw removedError('is missing');
  const node = await open(settings, await loadNodeKey(settings.stateFolder));
  if (isWithoutPlace) return serveAlone(node);
  let membership =
    kept.membership ??
    (await joinEdge(node, environment).catch((error: unknown) => {
      throw !kept.isNew && isOldToken(error) ? removedError('has been used') : error;
    }));
  for (;;) {
    const refusal = await serveUntilRemoved(node, membership);
    node.log.error({ code: refusal.code }, refusal.message);
    // The next start joins anew, with the same key and settings.
    await writeKept(settings.stateFolder, { membership: null, settings: settingsToKeep(environment) });
    const again = settings.token === null ? null : await joinAgain(node, environment);
    if (again === null) return node.wayOut.turnAway(EXIT.config);
    membership = again;
  }
}

/** Null if the token has been used: the log says already that the node was removed, and how it joins again. */
async function joinAgain(node: Node, environment: NodeJS.ProcessEnv): Promise<Membership | null> {
  try {
    return await joinEdge(node, environment);
  } catch (error) {
    if (isOldToken(error)) return null;
    throw error;
  }
}

function isOldToken(error: unknown): boolean {
  return error instanceof EdgeRefusal && error.code === 'join_token_used';
}

function removedError(fault: string): SettingsError {
  const cause = `${fault}, and the edge has removed this node`;
  return new SettingsError([`PROBE_TOKEN: ${cause}; make one to join again with: vrfy nodes token REGION`]);
}

/** Listens and answers challenges; jobs are refused until `setJobHandler` admits them. */
async function open(settings: NodeSettings, key: NodeKey): Promise<Node> {
  const startedAtMs = nowMs();
  const log = pino({ name: 'probe-node', level: settings.logLevel }, pino.destination(2));
  const onExamined = (): void => wayOut.link()?.beatSoon();
  const guardReplay = createReplayGuard(openJournal(settings, log), startedAtMs);
  const wayOut = createShutdown(log);
  let handler: Parameters<Node['setJobHandler']>[0] = null;
  let url = '';
  const front = createIdentityEndpoint({
    nodeId: settings.id,
    privateKey: key.privateKey,
    url: () => url,
    edge: settings.edge.origin,
    handler: () => handler?.jobs ?? null,
  });
  const { server, address, port } = await listen(front, settings, log);
  answerUnreadable(server, (code) => handler?.onRefused(code));
  url = (settings.url ?? listenUrl(settings, port)).href;
  wayOut.takeSignals(server);
  log.info({ node: settings.id, address, port }, 'listening');
  process.send?.({ kind: 'listening', port });
  const doctor = startDoctor(settings, { log, nowMs, listening: Promise.resolve(), signal: wayOut.signal, onExamined });
  const setJobHandler: Node['setJobHandler'] = (next) => {
    handler = next;
  };
  return { settings, key, log, wayOut, guardReplay, doctor, url, port, setJobHandler };
}

/** Used tokens of earlier processes; this one writes down its own however it ends by itself. */
function openJournal({ stateFolder, id }: NodeSettings, log: Logger): OpenJournal {
  const onFault = (error: NodeJS.ErrnoException): void =>
    log.error({ code: error.code }, 'used tokens cannot be written to disk');
  try {
    const journal = openReplayJournal(stateFolder, id, { nowMs, onFault });
    process.on('exit', journal.close);
    return journal;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new SettingsError([`PROBE_STATE: cannot be written (${code})`]);
  }
}

async function joinEdge({ settings, key, url, log }: Node, environment: NodeJS.ProcessEnv): Promise<Membership> {
  const { edge, id, regionWanted: region, token, stateFolder } = settings;
  const membership = await join(
    { edge, id, region, url, key, token: token ?? '' },
    {
      ...LINK_PORTS,
      sleep: (ms) => delay(ms),
      onRetry: (error) => log.warn(faultOf(error), 'the edge does not answer; trying again'),
    },
  );
  await writeKept(stateFolder, { membership, settings: settingsToKeep(environment) });
  log.info(membership, 'joined');
  return membership;
}

/**
 * Takes jobs signed for its name with the keys of its edge, and sends no heartbeats: for a laboratory, or behind a
 * roster of one's own. Our edge sends no job to a node that has not joined it.
 */
function serveAlone(node: Node): void {
  const { settings, log, wayOut } = node;
  log.warn({ node: settings.id }, 'no PROBE_TOKEN, and never joined: the edge does not know this node');
  const { engine } = openJobHandler(node, settings);
  wayOut.hold({ engine, link: null });
}

/** Takes jobs and sends heartbeats until the edge removes the node. */
async function serveUntilRemoved(node: Node, membership: Membership): Promise<EdgeRefusal> {
  const { key, log, url, wayOut, doctor } = node;
  const settings = { ...node.settings, ...membership };
  const { engine, findKey } = openJobHandler(node, settings);
  const { promise: removed, resolve: onRemoved } = Promise.withResolvers<EdgeRefusal>();
  const tellState = stateTeller(node, settings);
  const onAnswer = (answer: HeartbeatAnswer): void => {
    tellState(answer);
    // Fetch a new key before it signs anything; if that fails, the first job signed with it fetches it.
    for (const kid of answer.key_ids) findKey(kid).catch(() => {});
  };
  const onFault = (error: unknown): void => log.warn(faultOf(error), 'the edge has not accepted the heartbeat');
  const report = await reportPorts(engine, doctor);
  const { edge, id } = settings;
  const link = startLink({ edge, id, url, key }, report, LINK_PORTS, { onAnswer, onRemoved, onFault });
  wayOut.hold({ engine, link });
  const refusal = await removed;
  node.setJobHandler(null);
  engine.close();
  return refusal;
}

/** The engine, and the HTTP handler that passes jobs to it. */
function openJobHandler(node: Node, settings: NodeSettings): { readonly engine: Engine; readonly findKey: KeyFinder } {
  const { key, log, wayOut, guardReplay, doctor, setJobHandler } = node;
  const strangerName = createStrangerNames(key.strangerSecret, nowMs);
  const engine = createEngine(settings, {
    nowMs: () => performance.now(),
    wallMs: nowMs,
    random: createRandom(),
    strangerName,
  });
  giveBackAfterRushes(engine.runningJobs);
  const findKey = createEdgeKeys(settings.edge, { nowMs, sleep: delay });
  const { isDraining } = wayOut;
  const jobs = createServer({ nodeId: settings.id, findKey, guardReplay, engine, doctor, isDraining, nowMs, log });
  setJobHandler({ jobs, onRefused: engine.meter.refusedRequest });
  return { engine, findKey };
}

/** Reports each change of the state that the edge gives the node, to the log and the parent process. */
function stateTeller({ log, url, port }: Node, { id, region }: NodeSettings): (answer: HeartbeatAnswer) => void {
  let last: HeartbeatAnswer['state'] | null = null;
  return ({ state, is_protocol_known }) => {
    if (state === last) return;
    if (last === null) process.send?.({ kind: 'joined', id, region, url, port });
    last = state;
    log.info({ state }, 'state of this node at the edge');
    if (!is_protocol_known) log.error('the edge does not speak the protocol of this node: install another version');
  };
}

async function reportPorts(engine: Engine, doctor: Doctor): Promise<NodeReportPorts> {
  return {
    version: VERSION,
    rulesVersion: await rulesVersion(),
    capacity: JOBS_UNDER_WAY_MAX,
    runningJobs: engine.runningJobs,
    sources: engine.sources,
    report: () => engine.providerStats.report(),
    findings: doctor.findings,
    isFit: doctor.isFit,
  };
}

/** An error for the log: the edge's own code and detail; of any other error only its kind. */
function faultOf(error: unknown): { readonly code: string; readonly detail?: string } {
  if (error instanceof EdgeRefusal) return { code: error.code, detail: error.message };
  return { code: error instanceof Error ? error.name : 'unknown' };
}

/** Numbers in [0, 1) from the system's generator, fetched 256 at a time: one by one they take 4 % of a short job. */
function createRandom(): () => number {
  const words = new Uint32Array(256);
  let left = 0;
  return () => {
    if (left === 0) left = crypto.getRandomValues(words).length;
    left -= 1;
    return (words[left] ?? 0) / 2 ** 32;
  };
}

/** Writes the reason why a node cannot start to standard error; any other error is a fault of ours. */
function tellEnd(error: unknown): number {
  if (error instanceof SettingsError) {
    process.stderr.write(`probe-node: the settings are not valid\n${error.message}\n`);
    return EXIT.config;
  }
  if (error instanceof EdgeRefusal && error.isFinal) {
    process.stderr.write(`probe-node: the edge refuses this node (${error.code})\n${error.message}\n`);
    return EXIT.config;
  }
  if (error instanceof EdgeRefusal || error instanceof TypeError || error instanceof DOMException) {
    process.stderr.write(`probe-node: the edge does not answer (${faultOf(error).code})\n`);
    return EXIT.unreachable;
  }
  throw error;
}

try {
  await start(process.env);
} catch (error) {
  process.exit(tellEnd(error));
}
