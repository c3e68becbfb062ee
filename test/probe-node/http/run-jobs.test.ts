import { createServer as createHttpServer, type IncomingMessage, request, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { generateKeyPair } from 'jose';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../../probe-node/engine.ts';
import { createReplayGuard } from '../../../probe-node/http/replay-guard.ts';
import { createServer, type ServerPorts } from '../../../probe-node/http/server.ts';
import { parseNodeSettings } from '../../../probe-node/settings.ts';
import type { Evidence, ProbeBundle, ProbeJob } from '../../../shared/job.ts';
import { type SigningKey, signToken } from '../../../shared/token.ts';
import { type MailServer, type ServerBehaviour, startMailServer } from '../mail-server.ts';
import { openSockets, POLL } from '../open-sockets.ts';

const NODE_ID = 'probe';
/**
 * Hosts that the node can reach: `mx0.test` to `mx119.test`, the first with a behaviour of its own if a test sets one.
 */
const HOSTS = 120;

let edgeKey: SigningKey;
let publicKey: CryptoKey;
let socketsBefore = 0;
const mailServers: MailServer[] = [];
const httpServers: Server[] = [];
const engines: Engine[] = [];

beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  edgeKey = { kid: 'edge', key: pair.privateKey };
  publicKey = pair.publicKey;
});

beforeEach(() => {
  socketsBefore = openSockets();
});

afterEach(async () => {
  for (const engine of engines.splice(0)) engine.close();
  for (const server of httpServers.splice(0)) {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  await expect.poll(openSockets, POLL).toBe(socketsBefore);
  for (const server of mailServers.splice(0)) await server.close();
});

async function serveMail(behaviour: Partial<ServerBehaviour> = {}): Promise<MailServer> {
  const server = await startMailServer(behaviour);
  mailServers.push(server);
  return server;
}

type Node = { readonly engine: Engine; readonly url: URL; readonly log: () => string };

/** A node behind a socket, which reaches `mx0.test` at the first server and the other hosts at the last. */
async function startNode(
  servers: readonly MailServer[],
  env: Readonly<Record<string, string>> = {},
  probe?: (engine: Engine) => ServerPorts['engine']['probe'],
): Promise<Node> {
  const portOf = (host: number): number => (servers[Math.min(host, servers.length - 1)] as MailServer).port;
  const routes = Array.from({ length: HOSTS }, (_, host) => `mx${host}.test=127.0.0.1:${portOf(host)}`);
  const settings = parseNodeSettings({
    PROBE_EDGE: 'http://127.0.0.1:1',
    PROBE_HELO: 'probe1.example.com',
    PROBE_PACE: 'off',
    PROBE_ROUTES: routes.join(','),
    ...env,
  });
  const engine = createEngine(settings, {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    random: Math.random,
    strangerName: () => 'anna.barbarbarbar10',
  });
  engines.push(engine);
  const lines: string[] = [];
  const app = createServer({
    nodeId: NODE_ID,
    findKey: async () => publicKey,
    guardReplay: createReplayGuard(null, Date.now() - 3_600_000),
    doctor: { findings: () => [], isFit: () => true },
    engine: probe === undefined ? engine : { ...engine, probe: probe(engine) },
    isDraining: () => false,
    nowMs: () => Date.now(),
    log: pino({}, { write: (line: string) => lines.push(line) }),
  });
  const server = createAdaptorServer({ fetch: app.fetch, createServer: createHttpServer }) as Server;
  httpServers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { engine, url: new URL(`http://127.0.0.1:${address.port}/v1/probe`), log: () => lines.join('') };
}

/** A job for one domain of the bundle, at a host of its own. */
function jobAt(host: number, ids: readonly number[], changes: Partial<ProbeJob> = {}): ProbeJob {
  const domain = `d${host}.test`;
  return {
    version: 1,
    domain,
    provider: null,
    mail_hosts: [{ host: `mx${host}.test`, preference: 10 }],
    recipients: ids.map((id) => ({ id, address: `known${id}@${domain}` })),
    catch_all: 'skip',
    deadline_ms: 20_000,
    ...changes,
  };
}

function bundleOf(...jobs: readonly ProbeJob[]): ProbeBundle {
  return { version: 1, jobs: [...jobs] };
}

type Answered = { readonly status: number; readonly lines: readonly string[]; readonly isWhole: boolean };

/** Posts a body; each whole line is handed over as it comes. */
async function post(
  { url }: Node,
  body: unknown,
  onLine: (evidence: Evidence, asked: ReturnType<typeof request>) => void = () => {},
): Promise<Answered> {
  const octets = new TextEncoder().encode(JSON.stringify(body));
  const token = await signToken(edgeKey, NODE_ID, octets, Date.now());
  const headers = { authorization: `Bearer ${token}`, 'content-length': octets.length };
  const asked = request(url, { method: 'POST', headers });
  asked.end(octets);
  return new Promise((resolve, reject) => {
    // Hung up on before the answer began, which waits a moment for evidence.
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') resolve({ status: 0, lines: [], isWhole: false });
      else reject(error);
    });
    asked.on('response', (response: IncomingMessage) => {
      const lines: string[] = [];
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop() ?? '';
        lines.push(...parts);
        if (response.statusCode === 200) for (const line of parts) onLine(JSON.parse(line), asked);
      });
      response.on('error', () => {});
      response.on('close', () => {
        if (rest !== '') lines.push(rest);
        resolve({ status: response.statusCode ?? 0, lines, isWhole: response.complete });
      });
    });
  });
}

