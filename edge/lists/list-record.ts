/**
 * What is known of a list as a whole: the record that its object keeps, and the store that keeps it with the rows. What
 * could name a person (the list's name, the URL of its webhook) is sealed in it under the list's key.
 */
import * as z from 'zod';
import { once } from '../../shared/once.ts';
import { REASON_NAMES, type Reason } from '../../shared/verdict.ts';
import { LIST_FORMATS } from './file/detect.ts';
import { ENCODINGS } from './file/encoding.ts';

export const LIST_STATES = [
  'receiving',
  'reading',
  'ready',
  'running',
  'waiting',
  'done',
  'cancelled',
  'failed',
] as const;
export type ListState = (typeof LIST_STATES)[number];

export const DEDUPE_MODES = ['canonical', 'exact', 'off'] as const;
export const ON_QUOTA = ['finish', 'wait'] as const;

/** Who made a list and pays for its probes. */
const payerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('operator') }),
  z.object({ kind: z.literal('local') }),
  z.object({ kind: z.literal('key'), id: z.string(), dailyQuota: z.number().nullable() }),
  z.object({ kind: z.literal('test') }),
]);
export type ListPayer = z.infer<typeof payerSchema>;

/** The work that is under way. A list goes through them in this order. */
const PHASES = ['receive', 'read', 'survey', 'recall', 'hold', 'check', 'merge', 'over'] as const;

const layoutSchema = z.object({
  encoding: z.enum(ENCODINGS),
  delimiter: z.enum([',', ';', '\t', '|']),
  hasHeader: z.boolean(),
  column: z.int(),
  preambleOctets: z.int(),
  width: z.int(),
});

export const listRecordSchema = once(() =>
  z.object({
    id: z.string(),
    owner: z.string(),
    payer: payerSchema,
    phase: z.enum(PHASES),
    /** Set if the list ended before its time. */
    ending: z.enum(['done', 'cancelled', 'failed']).nullable(),
    failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
    /** Name and webhook, sealed. */
    sealed: z.string(),
    dedupe: z.enum(DEDUPE_MODES),
    start: z.enum(['auto', 'manual']),
    onQuota: z.enum(ON_QUOTA),
    createdAtMs: z.number(),
    startedAtMs: z.number().nullable(),
    finishedAtMs: z.number().nullable(),
    expiresAtMs: z.number(),
    /** Hash of body and settings, for a repeat with the same idempotency key. */
    bodyHash: z.string(),
    /** Object that holds the file, and its octets. */
    source: z.string(),
    octets: z.number(),
    /** What the caller said of the file. */
    detect: z.object({
      format: z.enum(LIST_FORMATS),
      header: z.enum(['auto', 'yes', 'no']),
      column: z.string().nullable(),
    }),
    layout: layoutSchema.nullable(),
    /** How far the file has been read, in octets and in rows. */
    readOctets: z.number(),
    rows: z.number(),
    /** Cells of the widest row, as far as it is not far wider than the header. */
    widest: z.number(),
    /** Where the work of the phase goes on: a key, or the number of a slice. */
    cursor: z.string(),
    /** Octets of each object of the merged result. */
    merged: z.array(z.number()),
    /** Nothing is asked before then, and why. */
    pause: z.object({ untilMs: z.number(), waitingFor: z.enum(['quota', 'nodes']) }).nullable(),
    /** The event that has still to be told. */
    webhook: z.object({ event: z.string(), failed: z.int(), dueAtMs: z.number(), firstAtMs: z.number() }).nullable(),
  }),
);
export type ListRecord = z.infer<ReturnType<typeof listRecordSchema>>;

/** A row of the rows' table: an address as on the wire. */
export type StoredRow = {
  readonly key: string;
  readonly sealed: string;
  /** First data row that has it, from 1; null for a canonical form that is no row itself. */
  readonly row: number | null;
  /** On the row of a canonical form: first data row of any address with it. */
  readonly canon: number | null;
  /** False for another spelling of an address that is counted. */
  readonly isCounted: boolean;
  readonly reason: Reason | null;
};

