/**
 * What limits the number of addresses a day: the load of each shared resource in the busiest hour, its limit, and the number
 * at which the two meet while the number of nodes stays. Pure: the figures follow the code and bench/simulation/world.ts.
 */
import { NEAR_SECONDS } from '../../edge/nodes/registry/near-roster.ts';
import { PUBLISH_MS } from '../../edge/nodes/registry/registry-service.ts';
import { HEARTBEAT_SECONDS } from '../../shared/enrolment.ts';
import { PROVIDERS } from '../../shared/providers.ts';
import { FIRMS_SHARE, greylistedShare, providerShares } from '../simulation/world.ts';
import { BATCH, FORM_COST, ROW_COST } from './costs.ts';
import { DATA_CENTRES, LIMITS } from './limits.ts';
import { DAY_SECONDS, type Load, peakPerSecond } from './load.ts';
import { LIST_ROWS_PER_SECOND, NODE_ADDRESSES_PER_SECOND } from './measured.ts';

export type Use = {
  readonly resource: string;
  /** What is counted, in a second. */
  readonly unit: string;
  /** In the busiest hour; `fixed` is the part that does not grow with the addresses. */
  readonly perSecond: number;
  readonly fixed: number;
  readonly limit: number;
  readonly source: string;
  /** Addresses a day at which the limit is reached with the same nodes; infinite if they make no difference. */
  readonly breaksAt: number;
};

/** Snapshots that all data centres together ask the registry for; each keeps one for its isolates. */
export const SNAPSHOTS_PER_SECOND = DATA_CENTRES / NEAR_SECONDS;
/** Providers with the least room that are shown. */
const PROVIDERS_SHOWN = 4;
/** Rows of the largest list, which its owner wants back within a day. */
const LIST_ROWS_MAX = 1_000_000;
/** Queries for a domain that no cache knows: its MX records, and the addresses of its hosts if they are looked up. */
const QUERIES_OF_A_DOMAIN = 2;

/** All resources, the one that breaks first at the head. */
export function usesOf(load: Load): readonly Use[] {
  const all = [
    ...pacesOf(load).slice(0, PROVIDERS_SHOWN),
    registryOf(load),
    largestKeyOf(load),
    queueOf(load),
    rosterCopyOf(load),
    resolverOf(load),
    nodeOf(load),
    listOf(load),
  ];
  return all.toSorted((a, b) => a.breaksAt - b.breaksAt);
}

type Part = Pick<Use, 'resource' | 'unit' | 'perSecond' | 'limit' | 'source'> & { readonly fixed?: number };

function use({ addressesADay }: Load, { fixed = 0, ...part }: Part): Use {
  const growing = part.perSecond - fixed;
  const breaksAt = growing > 0 ? (addressesADay * (part.limit - fixed)) / growing : Number.POSITIVE_INFINITY;
  return { ...part, fixed, breaksAt };
}

/** Our own pace at each provider, the tightest first. Nobody connects to a provider that accepts every name. */
function pacesOf(load: Load): readonly Use[] {
  const shares = providerShares();
  return PROVIDERS.filter(({ id, rcpt }) => shares.has(id) && rcpt !== 'accepts_all')
    .map(({ id, name, pace }) =>
      use(load, {
        resource: `pace at ${name}`,
        unit: 'recipients',
        perSecond: peakPerSecond(load) * (shares.get(id) ?? 0),
        limit: load.nodes * pace.recipientsPerSecond,
        source: `ours, ${pace.recipientsPerSecond} a node (shared/providers.ts)`,
      }),
    )
    .toSorted((a, b) => a.breaksAt - b.breaksAt);
}

/** A heartbeat of each node, and snapshots: with every data centre busy, whatever the number of addresses. */
function registryOf(load: Load): Use {
  const perSecond = load.nodes / HEARTBEAT_SECONDS + SNAPSHOTS_PER_SECOND;
  return use(load, {
    resource: 'registry object',
    unit: 'requests, every data centre busy',
    perSecond,
    fixed: perSecond,
    limit: LIMITS.objectRequests.perSecond,
    source: LIMITS.objectRequests.source,
  });
}

function largestKeyOf(load: Load): Use {
  const { formsShare } = load;
  return use(load, {
    resource: 'quota object, if one key has it all',
    unit: 'requests',
    perSecond: peakPerSecond(load) * (formsShare * FORM_COST.quotaCalls + (1 - formsShare) * ROW_COST.quotaCalls),
    limit: LIMITS.objectRequests.perSecond,
    source: LIMITS.objectRequests.source,
  });
}

/** Forms that meet a greylisting server; lists keep those that wait in their own object. */
function queueOf(load: Load): Use {
  return use(load, {
    resource: 'queue of rechecks',
    unit: 'messages',
    perSecond: peakPerSecond(load) * load.formsShare * greylistedShare(),
    limit: LIMITS.queueMessages.perSecond,
    source: LIMITS.queueMessages.source,
  });
}

/** Verdicts have a key each; the busiest key is the copy of the snapshot, however many addresses come. */
function rosterCopyOf(load: Load): Use {
  const perSecond = 1_000 / PUBLISH_MS;
  return use(load, {
    resource: 'KV, the busiest key (`n1:roster`)',
    unit: 'writes',
    perSecond,
    fixed: perSecond,
    limit: LIMITS.writesOfOneKey.perSecond,
    source: LIMITS.writesOfOneKey.source,
  });
}

/** Forms ask for one domain each, and a batch of a list for few; large providers are in every cache. */
function resolverOf(load: Load): Use {
  const domains = load.formsShare + (1 - load.formsShare) / BATCH;
  return use(load, {
    resource: 'a public resolver, if all queries came from one address',
    unit: 'queries',
    perSecond: peakPerSecond(load) * FIRMS_SHARE * domains * QUERIES_OF_A_DOMAIN,
    limit: LIMITS.resolverQueries.perSecond,
    source: LIMITS.resolverQueries.source,
  });
}

function nodeOf(load: Load): Use {
  return use(load, {
    resource: 'a node, its processor',
    unit: 'addresses',
    perSecond: peakPerSecond(load) / load.nodes,
    limit: NODE_ADDRESSES_PER_SECOND,
    source: '`npm run bench -- --only throughput`',
  });
}

/** More addresses are more lists. */
function listOf(load: Load): Use {
  const perSecond = LIST_ROWS_MAX / DAY_SECONDS;
  return use(load, {
    resource: 'list object, a million rows in a day',
    unit: 'rows',
    perSecond,
    fixed: perSecond,
    limit: LIST_ROWS_PER_SECOND,
    source: '`npm run bench -- --only lists`',
  });
}
