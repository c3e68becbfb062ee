/**
 * The registry's records in the SQLite of its Durable Object, with a copy of all in memory: a snapshot each second must
 * not read a thousand rows. Tables are listed in docs/STORAGE.md.
 *
 * A record in a format of a later version is not read: the node is then unknown and joins anew.
 */
import * as z from 'zod';
import { heartbeatSchema, type MinuteCounts, publicKeySchema } from '../../shared/enrolment.ts';
import { parseJson } from '../../shared/parse-json.ts';
import type { Forgotten } from '../nodes/registry/forgotten.ts';
import { COUNTS } from '../nodes/registry/history.ts';
import { type JoinToken, NO_LOOKS, type NodeRecord } from '../nodes/registry/registry.ts';
import type { RegistryStore } from '../nodes/registry/registry-service.ts';

const nodeSchema = () =>
  z.object({
    id: z.string(),
    url: z.string(),
    region: z.string(),
    network: z.string().nullable(),
    key: publicKeySchema,
    enrolledAtMs: z.number(),
    // Absent in a record of an older version.
    isUrlProven: z.boolean().default(true),
    isDrainWished: z.boolean(),
    removedAtMs: z.number().nullable(),
    heartbeat: heartbeatSchema().nullable(),
    heardAtMs: z.number().nullable(),
    // Null in a record of an older version.
    looks: z.object({ asked: z.number(), disputed: z.number() }).default(NO_LOOKS),
  });

const forgottenSchema = () => z.object({ id: z.string(), sinceMs: z.number(), untilMs: z.number() });

const tokenSchema = () =>
  z.object({
    hash: z.string(),
    region: z.string(),
    expiresAtMs: z.number(),
    claimedBy: z.string().nullable(),
    claimedUntilMs: z.number(),
    usedBy: z.string().nullable(),
  });

/** The SQLite of a Durable Object, as much as is used. */
type Sql = { exec(query: string, ...bindings: readonly (string | number | null)[]): Iterable<Record<string, unknown>> };

const SUMS = COUNTS.map((name) => `SUM(${name}) AS ${name}`);

export function createRegistryStore(sql: Sql): RegistryStore {
  sql.exec('CREATE TABLE IF NOT EXISTS nodes (id TEXT PRIMARY KEY, record TEXT NOT NULL)');
  sql.exec('CREATE TABLE IF NOT EXISTS tokens (hash TEXT PRIMARY KEY, record TEXT NOT NULL)');
  sql.exec('CREATE TABLE IF NOT EXISTS forgotten (record TEXT NOT NULL)');
  sql.exec(
    `CREATE TABLE IF NOT EXISTS minutes (minute INTEGER, node TEXT, ${COUNTS.map((name) => `${name} INTEGER NOT NULL`)},
      PRIMARY KEY (minute, node)) WITHOUT ROWID`,
  );
  const nodes = new Map<string, NodeRecord>(read(sql, 'nodes', nodeSchema()).map((node) => [node.id, node]));
  const tokens = new Map<string, JoinToken>(read(sql, 'tokens', tokenSchema()).map((token) => [token.hash, token]));
  let forgotten: readonly Forgotten[] = read(sql, 'forgotten', forgottenSchema());
  return {
    nodes: () => [...nodes.values()],
    node: (id) => nodes.get(id) ?? null,
    putNode: (node) => {
      sql.exec('INSERT OR REPLACE INTO nodes (id, record) VALUES (?, ?)', node.id, JSON.stringify(node));
      nodes.set(node.id, node);
    },
    token: (hash) => tokens.get(hash) ?? null,
    putToken: (token) => {
      sql.exec('INSERT OR REPLACE INTO tokens (hash, record) VALUES (?, ?)', token.hash, JSON.stringify(token));
      tokens.set(token.hash, token);
    },
    forgotten: () => forgotten,
    putForgotten: (spans) => {
      sql.exec('DELETE FROM forgotten');
      for (const span of spans) sql.exec('INSERT INTO forgotten (record) VALUES (?)', JSON.stringify(span));
      forgotten = spans;
    },
    forgetBefore: (timeMs) => {
      for (const { hash, expiresAtMs } of tokens.values()) {
        if (expiresAtMs >= timeMs) continue;
        sql.exec('DELETE FROM tokens WHERE hash = ?', hash);
        tokens.delete(hash);
      }
      for (const { id, removedAtMs } of nodes.values()) {
        if (removedAtMs === null || removedAtMs >= timeMs) continue;
        sql.exec('DELETE FROM nodes WHERE id = ?', id);
        nodes.delete(id);
      }
    },
    putMinutes: (node, minutes) => {
      for (const row of minutes) {
        sql.exec(
          `INSERT OR REPLACE INTO minutes (minute, node, ${COUNTS}) VALUES (?, ?, ${COUNTS.map(() => '?')})`,
          row.minute,
          node,
          ...COUNTS.map((name) => row[name]),
        );
      }
    },
    minutes: (from, to) => {
      const rows = sql.exec(
        `SELECT minute, ${SUMS} FROM minutes WHERE minute BETWEEN ? AND ? GROUP BY minute`,
        from,
        to,
      );
      return [...rows].map(readMinute);
    },
    condenseMinutes: (from, settled) => {
      sql.exec('DELETE FROM minutes WHERE minute < ?', from);
      // Minutes before the first row of a single node are condensed.
      sql.exec(
        `INSERT OR REPLACE INTO minutes (minute, node, ${COUNTS}) SELECT minute, '', ${SUMS} FROM minutes
          WHERE minute < ? AND minute >= (SELECT MIN(minute) FROM minutes WHERE node <> '') GROUP BY minute`,
        settled,
      );
      sql.exec("DELETE FROM minutes WHERE minute < ? AND node <> ''", settled);
    },
  };
}

function read<S extends z.ZodType>(
  sql: Sql,
  table: 'nodes' | 'tokens' | 'forgotten',
  schema: S,
): readonly z.output<S>[] {
  return [...sql.exec(`SELECT record FROM ${table}`)].flatMap(({ record }) => {
    const parsed = parseJson(schema, String(record));
    return parsed === null ? [] : [parsed];
  });
}

function readMinute(row: Readonly<Record<string, unknown>>): MinuteCounts {
  return {
    minute: Number(row['minute']),
    jobs: Number(row['jobs']),
    accepted: Number(row['accepted']),
    doubtful: Number(row['doubtful']),
    mailbox_refused: Number(row['mailbox_refused']),
    deferred: Number(row['deferred']),
    blocked: Number(row['blocked']),
    no_reply: Number(row['no_reply']),
    held_back: Number(row['held_back']),
  };
}
