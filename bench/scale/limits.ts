/** Public limits and prices of the platform and of resolvers, with their pages; read in November 2026. */

export type Limit = { readonly perSecond: number; readonly source: string };

const DOCS = 'https://developers.cloudflare.com';

export const LIMITS = {
  /** A soft one: simple work; an object is a single thread. */
  objectRequests: { perSecond: 1_000, source: `${DOCS}/durable-objects/reference/faq/` },
  queueMessages: { perSecond: 5_000, source: `${DOCS}/queues/platform/limits/` },
  writesOfOneKey: { perSecond: 1, source: `${DOCS}/kv/platform/limits/` },
  /** From one address of a client. */
  resolverQueries: { perSecond: 1_500, source: 'https://developers.google.com/speed/public-dns/docs/isp' },
} as const satisfies Record<string, Limit>;

/** Cities with a data centre of the platform: https://www.cloudflare.com/network/ */
export const DATA_CENTRES = 330;

export type Price = { readonly dollarsPerMillion: number; readonly source: string };

/** Without the amounts that the paid plan includes. */
export const PRICES = {
  kvWrite: { dollarsPerMillion: 5, source: `${DOCS}/kv/platform/pricing/` },
  kvRead: { dollarsPerMillion: 0.5, source: `${DOCS}/kv/platform/pricing/` },
  rowWritten: { dollarsPerMillion: 1, source: `${DOCS}/durable-objects/platform/pricing/` },
  objectRequest: { dollarsPerMillion: 0.15, source: `${DOCS}/durable-objects/platform/pricing/` },
  /** While an object runs, with the 128 MB that it is billed for. */
  gigabyteSecond: { dollarsPerMillion: 12.5, source: `${DOCS}/durable-objects/platform/pricing/` },
  invocation: { dollarsPerMillion: 0.3, source: `${DOCS}/workers/platform/pricing/` },
  cpuMillisecond: { dollarsPerMillion: 0.02, source: `${DOCS}/workers/platform/pricing/` },
  /** A message is written, read and deleted. */
  queueOperation: { dollarsPerMillion: 0.4, source: `${DOCS}/queues/platform/pricing/` },
} as const satisfies Record<string, Price>;
