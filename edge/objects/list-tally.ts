/**
 * How many rows of a list have which verdict, by provider: kept beside the rows and written in the same transaction, since
 * counting a million rows takes a second and people look at a list every second.
 */
import type { TallyRow } from '../lists/list-record.ts';

/** The part of the storage of a Durable Object that is needed. */
export type ListStorage = {
  readonly sql: {
    exec(query: string, ...bindings: readonly (string | number | null)[]): Iterable<Record<string, unknown>>;
  };
  transactionSync<T>(act: () => T): T;
  deleteAll(): Promise<void>;
};

/** Adds to the lines of the tally; a negative count takes away. */
export function addToTally(sql: ListStorage['sql'], entries: readonly TallyRow[]): void {
  const rows = [...grouped(entries)].map((entry) => [
    entry.provider,
    entry.reason ?? '',
    Number(entry.isCounted),
    entry.count,
    entry.free,
  ]);
  if (rows.length === 0) return;
  sql.exec(
    `INSERT INTO tally SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET count = count + excluded.count, free = free + excluded.free`,
    JSON.stringify(rows),
  );
}

/** One line for each provider, reason and kind. */
function grouped(entries: readonly TallyRow[]): Iterable<TallyRow> {
  const lines = new Map<string, TallyRow>();
  for (const line of entries) {
    const name = `${line.provider} ${line.reason ?? ''} ${line.isCounted}`;
    const known = lines.get(name);
    lines.set(
      name,
      known === undefined ? line : { ...known, count: known.count + line.count, free: known.free + line.free },
    );
  }
  return lines.values();
}
