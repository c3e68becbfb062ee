/**
 * The RPC interface for other Workers over a service binding: the routes as methods, without HTTP in between.
 *
 * Before it: worker.ts, which exports it as `Verifier`. After it: flow/verify.ts, batch/verify-many.ts, probe/warm.ts,
 * as for the routes. Options have the names and rules of the HTTP fields. A fault is thrown as an Error with the
 * message `code: detail`, since only the message of an error reaches another Worker; a verdict is never a fault.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Answer } from '../shared/answer.ts';
import { PRIORITIES, type Priority } from '../shared/job.ts';
import { toProblem } from '../shared/problem.ts';
import { asInvocation } from './async/connections.ts';
import { ndjsonStream } from './batch/ndjson.ts';
import { verifyMany } from './batch/verify-many.ts';
import type { Env } from './env.ts';
import { verify } from './flow/verify.ts';
import { faultLogOf, logFault } from './http/fault-log.ts';
import { warm } from './probe/warm.ts';
import { readBatch } from './routes/batch.ts';
import { fieldFault } from './routes/request.ts';
import { readRequest } from './routes/verify.ts';
import { readDomain } from './routes/warm.ts';
import type { Services } from './wiring/services.ts';

/** As the HTTP fields: `deadline_ms`, `max_age`, `smtp`. */
export type VerifyOptions = {
  readonly deadline_ms?: number;
  readonly max_age?: number;
  readonly smtp?: boolean;
};

export type VerifyManyOptions = VerifyOptions & {
  /** `bulk` if no form waits for the answers. Default `interactive`. */
  readonly priority?: Priority;
};

/** Makes the class that a worker exports, over its services. */
export function verifierOf(servicesOf: (env: Env) => Promise<Services>) {
  return class Verifier extends WorkerEntrypoint<Env> {
    /** The verdict on one address, as `GET /v1/verify` returns it. */
    verify(email: string, options: VerifyOptions = {}): Promise<Answer> {
      return orFault(async () => {
        const request = readRequest({ ...options, email });
        const { ports, rightOfWay, freshenNames } = await servicesOf(this.env);
        const { claim: claimWay } = rightOfWay;
        const own = { names: freshenNames(), claimWay, waitUntil: this.#waitUntil };
        return verify(request.email, request.options, { ...ports, ...own });
      });
    }

    /** The lines of `POST /v1/verify/batch`: bytes of NDJSON, since only a byte stream passes between Workers. */
    verifyMany(emails: readonly string[], options: VerifyManyOptions = {}): Promise<ReadableStream<Uint8Array>> {
      return orFault(async () => {
        const { priority = 'interactive', ...fields } = options;
        if (!PRIORITIES.includes(priority))
          throw fieldFault('priority', 'invalid_value', 'must be interactive or bulk');
        const request = readBatch({ ...fields, emails });
        const { gather, freshenNames } = await servicesOf(this.env);
        const names = freshenNames();
        const ports = { gather, quota: null, names, waitUntil: this.#waitUntil, onFault: faultLogOf() };
        return ndjsonStream((say, signal) =>
          verifyMany(request.emails, { ...request.options, priority }, ports, say, signal),
        );
      });
    }

    /** Opens a session with the domain's mail host for a verify soon after; returns at once. */
    warm(domain: string): Promise<void> {
      return orFault(async () => {
        const name = readDomain({ domain });
        const { ports, freshenNames } = await servicesOf(this.env);
        const names = freshenNames() ?? Promise.resolve();
        this.#waitUntil(names.then(() => warm(name, ports)));
      });
    }

    readonly #waitUntil = (work: Promise<unknown>): void => this.ctx.waitUntil(work);
  };
}

/** The result, or a fault in the form that survives the way between Workers. */
async function orFault<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await asInvocation(act);
  } catch (error) {
    const problem = toProblem(error);
    logFault(problem);
    throw new Error(`${problem.code}: ${problem.detail}`);
  }
}
