/**
 * The headers that every answer carries, and what browsers on other origins are told.
 *
 * Pages anywhere may verify and warm: no cookie is ever looked at, so there is nothing that another origin could abuse.
 * A preflight is answered from here, without settings, memory or keys, and may be remembered for a day. Fetch standard
 * §3.3. Hono's own middlewares for both would set a dozen headers one by one, most of them for pages and not for JSON.
 */

/** What may be asked from pages on other origins. */
const PUBLIC_PATHS = /^\/(?:v1\/(?:verify|warm)(?:\/|$)|openapi\.json$)/;

const PREFLIGHT_SECONDS = 86_400;

type Pair = readonly [name: string, value: string];
type Pairs = readonly Pair[];

/** For JSON: nothing in it may be run, framed, or taken for something else. */
const ALWAYS: readonly [Pair, ...Pair[]] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['strict-transport-security', 'max-age=31536000'],
];

const CSP_NAME = 'content-security-policy';
const CSP_NOTHING = "default-src 'none'; frame-ancestors 'none'";

const FOR_PAGES_ELSEWHERE: Pairs = [
  ['access-control-allow-origin', '*'],
  [
    'access-control-expose-headers',
    'ratelimit, ratelimit-policy, retry-after, server-timing, traceparent, www-authenticate',
  ],
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

/** Puts on what an answer of this path carries. A page brings its own Content-Security-Policy. */
export function putHeaders(headers: Headers, path: string): void {
  // The mark of an answer that was made with all of them (`VERDICT_HEADERS`).
  if (headers.has(ALWAYS[0][0])) return;
  for (const [name, value] of ALWAYS) headers.set(name, value);
  if (!headers.has(CSP_NAME)) headers.set(CSP_NAME, CSP_NOTHING);
  for (const [name, value] of isPublicPath(path) ? FOR_PAGES_ELSEWHERE : FOR_OURSELVES) headers.set(name, value);
}

/** What an answer with a verdict carries, made once: the runtime copies it whole, and sets one by one slowly. */
export const VERDICT_HEADERS: Headers = new Headers([
  ['content-type', 'application/json'],
  ['cache-control', 'no-store'],
  ...ALWAYS.map(([name, value]): [string, string] => [name, value]),
  [CSP_NAME, CSP_NOTHING],
  ...FOR_PAGES_ELSEWHERE.map(([name, value]): [string, string] => [name, value]),
]);

/** The answer to a preflight (Fetch standard §3.3.2). */
export function answerPreflight(): Response {
  return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
}
