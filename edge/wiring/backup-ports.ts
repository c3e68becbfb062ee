/**
 * Back-up and restore of an edge, entry by entry (shared/backup.ts), over the stores of nodes, marks and keys, in this order.
 *
 * A page of the back-up is one page of one of these; its cursor names which. Restoring never replaces anything: an entry
 * that exists is kept, so that a restore may be run again and cannot undo a change of its operator.
 */
import type { BackedUp, BackupEntry, BackupPage, RestoredEntry, RestoreOutcome } from '../../shared/backup.ts';
import { parseDomainName } from '../../shared/domain-name.ts';
import { once } from '../../shared/once.ts';
import type { PublicSuffixes } from '../checks/public-suffix.ts';
import type { MarkedDomain } from '../disposable/mark.ts';
import type { Registry } from '../nodes/registry/registry-service.ts';

/** One page of entries, and the cursor of the next one or null. */
type Page<Entry> = { readonly entries: readonly Entry[]; readonly cursor: string | null };

/** @param isDry tells the outcome and changes nothing */
type Restore<Entry> = (entry: Entry, isDry: boolean) => Promise<RestoreOutcome>;

export type KeyBackup = {
  backUp(cursor: string | null): Promise<Page<BackedUp<'key'>>>;
  readonly restore: Restore<BackedUp<'key'>>;
};

export type BackupPorts = {
  readonly keys: KeyBackup;
  readonly marks: {
    get(domain: string): Promise<MarkedDomain | null>;
    put(domain: string, mark: MarkedDomain['mark'], markedAtMs: number): Promise<MarkedDomain>;
    list(cursor: string | null): Promise<{ readonly domains: readonly MarkedDomain[]; readonly cursor: string | null }>;
  };
  readonly registry: Pick<Registry, 'backUp' | 'restore'>;
  /** Read once for each call of `restore` that has a mark. */
  readonly publicSuffixes: () => Promise<PublicSuffixes>;
};

export type Backup = {
  /** Null for a cursor that no page has given. */
  page(cursor: string | null): Promise<BackupPage | null>;
  /** One after the other: two of the entries may be the same, and six connections are all that a Worker has. */
  restore(entries: readonly BackupEntry[], isDry: boolean): Promise<readonly RestoredEntry[]>;
};

export function createBackup(ports: BackupPorts): Backup {
  return {
    async page(cursor) {
      if (cursor === null) return { entries: [...(await ports.registry.backUp())], cursor: 'marks:' };
      const [, part, rest = ''] = /^(marks|keys):(.*)$/s.exec(cursor) ?? [];
      if (part === undefined) return null;
      const after = rest === '' ? null : rest;
      const isMarks = part === 'marks';
      const { entries, cursor: next } = isMarks ? await pageOfMarks(after, ports) : await ports.keys.backUp(after);
      const following = isMarks ? 'keys:' : null;
      return { entries: [...entries], cursor: next === null ? following : `${part}:${next}` };
    },
    async restore(entries, isDry) {
      const own = { ...ports, publicSuffixes: once(ports.publicSuffixes) };
      const restored: RestoredEntry[] = [];
      for (const entry of entries) {
        restored.push({ entry: entry.entry, id: nameOf(entry), ...(await outcomeOf(entry, isDry, own)) });
      }
      return restored;
    },
  };
}

async function pageOfMarks(after: string | null, { marks }: BackupPorts): Promise<Page<BackedUp<'mark'>>> {
  const { domains, cursor } = await marks.list(after);
  return { entries: domains.map((marked) => ({ entry: 'mark', ...marked })), cursor };
}

async function outcomeOf(entry: BackupEntry, isDry: boolean, ports: BackupPorts): Promise<RestoreOutcome> {
  switch (entry.entry) {
    case 'key':
      return ports.keys.restore(entry, isDry);
    case 'mark':
      return restoreMark(entry, isDry, ports);
    case 'node':
    case 'forgotten':
      return ports.registry.restore(entry, isDry);
  }
}

async function restoreMark(
  { domain, mark, marked_at }: BackedUp<'mark'>,
  isDry: boolean,
  { marks, publicSuffixes }: BackupPorts,
): Promise<RestoreOutcome> {
  const fault = await faultOfMark(domain, mark, publicSuffixes);
  if (fault !== null) return { outcome: 'refused', detail: fault };
  if ((await marks.get(domain)) !== null) return { outcome: 'kept', detail: null };
  if (!isDry) await marks.put(domain, mark, Date.parse(marked_at));
  return { outcome: 'restored', detail: null };
}

/** As `PUT /v1/domains` refuses it: a back-up is a file that people edit. */
async function faultOfMark(
  domain: string,
  mark: MarkedDomain['mark'],
  publicSuffixes: BackupPorts['publicSuffixes'],
): Promise<string | null> {
  const parsed = parseDomainName(domain);
  if (!parsed.ok || parsed.ascii !== domain) return 'It is no domain in lower-case A-labels.';
  if (mark === 'allow') return null;
  const { isPublicSuffix } = await publicSuffixes();
  return isPublicSuffix(domain) ? 'It is a public suffix; mark the names below it.' : null;
}

function nameOf(entry: BackupEntry): string {
  switch (entry.entry) {
    case 'key':
    case 'node':
      return entry.id;
    case 'mark':
      return entry.domain;
    case 'forgotten':
      return entry.node;
  }
}
