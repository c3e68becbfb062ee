/**
 * The rows of one list in the SQLite of its Durable Object. Tables are listed in docs/STORAGE.md.
 *
 * Thousands of rows go in one statement as JSON (a statement takes at most 100 bindings). Rows stand by domain, so that one
 * domain is one range of keys.
 */
import { parseJson } from '../../shared/parse-json.ts';
import { DOMAIN_KEY_LENGTH, domainKeyOfRow } from '../lists/list-key.ts';
import {
  type ListRecord,
  type ListStore,
  listRecordSchema,
  type OpenRow,
  type RowFact,
  reasonOf,
  type StoredRow,
  type TallyRow,
} from '../lists/list-record.ts';
import { addToTally, type ListStorage } from './list-tally.ts';

const TABLES = [
  'CREATE TABLE IF NOT EXISTS list (only INTEGER PRIMARY KEY CHECK (only = 1), record TEXT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS slices (number INTEGER PRIMARY KEY, start INTEGER, end INTEGER, rows_before INTEGER, rows INTEGER)',
  'CREATE TABLE IF NOT EXISTS domains (domain TEXT PRIMARY KEY, sealed TEXT NOT NULL, provider TEXT) WITHOUT ROWID',
  `CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, sealed TEXT NOT NULL, row INTEGER, canon INTEGER,
     counted INTEGER NOT NULL, reason TEXT, at INTEGER) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS waiting (key TEXT PRIMARY KEY, due INTEGER NOT NULL, since INTEGER NOT NULL,
     attempts INTEGER NOT NULL, node TEXT, reason TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS tally (provider TEXT, reason TEXT, counted INTEGER, count INTEGER NOT NULL,
     free INTEGER NOT NULL, PRIMARY KEY (provider, reason, counted)) WITHOUT ROWID`,
];
/** Behind every key of base64url that begins with the text before it. */
const LAST = '~';
const OPEN = 'reason IS NULL AND row IS NOT NULL';

