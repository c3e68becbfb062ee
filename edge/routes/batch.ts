/**
 * `POST /v1/verify/batch`: a list of addresses in, a line for each distinct one out as soon as its verdict is there.
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { answerSchema } from '../../shared/answer.ts';
import { DEADLINE_MS_MAX } from '../../shared/job.ts';
import { once } from '../../shared/once.ts';
import type { Problem } from '../../shared/problem.ts';
import { ndjsonStream } from '../batch/ndjson.ts';
import { EMAILS_MAX, verifyMany } from '../batch/verify-many.ts';
import type { ClimbOptions } from '../flow/climb.ts';
import type { App } from '../http/context.ts';
import { faultLogOf } from '../http/fault-log.ts';
import { manyPortsFor, putPolicy } from './caller.ts';
import { refuseSlips } from './near-miss.ts';
import { parseFields, readJson } from './request.ts';
import { withToken } from './result-token.ts';
import { verifyRequestSchema } from './verify.ts';

/** Octets of a body: a thousand addresses of 254 octets, every character of them written as an escape, and room. */
const BATCH_OCTETS_MAX = 1024 * 1024;

/** The options of a single address, with a longer deadline: no person waits while typing, and tarpits take half a minute. */
export const batchRequestSchema = verifyRequestSchema.omit({ email: true }).extend({
  emails: z
    .array(z.string({ error: 'must be text' }), { error: 'must be given, as a list' })
    .max(EMAILS_MAX, `must have at most ${EMAILS_MAX} entries`)
    .meta({ description: 'The addresses to verify; equal ones are verified once', example: ['ada@good.test'] }),
  deadline_ms: verifyRequestSchema.shape.deadline_ms.unwrap().default(DEADLINE_MS_MAX).meta({
    description: 'Milliseconds until every verdict must be there; one that is not is `pending`',
  }),
});

const FIELDS = Object.keys(batchRequestSchema.shape);

export const batchAnswerSchema = once(() =>
  answerSchema().extend({
    index: z
      .array(z.int())
      .meta({ description: 'The places in the list where the address stands, from 0; several where it stands twice' }),
  }),
);

/** The addresses and how they are to be verified, or an `invalid_request`. */
export function readBatch(fields: unknown): {
  emails: readonly string[];
  options: ClimbOptions;
  token: boolean | null;
} {
  if (typeof fields === 'object' && fields !== null) refuseSlips(Object.keys(fields), FIELDS);
  const { emails, deadline_ms, max_age, smtp, token = null } = parseFields(batchRequestSchema, fields);
  return { emails, options: { deadlineMs: deadline_ms, maxAgeSeconds: max_age ?? null, smtp, recheck: null }, token };
}

export async function postBatch(c: Context<App>): Promise<Response> {
  const { emails, options, token } = readBatch(await readJson(c.req.raw, BATCH_OCTETS_MAX));
  const { log, trace } = c.var;
  const logOne = faultLogOf(trace.id);
  const onFault = (error: unknown): Problem => {
    const problem = logOne(error);
    log.problem = problem.code;
    return problem;
  };
  const { ports, reservation } = manyPortsFor(c, emails.length, onFault);
  if (reservation !== null) putPolicy(c, reservation);
  log.hold();
  const lines = ndjsonStream(async (say, signal) => {
    try {
      await verifyMany(emails, options, ports, async (answer) => say(await withToken(c, token, answer)), signal);
    } catch (error) {
      throw onFault(error);
    } finally {
      log.release();
    }
  });
  return c.body(lines, 200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
}
