/**
 * Who runs the mail servers: providers known by their MX host names, how they answer RCPT, and how gently to ask them.
 *
 * Used by the edge (skip a probe that can tell nothing, know a free-mail domain) and by the node (pace, recipients a
 * transaction, provider rows of the reply rules). It holds what is stated in public sources or follows from documented
 * replies, errs on the side of `varies` and `unknown`, and claims `accepts_all` only where all sources agree. It looks
 * nothing up on the network. What cannot be found is null. Pace figures are ours: far below what providers document.
 */
import { PROVIDER_ROWS } from './providers-table.ts';

/**
 * How a provider answers RCPT for its own domains. `individually`: it refuses unknown mailboxes there. `accepts_all`:
 * it takes every name and bounces later. `defers`: it greets strangers with a 4yz first. `varies`: by customer.
 */
export type RcptAnswer = 'individually' | 'accepts_all' | 'varies' | 'defers' | 'unknown';

/** Upper bounds for one node towards one provider. */
export type Pace = {
  readonly sessionsMax: number;
  readonly sessionsPerSecond: number;
  readonly recipientsPerSecond: number;
};

export type Provider = {
  /** Stable kebab-case id; reply rules and stored verdicts name it. */
  readonly id: string;
  readonly name: string;
  /** Host suffixes of its MX records, lower-case, matched on whole labels. */
  readonly mx: readonly string[];
  /** Its own domains where people get addresses; empty for a host of other people's domains. */
  readonly domains: readonly string[];
  readonly rcpt: RcptAnswer;
  /** How it answers for the domains of its customers; null where it hosts none. */
  readonly rcptHosted: RcptAnswer | null;
  /** Most recipients it takes in one transaction, or null where no limit is known that would touch a probe. */
  readonly recipientsPerTransaction: number | null;
  readonly pace: Pace;
  /** Where the row comes from. */
  readonly source: string;
};

/** Every provider, in the order of the table. */
export const PROVIDERS: readonly Provider[] = PROVIDER_ROWS;

const BY_ID: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.id, provider]));
const BY_MX_SUFFIX = mapOf((provider) => provider.mx);
const BY_DOMAIN = mapOf((provider) => provider.domains);

/** The provider that an MX host belongs to, by the longest suffix of whole labels; null where none is known. */
export function providerOfMx(host: string): Provider | null {
  let suffix = normalizeHost(host);
  for (;;) {
    const provider = BY_MX_SUFFIX.get(suffix);
    if (provider !== undefined) return provider;
    const dot = suffix.indexOf('.');
    if (dot < 0) return null;
    suffix = suffix.slice(dot + 1);
  }
}

/** The provider whose own address domain this is (`gmail.com`, not a customer's domain); null where none is. */
export function providerOfDomain(domain: string): Provider | null {
  return BY_DOMAIN.get(normalizeHost(domain)) ?? null;
}

/** The provider with this id, or null. */
export function providerById(id: string): Provider | null {
  return BY_ID.get(id) ?? null;
}

function mapOf(namesOf: (provider: Provider) => readonly string[]): ReadonlyMap<string, Provider> {
  return new Map(PROVIDERS.flatMap((provider) => namesOf(provider).map((name) => [name, provider] as const)));
}

function normalizeHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}
