/**
 * The count of a day in the SQLite of its Durable Object: one row per figure. Tables are listed in docs/STORAGE.md.
 *
 * The first write creates the table: an object that was only read stores nothing.
 */
import type { DurableObjectStorage } from 'cloudflare:workers';
import * as z from 'zod';
import type { DayStore } from '../quota/day-count.ts';

const rowSchema = z.object({ day: z.number(), count: z.number() });
/**
 * Units, fruitless probes, and units of a minute (its number is in `day`). Several tables, because a table that an older
 * version made today has no second column.
 */
type Table = 'days' | 'vain' | 'minutes';

export function createDayStore(storage: DurableObjectStorage): DayStore {
  const { sql } = storage;
  const readTable = (table: Table): z.output<typeof rowSchema> | null => {
    const [known] = sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", table);
    if (known === undefined) return null;
    const [row] = sql.exec(`SELECT day, count FROM ${table}`);
    return row === undefined ? null : rowSchema.parse(row);
  };
  const writeTable = (table: Table, day: number, count: number): void => {
    sql.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (only INTEGER PRIMARY KEY CHECK (only = 1), day INTEGER NOT NULL, count INTEGER NOT NULL)`,
    );
    sql.exec(`INSERT OR REPLACE INTO ${table} (only, day, count) VALUES (1, ?, ?)`, day, count);
  };
  return {
    read() {
      const units = readTable('days');
      if (units === null) return null;
      const vain = readTable('vain');
      const minute = readTable('minutes');
      return {
        ...units,
        vain: vain?.day === units.day ? vain.count : 0,
        ...(minute === null ? {} : { minute: { number: minute.day, count: minute.count } }),
      };
    },
    write({ day, count, vain, minute }) {
      writeTable('days', day, count);
      if (minute !== undefined) writeTable('minutes', minute.number, minute.count);
      if (vain > 0) writeTable('vain', day, vain);
    },
    clear: () => storage.deleteAll(),
  };
}
