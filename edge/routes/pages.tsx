/**
 * The pages that need the worker: `/`, which checks an address without JavaScript as well, and `/lists/:id`. Both are files
 * of the build (web/page), taken through the ASSETS binding; all other pages are served without the worker.
 *
 * What a person typed and what was found of it is put into the page, and never into a URL.
 */
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { readBounded } from '../../shared/bounded-body.ts';
import { Problem, toProblem } from '../../shared/problem.ts';
import { VerdictCard } from '../../web/page/verdict-card.tsx';
import { bindingOf } from '../env.ts';
import type { ClimbOptions } from '../flow/climb.ts';
import { verify } from '../flow/verify.ts';
import type { App } from '../http/context.ts';
import { logFault } from '../http/fault-log.ts';
import { portsFor, refuseSpent } from './caller.ts';
import { fieldFault } from './request.ts';

/** Octets of the form: the longest address, each octet written as three. */
const FORM_OCTETS_MAX = 8_192;
/** Those of an API call that says nothing else. */
const OPTIONS: ClimbOptions = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };

/** The part of the runtime's own HTMLRewriter that is used. */
type Rewriter = {
  on(selector: string, handlers: { element(element: RewrittenElement): void }): Rewriter;
  transform(response: Response): Response;
};
type RewrittenElement = {
  remove(): unknown;
  setAttribute(name: string, value: string): unknown;
  setInnerContent(content: string, options: { html: boolean }): unknown;
};
declare const HTMLRewriter: new () => Rewriter;

export async function getHome(c: Context<App>): Promise<Response> {
  return fillHome(c, await fileAt(c, '/', true), null, '');
}

export async function postHome(c: Context<App>): Promise<Response> {
  const page = await fileAt(c, '/');
  let email = '';
  try {
    email = await readEmail(c.req.raw);
    const { ports, reservation } = portsFor(c);
    const answer = await verify(email, OPTIONS, ports);
    refuseSpent(answer, reservation?.status() ?? null);
    c.get('log').verdict = answer;
    const card = <VerdictCard answer={answer} origin={new URL(c.req.url).origin} />;
    return fillHome(c, page, card, email);
  } catch (error) {
    // A person looks at it, and no program.
    const problem = toProblem(error);
    c.get('log').problem = problem.code;
    logFault(problem, c.get('trace').id);
    const notice = <p class="notice bad">{problem.detail}</p>;
    return fillHome(c, page, notice, email, problem);
  }
}

/** The address in the form. A button of the page sends its own beside that of the field: the last one counts. */
async function readEmail({ headers, body }: Request): Promise<string> {
  const mediaType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/x-www-form-urlencoded') {
    throw new Problem('unsupported_media_type', { detail: 'The body must be application/x-www-form-urlencoded.' });
  }
  const octets = await readBounded(body, FORM_OCTETS_MAX);
  if (octets === null) throw new Problem('body_too_large', { detail: 'This is too long to be an address.' });
  const values = new URLSearchParams(new TextDecoder().decode(octets)).getAll('email');
  const email = values.findLast((value) => value.trim() !== '');
  if (email === undefined) throw fieldFault('email', 'required', 'must be given');
  return email;
}

/** `/lists/:id`: the page reads the id in its own URL. */
export async function getListPage(c: Context<App>): Promise<Response> {
  const page = await fileAt(c, '/lists', true);
  const response = new Response(page.body, page);
  response.headers.set('x-robots-tag', 'noindex');
  return response;
}

/** A file of the build with its own headers. @param isSame true if the file is the answer, and may be one that the client has */
async function fileAt(c: Context<App>, path: string, isSame = false): Promise<Response> {
  const headers = isSame ? c.req.raw.headers : {};
  return bindingOf(c.env, 'ASSETS').fetch(new Request(new URL(path, c.req.url), { headers }));
}

/** The page at `/` with what was found, what was asked for, and the sandbox only where the edge has one. */
function fillHome(c: Context<App>, page: Response, found: Child | null, email: string, problem?: Problem): Response {
  const rewriter = new HTMLRewriter();
  if ((c.env.SANDBOX_DOH_URL ?? '') === '') rewriter.on('#sandbox', { element: (part) => void part.remove() });
  if (found !== null) {
    const drawn = String(found);
    rewriter.on('#result', { element: (part) => void part.setInnerContent(drawn, { html: true }) });
    rewriter.on('#email', { element: (field) => void field.setAttribute('value', email) });
  }
  const filled = rewriter.transform(page);
  const response = new Response(filled.body, { status: problem?.status ?? page.status, headers: filled.headers });
  for (const [name, value] of Object.entries(problem?.headers ?? {})) response.headers.set(name, value);
  if (found !== null) {
    response.headers.set('cache-control', 'no-store');
    response.headers.delete('etag');
  }
  return response;
}
