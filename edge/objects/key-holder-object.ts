/**
 * The holder of the free key of one mailbox as a Durable Object: one per canonical address, named by a keyed hash. A shell around
 * keys/key-holder.ts. One row in SQLite; it holds no address and no key.
 */
import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { createKeyHolder, type KeyHolder } from '../keys/key-holder.ts';

const rowSchema = z.object({ redeemed_ms: z.number(), key_id: z.string() });

export class KeyHolderObject extends DurableObject<Env> implements KeyHolder {
  readonly #holder: KeyHolder;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      'CREATE TABLE IF NOT EXISTS holder (only INTEGER PRIMARY KEY CHECK (only = 1), redeemed_ms INTEGER NOT NULL, key_id TEXT NOT NULL)',
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
  }

  isSpent(issuedMs: number): Promise<boolean> {
    return this.#holder.isSpent(issuedMs);
  }

  redeem(issuedMs: number, keyId: string): ReturnType<KeyHolder['redeem']> {
    return this.#holder.redeem(issuedMs, keyId);
  }
}
