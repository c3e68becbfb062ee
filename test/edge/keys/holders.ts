/** Holders of free keys and keepers of keys as the Durable Objects have them, in memory: the real law over stores that are variables. */
import type { Env } from '../../../edge/env.ts';
import { createKeyHolder, type Held, type HolderStore, type KeyHolder } from '../../../edge/keys/key-holder.ts';
import {
  createKeyKeeper,
  type KeyKeeper,
  type KeyValues,
  type Written,
  type WrittenStore,
} from '../../../edge/keys/key-keeper.ts';
import type { KeeperOf } from '../../../edge/keys/records.ts';
import { mapStore } from '../memory/map-store.ts';

export function heldInMemory(): HolderStore {
  let held: Held | null = null;
  return {
    read: () => held,
    write: (next) => {
      held = next;
    },
  };
}

export function writtenInMemory(): WrittenStore {
  let written: Written | null = null;
  return {
    read: () => written,
    write: (next) => {
      written = next;
    },
  };
}

/** A keeper for each id, over one store. */
export function createKeepers(store: KeyValues, nowMs: () => number): KeeperOf {
  const keepers = new Map<string, KeyKeeper>();
  return (id) => {
    const keeper = keepers.get(id) ?? createKeyKeeper(store, writtenInMemory(), nowMs);
    keepers.set(id, keeper);
    return keeper;
  };
}

export function createHolders(nowMs: () => number): Env['KEY_HOLDERS'] & { readonly names: () => readonly string[] } {
  const holders = new Map<string, KeyHolder>();
  const keeperOf = createKeepers(mapStore(), nowMs);
  return {
    names: () => [...holders.keys()],
    getByName(name) {
      const holder = holders.get(name) ?? createKeyHolder(heldInMemory(), nowMs);
      holders.set(name, holder);
      return { ...holder, ...keeperOf(name) };
    },
  };
}
