/**
 * Messages by which a node joins an edge and reports to it: enrolment, challenge and heartbeat.
 *
 *   node → edge   POST /v1/nodes/enrol       join token, public key, the URL it claims
 *   edge → node   GET  /v1/identity?nonce=   over that URL; the node signs the nonce, which proves that the URL is its own
 *   node → edge   POST /v1/nodes/heartbeat   every HEARTBEAT_SECONDS, signed with the node's key
 *
 * A node gets no job before all three have happened. Schemas only; the edge decides which nodes may join and which
 * state each is in (edge/nodes/registry/registry.ts). JSON is snake_case; unknown fields are ignored on both sides.
 */
import * as z from 'zod';
import { once } from './once.ts';

/** Seconds between two heartbeats, and seconds without one after which a node counts as lost. */
export const HEARTBEAT_SECONDS = 10;
export const LOST_AFTER_SECONDS = 35;
/**
 * Seconds after which no isolate of a busy edge works from an older snapshot: for this long a leaving node goes on
 * taking jobs once the edge knows.
 */
export const SNAPSHOT_SECONDS_MAX = 12;
/** Octets of an enrolment or a heartbeat. */
export const ENROLMENT_OCTETS_MAX = 64 * 1024;

/** Providers and sources in one heartbeat, at most; the busiest come first. */
export const PROVIDER_STATS_MAX = 100;
export const SOURCES_MAX = 64;
export const FINDINGS_MAX = 40;
/** Whole minutes in one heartbeat, at most. */
export const MINUTES_MAX = 5;

/** Name of a node or of a region. */
export const NODE_NAME = /^[a-z0-9-]{1,64}$/;

/**
 * - `joining`: enrolled, no heartbeat yet
 * - `active`: takes jobs
 * - `draining`: told to stop, by its operator or by a signal; takes no new jobs
 * - `resting`: its doctor forbids it to serve, or it speaks a protocol that the edge does not know
 * - `lost`: no heartbeat for LOST_AFTER_SECONDS; comes back by itself with the next
 */
export const NODE_STATES = ['joining', 'active', 'draining', 'resting', 'lost'] as const;
export type NodeState = (typeof NODE_STATES)[number];

// Made on first use, and parts shared: each schema costs a Worker microseconds at start-up.
const nodeName = z.string().regex(NODE_NAME);
const nodeState = z.enum(NODE_STATES);
const nodeUrl = z.string().min(1).max(2048);
const programVersion = z.string().max(64);
const count = z.int().min(0);
/** Moving averages; null if nothing was measured. */
const milliseconds = z.number().min(0).nullable();

/** The public half of a node's Ed25519 key (RFC 8037 §2). */
export const publicKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

/** A one-time token to join with, as `POST /v1/nodes/tokens` makes it. */
export const JOIN_TOKEN = /^vrfy_join_[A-Za-z0-9_-]{43}$/;

export const enrolRequestSchema = once(() =>
  z.object({
    token: z.string().min(1).max(128),
    /** Chosen by the node, unique at the edge. */
    id: nodeName,
    /** Null: that of the token. */
    region: nodeName.nullable(),
    /** How the edge reaches the node; proved by the challenge. */
    url: nodeUrl,
    key: publicKeySchema,
  }),
);

export const enrolAnswerSchema = z.object({ id: nodeName, region: nodeName });

/** The answer to a challenge: a JWT signed by the node (identity.ts). */
export const identityAnswerSchema = z.object({ statement: z.string().max(4096) });

/** The edge's answer to a heartbeat. */
export const heartbeatAnswerSchema = z.object({
  state: nodeState,
  /** False if the edge does not speak the node's protocol: the node must be updated. */
  is_protocol_known: z.boolean(),
  /** `kid` of every key that may sign jobs now. */
  key_ids: z.array(z.string().max(128)).max(16),
});

