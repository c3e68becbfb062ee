/**
 * API keys for the routes: `keys` looks up the key of a caller, `keyDesk` makes and revokes keys for the operator. Wiring
 * only; before it: services.ts, after it: keys/.
 */
import { type KeyReport, makeKey } from '../../shared/api-key.ts';
import { deriveSealKey, openText, sealText } from '../crypto/seal.ts';
import { createKeyRing, type KeyRing } from '../keys/key-ring.ts';
import {
  changeKeyRecord,
  deleteKeyRecord,
  getKey,
  getKeyRecord,
  type KeyChange,
  type KeyPage,
  type KeyRecord,
  type KeyStore,
  listKeyRecords,
  type NewKey,
  putKey,
} from '../keys/records.ts';

/** The operator's request for a new key. */
export type KeyRequest = Omit<NewKey, 'created_at'>;

export type KeyDesk = {
  /** The key itself is returned once and not stored. */
  make(wish: KeyRequest): Promise<KeyReport & { readonly key: string }>;
  list(cursor: string | null): Promise<KeyPage>;
  /** Null if there is no key of this id. */
  find(id: string): Promise<KeyRecord | null>;
  /** The key as it is afterwards. */
  change(record: KeyRecord, change: KeyChange): Promise<KeyReport>;
  /** False if there was no such key. */
  revoke(id: string): Promise<boolean>;
};

export type KeyPorts = { readonly keys: KeyRing; readonly keyDesk: KeyDesk };

/** The purpose from which the key that seals owners is derived (crypto/seal.ts). */
const OWNER_PURPOSE = 'vrfy key owner v1';

export function createKeyPorts(store: KeyStore, cacheKey: Uint8Array<ArrayBuffer>, nowMs: () => number): KeyPorts {
  // Derived anew for each of the few uses: a promise that is kept would end with the request that began it.
  const ownerKey = () => deriveSealKey(cacheKey, OWNER_PURPOSE);
  const owners = {
    seal: async (email: string) => sealText(await ownerKey(), email),
    open: async (sealed: string) => openText(await ownerKey(), sealed),
  };
  const keys = createKeyRing((key) => getKey(store, key), nowMs);
  return {
    keys,
    keyDesk: {
      async make(wish) {
        const key = makeKey(wish.kind, (octets) => crypto.getRandomValues(octets));
        const created_at = new Date(nowMs()).toISOString();
        return { ...(await putKey(store, key, { ...wish, created_at }, owners)), key };
      },
      list: (cursor) => listKeyRecords(store, cursor, owners),
      find: (id) => getKeyRecord(store, id),
      async change(record, change) {
        const changed = await changeKeyRecord(store, record, change, owners);
        keys.forget(record.id);
        return changed;
      },
      async revoke(id) {
        const wasThere = await deleteKeyRecord(store, id);
        keys.forget(id);
        return wasThere;
      },
    },
  };
}
