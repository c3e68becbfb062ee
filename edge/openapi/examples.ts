/**
 * Example bodies of the OpenAPI document: what the sandbox of `npm start` says (docs/SANDBOX.md), so that a reader can ask the
 * same; made when the document is asked for. test/edge/openapi/document.test.ts holds them to the schemas, and test/flow/document-examples.test.ts to the sandbox.
 */
import type { Answer } from '../../shared/answer.ts';
import { once } from '../../shared/once.ts';
import { type Reason, reasonRow } from '../../shared/verdict.ts';

const CHECKED_AT = '2026-01-01T00:00:00.000Z';
const SMTP_ACCEPTED = { code: 250, enhanced: '2.1.5', text: 'Ok', rule: 'accepted' } as const;

type Told = Pick<NonNullable<Answer['smtp']>, 'code' | 'enhanced' | 'text' | 'rule'>;
type Rest = { readonly flags?: Partial<Answer['flags']>; readonly retry_after?: number };

/** The answer to a first ask. */
function verdict(email: string, reason: Reason, told: Told, { flags, retry_after }: Rest = {}): Answer {
  const host = `mx.${email.slice(email.indexOf('@') + 1)}`;
  const row = reasonRow(reason);
  const outcomes = [
    ['syntax', 'pass', 0.1],
    ['role', flags?.role === true ? 'found' : 'pass', 0],
    ['disposable', 'pass', 0],
    ['free', 'pass', 0],
    ['typo', 'pass', 0.2],
    ['provider_rules', 'pass', 0],
    ['memory', 'pass', 3],
    ['mx', 'pass', 8],
    ['probe', 'stop', 40],
  ] as const;
  return {
    email,
    address: email,
    canonical: email,
    verdict: row.verdict,
    reason,
    detail: row.detail,
    did_you_mean: null,
    flags: {
      disposable: false,
      role: false,
      free: false,
      alias: false,
      catch_all: null,
      mailbox_full: null,
      ...flags,
    },
    mx: { provider: null, hosts: [{ host, preference: 10 }], implicit: false, dnssec: false },
    smtp: { host, ip: '127.0.0.1', stage: 'rcpt', ...told, tls: false, node: 'fra1', region: 'eu-central' },
    second_opinion: null,
    retry_after: retry_after ?? null,
    checked_at: CHECKED_AT,
    cached: false,
    steps: outcomes.map(([step, outcome, ms]) => ({ step, outcome, ms })),
  };
}

const accepted = once(() =>
  verdict('ada@good.test', 'accepted', SMTP_ACCEPTED, { flags: { catch_all: false, mailbox_full: false } }),
);
const notFound = once(() =>
  verdict(
    'nobody@good.test',
    'mailbox_not_found',
    {
      code: 550,
      enhanced: '5.1.1',
      text: '<nobody@good.test>: Recipient address rejected: User unknown in virtual mailbox table',
      rule: 'mailbox-not-found',
    },
    { flags: { role: true } },
  ),
);

/** One of each verdict. */
export const verdictExamples = (): Readonly<Record<string, { readonly summary: string; readonly value: Answer }>> => ({
  deliverable: { summary: 'deliverable: ada@good.test', value: accepted() },
  invalid: { summary: 'invalid: nobody@good.test', value: notFound() },
  risky: {
    summary: 'risky: anyone@catchall.test',
    value: verdict('anyone@catchall.test', 'catch_all', SMTP_ACCEPTED, { flags: { catch_all: true } }),
  },
  unknown: {
    summary: 'unknown: ada@greylist.test',
    value: verdict(
      'ada@greylist.test',
      'greylisted',
      {
        code: 450,
        enhanced: '4.7.1',
        text: '<ada@greylist.test>: Greylisted, please try again in 1 second',
        rule: 'greylist-named',
      },
      { retry_after: 1 },
    ),
  },
});

