/**
 * The node's HTTP API: checks a job's token and schema, and returns its evidence, as a stream unless it comes in one
 * piece.
 *
 *   POST /v1/probe   token → body → its hash → replay → schema → run-jobs.ts → NDJSON
 *   GET  /healthz    the process runs
 *   GET  /readyz     it takes jobs
 *   GET  /metrics    Prometheus
 *
 * Before it: main.ts. After it: run-jobs.ts. Every error is a Problem and becomes a response in one place.
 */
import { hash } from 'node:crypto';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { signedBearerOf } from '../../shared/bearer-token.ts';
import { readBounded } from '../../shared/bounded-body.ts';
import {
  JOB_BYTES_MAX,
  KEEP_ALIVE_HEADER,
  KEEP_ALIVE_SECONDS,
  type ProbeJob,
  probeBundleSchema,
  probeJobSchema,
} from '../../shared/job.ts';
import { fieldFaultsOf, Problem, toProblem } from '../../shared/problem.ts';
import { type KeyFinder, readKid, requireBody, verifyClaims } from '../../shared/token.ts';
import { traceIdOf } from '../../shared/trace.ts';
import { type Doctor, unfit } from '../doctor/doctor.ts';
import type { Engine } from '../engine.ts';
import { atMost } from './at-most.ts';
import type { ReplayGuard } from './replay-guard.ts';
import { createJobRunner } from './run-jobs.ts';

/** Jobs at once, including the waiting ones of bundles. Each may hold a session for a minute. */
export const JOBS_UNDER_WAY_MAX = 4_000;
/** Bulk jobs are refused from this number on, so that there is room for interactive ones. */
const BULK_JOBS_UNDER_WAY_MAX = 2_800;
/**
 * Tokens checked at once, many times what the cores can do. In a rush the others wait as a bare request, which takes less
 * memory than a check that is half done (`npm run bench`, group `memory`).
 */
const CHECKS_AT_ONCE_MAX = 32;

export type ServerPorts = {
  readonly nodeId: string;
  readonly findKey: KeyFinder;
  readonly guardReplay: ReplayGuard;
  readonly engine: Pick<Engine, 'probe' | 'runningJobs' | 'meter'>;
  readonly doctor: Doctor;
  readonly isDraining: () => boolean;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly log: Logger;
};

export function createServer(ports: ServerPorts): Hono {
  const app = new Hono();
  const inTurn = atMost(CHECKS_AT_ONCE_MAX);
  const { run, waitingJobs } = createJobRunner({
    probe: ports.engine.probe,
    onFault: (error) => ports.log.error({ cause: nameOf(error) }, 'probe failed'),
  });
  // Refused at once: a job that waits in our queue would be late at the next node too.
  const requireRoom = (jobs: number, max = JOBS_UNDER_WAY_MAX): void => {
    if (ports.engine.runningJobs() + waitingJobs() + jobs <= max) return;
    throw new Problem('overloaded', { headers: { 'retry-after': '1' } });
  };
  app.get('/healthz', (c) => c.json({ status: 'ok', node: ports.nodeId }));
  app.get('/readyz', (c) => {
    const isFit = ports.doctor.isFit();
    const status = ports.isDraining() ? 'draining' : isFit ? 'ready' : 'unfit';
    return c.json({ status, node: ports.nodeId, findings: ports.doctor.findings() }, status === 'ready' ? 200 : 503);
  });
  app.get('/metrics', async () => {
    const { meter } = ports.engine;
    return new Response(await meter.render(), { headers: { 'content-type': meter.contentType } });
  });
  app.post('/v1/probe', async (c) => {
    if (ports.isDraining()) throw new Problem('draining', { headers: { 'retry-after': '5' } });
    requireRoom(1);
    const token = signedBearerOf(c.req.raw.headers);
    // The body is read only for a token of the edge.
    // The search for a key may wait for the edge, and an invented `kid` must not keep a place from the others.
    const key = await ports.findKey(readKid(token));
    const unbound = await inTurn(() => verifyClaims(token, async () => key, ports.nodeId, ports.nowMs()));
    // A node with port 25 closed would answer noise; a client without a token need not know.
    if (!ports.doctor.isFit()) throw unfit(ports.doctor.findings());
    const body = await readBody(c.req.raw);
    const claims = requireBody(unbound, hash('sha256', body, 'base64url'), ports.nowMs());
    ports.guardReplay(claims, ports.nowMs());
    const jobs = parseJobs(body);
    const isBulk = jobs.every(({ priority }) => priority === 'bulk');
    requireRoom(jobs.length, isBulk ? BULK_JOBS_UNDER_WAY_MAX : JOBS_UNDER_WAY_MAX);
    ports.log.info({ trace: traceIdOf(c.req.raw.headers.get('traceparent')), jobs: jobs.length }, 'jobs taken');
    const answer = await run(jobs, c.req.raw.signal);
    return new Response(answer, {
      headers: {
        'content-type': 'application/x-ndjson',
        'cache-control': 'no-store',
        [KEEP_ALIVE_HEADER]: String(KEEP_ALIVE_SECONDS),
      },
    });
  });
  app.all('/v1/probe', () => {
    throw new Problem('method_not_allowed', { headers: { allow: 'POST' } });
  });
  app.notFound(() => new Problem('not_found').toResponse());
  app.onError((error) => {
    const problem = toProblem(error);
    ports.engine.meter.refusedRequest(problem.code);
    if (problem.status >= 500) ports.log.error({ code: problem.code, cause: nameOf(problem.cause) }, 'request failed');
    else ports.log.info({ code: problem.code }, 'request refused');
    return problem.toResponse();
  });
  return app;
}

/** Log only the kind of an error: its message could quote a peer. */
function nameOf(cause: unknown): string | null {
  return cause instanceof Error ? `${cause.name} ${cause.stack?.split('\n')[1]?.trim() ?? ''}` : null;
}

async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  // The HTTP parser enforces an announced length, so the whole body can be read without the cost of a stream.
  const announced = request.headers.get('content-length');
  if (announced !== null && Number(announced) <= JOB_BYTES_MAX) return new Uint8Array(await request.arrayBuffer());
  const body = await readBounded(request.body, JOB_BYTES_MAX);
  if (body === null) throw new Problem('body_too_large');
  return body;
}

/** The jobs of a bundle, or the single job in the body. */
function parseJobs(body: Uint8Array): readonly ProbeJob[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new Problem('invalid_json');
  }
  if (isBundle(json)) return checked(probeBundleSchema().safeParse(json)).jobs;
  return [checked(probeJobSchema().safeParse(json))];
}

/** A job has a domain; a bundle has jobs instead. */
function isBundle(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'jobs' in json && !('domain' in json);
}

function checked<T>(parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  throw new Problem('invalid_request', { errors: fieldFaultsOf(parsed.error) });
}
