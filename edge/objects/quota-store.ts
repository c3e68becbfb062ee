/**
 * The count of a day in the SQLite of its Durable Object: one row. Tables are listed in docs/STORAGE.md.
 *
 * The table is made with the first count: an object that has only been looked at keeps nothing.
 */
import type { DurableObjectStorage } from 'cloudflare:workers';
import * as z from 'zod';
import type { DayStore } from '../quota/day-count.ts';

const rowSchema = z.object({ day: z.number(), count: z.number() });

export function createDayStore(storage: DurableObjectStorage): DayStore {
  const { sql } = storage;
  return {
    read() {
      const [table] = sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'days'");
      if (table === undefined) return null;
      const [row] = sql.exec('SELECT day, count FROM days');
      return row === undefined ? null : rowSchema.parse(row);
    },
    write({ day, count }) {
      sql.exec(
        'CREATE TABLE IF NOT EXISTS days (only INTEGER PRIMARY KEY CHECK (only = 1), day INTEGER NOT NULL, count INTEGER NOT NULL)',
      );
      sql.exec('INSERT OR REPLACE INTO days (only, day, count) VALUES (1, ?, ?)', day, count);
    },
    clear: () => storage.deleteAll(),
  };
}