export function createListRows(storage: ListStorage): ListStore {
  const { sql } = storage;
  const all = (query: string, ...bindings: readonly (string | number | null)[]) => [...sql.exec(query, ...bindings)];
  /** An object that has only been looked at, by a guess perhaps, keeps nothing. */
  let isMade = false;
  const hasTables = (): boolean => {
    isMade ||= all("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'list'").length > 0;
    return isMade;
  };
  /** Reading the record is a good part of a small write, and most find it as it was. */
  let lastRead: { readonly text: string; readonly record: ListRecord | null } | null = null;
  const count = (entries: readonly TallyRow[]): void => addToTally(sql, entries);
  const providersOf = (domains: Iterable<string>): ReadonlyMap<string, string> =>
    new Map(
      all(
        'SELECT d.domain, d.provider FROM json_each(?) j JOIN domains d ON d.domain = j.value',
        JSON.stringify([...new Set(domains)]),
      ).map(({ domain, provider }) => [String(domain), String(provider ?? '')]),
    );
  const openRow = ({ key, sealed }: Record<string, unknown>): OpenRow => ({ key: String(key), sealed: String(sealed) });
  /** Open rows of a domain: those that count, and those that do not. */
  const openCounts = (domain: string) =>
    all(
      `SELECT counted, count(*) AS n FROM rows WHERE key > ? AND key < ? AND ${OPEN} GROUP BY counted`,
      domain,
      domain + LAST,
    ).map(({ counted, n }) => ({ isCounted: counted === 1, count: Number(n) }));

  return {
    record() {
      if (!hasTables()) return null;
      const [row] = all('SELECT record FROM list');
      if (row === undefined) return null;
      const text = String(row['record']);
      if (lastRead?.text !== text) lastRead = { text, record: parseJson(listRecordSchema(), text) };
      return lastRead.record;
    },
    putRecord(record) {
      if (!hasTables()) for (const table of TABLES) sql.exec(table);
      sql.exec('INSERT OR REPLACE INTO list (only, record) VALUES (1, ?)', JSON.stringify(record));
    },
    transaction: (act) => storage.transactionSync(act),
    sliceCount: () => Number(all('SELECT max(number) AS last FROM slices')[0]?.['last'] ?? -1) + 1,
    sliceAt(number) {
      const [row] = all('SELECT start, end, rows_before, rows FROM slices WHERE number = ?', number);
      if (row === undefined) return null;
      return {
        number,
        start: Number(row['start']),
        end: Number(row['end']),
        rowsBefore: Number(row['rows_before']),
        rows: Number(row['rows']),
      };
    },
    addSlice({ number, start, end, rowsBefore, rows }) {
      sql.exec('INSERT INTO slices VALUES (?, ?, ?, ?, ?)', number, start, end, rowsBefore, rows);
    },
    factsOf(keys) {
      const facts = new Map<string, RowFact>();
      const found = sql.exec(
        'SELECT r.key, r.row, r.canon, r.reason, r.at FROM json_each(?) j JOIN rows r ON r.key = j.value',
        JSON.stringify(keys),
      );
      for (const { key, row, canon, reason, at } of found) {
        facts.set(String(key), {
          row: numberOrNull(row),
          canon: numberOrNull(canon),
          reason: reasonOf(reason),
          atMs: Number(at ?? 0),
        });
      }
      return facts;
    },
    putRows(rows, atMs) {
      sql.exec(
        `INSERT OR REPLACE INTO rows SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
           FROM json_each(?)`,
        JSON.stringify(rows.map((row) => columnsOf(row, atMs))),
      );
      const providers = providersOf(rows.map(({ key }) => domainKeyOfRow(key)));
      count(
        rows
          .filter(({ row }) => row !== null)
          .map(({ key, reason, isCounted }) => ({
            provider: providers.get(domainKeyOfRow(key)) ?? '',
            reason,
            isCounted,
            count: 1,
            free: reason === null ? 0 : 1,
          })),
      );
    },
    addDomains(domains) {
      sql.exec(
        'INSERT OR IGNORE INTO domains SELECT value->>0, value->>1, NULL FROM json_each(?)',
        JSON.stringify(domains.map(({ domain, sealed }) => [domain, sealed])),
      );
    },
    unsurveyed: (after, limit) =>
      all(
        `SELECT d.domain, d.sealed, (SELECT r.key FROM rows r WHERE r.key > d.domain AND r.key < d.domain || '${LAST}'
             AND r.reason IS NULL AND r.row IS NOT NULL LIMIT 1) AS key
           FROM domains d WHERE d.domain > ? AND d.provider IS NULL ORDER BY d.domain LIMIT ?`,
        after,
        limit,
      ).map(({ domain, sealed, key }) => ({
        domain: String(domain),
        sealed: String(sealed),
        row: key === null ? null : openRow(all('SELECT key, sealed FROM rows WHERE key = ?', String(key))[0] ?? {}),
      })),
    setProviders(found) {
      const entries: TallyRow[] = [];
      for (const { domain, provider } of found) {
        if (provider === '') continue;
        const moved = all(
          `SELECT reason, counted, count(*) AS n FROM rows WHERE key > ? AND key < ? AND row IS NOT NULL GROUP BY 1, 2`,
          domain,
          domain + LAST,
        );
        for (const { reason, counted, n } of moved) {
          const entry = { reason: reasonOf(reason), isCounted: counted === 1, count: Number(n) };
          // Only what is free is known before the survey.
          const free = entry.reason === null ? 0 : entry.count;
          entries.push({ ...entry, provider, free }, { ...entry, provider: '', count: -entry.count, free: -free });
        }
      }
      sql.exec(
        `UPDATE domains SET provider = j.provider FROM (SELECT value->>0 AS domain, value->>1 AS provider FROM json_each(?)) j
           WHERE domains.domain = j.domain`,
        JSON.stringify(found.map(({ domain, provider }) => [domain, provider])),
      );
      count(entries);
    },
    settleDomains(found) {
      const providers = providersOf(found.map(({ domain }) => domain));
      const entries: TallyRow[] = [];
      for (const { domain, reason, atMs } of found) {
        const provider = providers.get(domain) ?? '';
        for (const open of openCounts(domain)) {
          entries.push(
            { ...open, provider, reason, free: open.count },
            { ...open, provider, reason: null, count: -open.count, free: 0 },
          );
        }
        sql.exec(
          `UPDATE rows SET reason = ?, at = ? WHERE key > ? AND key < ? AND ${OPEN}`,
          reason,
          atMs,
          domain,
          domain + LAST,
        );
      }
      count(entries);
    },
    openRows: (after, limit) =>
      all(`SELECT key, sealed FROM rows WHERE key > ? AND ${OPEN} ORDER BY key LIMIT ?`, after, limit).map(openRow),
    openRowsOf: (domain, after, limit) =>
      all(
        `SELECT key, sealed FROM rows WHERE key > ? AND key < ? AND ${OPEN}
           AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.key = rows.key) ORDER BY key LIMIT ?`,
        after === '' ? domain : after,
        domain + LAST,
        limit,
      ).map(openRow),
    openDomains: (after, limit) =>
      all(
        `SELECT o.domain, o.open, d.sealed, d.provider FROM (
             SELECT substr(key, 1, ${DOMAIN_KEY_LENGTH}) AS domain, count(*) AS open FROM rows
               WHERE key > ? AND ${OPEN} AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.key = rows.key)
               GROUP BY 1 ORDER BY 1 LIMIT ?
           ) o JOIN domains d ON d.domain = o.domain ORDER BY o.domain`,
        after === '' ? '' : after + LAST,
        limit,
      ).map((row) => ({
        domain: String(row['domain']),
        sealed: String(row['sealed']),
        provider: String(row['provider'] ?? ''),
        open: Number(row['open']),
      })),
    domainsOf: (keys) =>
      new Map(
        all(
          'SELECT d.domain, d.sealed, d.provider FROM json_each(?) j JOIN domains d ON d.domain = j.value',
          JSON.stringify([...new Set(keys.map(domainKeyOfRow))]),
        ).map((row) => [
          String(row['domain']),
          { sealed: String(row['sealed']), provider: String(row['provider'] ?? '') },
        ]),
      ),
    sealedOf: (keys) =>
      new Map(
        all('SELECT r.key, r.sealed FROM json_each(?) j JOIN rows r ON r.key = j.value', JSON.stringify(keys)).map(
          ({ key, sealed }) => [String(key), String(sealed)],
        ),
      ),
    settle(settled) {
      if (settled.length === 0) return;
      const reasons = JSON.stringify(settled.map(({ key, reason, atMs }) => [key, reason, atMs]));
      const counted = new Map(
        all(
          'SELECT r.key, r.counted FROM json_each(?) j JOIN rows r ON r.key = j.value->>0 WHERE r.reason IS NULL AND r.row IS NOT NULL',
          reasons,
        ).map(({ key, counted }) => [String(key), counted === 1]),
      );
      const providers = providersOf(settled.map(({ key }) => domainKeyOfRow(key)));
      sql.exec(
        `UPDATE rows SET reason = j.reason, at = j.at
           FROM (SELECT value->>0 AS key, value->>1 AS reason, value->>2 AS at FROM json_each(?)) j
           WHERE rows.key = j.key AND rows.reason IS NULL AND rows.row IS NOT NULL`,
        reasons,
      );
      sql.exec('DELETE FROM waiting WHERE key IN (SELECT value->>0 FROM json_each(?))', reasons);
      const entries: TallyRow[] = [];
      for (const { key, reason, isFree } of settled) {
        const isCounted = counted.get(key);
        // A verdict that came twice counts once.
        if (isCounted === undefined) continue;
        counted.delete(key);
        const provider = providers.get(domainKeyOfRow(key)) ?? '';
        entries.push(
          { provider, reason, isCounted, count: 1, free: Number(isFree) },
          { provider, reason: null, isCounted, count: -1, free: 0 },
        );
      }
      count(entries);
    },
    settleAll(reason, atMs) {
      const open = all("SELECT provider, counted, count FROM tally WHERE reason = ''");
      count(
        open.flatMap(({ provider, counted, count: n }) => {
          const entry = { provider: String(provider), isCounted: counted === 1 };
          const moved = Number(n);
          return [
            { ...entry, reason, count: moved, free: moved },
            { ...entry, reason: null, count: -moved, free: 0 },
          ];
        }),
      );
      sql.exec(`UPDATE rows SET reason = ?, at = ? WHERE ${OPEN}`, reason, atMs);
      sql.exec('DELETE FROM waiting');
    },
    wait(rows) {
      if (rows.length === 0) return;
      sql.exec(
        `INSERT OR REPLACE INTO waiting
           SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?)`,
        JSON.stringify(
          rows.map(({ key, dueAtMs, sinceMs, attempts, node, reason }) => [
            key,
            dueAtMs,
            sinceMs,
            attempts,
            node,
            reason,
          ]),
        ),
      );
    },
    due: (nowMs, limit) =>
      all('SELECT * FROM waiting WHERE due <= ? ORDER BY due LIMIT ?', nowMs, limit).map((row) => ({
        key: String(row['key']),
        dueAtMs: Number(row['due']),
        sinceMs: Number(row['since']),
        attempts: Number(row['attempts']),
        node: row['node'] === null ? null : String(row['node']),
        reason: reasonOf(row['reason']) ?? 'temporary_failure',
      })),
    nextDueMs: () => numberOrNull(all('SELECT min(due) AS due FROM waiting')[0]?.['due']),
    waitingCount: () => Number(all('SELECT count(*) AS n FROM waiting')[0]?.['n'] ?? 0),
    tally: () =>
      all('SELECT provider, reason, counted, count, free FROM tally WHERE count > 0').map((row) => ({
        provider: String(row['provider']),
        reason: reasonOf(row['reason']),
        isCounted: row['counted'] === 1,
        count: Number(row['count']),
        free: Number(row['free']),
      })),
    clear() {
      isMade = false;
      lastRead = null;
      return storage.deleteAll();
    },
  };
}

function columnsOf({ key, sealed, row, canon, isCounted, reason }: StoredRow, atMs: number) {
  return [key, sealed, row, canon, Number(isCounted), reason, reason === null ? null : atMs];
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
