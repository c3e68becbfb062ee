/**
 * Generated from the schemas of the OpenAPI document by scripts/client-types.ts; to make it anew: npm run docs.
 *
 * Names are those of the wire: JSON in snake_case.
 */

export type Verdict = 'deliverable' | 'invalid' | 'risky' | 'unknown';

export type Reason =
  | 'accepted'
  | 'syntax'
  | 'provider_rules'
  | 'no_domain'
  | 'no_mx'
  | 'null_mx'
  | 'mailbox_not_found'
  | 'mailbox_disabled'
  | 'needs_smtputf8'
  | 'disposable'
  | 'role'
  | 'mailbox_full'
  | 'catch_all'
  | 'unconfirmed'
  | 'unverifiable'
  | 'greylisted'
  | 'rate_limited'
  | 'paced'
  | 'temporary_failure'
  | 'blocked'
  | 'timeout'
  | 'unreachable'
  | 'protocol_error'
  | 'dns_failure'
  | 'no_node'
  | 'pending'
  | 'not_probed';

export type ListState = 'receiving' | 'reading' | 'ready' | 'running' | 'waiting' | 'done' | 'cancelled' | 'failed';

export type ProblemCode =
  | 'invalid_request'
  | 'invalid_json'
  | 'key_in_query'
  | 'unauthorized'
  | 'key_malformed'
  | 'key_unknown'
  | 'token_missing'
  | 'token_malformed'
  | 'token_key_unknown'
  | 'token_signature'
  | 'token_issuer'
  | 'token_audience'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_lifetime'
  | 'token_body'
  | 'token_replayed'
  | 'key_scope'
  | 'key_origin'
  | 'form_origin'
  | 'admin_off'
  | 'node_unknown'
  | 'node_removed'
  | 'join_token_unknown'
  | 'join_token_expired'
  | 'join_token_used'
  | 'join_token_region'
  | 'not_found'
  | 'method_not_allowed'
  | 'heartbeat_stale'
  | 'node_id_taken'
  | 'node_url_taken'
  | 'list_storage_full'
  | 'list_state'
  | 'body_too_large'
  | 'list_too_long'
  | 'unsupported_media_type'
  | 'address_refused'
  | 'idempotency_conflict'
  | 'list_unreadable'
  | 'range_unsatisfiable'
  | 'node_url_refused'
  | 'node_url_unproven'
  | 'quota_exceeded'
  | 'too_many_requests'
  | 'internal'
  | 'misconfigured'
  | 'mail_off'
  | 'overloaded'
  | 'not_examined'
  | 'port_25_closed'
  | 'draining'
  | 'store_unavailable'
  | 'registry_unavailable'
  | 'keys_unavailable';

export type Answer = {
  /** As it was given */
  readonly email: string;
  /** Normalised: trimmed, domain in lower-case A-labels */
  readonly address: string;
  /** Equal for addresses of one mailbox */
  readonly canonical: string;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** One sentence for a person */
  readonly detail: string;
  readonly did_you_mean: string | null;
  readonly flags: {
    readonly disposable: boolean;
    readonly role: boolean;
    readonly free: boolean;
    readonly alias: boolean;
    readonly catch_all: boolean | null;
    readonly mailbox_full: boolean | null;
  };
  readonly mx: {
    /** Known provider behind the mail hosts */
    readonly provider: string | null;
    readonly hosts: readonly {
      readonly host: string;
      readonly preference: number;
    }[];
    /** True where the domain has no MX and its address record stands in */
    readonly implicit: boolean;
    /** True where DNSSEC vouches for the MX records (AD bit) */
    readonly dnssec: boolean;
  } | null;
  readonly smtp: {
    readonly host: string | null;
    readonly ip: string | null;
    readonly stage: 'connect' | 'ehlo' | 'starttls' | 'mail' | 'rcpt';
    readonly code: number | null;
    readonly enhanced: string | null;
    readonly text: string | null;
    readonly tls: boolean;
    readonly node: string;
    readonly region: string;
    /** Rule that classified the reply */
    readonly rule: string | null;
  } | null;
  /** What another node was told, where the first was refused; the more telling answer is above */
  readonly second_opinion: {
    readonly reason: Reason;
    readonly smtp: {
      readonly host: string | null;
      readonly ip: string | null;
      readonly stage: 'connect' | 'ehlo' | 'starttls' | 'mail' | 'rcpt';
      readonly code: number | null;
      readonly enhanced: string | null;
      readonly text: string | null;
      readonly tls: boolean;
      readonly node: string;
      readonly region: string;
      /** Rule that classified the reply */
      readonly rule: string | null;
    };
  } | null;
  /** Seconds after which asking again is worthwhile */
  readonly retry_after: number | null;
  readonly checked_at: string;
  readonly cached: boolean;
  /** Result token: a JWS of this verdict for the server of a form; with a publishable key, or if asked for */
  readonly token?: string | undefined;
  readonly steps: readonly {
    readonly step: string;
    readonly outcome: 'pass' | 'found' | 'stop' | 'fail' | 'skipped';
    readonly ms: number;
  }[];
};

