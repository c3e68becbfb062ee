/**
 * The holder of the free key of one mailbox as a Durable Object: one per canonical address, named by a keyed hash. A shell around
 * keys/key-holder.ts. One row in SQLite; it holds no address and no key.
 *
 * An object named by the id of a key is its keeper instead: a shell around keys/key-keeper.ts, and a row with the last value that
 * it wrote to KV.
 */
import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import * as z from 'zod';
import { pacedStore } from '../async/paced-store.ts';
import type { Env } from '../env.ts';
import { createKeyHolder, type KeyHolder } from '../keys/key-holder.ts';
import { createKeyKeeper, type KeyKeeper, type Written } from '../keys/key-keeper.ts';

const rowSchema = z.object({ redeemed_ms: z.number(), key_id: z.string() });
const writtenSchema = z.object({ value: z.string().nullable(), written_ms: z.number() });

export class KeyHolderObject extends DurableObject<Env> implements KeyHolder, KeyKeeper {
  readonly #holder: KeyHolder;
  readonly #keeper: KeyKeeper;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      'CREATE TABLE IF NOT EXISTS holder (only INTEGER PRIMARY KEY CHECK (only = 1), redeemed_ms INTEGER NOT NULL, key_id TEXT NOT NULL)',
    );
    sql.exec(
      'CREATE TABLE IF NOT EXISTS written (only INTEGER PRIMARY KEY CHECK (only = 1), value TEXT, written_ms INTEGER NOT NULL)',
    );
    const store = {
      read: () => {
        const [row] = sql.exec('SELECT redeemed_ms, key_id FROM holder');
        if (row === undefined) return null;
        const { redeemed_ms: redeemedMs, key_id: keyId } = rowSchema.parse(row);
        return { redeemedMs, keyId };
      },
      write: ({ redeemedMs, keyId }: { readonly redeemedMs: number; readonly keyId: string }) => {
        sql.exec('INSERT OR REPLACE INTO holder (only, redeemed_ms, key_id) VALUES (1, ?, ?)', redeemedMs, keyId);
      },
    };
    this.#holder = createKeyHolder(store, () => Date.now());
    const written = {
      read: () => {
        const [row] = sql.exec('SELECT value, written_ms FROM written');
        if (row === undefined) return null;
        const { value, written_ms: writtenMs } = writtenSchema.parse(row);
        return { value, writtenMs };
      },
      write: ({ value, writtenMs }: Written) => {
        sql.exec('INSERT OR REPLACE INTO written (only, value, written_ms) VALUES (1, ?, ?)', value, writtenMs);
      },
    };
    this.#keeper = createKeyKeeper(pacedStore(env.MEMORY), written, () => Date.now());
  }

  isSpent(issuedMs: number): Promise<boolean> {
    return this.#holder.isSpent(issuedMs);
  }

  redeem(issuedMs: number, keyId: string): ReturnType<KeyHolder['redeem']> {
    return this.#holder.redeem(issuedMs, keyId);
  }

  change(...asked: Parameters<KeyKeeper['change']>): ReturnType<KeyKeeper['change']> {
    return this.#keeper.change(...asked);
  }
}
