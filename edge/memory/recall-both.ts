/**
 * What is remembered of an address and of its domain's mail hosts, in one read of KV: two would hold two of the six
 * connections of an invocation (async/connections.ts).
 *
 * Before it: wiring/services.ts, as a port of the climb. After it: verdicts.ts and domains.ts, which look into the isolate's
 * cache first: what is at hand there is not read.
 */
import type { Address } from '../../shared/address.ts';
import type { DomainMemory, Domains } from './domains.ts';
import { type BulkStore, type Reader, type RememberedVerdict, readAll, type Store } from './results.ts';
import type { Verdicts } from './verdicts.ts';

export type Recalled = { readonly verdict: RememberedVerdict | null; readonly hosts: DomainMemory };

/** @param isWanted false if the caller takes no remembered verdict */
export type RecallBoth = (address: Address, isWanted: boolean) => Promise<Recalled>;

type Reads = Pick<Store, 'get'>;

/** @param store as the two read it; if it has no `getMany`, it gathers reads by itself */
export function createRecallBoth(
  store: Reads & Partial<BulkStore>,
  { recall }: Pick<Verdicts, 'recall'>,
  { recallDomain }: Pick<Domains, 'recallDomain'>,
): RecallBoth {
  return async ({ address, domain }, isWanted) => {
    if (!isWanted) return { verdict: null, hosts: await recallDomain(domain) };
    const [verdict, hosts] = await readTogether(
      store,
      (from) => recall(address, from),
      (from) => recallDomain(domain, from),
    );
    return { verdict, hosts };
  };
}

/** Runs two readers of one key at most, and reads once both have said their key, or have ended without one. */
function readTogether<First, Second>(
  { get, getMany }: Reads & Partial<BulkStore>,
  first: (from: Reads) => Promise<First>,
  second: (from: Reads) => Promise<Second>,
): Promise<[First, Second]> {
  if (getMany === undefined) return Promise.all([first({ get }), second({ get })]);
  const asked = new Map<string, Reader>();
  let isOneReady = false;
  const ready = (): void => {
    if (isOneReady) void readAll({ getMany }, asked);
    isOneReady = true;
  };
  return Promise.all([run(first), run(second)]);

  async function run<Found>(reader: (from: Reads) => Promise<Found>): Promise<Found> {
    let hasRead = false;
    const get = (key: string): Promise<string | null> => {
      const answer: Reader = Promise.withResolvers();
      asked.set(key, answer);
      hasRead = true;
      ready();
      return answer.promise;
    };
    try {
      return await reader({ get });
    } finally {
      if (!hasRead) ready();
    }
  }
}
