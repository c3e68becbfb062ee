/**
 * The probe job that the edge sends to a node, and the evidence that the node returns.
 *
 * `POST /v1/probe` carries one ProbeJob, or a ProbeBundle of several, as JSON; the answer is NDJSON, one Evidence per
 * recipient in the order in which it becomes known. A node reports facts (the raw reply, its host and stage); the edge
 * judges, so an older node is right again the day the edge learns a better rule. Unknown fields are ignored on both
 * sides.
 */
import * as z from 'zod';
import { once } from './once.ts';
import { QUOTES, STAGES } from './replies/reply.ts';

/** Raised when an older peer could misread a message. */
export const PROTOCOL_VERSION = 1;

export const RECIPIENTS_MAX = 1000;
/** Jobs in one bundle. */
export const JOBS_MAX = 500;
export const MAIL_HOSTS_MAX = 20;
/**
 * Bytes of a job or bundle: 500 jobs with 20 mail hosts of 253 octets each are 3.1 MB, and 1000 recipients of 254
 * octets with their JSON overhead 0.3 MB.
 */
export const JOB_BYTES_MAX = 4 * 1024 * 1024;
/** Keep-alive: seconds without evidence after which a node writes a space; a header of its answer announces this. */
export const KEEP_ALIVE_SECONDS = 2;
export const KEEP_ALIVE_HEADER = 'vrfy-sign-seconds';
/**
 * Upper bounds for values of a node: the age in seconds of a reply to a random mailbox (a node forgets it after a
 * week), and the seconds after which asking again is worthwhile. The edge believes nothing beyond.
 */
export const STRANGER_AGE_S_MAX = 7 * 86_400;
export const RETRY_AFTER_S_MAX = 86_400;
export const DEADLINE_MS_MIN = 100;
export const DEADLINE_MS_MAX = 60_000;

/**
 * A mail host's name: two labels or more, in lower case. Wider than a mail domain, since host names in the DNS hold
 * underscores and odd hyphens (RFC 2181 §11); an IP address is none.
 */
export const HOST_NAME = /^(?=.{1,253}$)(?!-)(?:[a-z0-9_-]{1,63}\.)+(?![0-9]+$)[a-z0-9_-]{1,63}$/;

// Made on first use, and parts shared: each schema costs a Worker microseconds at start-up.
const hostName = z.string().regex(HOST_NAME);
const version = z.literal(PROTOCOL_VERSION);
const count = z.int().min(0);
/** A name that the node chose, or a fixed word. */
const word = z.string().max(64);
const wordOrNull = word.nullable();

/**
 * Who waits for a job: a form, or nobody in particular. A node serves `interactive` jobs first. A job that says nothing is
 * interactive, so an older edge loses nothing; an older node ignores the field.
 */
export const PRIORITIES = ['interactive', 'bulk'] as const;
export type Priority = (typeof PRIORITIES)[number];

const mailHostSchema = once(() =>
  z.object({
    host: hostName,
    /** RFC 5321 §5.1: the lowest is asked first. */
    preference: count.max(65_535),
  }),
);

const recipientSchema = once(() =>
  z.object({
    /** Chosen by the edge, unique within the job; the evidence repeats it. */
    id: count.max(1_000_000),
    /** Normalised address (see address.ts). The node parses it again before it builds a command. */
    address: z.string().min(3).max(1024),
  }),
);

export const probeJobSchema = once(() =>
  z.object({
    version,
    domain: hostName,
    /** Provider id of providers.ts by the edge's table, or null: the node paces by it. */
    provider: wordOrNull,
    mail_hosts: z.array(mailHostSchema()).min(1).max(MAIL_HOSTS_MAX),
    /** Empty: open a session with the domain and hold it for the next job. */
    recipients: z.array(recipientSchema()).max(RECIPIENTS_MAX),
    /** Whether to ask a random mailbox too; `skip` if the edge knows the answer for the domain. */
    catch_all: z.enum(['ask', 'skip']),
    /**
     * Mail hosts whose answer to a random mailbox of this domain the edge knows; the node asks none there even with
     * `ask`. The acceptance of a host that is not named says nothing until it has been asked.
     */
    known_hosts: z.array(hostName).max(MAIL_HOSTS_MAX).optional(),
    /** Milliseconds left of the caller's deadline when the job is sent. */
    deadline_ms: z.int().min(1).max(DEADLINE_MS_MAX),
    priority: z.enum(PRIORITIES).optional(),
  }),
);