/** How a provider treated this node in the last ten minutes, and how fast it answers. */
const providerStatsSchema = once(() =>
  z.object({
    /** Provider id of providers.ts, or the first mail host of a domain with an unknown provider. */
    provider: z.string().min(1).max(253),
    /** Replies about a mailbox, and refusals of this node because of its address or name or their reputation. */
    answers: count,
    refusals: count,
    /** True if every source of the node rests for this provider. */
    is_resting: z.boolean(),
    /** Milliseconds of a TCP handshake with its mail hosts: moving average; null if there was none lately. */
    connect_ms: milliseconds,
    /** Milliseconds from the start of a job to its first evidence, cold and warm together: moving average. */
    answer_ms: milliseconds,
  }),
);

/** How a provider treated one source address in the last five to ten minutes. */
const treatmentSchema = once(() =>
  z.object({
    /** As in providerStatsSchema. */
    provider: z.string().min(1).max(253),
    /** Replies about a mailbox. */
    answers: count,
    /** Permanent refusals of this node: its address, name, sender or manners. */
    refusals: count,
    /** Replies that put the node off: rate limits, greylisting, temporary faults. */
    deferrals: count,
    /** Class of the last of these replies (shared/replies/classes.ts); a newer node may know others. */
    last: z.string().regex(/^[a-z0-9_]{1,64}$/),
  }),
);

/**
 * How the questions about recipients ended that ended in one minute, and the jobs that ended in it. A node reports only
 * minutes that are over, each several times: a heartbeat may be lost.
 */
export const minuteSchema = once(() =>
  z.object({
    /** Minutes since 1970 by the node's wall clock. */
    minute: count,
    jobs: count,
    /** The server took the recipient, and is not known to take every name. */
    accepted: count,
    /** It took the recipient as it takes every name, or the mailbox is full. */
    doubtful: count,
    /** The reply was about the mailbox, and it was no. */
    mailbox_refused: count,
    /** Try later: greylisting, rate limits, temporary faults. */
    deferred: count,
    /** The server refused this node, which says nothing about the mailbox. */
    blocked: count,
    /** No server, or no usable reply. */
    no_reply: count,
    /** Our own pacing or a resting source held the question back. */
    held_back: count,
  }),
);

/** An address that SMTP connections come from, and the providers that it rests for. */
export const sourceSchema = once(() =>
  z.object({
    ip: z.string().max(64).nullable(),
    helo: z.string().max(253),
    resting: z.array(z.object({ provider: z.string().max(253), left_s: count })).max(PROVIDER_STATS_MAX),
    /** The busiest providers first; absent from nodes of older versions. */
    treatment: z.array(treatmentSchema()).max(PROVIDER_STATS_MAX).optional(),
  }),
);

/** A finding of the doctor (probe-node/doctor): the check, its result, and the remedy. */
export const doctorFindingSchema = once(() =>
  z.object({
    check: z.string().regex(/^[a-z0-9_]{1,64}$/),
    level: z.enum(['fine', 'warning', 'fault', 'skipped']),
    /** One sentence with the facts. */
    detail: z.string().max(500),
    /** The exact remedy, such as a DNS record to add; null if there is nothing to do. */
    fix: z.string().max(500).nullable(),
  }),
);

