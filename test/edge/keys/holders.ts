/** Holders of free keys as the Durable Objects have them, in memory: the real law over a store that is a variable. */
import type { Env } from '../../../edge/env.ts';
import { createKeyHolder, type Held, type HolderStore, type KeyHolder } from '../../../edge/keys/key-holder.ts';

export function heldInMemory(): HolderStore {
  let held: Held | null = null;
  return {
    read: () => held,
    write: (next) => {
      held = next;
    },
  };
}

export function createHolders(nowMs: () => number): Env['KEY_HOLDERS'] & { readonly names: () => readonly string[] } {
  const holders = new Map<string, KeyHolder>();
  return {
    names: () => [...holders.keys()],
    getByName(name) {
      const holder = holders.get(name) ?? createKeyHolder(heldInMemory(), nowMs);
      holders.set(name, holder);
      return holder;
    },
  };
}
