/**
 * `/v1/nodes`: nodes join, report and are administered. Requests in, checked; the registry's answer out.
 *
 * Enrolment needs a join token, a heartbeat is signed by the node's own key, and the other routes are the
 * operator's (http/admin-auth.ts). After it: nodes/registry/enrol.ts.
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { signedBearerOf } from '../../shared/bearer-token.ts';
import { readBounded } from '../../shared/bounded-body.ts';
import { ENROLMENT_OCTETS_MAX, enrolRequestSchema, NODE_NAME } from '../../shared/enrolment.ts';
import { once } from '../../shared/once.ts';
import { Problem } from '../../shared/problem.ts';
import { liveKeys } from '../crypto/signing-keys.ts';
import type { App } from '../http/context.ts';
import { enrolNode, report } from '../nodes/registry/enrol.ts';
import type { Refusal } from '../nodes/registry/registry.ts';
import { refuseSlips } from './near-miss.ts';
import { fieldFault, parseFields, readJson } from './request.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const FORGET_SINCE = 'forget_since';
const NAME_RULE = 'must be lower-case letters, digits and hyphens, such as eu-central';

export const joinTokenRequestSchema = z.object({
  region: z.string().regex(NODE_NAME, NAME_RULE).meta({ description: 'Where the node stands', example: 'eu-central' }),
  ttl_s: z
    .int('must be a whole number of seconds')
    .min(60, 'must be 60 seconds or more')
    .max(7 * DAY_SECONDS, 'must be a week or less')
    .default(HOUR_SECONDS)
    .meta({ description: 'Seconds for which the token can be used' }),
});

export const nodeChangeSchema = z.object({
  state: z.enum(['active', 'draining'], 'must be active or draining').meta({ description: 'What the node is to be' }),
});

/** A one-time token; it is shown here and nowhere else. */
export async function postJoinToken(c: Context<App>): Promise<Response> {
  const { region, ttl_s } = parseFields(joinTokenRequestSchema, await readJson(c.req.raw));
  const { nodes } = c.var.services;
  const { token, expiresAtMs } = await nodes.registry.makeToken(region, ttl_s);
  return answer(c, { token, region, expires_at: new Date(expiresAtMs).toISOString() }, 201);
}

export async function postEnrol(c: Context<App>): Promise<Response> {
  const request = parseFields(enrolRequestSchema(), await readJson(c.req.raw));
  const { nodes } = c.var.services;
  const { id, region } = done(
    await enrolNode(request, originOf(c), nodes.urls.allowsLoopback ? null : asnOf(c), nodes),
  );
  return answer(c, { id, region }, 201);
}

export async function postHeartbeat(c: Context<App>): Promise<Response> {
  const token = signedBearerOf(c.req.raw.headers);
  const body = await readBounded(c.req.raw.body, ENROLMENT_OCTETS_MAX);
  if (body === null)
    throw new Problem('body_too_large', { detail: `The body may have ${ENROLMENT_OCTETS_MAX} octets.` });
  const { nodes, publicKeys, ports } = c.var.services;
  const { state, is_protocol_known } = done(await report({ token, body, edge: originOf(c) }, nodes));
  const key_ids = liveKeys(publicKeys, ports.nowMs()).map(({ kid }) => kid);
  return answer(c, { state, is_protocol_known, key_ids });
}

export async function getNodes(c: Context<App>): Promise<Response> {
  const { nodes } = c.var.services;
  return answer(c, { nodes: await nodes.registry.list() });
}

export async function patchNode(c: Context<App>): Promise<Response> {
  const { state } = parseFields(nodeChangeSchema, await readJson(c.req.raw));
  const { nodes } = c.var.services;
  const node = await nodes.registry.setDraining(c.req.param('id') ?? '', state === 'draining');
  if (node === null) throw noSuchNode();
  return answer(c, node);
}

/** Its key is refused from now on, and it gets no more jobs. Verdicts from it since `forget_since` are forgotten. */
export async function deleteNode(c: Context<App>): Promise<Response> {
  const { nodes, ports } = c.var.services;
  const sinceMs = readForgetSince(new URL(c.req.url).searchParams, ports.nowMs());
  if (!(await nodes.registry.remove(c.req.param('id') ?? '', sinceMs))) throw noSuchNode();
  return c.body(null, 204, { 'cache-control': 'no-store' });
}

/** A time of ISO 8601, or a day, which begins at midnight (UTC). */
const forgetSinceSchema = once(() => z.union([z.iso.datetime({ offset: true }), z.iso.date()]));

function readForgetSince(parameters: URLSearchParams, nowMs: number): number | null {
  refuseSlips(parameters.keys(), [FORGET_SINCE]);
  const [text, ...more] = parameters.getAll(FORGET_SINCE);
  if (text === undefined) return null;
  if (more.length > 0) throw fieldFault(FORGET_SINCE, 'given_twice', 'must be given once');
  // A plus that was not encoded is a space by now; no time has one.
  const parsed = forgetSinceSchema().safeParse(text.replace(' ', '+'));
  const sinceMs = parsed.success ? Date.parse(parsed.data) : Number.NaN;
  if (!(sinceMs <= nowMs)) {
    throw fieldFault(
      FORGET_SINCE,
      'invalid_time',
      'must be a time of ISO 8601 that has passed, such as 2026-01-01T00:00:00Z',
    );
  }
  return sinceMs;
}

function answer(c: Context<App>, body: object, status: 200 | 201 = 200): Response {
  return c.json(body, status, { 'cache-control': 'no-store' });
}

function noSuchNode(): Problem {
  return new Problem('not_found', { detail: 'There is no node of this name.' });
}

/** The outcome, unless it is a refusal: that is thrown as a Problem. */
function done<T extends { readonly kind: string }>(outcome: T | Refusal): Exclude<T, Refusal> {
  if (outcome.kind === 'refused') {
    const { code, detail, errors } = outcome as Refusal;
    throw new Problem(code, { detail, errors: errors ?? [] });
  }
  return outcome as Exclude<T, Refusal>;
}

function originOf(c: Context<App>): string {
  return new URL(c.req.url).origin;
}

/** The caller of an enrolment is the node: its network, as Cloudflare knows it. */
function asnOf({ req }: Context<App>): string | null {
  const { cf } = req.raw as Request & { readonly cf?: { readonly asn?: unknown } };
  return typeof cf?.asn === 'number' ? `AS${cf.asn}` : null;
}
