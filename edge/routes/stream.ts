/**
 * `GET` and `POST /v1/verify/stream`: server-sent events, a `step` as each step ends and one `verdict` at the end, so that a form
 * can say "no such domain" while the mail server is still thinking.
 *
 * An EventSource reconnects to a stream that has ended, for ever. So the last event has an id, which comes back as
 * `Last-Event-ID`, and a reconnection with it is answered 204: that ends an EventSource (HTML standard, server-sent events).
 */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { StepReport } from '../../shared/answer.ts';
import { Problem, toProblem } from '../../shared/problem.ts';
import { verify } from '../flow/verify.ts';
import type { App } from '../http/context.ts';
import { logFault } from '../http/fault-log.ts';
import { portsFor, putPolicy, refuseSpent } from './caller.ts';
import { BODY_OCTETS_MAX, JSON_OR_TEXT, readJson } from './request.ts';
import { withToken } from './result-token.ts';
import { type AddressRequest, readQuery, readRequest } from './verify.ts';

/** Id of the last event of every stream. */
const LAST_EVENT_ID = 'end';

export async function streamVerify(c: Context<App>): Promise<Response> {
  if (c.req.method === 'HEAD') {
    // Hono serves HEAD by the handler of GET: an SMTP conversation would be held without telling anybody about it.
    throw new Problem('method_not_allowed', { detail: 'Use GET.', headers: { allow: 'GET' } });
  }
  if (c.req.header('last-event-id') === LAST_EVENT_ID) return c.body(null, 204, { 'cache-control': 'no-store' });
  return streamOf(c, readRequest(readQuery(c)));
}

/** For a page that wants the address in no URL: `fetch` reads the events, since an EventSource cannot send a body. */
export async function postStream(c: Context<App>): Promise<Response> {
  return streamOf(c, readRequest(await readJson(c.req.raw, BODY_OCTETS_MAX, JSON_OR_TEXT)));
}

function streamOf(c: Context<App>, { email, options, token }: AddressRequest): Response {
  const { ports, reservation } = portsFor(c);
  if (reservation !== null) putPolicy(c, reservation);
  const { log, trace } = c.var;
  log.hold();
  const response = streamSSE(c, async (stream) => {
    let isOver = false;
    // Written in the order of the calls. A client that has gone away ends its own stream only.
    const onStep = (step: StepReport): void => {
      // The climb may go on after a `pending`, but the verdict is the last event.
      if (!isOver) void stream.writeSSE({ event: 'step', data: JSON.stringify(step) });
    };
    try {
      const isAbandoned = (): boolean => stream.aborted || ports.isAbandoned?.() === true;
      const verdict = await verify(email, options, { ...ports, onStep, isAbandoned });
      isOver = true;
      refuseSpent(verdict, reservation?.status() ?? null);
      log.verdict = verdict;
      await stream.writeSSE({
        event: 'verdict',
        id: LAST_EVENT_ID,
        data: JSON.stringify(await withToken(c, token, verdict)),
      });
    } catch (error) {
      isOver = true;
      // Handled here: Hono would write the message of the error to the console.
      const problem = toProblem(error);
      log.problem = problem.code;
      logFault(problem, trace.id);
      await stream.writeSSE({ event: 'problem', id: LAST_EVENT_ID, data: await problem.toResponse().text() });
    } finally {
      log.release();
    }
  });
  // Over Hono's own no-cache, which lets the answer be kept.
  c.header('cache-control', 'no-store');
  response.headers.set('cache-control', 'no-store');
  return response;
}
