/**
 * The registry's records in the SQLite of its Durable Object, with a copy of all in memory: a snapshot each second must
 * not read a thousand rows. Tables are listed in docs/STORAGE.md.
 *
 * A record in a format of a later version is not read: the node is then unknown and joins anew.
 */
import type { SqlStorage } from 'cloudflare:workers';
import * as z from 'zod';
import { heartbeatSchema, publicKeySchema } from '../../shared/enrolment.ts';
import { parseJson } from '../../shared/parse-json.ts';
import type { Forgotten } from '../nodes/registry/forgotten.ts';
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
    heartbeat: heartbeatSchema.nullable(),
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

export function createRegistryStore(sql: SqlStorage): RegistryStore {
  sql.exec('CREATE TABLE IF NOT EXISTS nodes (id TEXT PRIMARY KEY, record TEXT NOT NULL)');
  sql.exec('CREATE TABLE IF NOT EXISTS tokens (hash TEXT PRIMARY KEY, record TEXT NOT NULL)');
  sql.exec('CREATE TABLE IF NOT EXISTS forgotten (record TEXT NOT NULL)');
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
  };
}

function read<S extends z.ZodType>(
  sql: SqlStorage,
  table: 'nodes' | 'tokens' | 'forgotten',
  schema: S,
): readonly z.output<S>[] {
  return [...sql.exec(`SELECT record FROM ${table}`)].flatMap(({ record }) => {
    const parsed = parseJson(schema, String(record));
    return parsed === null ? [] : [parsed];
  });
}
