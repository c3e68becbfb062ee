/**
 * A free key by mail: `POST /v1/keys/request` sends a link, `GET /keys/confirm` shows a button, and the `POST` of that button shows
 * the key, once. Scanners of mail open links, but they press no buttons.
 *
 * Nothing tells whether an address has a key: every address that may have one gets the same answer, at the same time.
 */
import type { Context } from 'hono';
import type { Answer } from '../../shared/answer.ts';
import { readBounded } from '../../shared/bounded-body.ts';
import { Problem, toProblem } from '../../shared/problem.ts';
import { verify } from '../flow/verify.ts';
import type { App } from '../http/context.ts';
import { logFault } from '../http/fault-log.ts';
import { LINK_MINUTES } from '../keys/key-link.ts';
import type { FreeKeys } from '../wiring/free-key-ports.ts';
import { clientAddressOf } from './caller.ts';
import { askPage, CONFIRM_POLICY, keyPage, noLinkPage, troublePage } from './confirm-page.tsx';
import { freeKeyRequestSchema } from './free-key-request.ts';
import { refuseSlips } from './near-miss.ts';
import { parseFields, portsOf, reached, readJson, waitUntilOf } from './request.ts';

/** Milliseconds for the DNS queries about the address. */
const LOOK_MS = 3_000;
/** Octets of the form behind the button. */
const FORM_OCTETS_MAX = 4_096;

export async function postFreeKeyRequest(c: Context<App>): Promise<Response> {
  const freeKeys = freeKeysOf(c);
  const fields = await readJson(c.req.raw);
  if (typeof fields === 'object' && fields !== null) {
    refuseSlips(Object.keys(fields), Object.keys(freeKeyRequestSchema().shape));
  }
  const { email } = parseFields(freeKeyRequestSchema(), fields);
  const admission = await freeKeys.admit(clientAddressOf(c.req.raw.headers));
  if (admission.kind !== 'go') {
    const headers = { 'retry-after': String(admission.retryAfterSeconds) };
    if (admission.kind === 'edge') throw new Problem('overloaded', { detail: 'No more keys are sent today.', headers });
    throw new Problem('too_many_requests', { detail: 'This network has asked for too many keys today.', headers });
  }
  const options = { deadlineMs: LOOK_MS, maxAgeSeconds: null, smtp: false, recheck: null };
  const answer = await verify(email, options, portsOf(c));
  refuseAddress(answer);
  waitUntilOf(c)(freeKeys.invite(answer.address, new URL(c.req.url).origin));
  return c.json({ status: 'accepted' }, 202, { 'cache-control': 'no-store' });
}

/** Throws `address_refused` if no message could reach a person there. */
function refuseAddress({ verdict, reason, detail, flags, address }: Answer): void {
  const refuse = (rule: string, why: string): never => {
    throw new Problem('address_refused', { detail: why, errors: [{ field: 'email', rule, detail: why }] });
  };
  if (verdict === 'invalid') refuse(reason, detail);
  if (flags.disposable) refuse('disposable', 'No key is sent to a disposable address; use one that stays yours.');
  if (flags.role) refuse('role', 'No key is sent to the address of a role, such as info or sales; use your own.');
  if (!/^[!-~]+$/.test(address)) refuse('not_ascii', 'A message can be sent to an address in ASCII only.');
}

export async function getConfirm(c: Context<App>): Promise<Response> {
  const link = c.req.query('link') ?? '';
  return (await freeKeysOf(c).isLink(link)) ? page(c, askPage(link), 200) : page(c, noLinkPage(LINK_MINUTES), 410);
}

export async function postConfirm(c: Context<App>): Promise<Response> {
  const freeKeys = freeKeysOf(c);
  const octets = await readBounded(c.req.raw.body, FORM_OCTETS_MAX);
  const link = new URLSearchParams(new TextDecoder().decode(octets ?? new Uint8Array())).get('link') ?? '';
  try {
    const made = await reached(freeKeys.redeem(link));
    if (made === null) return page(c, noLinkPage(LINK_MINUTES), 410);
    return page(c, keyPage(made, new URL(c.req.url).origin), 200);
  } catch (error) {
    // A person looks at it, and no program.
    const problem = toProblem(error);
    c.get('log').problem = problem.code;
    logFault(problem, c.get('trace').id);
    return page(c, troublePage(link), 503);
  }
}

function freeKeysOf(c: Context<App>): FreeKeys {
  const { freeKeys } = c.get('services');
  if (freeKeys !== null) return freeKeys;
  const detail = 'This edge sends no mail: it has no EMAIL binding, or no MAIL_FROM. Ask its operator for a key.';
  throw new Problem('mail_off', { detail });
}

function page(c: Context<App>, content: string, status: 200 | 410 | 503): Response | Promise<Response> {
  return c.html(content, status, {
    'cache-control': 'no-store',
    'content-security-policy': CONFIRM_POLICY,
    // The link stands in the URL.
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
  });
}
