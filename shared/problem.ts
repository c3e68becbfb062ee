/**
 * Errors as values that HTTP can carry: RFC 9457 problem details with a stable `code`.
 *
 * Only a request that cannot be processed is a problem; a negative verdict is none. A Problem is thrown at the fault
 * and turned into a response in one place per server (edge/app.ts, probe-node/http/server.ts). `detail` is public and
 * must carry no secret, token or whole address; `cause` stays inside.
 */
import type { ZodError } from 'zod';

export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request does not fit the schema' },
  invalid_json: { status: 400, title: 'The body is not JSON' },
  key_in_query: { status: 400, title: 'The URL contains a secret key' },
  unauthorized: { status: 401, title: 'Credentials are missing or not accepted' },
  key_malformed: { status: 401, title: 'The key cannot be read' },
  key_unknown: { status: 401, title: 'The key is not known' },
  token_missing: { status: 401, title: 'The request has no bearer token' },
  token_malformed: { status: 401, title: 'The token cannot be read' },
  token_key_unknown: { status: 401, title: 'The token names an unknown key' },
  token_signature: { status: 401, title: 'The signature of the token is wrong' },
  token_issuer: { status: 401, title: 'The token has another issuer' },
  token_audience: { status: 401, title: 'The token is for another audience' },
  token_expired: { status: 401, title: 'The token has expired' },
  token_not_yet_valid: { status: 401, title: 'The token is not valid yet' },
  token_lifetime: { status: 401, title: 'The token has a lifetime above the limit' },
  token_body: { status: 401, title: 'The token is for another body' },
  token_replayed: { status: 401, title: 'The token has been used before' },
  key_scope: { status: 403, title: 'The key is not for this route' },
  key_origin: { status: 403, title: 'The key is not for this origin' },
  form_origin: { status: 403, title: 'The form is of another site' },
  admin_off: { status: 403, title: 'Administration of this edge is off' },
  node_unknown: { status: 401, title: 'No node of this name is enrolled' },
  node_removed: { status: 403, title: 'The node has been removed' },
  join_token_unknown: { status: 403, title: 'The join token is not known' },
  join_token_expired: { status: 403, title: 'The join token has expired' },
  join_token_used: { status: 403, title: 'The join token has been used' },
  join_token_region: { status: 403, title: 'The join token is for another region' },
  not_found: { status: 404, title: 'This URL has no resource' },
  method_not_allowed: { status: 405, title: 'The resource does not support this method' },
  heartbeat_stale: { status: 409, title: 'The heartbeat is not newer than the last one' },
  node_id_taken: { status: 409, title: 'Another node has this id' },
  node_url_taken: { status: 409, title: 'Another node has this URL' },
  list_storage_full: { status: 409, title: 'The key holds as many lists as it may' },
  list_state: { status: 409, title: 'The list is in another state' },
  body_too_large: { status: 413, title: 'The body is too large' },
  list_too_long: { status: 413, title: 'The list has too many rows' },
  unsupported_media_type: { status: 415, title: 'The content type of the body is not supported here' },
  address_refused: { status: 422, title: 'No message is sent to this address' },
  idempotency_conflict: { status: 422, title: 'The same Idempotency-Key stood at another request' },
  list_unreadable: { status: 422, title: 'The list cannot be read' },
  range_unsatisfiable: { status: 416, title: 'The range lies outside' },
  node_url_refused: { status: 422, title: 'A node may not have this URL' },
  node_url_unproven: { status: 422, title: 'The node does not answer at the URL it claims' },
  quota_exceeded: { status: 429, title: 'The quota for today is spent' },
  too_many_requests: { status: 429, title: 'Too many requests at the moment' },
  internal: { status: 500, title: 'An error occurred on our side' },
  misconfigured: { status: 500, title: 'A setting is missing or wrong' },
  mail_off: { status: 501, title: 'This edge sends no mail' },
  overloaded: { status: 503, title: 'No capacity at the moment' },
  not_examined: { status: 503, title: 'The node has not been examined yet' },
  port_25_closed: { status: 503, title: 'The node cannot reach the port of mail servers' },
  draining: { status: 503, title: 'The node is about to stop' },
  store_unavailable: { status: 503, title: 'The store cannot be reached' },
  registry_unavailable: { status: 503, title: 'The registry of nodes does not answer' },
  keys_unavailable: { status: 503, title: 'The keys of the edge cannot be fetched' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One offending field and the rule that it breaks. */
export type FieldFault = { readonly field: string; readonly rule: string; readonly detail: string };

/** Field faults reported for one request: a list may have a thousand. */
const FIELD_FAULTS_MAX = 20;

/**
 * The faults that a schema finds, field by field; a missing field is `required` if the schema was asked to report the
 * input.
 */
export function fieldFaultsOf({ issues }: ZodError): readonly FieldFault[] {
  return issues.slice(0, FIELD_FAULTS_MAX).map((issue) => {
    const isMissing = issue.code === 'invalid_type' && 'input' in issue && issue.input === undefined;
    return { field: issue.path.join('.'), rule: isMissing ? 'required' : issue.code, detail: issue.message };
  });
}

type ProblemOptions = {
  readonly detail?: string;
  readonly errors?: readonly FieldFault[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly FieldFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const { status, title } = PROBLEMS[code];
    super(options.detail ?? title, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.detail = options.detail ?? `${title}.`;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }

  /** The response of RFC 9457 §3. `type` is a URN, so that it promises no page. */
  toResponse(): Response {
    const body = {
      type: `urn:vrfy:problem:${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      code: this.code,
      detail: this.detail,
      ...(this.errors.length > 0 ? { errors: this.errors } : {}),
    };
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...this.headers },
    });
  }
}

/** Any thrown value as a Problem; one that is no Problem becomes `internal`, and its message stays inside. */
export function toProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('internal', { cause: error });
}