function evidenceOf({ lines }: Answered): readonly Evidence[] {
  return lines.map((line) => JSON.parse(line));
}

const byNumber = (a: number, b: number): number => a - b;
const idsOf = (evidence: readonly Evidence[]): readonly number[] => evidence.map(({ id }) => id).sort(byNumber);

describe('a bundle', () => {
  test('a bundle is answered with one stream, in which every recipient of every job has evidence once', async () => {
    const node = await startNode([await serveMail()]);
    const jobs = Array.from({ length: HOSTS }, (_, host) => jobAt(host, [host * 2, host * 2 + 1]));
    const answered = await post(node, bundleOf(...jobs));
    expect([answered.status, answered.isWhole]).toEqual([200, true]);
    const evidence = evidenceOf(answered);
    expect(idsOf(evidence)).toEqual(Array.from({ length: HOSTS * 2 }, (_, id) => id));
    for (const { id, host, reply } of evidence) {
      expect([host, reply?.code]).toEqual([`mx${Math.floor(id / 2)}.test`, 250]);
    }
  });

  test('a bundle tells of a job as soon as it is known, while others are silent', async () => {
    const silent = await serveMail({ reply: (line) => (line.startsWith('RCPT') ? null : undefined) });
    const node = await startNode([silent, await serveMail()]);
    const told: number[] = [];
    const answered = await post(node, bundleOf(jobAt(0, [0]), jobAt(1, [1]), jobAt(2, [2])), ({ id }, asked) => {
      told.push(id);
      if (told.length === 2) asked.destroy();
    });
    expect(told.toSorted(byNumber)).toEqual([1, 2]);
    expect(answered.isWhole).toBe(false);
  });

  test('a bundle keeps a deadline for each job: the impatient one ends alone', async () => {
    const silent = await serveMail({ reply: (line) => (line.startsWith('RCPT') ? null : undefined) });
    const node = await startNode([silent, await serveMail()]);
    const answered = await post(node, bundleOf(jobAt(0, [0, 1], { deadline_ms: 150 }), jobAt(1, [2])));
    expect(answered.isWhole).toBe(true);
    expect(evidenceOf(answered)).toMatchObject([
      { id: 2, outcome: 'reply', reply: { code: 250 } },
      { id: 0, outcome: 'timeout', fault: 'deadline' },
      { id: 1, outcome: 'timeout', fault: 'deadline' },
    ]);
  });

  test('a bundle runs a hundred jobs at once; one that waits is told of when its own deadline passes', async () => {
    let running = 0;
    let mostRunning = 0;
    const node = await startNode([await serveMail()], {}, (engine) => async (job, tell, signal) => {
      if (signal.aborted) return engine.probe(job, tell, signal);
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      running -= 1;
      return engine.probe(job, tell, signal);
    });
    const patient = Array.from({ length: 100 }, (_, host) => jobAt(host, [host], { deadline_ms: 700 }));
    const waiting = Array.from({ length: 20 }, (_, index) => jobAt(100 + index, [100 + index], { deadline_ms: 100 }));
    const evidence = evidenceOf(await post(node, bundleOf(...patient, ...waiting)));
    expect(mostRunning).toBe(100);
    expect(idsOf(evidence.slice(0, 20))).toEqual(waiting.flatMap(({ recipients }) => recipients.map(({ id }) => id)));
    expect(new Set(evidence.map(({ outcome }) => outcome))).toEqual(new Set(['paced']));
    expect(mailServers.flatMap(({ visits }) => visits)).toEqual([]);
  });

  test('a bundle stops as a whole when the request is closed: no session stays in use, and no further recipient is asked', async () => {
    const isMute: ServerBehaviour['reply'] = (line, { transactions }) =>
      transactions > 0 && !line.startsWith('MAIL') ? null : undefined;
    const silent = await serveMail({ reply: isMute });
    const node = await startNode([silent]);
    const jobs = Array.from({ length: HOSTS }, (_, host) => jobAt(host, [host]));
    const asked = post(node, bundleOf(...jobs));
    await expect.poll(() => node.engine.runningJobs(), POLL).toBe(100);
    await expect.poll(() => silent.commands().filter((line) => line.startsWith('RCPT')).length, POLL).toBe(100);
    httpServers[0]?.closeAllConnections();
    expect(await asked).toMatchObject({ lines: [], isWhole: false });
    await expect.poll(() => node.engine.runningJobs(), POLL).toBe(0);
    expect(silent.visits).toHaveLength(100);
  });

  test('a bundle loses the recipients of a job that throws and no others, and breaks off so that it shows', async () => {
    const node = await startNode([await serveMail()], {}, (engine) => async (job, tell, signal) => {
      if (job.domain === 'd1.test') throw new Error('secret of known2@d1.test');
      return engine.probe(job, tell, signal);
    });
    const answered = await post(node, bundleOf(jobAt(0, [0, 1]), jobAt(1, [2]), jobAt(2, [3])));
    expect([answered.status, answered.isWhole]).toEqual([200, false]);
    expect(idsOf(evidenceOf(answered))).toEqual([0, 1, 3]);
    expect(node.log()).toContain('probe failed');
    expect(node.log()).not.toContain('secret');
  });

  test('a bundle keeps to the pace of a lane: two jobs at one provider share what it is asked a second', async () => {
    const server = await serveMail();
    const node = await startNode([server], { PROBE_PACE: 'on' });
    const many = (host: number, first: number): ProbeJob =>
      jobAt(
        host,
        Array.from({ length: 60 }, (_, index) => first + index),
        {
          mail_hosts: [{ host: 'mx0.test', preference: 10 }],
          deadline_ms: 400,
        },
      );
    const evidence = evidenceOf(await post(node, bundleOf(many(0, 0), many(1, 60))));
    const byOutcome = Object.groupBy(evidence, ({ outcome }) => outcome);
    // Fifty that were saved up, ten a second after that.
    expect(byOutcome['reply']?.length).toBeGreaterThan(40);
    expect(byOutcome['reply']?.length).toBeLessThan(60);
    expect(byOutcome['paced']?.every(({ retry_after_s }) => (retry_after_s ?? 0) > 0)).toBe(true);
    expect(evidence).toHaveLength(120);
  });

  test('a bundle says QUIT at once to a host that no other of its jobs may ask, and keeps the session with one that will be', async () => {
    const [alone, shared] = [await serveMail(), await serveMail()];
    const isFirstOver = Promise.withResolvers<void>();
    const node = await startNode([alone, shared], {}, (engine) => async (job, ...rest) => {
      if (job.domain === 'd2.test') await isFirstOver.promise;
      await engine.probe(job, ...rest);
      if (job.domain === 'd1.test') isFirstOver.resolve();
    });
    const mail_hosts = [{ host: 'mx1.test', preference: 10 }];
    await post(node, bundleOf(jobAt(0, [0]), jobAt(1, [1], { mail_hosts }), jobAt(2, [2], { mail_hosts })));
    await expect
      .poll(() => [alone, shared].map(({ visits }) => visits[0]?.writes.at(-1)), POLL)
      .toEqual(['QUIT\r\n', 'QUIT\r\n']);
    expect([alone, shared].map((server) => [server.visits.length, server.asked().length])).toEqual([
      [1, 1],
      [1, 2],
    ]);
    await post(node, jobAt(0, [7]));
    expect(await node.engine.meter.render()).toMatch(/^vrfy_idle_sessions 1$/m);
  });

  test('a bundle asks a server that many of its hosts lead to over a few sessions, and keeps none for hosts that no job asks', async () => {
    const server = await serveMail();
    const node = await startNode([server]);
    const evidence = evidenceOf(
      await post(node, bundleOf(...Array.from({ length: HOSTS }, (_, at) => jobAt(at, [at])))),
    );
    expect(evidence.map(({ id, host }) => host === `mx${id}.test`)).toEqual(Array.from({ length: HOSTS }, () => true));
    expect(new Set(evidence.map(({ reply }) => reply?.code))).toEqual(new Set([250]));
    expect(server.visits.length).toBeLessThan(HOSTS / 2);
  });

  test('a bundle of jobs without recipients opens sessions, and is empty', async () => {
    const node = await startNode([await serveMail()]);
    expect(await post(node, bundleOf(jobAt(0, []), jobAt(1, [])))).toEqual({ status: 200, lines: [], isWhole: true });
    expect(await node.engine.meter.render()).toMatch(/^vrfy_idle_sessions 2$/m);
  });
});