/**
 * Several jobs in one request, for domains of a batch: `POST /v1/probe` takes a job or a bundle. Ids are unique in the
 * whole bundle, so evidence needs no other key; each job keeps a deadline of its own.
 */
export const probeBundleSchema = once(() =>
  z.object({ version, jobs: z.array(probeJobSchema()).min(1).max(JOBS_MAX) }).refine(({ jobs }) => {
    const ids = jobs.flatMap(({ recipients }) => recipients.map(({ id }) => id));
    return ids.length <= RECIPIENTS_MAX && new Set(ids).size === ids.length;
  }, `must have at most ${RECIPIENTS_MAX} recipients in all, each with an id of its own`),
);

export type MailHost = z.infer<ReturnType<typeof mailHostSchema>>;
export type Recipient = z.infer<ReturnType<typeof recipientSchema>>;
export type ProbeJob = z.infer<ReturnType<typeof probeJobSchema>>;
export type ProbeBundle = z.infer<ReturnType<typeof probeBundleSchema>>;

const replySchema = once(() =>
  z.object({
    code: z.int().min(200).max(599),
    enhanced: z.string().max(16).nullable(),
    text: z.string().max(4096),
    /** Which of sender, recipient, IP address and EHLO name the text names; absent from nodes of older versions. */
    quotes: z.array(z.enum(QUOTES)).max(QUOTES.length).readonly().optional(),
  }),
);

/**
 * How the conversation with one mail host ended.
 *
 * - `reply`: the server's reply at `stage` settles the matter, for good or ill
 * - `timeout`, `unreachable`, `dropped`, `protocol_error`: as the words say; `stage` is the stage reached
 * - `dns_failure`: the host could not be looked up; `no_address`: it has no address
 * - `forbidden_address`: all its addresses are private or otherwise not public, so no connection was made
 * - `no_smtputf8`: the address needs SMTPUTF8 and the server does not offer it
 * - `bad_address`: the node's own parser refuses the address
 * - `paced`: our own pacing would make it wait past the deadline
 * - `resting`: the provider has refused this node before, and the node leaves it alone for a while
 */
export const OUTCOMES = [
  'reply',
  'timeout',
  'unreachable',
  'dropped',
  'protocol_error',
  'dns_failure',
  'no_address',
  'forbidden_address',
  'no_smtputf8',
  'bad_address',
  'paced',
  'resting',
] as const;

const attemptSchema = once(() =>
  z.object({
    host: z.string().max(253).nullable(),
    ip: wordOrNull,
    stage: z.enum(STAGES),
    outcome: z.enum(OUTCOMES),
    reply: replySchema().nullable(),
    /** A fixed word for the fault, such as `ECONNREFUSED` or `line_too_long`; never text of the peer. */
    fault: wordOrNull,
  }),
);

export const evidenceSchema = once(() =>
  attemptSchema().extend({
    id: count,
    /**
     * Reply of this same `host` to RCPT for a random mailbox of the domain, given now or to an earlier job; null if none
     * is known. A reply of another host of the domain never stands here. `age_s`: seconds since it was given.
     */
    stranger: z.object({ reply: replySchema(), age_s: count }).nullable(),
    tls: z.boolean(),
    /** Rule of the node's own classifier; for comparison only, the edge classifies again. */
    rule: z.string().max(128).nullable(),
    /** Seconds after which asking again is worthwhile, if pacing or resting decided. */
    retry_after_s: count.nullable(),
    node: word,
    region: word,
    /** Hosts asked before the one that settled it, oldest first. */
    attempts: z.array(attemptSchema()).max(MAIL_HOSTS_MAX),
    /** Milliseconds from the job's start to this evidence. */
    ms: z.number().min(0),
  }),
);

export type Attempt = z.infer<ReturnType<typeof attemptSchema>>;
export type Evidence = z.infer<ReturnType<typeof evidenceSchema>>;
export type Outcome = (typeof OUTCOMES)[number];