export const heartbeatSchema = once(() =>
  z.object({
    /**
     * Wall clock of the node, milliseconds since 1970; must grow from one heartbeat to the next, so that none counts
     * twice.
     */
    sent_at_ms: count,
    /** PROTOCOL_VERSION of job.ts. */
    protocol: count,
    /** Version of the node's program, and of its reply rules. */
    version: programVersion,
    rules_version: programVersion,
    is_draining: z.boolean(),
    /** How the edge reaches the node; a URL that differs from the last is proved by a challenge before it counts. */
    url: nodeUrl.optional(),
    /** False if the doctor forbids serving: port 25 is closed. */
    is_fit: z.boolean(),
    running_jobs: count,
    /** Jobs at the same time. */
    capacity: z.int().min(1),
    sources: z.array(sourceSchema()).max(SOURCES_MAX),
    standings: z.array(providerStatsSchema()).max(PROVIDER_STATS_MAX),
    /** Milliseconds of each phase of a probe, moving averages; null if there was none lately. */
    phases: z.object({
      dns: milliseconds,
      connect: milliseconds,
      greeting: milliseconds,
      ehlo: milliseconds,
      job: milliseconds,
    }),
    /** Milliseconds of whole jobs in the last minutes, right to a fifth; absent from nodes of older versions. */
    job_quantiles: z.object({ p50_ms: milliseconds, p95_ms: milliseconds }).optional(),
    findings: z.array(doctorFindingSchema()).max(FINDINGS_MAX),
    /** The last whole minutes in which anything ended; absent from nodes of older versions. */
    minutes: z.array(minuteSchema()).max(MINUTES_MAX).optional(),
  }),
);

/** A node as the operator sees it: the last heartbeat, and the state that the edge derives from it. */
export const nodeReportSchema = once(() =>
  heartbeatSchema()
    .pick({
      protocol: true,
      version: true,
      rules_version: true,
      running_jobs: true,
      capacity: true,
      job_quantiles: true,
    })
    .partial()
    .extend({
      id: z.string(),
      url: z.string(),
      region: z.string(),
      network: z.string(),
      state: nodeState,
      enrolled_at: z.iso.datetime(),
      /**
       * Refusals of a mailbox that were checked with a second node, and how often that node found the mailbox alive;
       * absent from edges of older versions.
       */
      second_looks: z.object({ asked: count, disputed: count }).optional(),
      last_heartbeat_at: z.iso.datetime().nullable(),
      sources: heartbeatSchema().shape.sources,
      standings: heartbeatSchema().shape.standings,
      phases: heartbeatSchema().shape.phases.nullable(),
      findings: heartbeatSchema().shape.findings,
    }),
);

/** `hour` in steps of a minute, `day` in steps of a quarter of an hour. */
export const HISTORY_SPANS = ['hour', 'day'] as const;

/** The work of all nodes, removed ones too, oldest first. Each point has a count for its whole step, and 0 where nothing is known. */
export const nodeHistorySchema = once(() =>
  z.object({
    span: z.enum(HISTORY_SPANS),
    step_s: count,
    points: z.array(minuteSchema().omit({ minute: true }).extend({ at: z.iso.datetime() })),
  }),
);

/** A node is named by its `id` in `nodes` if its report is new; `ids` are those of all nodes. */
export const nodeEventSchema = once(() =>
  z.object({ nodes: z.array(nodeReportSchema()), ids: z.array(z.string()).optional() }),
);

export type HistorySpan = (typeof HISTORY_SPANS)[number];
export type NodeHistory = z.infer<ReturnType<typeof nodeHistorySchema>>;
export type NodeEvent = z.infer<ReturnType<typeof nodeEventSchema>>;
export type EnrolRequest = z.infer<ReturnType<typeof enrolRequestSchema>>;
/** The edge that a node has joined. */
export type Membership = z.infer<typeof enrolAnswerSchema>;
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswerSchema>;
export type NodeReport = z.infer<ReturnType<typeof nodeReportSchema>>;
export type PublicKey = z.infer<typeof publicKeySchema>;
export type ProviderStats = z.infer<ReturnType<typeof providerStatsSchema>>;
export type Treatment = z.infer<ReturnType<typeof treatmentSchema>>;
export type MinuteCounts = z.infer<ReturnType<typeof minuteSchema>>;
export type SourceReport = z.infer<ReturnType<typeof sourceSchema>>;
export type DoctorFinding = z.infer<ReturnType<typeof doctorFindingSchema>>;
export type Heartbeat = z.infer<ReturnType<typeof heartbeatSchema>>;