/** A piece of the file that holds whole records. */
export type Slice = {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /** Data rows before it, and in it. */
  readonly rowsBefore: number;
  readonly rows: number;
};

export type OpenRow = { readonly key: string; readonly sealed: string };

export type OpenDomain = {
  readonly domain: string;
  readonly sealed: string;
  readonly provider: string;
  readonly open: number;
};

/** A row that is asked about again when it is due. */
export type WaitingRow = {
  readonly key: string;
  readonly dueAtMs: number;
  /** When it was first put off. */
  readonly sinceMs: number;
  readonly attempts: number;
  /** Node that was asked: greylisting wants the same client again. */
  readonly node: string | null;
  readonly reason: Reason;
};

export type Settled = {
  readonly key: string;
  readonly reason: Reason;
  readonly atMs: number;
  /** True if no probe of this list was spent on it. */
  readonly isFree: boolean;
};

export type TallyRow = {
  readonly provider: string;
  /** Null: not yet known. */
  readonly reason: Reason | null;
  readonly isCounted: boolean;
  readonly count: number;
  readonly free: number;
};

type KnownVerdict = { readonly reason: Reason | null; readonly atMs: number };

/** Of one key: its verdict, its first row, and the first row of its canonical form. */
export type RowFact = KnownVerdict & { readonly row: number | null; readonly canon: number | null };

export type ListStore = {
  readonly record: () => ListRecord | null;
  readonly putRecord: (record: ListRecord) => void;
  /** All or nothing. */
  readonly transaction: <T>(act: () => T) => T;
  readonly sliceCount: () => number;
  readonly sliceAt: (number: number) => Slice | null;
  readonly addSlice: (slice: Slice) => void;
  readonly factsOf: (keys: readonly string[]) => ReadonlyMap<string, RowFact>;
  /** `atMs`: when those were settled that have a reason. */
  readonly putRows: (rows: readonly StoredRow[], atMs: number) => void;
  readonly addDomains: (domains: readonly { readonly domain: string; readonly sealed: string }[]) => void;
  /** Domains after a key that have not been surveyed, with one of their open rows. */
  readonly unsurveyed: (
    after: string,
    limit: number,
  ) => readonly { readonly domain: string; readonly sealed: string; readonly row: OpenRow | null }[];
  readonly setProviders: (found: readonly { readonly domain: string; readonly provider: string }[]) => void;
  /** Gives every open row of the domains a verdict. */
  readonly settleDomains: (
    found: readonly { readonly domain: string; readonly reason: Reason; readonly atMs: number }[],
  ) => void;
  readonly openRows: (after: string, limit: number) => readonly OpenRow[];
  readonly openRowsOf: (domain: string, after: string, limit: number) => readonly OpenRow[];
  /** Domains after a key with rows that are open and do not wait. */
  readonly openDomains: (after: string, limit: number) => readonly OpenDomain[];
  readonly domainsOf: (
    keys: readonly string[],
  ) => ReadonlyMap<string, { readonly sealed: string; readonly provider: string }>;
  readonly sealedOf: (keys: readonly string[]) => ReadonlyMap<string, string>;
  readonly settle: (settled: readonly Settled[]) => void;
  /** Gives every open row the verdict. */
  readonly settleAll: (reason: Reason, atMs: number) => void;
  readonly wait: (rows: readonly WaitingRow[]) => void;
  readonly due: (nowMs: number, limit: number) => readonly WaitingRow[];
  readonly nextDueMs: () => number | null;
  readonly waitingCount: () => number;
  readonly tally: () => readonly TallyRow[];
  readonly clear: () => Promise<void>;
};

const REASONS_KNOWN: ReadonlySet<string> = new Set(REASON_NAMES);

/** The reason of a stored text; null for one that this version does not know. */
export function reasonOf(text: unknown): Reason | null {
  return typeof text === 'string' && REASONS_KNOWN.has(text) ? (text as Reason) : null;
}
