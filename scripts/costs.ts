/**
 * The bill of Cloudflare for 1,000, 100,000 and 10,000,000 checks a month: the operations of a check, times public prices.
 * docs/OPERATORS.md has the table.
 *
 * An upper bound: every check is new, is asked by a mail server, and is charged to a key with a quota. A remembered check costs
 * its request and one read. test/scripts/costs.test.ts counts the operations of a real check and holds them to this list.
 */

/** Day on which the prices were read, and the pages that have them. */
export const PRICES_READ_ON = '2026-11-29';
export const PRICE_PAGES = [
  'https://developers.cloudflare.com/workers/platform/pricing/',
  'https://developers.cloudflare.com/kv/platform/pricing/',
  'https://developers.cloudflare.com/durable-objects/platform/pricing/',
  'https://developers.cloudflare.com/queues/platform/pricing/',
  'https://developers.cloudflare.com/observability/pricing/',
] as const;

/** US dollars a month for the Workers Paid plan, which Durable Objects, queues and the included amounts below come with. */
export const PLAN_USD = 5;

export type Meter = {
  readonly name: string;
  /** Units that a check uses. */
  readonly perCheck: number;
  /** Units that a month of a service uses that nobody calls. */
  readonly perMonth: number;
  /** Units that the plan includes, a month. */
  readonly included: number;
  /** US dollars for a million units more. */
  readonly usdPerMillion: number;
};

/** Probes that a mail server answers with "later", and that are asked again: the share assumed here. */
export const RECHECK_SHARE = 0.1;
/** Nodes assumed, of which each reports every ten seconds. */
export const NODES = 2;

const MONTH_SECONDS = 30 * 86_400;
const HEARTBEATS = (NODES * MONTH_SECONDS) / 10;
/** Gigabytes that an object is billed for, whatever it uses. */
const OBJECT_GB = 0.128;
/** Seconds for which a call keeps the counter of a key at work. */
const COUNTER_SECONDS = 0.02;
/** Milliseconds of processor that a check with a probe takes, with what goes on behind its answer. A measured one takes less. */
const CPU_MS = 10;
/** Gigabytes of a line of the log, with what the platform adds. */
const LOG_GB = 2e-6;

/** What one check does, at most: each is an operation that is billed. */
export const OPERATIONS = {
  /** The verdict; the domain's hosts. The key of the caller is read once a minute by each isolate, and is counted here in full. */
  kvReads: 3,
  /** The verdict, and the hosts of its domain. */
  kvWrites: 2,
  /** A unit of the quota, taken and given back; the list of nodes, which an isolate asks for every two seconds at most. */
  objectCalls: 3,
  /** Each call of a counter writes one row. */
  rowsWritten: 2,
} as const;

export const METERS: readonly Meter[] = [
  {
    name: 'requests to the worker',
    perCheck: 1 + RECHECK_SHARE,
    perMonth: HEARTBEATS,
    included: 10_000_000,
    usdPerMillion: 0.3,
  },
  {
    name: 'milliseconds of processor',
    perCheck: (1 + RECHECK_SHARE) * CPU_MS,
    perMonth: HEARTBEATS,
    included: 30_000_000,
    usdPerMillion: 0.02,
  },
  {
    name: 'KV reads',
    perCheck: (1 + RECHECK_SHARE) * OPERATIONS.kvReads,
    perMonth: 0,
    included: 10_000_000,
    usdPerMillion: 0.5,
  },
  {
    name: 'KV writes',
    // A recheck has a mark of its own.
    perCheck: (1 + RECHECK_SHARE) * OPERATIONS.kvWrites + RECHECK_SHARE,
    // The list of nodes every 30 seconds at most.
    perMonth: MONTH_SECONDS / 30,
    included: 1_000_000,
    usdPerMillion: 5,
  },
  {
    name: 'calls of Durable Objects',
    perCheck: OPERATIONS.objectCalls,
    perMonth: HEARTBEATS,
    included: 1_000_000,
    usdPerMillion: 0.15,
  },
  {
    name: 'GB-seconds of Durable Objects',
    perCheck: OPERATIONS.objectCalls * COUNTER_SECONDS * OBJECT_GB,
    // The registry is always at work.
    perMonth: MONTH_SECONDS * OBJECT_GB,
    included: 400_000,
    usdPerMillion: 12.5,
  },
  {
    name: 'rows written',
    perCheck: OPERATIONS.rowsWritten,
    // Each heartbeat writes one, and once a minute a second.
    perMonth: HEARTBEATS + (NODES * MONTH_SECONDS) / 60,
    included: 50_000_000,
    usdPerMillion: 1,
  },
  {
    name: 'operations of the queue',
    // Written, read, deleted.
    perCheck: 3 * RECHECK_SHARE,
    perMonth: 0,
    included: 1_000_000,
    usdPerMillion: 0.4,
  },
  {
    name: 'GB of logs',
    perCheck: (1 + RECHECK_SHARE) * LOG_GB,
    perMonth: HEARTBEATS * LOG_GB,
    included: 50,
    usdPerMillion: 250_000,
  },
];

export const VOLUMES = [1_000, 100_000, 10_000_000] as const;

/** Units of a month. */
export function unitsOf({ perCheck, perMonth }: Meter, checks: number): number {
  return checks * perCheck + perMonth;
}

/** US dollars of a month for one meter; none within the included amount. */
export function costOf(meter: Meter, checks: number): number {
  return (Math.max(0, unitsOf(meter, checks) - meter.included) / 1_000_000) * meter.usdPerMillion;
}

/** US dollars of a month, with the plan. */
export function billOf(checks: number): number {
  return METERS.reduce((sum, meter) => sum + costOf(meter, checks), PLAN_USD);
}

const whole = (units: number): string => Math.round(units).toLocaleString('en-US');
const amount = (units: number): string => (units < 10 ? units.toFixed(2) : whole(units));
const dollars = (usd: number): string => `$${usd.toFixed(2)}`;

/** Rows of the table: units and dollars of each meter, and the sum. */
export function costRows(): { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const head = ['a month', 'included', ...VOLUMES.map((checks) => `${whole(checks)} checks`)];
  const rows = METERS.map((meter) => [
    meter.name,
    whole(meter.included),
    ...VOLUMES.map((checks) => `${amount(unitsOf(meter, checks))}: ${dollars(costOf(meter, checks))}`),
  ]);
  const plan = ['Workers Paid plan', '', ...VOLUMES.map(() => dollars(PLAN_USD))];
  return {
    head,
    rows: [plan, ...rows, ['**together**', '', ...VOLUMES.map((checks) => `**${dollars(billOf(checks))}**`)]],
  };
}
