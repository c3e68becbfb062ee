/**
 * The routes that the operators’ console reads: `GET /v1/nodes/events`, the nodes as they change, and
 * `GET /v1/nodes/history`, their work of the last hour or day. Behind ADMIN_TOKEN.
 *
 * The stream asks the registry once a second and says only what has changed. It ends by itself, since an invocation may
 * ask only so often; a client connects again, and the first event has all nodes once more.
 */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { HISTORY_SPANS, type HistorySpan, type NodeEvent, type NodeReport } from '../../shared/enrolment.ts';
import { Problem, toProblem } from '../../shared/problem.ts';
import type { App } from '../http/context.ts';
import { logFault } from '../http/fault-log.ts';
import type { NodeStamps } from '../nodes/registry/registry-service.ts';
import { refuseSlips } from './near-miss.ts';
import { fieldFault } from './request.ts';

const NO_STORE = { 'cache-control': 'no-store' };
const EVENT_MS = 1_000;
/** Looks at the registry in one stream: an invocation may make 1,000 calls. */
const LOOKS_MAX = 600;
/** Looks without a change after which a comment shows that the stream is alive. */
const SIGN_EVERY = 15;
/** Nodes in one event: a report has 64 KiB at most, and readers bound a line. */
const NODES_PER_EVENT = 8;

export async function streamNodes(c: Context<App>): Promise<Response> {
  if (c.req.method === 'HEAD') {
    throw new Problem('method_not_allowed', { detail: 'Use GET.', headers: { allow: 'GET' } });
  }
  const { registry } = c.var.services.nodes;
  // Before the stream begins, so that a registry that is away is a response of its own.
  let changes = await registry.changes({});
  const { log, trace } = c.var;
  log.hold();
  const response = streamSSE(c, async (stream) => {
    try {
      let known: NodeStamps | null = null;
      let silence = 0;
      for (let looks = 1; !stream.aborted; looks += 1) {
        const ids = Object.keys(changes.stamps);
        const isLess = known !== null && Object.keys(known).length !== ids.length;
        if (known === null || changes.nodes.length > 0 || isLess) {
          for (const event of eventsOf(changes.nodes, ids)) {
            await stream.writeSSE({ event: 'nodes', id: String(looks), data: JSON.stringify(event) });
          }
          silence = 0;
        } else {
          silence += 1;
          if (silence % SIGN_EVERY === 0) await stream.write(': \n\n');
        }
        known = changes.stamps;
        if (looks >= LOOKS_MAX) break;
        await stream.sleep(EVENT_MS);
        if (!stream.aborted) changes = await registry.changes(known);
      }
    } catch (error) {
      const problem = toProblem(error);
      log.problem = problem.code;
      logFault(problem, trace.id);
      await stream.writeSSE({ event: 'problem', data: await problem.toResponse().text() });
    } finally {
      log.release();
    }
  });
  response.headers.set('cache-control', 'no-store');
  return response;
}

/** In parts; the last one names all nodes, so that a reader knows which are gone. */
function eventsOf(nodes: readonly NodeReport[], ids: string[]): readonly NodeEvent[] {
  const events: NodeEvent[] = [];
  for (let place = 0; place < nodes.length; place += NODES_PER_EVENT) {
    events.push({ nodes: nodes.slice(place, place + NODES_PER_EVENT) });
  }
  return [...events.slice(0, -1), { nodes: events.at(-1)?.nodes ?? [], ids }];
}

export async function getNodeHistory(c: Context<App>): Promise<Response> {
  const span = readSpan(new URL(c.req.url).searchParams);
  const { registry } = c.var.services.nodes;
  return c.json(await registry.history(span), 200, NO_STORE);
}

function readSpan(parameters: URLSearchParams): HistorySpan {
  refuseSlips(parameters.keys(), ['span']);
  const [text = 'hour', ...more] = parameters.getAll('span');
  if (more.length > 0) throw fieldFault('span', 'given_twice', 'must be given once');
  const span = HISTORY_SPANS.find((each) => each === text);
  if (span === undefined) throw fieldFault('span', 'invalid_value', `must be ${HISTORY_SPANS.join(' or ')}`);
  return span;
}
