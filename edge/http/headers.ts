/**
 * The headers that every answer carries, and what browsers on other origins are told.
 *
 * Pages anywhere may verify and warm: no cookie is ever looked at, so there is nothing that another origin could abuse.
 * What only a page can make use of is told to pages alone, which name their origin (Fetch standard §3.2): each header
 * costs a verdict more than most of its checks.
 * A preflight is answered from here, without settings, memory or keys, and may be remembered for a day. Fetch standard
 * §3.3. Hono's own middlewares for both would set a dozen headers one by one, most of them for pages and not for JSON.
 */

import type { Trace } from '../../shared/trace.ts';
import { serverTiming } from './server-timing.ts';

/** What may be asked from pages on other origins. */
const PUBLIC_PATHS = /^\/(?:v1\/(?:verify|warm)(?:\/|$)|openapi\.json$)/;

const PREFLIGHT_SECONDS = 86_400;

type Pairs = readonly (readonly [name: string, value: string])[];

/** For JSON: nothing in it may be run, framed, or taken for something else. */
const ALWAYS: Pairs = [['x-content-type-options', 'nosniff']];

/** Over plain HTTP it must not be said (RFC 6797 §7.2). */
const OVER_TLS: Pairs = [['strict-transport-security', 'max-age=31536000']];

/** For pages: what is no page asks for nothing, and so has nobody to tell where from. */
const REFERRER: Pairs[number] = ['referrer-policy', 'no-referrer'];

const CSP_NAME = 'content-security-policy';
const CSP_NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** On answers that pages elsewhere may have. */
const FOR_ANYBODY: Pairs = [['access-control-allow-origin', '*']];

const FOR_PAGES_ELSEWHERE: Pairs = [
  ['access-control-expose-headers', 'ratelimit, ratelimit-policy, retry-after, server-timing, www-authenticate'],
  // Without it a page on another origin sees no duration of our steps (Resource Timing §4.5).
  ['timing-allow-origin', '*'],
];

const FOR_OURSELVES: Pairs = [['cross-origin-resource-policy', 'same-origin']];

const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, POST',
  'access-control-allow-headers': 'authorization, content-type, traceparent, tracestate',
  'access-control-max-age': String(PREFLIGHT_SECONDS),
  'cache-control': `public, max-age=${PREFLIGHT_SECONDS}`,
  vary: 'access-control-request-headers, access-control-request-method',
};

export function isPublicPath(path: string): boolean {
  return PUBLIC_PATHS.test(path);
}

/** What headers depend on. */
type Asked = {
  readonly path: string;
  readonly isSecure: boolean;
  readonly isFromPage: boolean;
  readonly trace: Trace;
};

/** Puts on what the answer to a request carries. A page brings its own Content-Security-Policy. */
export function putHeaders(headers: Headers, { path, isSecure, isFromPage, trace }: Asked): void {
  for (const [name, value] of isSecure ? [...ALWAYS, ...OVER_TLS] : ALWAYS) headers.set(name, value);
  if (headers.has(CSP_NAME)) headers.set(...REFERRER);
  else headers.set(CSP_NAME, CSP_NOTHING);
  for (const [name, value] of isPublicPath(path) ? publicPairs(isFromPage) : FOR_OURSELVES) headers.set(name, value);
  headers.set('server-timing', serverTiming(trace));
}

/**
 * An answer with what every answer with a verdict carries, but for what each has of its own: to make others after. The
 * runtime takes headers over from an answer in half the time that it takes to find them among options.
 */
export function createPattern(isSecure: boolean, isFromPage: boolean): Response {
  const pairs: Pairs = [
    ['content-type', 'application/json'],
    ['cache-control', 'no-store'],
    [CSP_NAME, CSP_NOTHING],
    ...ALWAYS,
    ...(isSecure ? OVER_TLS : []),
    ...publicPairs(isFromPage),
  ];
  return new Response(null, { headers: pairs.map(([name, value]): [string, string] => [name, value]) });
}

function publicPairs(isFromPage: boolean): Pairs {
  return isFromPage ? [...FOR_ANYBODY, ...FOR_PAGES_ELSEWHERE] : FOR_ANYBODY;
}

/** The answer to a preflight (Fetch standard §3.3.2). */
export function answerPreflight(): Response {
  return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
}