export type BatchAnswer = Answer & {
  /** The places in the list where the address stands, from 0; several where it stands twice */
  readonly index: readonly number[];
};

export type VerifyRequest = {
  /** The address to verify */
  readonly email: string;
  /** Milliseconds until an answer must be there */
  readonly deadline_ms?: number | undefined;
  /** Seconds that a remembered verdict may be old; 0 asks anew */
  readonly max_age?: number | undefined;
  /** False to stop before the mail server is asked */
  readonly smtp?: boolean | undefined;
  /** Whether the answer has a result token; default: with a publishable key */
  readonly token?: boolean | undefined;
};

export type BatchRequest = {
  /** Milliseconds until every verdict must be there; one that is not is `pending` */
  readonly deadline_ms?: number | undefined;
  /** Seconds that a remembered verdict may be old; 0 asks anew */
  readonly max_age?: number | undefined;
  /** False to stop before the mail server is asked */
  readonly smtp?: boolean | undefined;
  /** Whether the answer has a result token; default: with a publishable key */
  readonly token?: boolean | undefined;
  /** The addresses to verify; equal ones are verified once */
  readonly emails: readonly string[];
};

export type ListStatus = {
  readonly id: string;
  readonly name: string | null;
  readonly state: ListState;
  readonly waiting_for: 'mail_servers' | 'quota' | 'nodes' | null;
  /** Data rows that have been read */
  readonly rows: number;
  /** Addresses that are counted: of one owner, one */
  readonly distinct: number;
  /** Rows that repeat an earlier one */
  readonly duplicates: number;
  /** Of the distinct ones, those with a verdict */
  readonly done: number;
  /** Of those, the ones that no probe was spent on */
  readonly free: number;
  readonly by_verdict: Readonly<Record<Verdict, number>>;
  readonly by_reason: Readonly<Partial<Record<Reason, number>>>;
  readonly by_provider: readonly {
    readonly provider: string;
    readonly distinct: number;
    readonly done: number;
    readonly eta_seconds: number | null;
  }[];
  readonly expected_bounce_rate: {
    readonly before: number;
    readonly after: number;
    readonly low: number;
    readonly high: number;
    readonly is_under_2_percent: boolean;
    readonly method: string;
  } | null;
  readonly eta_seconds: number | null;
  readonly next_retry_at: string | null;
  readonly parts: readonly number[] | null;
  readonly failure: {
    readonly code: string;
    readonly detail: string;
  } | null;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly expires_at: string;
};

export type CreatedList = {
  readonly id: string;
  readonly url: string;
  readonly state: ListState;
  /** What the file was taken for; not of a list in parts */
  readonly detected?: {
    readonly format: 'csv' | 'tsv' | 'text' | 'json';
    readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | 'shift_jis' | 'gbk';
    readonly delimiter: string;
    readonly header: boolean;
    readonly column: {
      /** From 1 */
      readonly index: number;
      readonly name: string | null;
    };
    readonly preview: readonly (readonly string[])[];
  };
  /** Signs the webhooks of a list that was made without a key; a key has a secret of its own */
  readonly webhook_secret?: string | undefined;
};

export type ListPage = {
  readonly lists: readonly ListStatus[];
  /** Of the next page, or null */
  readonly cursor: string | null;
};

export type QuotaReport = {
  /** Kind of the key that was sent; `anonymous` without one */
  readonly caller: 'anonymous' | 'secret' | 'test' | 'operator';
  /** Probes a day (UTC); null without a bound */
  readonly daily_quota: number | null;
  /** Probes left of today; null without a bound */
  readonly remaining: number | null;
  /** Seconds until all of it is there again; null without a bound */
  readonly reset_seconds: number | null;
};

export type ProblemDocument = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly {
    readonly field: string;
    readonly rule: string;
    readonly detail: string;
  }[];
};