export const batchLines = (): string =>
  [
    { ...accepted(), index: [0] },
    { ...notFound(), index: [1] },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');

export const streamEvents = (): string =>
  [
    ...accepted().steps.map((step) => `event: step\ndata: ${JSON.stringify(step)}\n\n`),
    `event: verdict\ndata: ${JSON.stringify(accepted())}\nid: end\n\n`,
  ].join('');

const KEY = {
  id: 'Zm9vYmFyYmF6cXV4MTIzNA',
  kind: 'secret',
  name: 'Shop',
  email: 'ada@good.test',
  origins: [],
  daily_quota: 5000,
  visitor_daily_quota: null,
  visitor_minute_quota: null,
  created_at: CHECKED_AT,
};
const MARKED = { domain: 'example.com', mark: 'allow', marked_at: CHECKED_AT };
const NODE = {
  id: 'fra1',
  url: 'https://fra1.nodes.example/',
  region: 'eu-central',
  network: 'AS64500',
  state: 'active',
  enrolled_at: CHECKED_AT,
  last_heartbeat_at: CHECKED_AT,
  second_looks: { asked: 0, disputed: 0 },
  protocol: 1,
  version: '0.1.0',
  rules_version: 'b42d97f5c9bf',
  running_jobs: 0,
  capacity: 4000,
  job_quantiles: { p50_ms: 90.5, p95_ms: 90.5 },
  sources: [{ ip: '192.0.2.25', helo: 'fra1.nodes.example', resting: [] }],
  standings: [
    { provider: 'mx.good.test', answers: 1, refusals: 0, is_resting: false, connect_ms: 0.8, answer_ms: 77.3 },
  ],
  phases: { dns: 0.2, connect: 0.8, greeting: 0.7, ehlo: 1.2, job: 83.9 },
  findings: [{ check: 'port_25', level: 'fine', detail: 'Port 25 can be reached.', fix: null }],
};
const PUBLIC_KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const { email: _, ...KEY_IN_BACKUP } = KEY;
const BACKUP = [
  {
    entry: 'node',
    id: NODE.id,
    url: NODE.url,
    region: NODE.region,
    network: NODE.network,
    key: PUBLIC_KEY,
    is_draining: false,
  },
  { entry: 'mark', ...MARKED },
  { entry: 'key', ...KEY_IN_BACKUP, sealed_email: null, sealed_webhook: null },
];
const KEY_ID = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';

const WEBHOOK_SECRET = `whsec_${'A'.repeat(43)}=`;
const LIST_ID = 'l_Zm9vYmFyYmF6cXV4MTIzNA';
/** Three rows of a file, of which two are one mailbox. */
const LIST = {
  id: LIST_ID,
  name: 'customers.csv',
  state: 'done',
  waiting_for: null,
  rows: 3,
  distinct: 2,
  duplicates: 1,
  done: 2,
  free: 0,
  by_verdict: { deliverable: 1, invalid: 1, risky: 0, unknown: 0 },
  by_reason: { accepted: 1, mailbox_not_found: 1 },
  by_provider: [{ provider: 'other', distinct: 2, done: 2, eta_seconds: 0 }],
  // Too few addresses for an estimate.
  expected_bounce_rate: null,
  eta_seconds: null,
  next_retry_at: null,
  parts: null,
  failure: null,
  created_at: CHECKED_AT,
  finished_at: CHECKED_AT,
  expires_at: '2026-01-31T00:00:00.000Z',
};

/** Lines of the results of a list. */
export const LIST_ROWS = `name,email,vrfy_verdict,vrfy_reason,vrfy_did_you_mean,vrfy_duplicate_of,vrfy_checked_at
Ada,ada@good.test,deliverable,accepted,,,${CHECKED_AT}
Nobody,nobody@good.test,invalid,mailbox_not_found,,,${CHECKED_AT}
Ada again,ada@good.test,deliverable,accepted,,1,${CHECKED_AT}
`;

/** The first of them as NDJSON. */
export const LIST_ROW = `${JSON.stringify({
  row: 1,
  email: 'ada@good.test',
  address: 'ada@good.test',
  verdict: 'deliverable',
  reason: 'accepted',
  did_you_mean: null,
  duplicate_of: null,
  checked_at: CHECKED_AT,
})}\n`;

/** Events of a list. */
export const LIST_EVENTS = `id: 1\nevent: progress\ndata: ${JSON.stringify({ ...LIST, state: 'running', done: 1, finished_at: null })}\n\nid: done\nevent: done\ndata: ${JSON.stringify(LIST)}\n\n`;

/** All nodes, which are one. */
export const NODE_EVENTS = `event: nodes\nid: 1\ndata: ${JSON.stringify({ nodes: [NODE], ids: [NODE.id] })}\n\n`;

/** By the name of their schema. The public key is that of RFC 8037, appendix A. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  VerifyRequest: { email: 'ada@good.test' },
  BatchRequest: { emails: ['ada@good.test', 'nobody@good.test'] },
  Quota: { caller: 'secret', daily_quota: 100, remaining: 98, reset_seconds: 3600 },
  WarmRequest: { domain: 'good.test' },
  FreeKeyRequest: { email: 'ada@good.test' },
  KeyRequest: { kind: 'secret', name: 'Shop', email: 'ada@good.test', daily_quota: 5000 },
  Key: KEY,
  KeyChange: { name: 'Shop', daily_quota: 10_000 },
  MadeKey: { ...KEY, key: 'vrfy_sk_000000000000000000000000tu0KfX', webhook_secret: WEBHOOK_SECRET },
  KeyPage: { keys: [{ ...KEY, used_today: 12 }], cursor: null },
  MadeWebhookSecret: { webhook_secret: WEBHOOK_SECRET },
  List: LIST,
  ListPage: { lists: [LIST], cursor: null },
  OpenListPage: {
    lists: [{ ...LIST, state: 'running', done: 1, finished_at: null, key: 'Zm9vYmFyYmF6cXV4MTIzNA' }],
    cursor: null,
  },
  MadeList: {
    id: LIST_ID,
    url: `/v1/lists/${LIST_ID}`,
    state: 'reading',
    detected: {
      format: 'csv',
      encoding: 'utf-8',
      delimiter: ',',
      header: true,
      column: { index: 2, name: 'email' },
      preview: [
        ['name', 'email'],
        ['Ada', 'ada@good.test'],
      ],
    },
  },
  BackupPage: { entries: BACKUP, cursor: null },
  RestoreRequest: { entries: BACKUP, dry_run: true },
  Restored: {
    entries: [
      { entry: 'node', id: NODE.id, outcome: 'kept', detail: null },
      { entry: 'mark', id: MARKED.domain, outcome: 'restored', detail: null },
      { entry: 'key', id: KEY.id, outcome: 'restored', detail: null },
    ],
  },
  MarkRequest: { mark: 'allow' },
  MarkedDomain: MARKED,
  MarkPage: { domains: [MARKED], cursor: null },
  Node: NODE,
  Nodes: { nodes: [NODE] },
  NodeHistory: {
    span: 'hour',
    step_s: 60,
    points: [
      {
        at: '2026-01-01T00:00:00.000Z',
        jobs: 40,
        accepted: 29,
        doubtful: 2,
        mailbox_refused: 6,
        deferred: 2,
        blocked: 1,
        no_reply: 1,
        held_back: 0,
      },
    ],
  },
  NodeChange: { state: 'draining' },
  JoinTokenRequest: { region: 'eu-central' },
  JoinToken: { token: `vrfy_join_${'A'.repeat(43)}`, region: 'eu-central', expires_at: '2026-01-01T01:00:00.000Z' },
  EnrolRequest: {
    token: `vrfy_join_${'A'.repeat(43)}`,
    id: 'fra1',
    region: null,
    url: NODE.url,
    key: PUBLIC_KEY,
  },
  Enrolled: { id: 'fra1', region: 'eu-central' },
  Heartbeat: {
    sent_at_ms: Date.parse(CHECKED_AT),
    protocol: NODE.protocol,
    version: NODE.version,
    rules_version: NODE.rules_version,
    is_draining: false,
    url: NODE.url,
    is_fit: true,
    running_jobs: NODE.running_jobs,
    capacity: NODE.capacity,
    sources: NODE.sources,
    standings: NODE.standings,
    phases: NODE.phases,
    job_quantiles: NODE.job_quantiles,
    findings: NODE.findings,
  },
  HeartbeatAnswer: { state: 'active', is_protocol_known: true, key_ids: [KEY_ID] },
  Keys: { keys: [{ ...PUBLIC_KEY, kid: KEY_ID, alg: 'EdDSA', use: 'sig' }] },
};