describe('a bundle is refused', () => {
  test.each<[string, unknown, string]>([
    ['no jobs', { version: 1, jobs: [] }, 'jobs'],
    ['jobs that are none', { version: 1, jobs: 7 }, 'jobs'],
    ['a faulty job', bundleOf(jobAt(0, [0]), { ...jobAt(1, [1]), deadline_ms: 0 }), 'jobs.1.deadline_ms'],
    ['an id that stands twice', bundleOf(jobAt(0, [0]), jobAt(1, [0])), ''],
    [
      'more than a thousand recipients',
      bundleOf(
        jobAt(
          0,
          Array.from({ length: 501 }, (_, id) => id),
        ),
        jobAt(
          1,
          Array.from({ length: 500 }, (_, id) => 501 + id),
        ),
      ),
      '',
    ],
    ['more than 500 jobs', bundleOf(...Array.from({ length: 501 }, (_, host) => jobAt(host, []))), 'jobs'],
  ])('a bundle is refused with 400 for %s, and nothing is probed', async (_, body, field) => {
    const server = await serveMail();
    const answered = await post(await startNode([server]), body);
    expect(answered.status).toBe(400);
    expect(JSON.parse(answered.lines.join(''))).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
    expect(server.visits).toEqual([]);
  });

  test('a bundle is refused with 503 if its jobs are more than the node has room for, those that wait counted', async () => {
    let started = 0;
    const node = await startNode([await serveMail()], {}, () => async (_, __, signal) => {
      started += 1;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const full = bundleOf(...Array.from({ length: 500 }, (_, host) => jobAt(host, [host])));
    // The engine counts running jobs, and it has no part here: four hundred of each bundle wait.
    const held = Array.from({ length: 9 }, () => post(node, full));
    await expect.poll(() => started, POLL).toBe(900);
    const refused = await post(node, full);
    expect([refused.status, JSON.parse(refused.lines.join('')).code]).toEqual([503, 'overloaded']);
    httpServers[0]?.closeAllConnections();
    await Promise.all(held);
  });
});

test('a single job is handled like a bundle of one, whatever unknown fields it has', async () => {
  const node = await startNode([await serveMail()]);
  const answered = await post(node, { ...jobAt(0, [7]), jobs: [], newer: true });
  expect(evidenceOf(answered)).toMatchObject([{ id: 7, reply: { code: 250 } }]);
});
