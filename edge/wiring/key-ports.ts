/**
 * API keys for the routes: `keys` looks up the key of a caller, `keyService` makes and revokes keys for the operator. Wiring
 * only; before it: services.ts, after it: keys/.
 */
import { type KeyReport, makeKey } from '../../shared/api-key.ts';
import { deriveSealKey, openText, sealText } from '../crypto/seal.ts';
import { createKeyRing, type KeyRing } from '../keys/key-ring.ts';
import {
  changeKeyRecord,
  changeWebhookSecrets,
  deleteKeyRecord,
  getKey,
  getKeyRecord,
  getWebhookSecrets,
  type KeeperOf,
  type KeyChange,
  type KeyPage,
  type KeyRecord,
  type KeySeal,
  type KeyStore,
  listKeyRecords,
  type NewKey,
  putKey,
  readKeyRecords,
  restoreKeyRecord,
} from '../keys/records.ts';
import { signingSecretsOf, type WebhookSecrets, withNewSecret } from '../keys/webhook-secrets.ts';
import { makeWebhookSecret } from '../lists/webhooks/secret.ts';
import type { KeyBackup } from './backup-ports.ts';

/** The operator's request for a new key. */
export type KeyRequest = Omit<NewKey, 'created_at'>;

export type KeyService = {
  /** Key and webhook secret are returned once; the key is not stored. */
  make(wish: KeyRequest): Promise<KeyReport & { readonly key: string; readonly webhook_secret: string }>;
  list(cursor: string | null): Promise<KeyPage>;
  /** Null if there is no key of this id. */
  find(id: string): Promise<KeyRecord | null>;
  /** The key as it is afterwards, or null if there is none of this id. */
  change(id: string, change: KeyChange): Promise<KeyReport | null>;
  /** False if there was no such key. */
  revoke(id: string): Promise<boolean>;
  /** Makes a new webhook secret; the one before signs too for a day. Null if there is no such key. */
  renewWebhookSecret(id: string): Promise<string | null>;
  /** The secrets that sign the webhooks of a key now, the newest first; none if the key is gone. */
  webhookSecretsOf(id: string): Promise<readonly string[]>;
};

export type KeyPorts = {
  readonly keys: KeyRing;
  readonly keyService: KeyService;
  readonly keyBackup: KeyBackup;
};

const FOREIGN_SEAL =
  'The address of its owner or the secret of its webhooks was sealed under another CACHE_KEY and cannot be read.';

/** The purposes from which the keys that seal are derived (crypto/seal.ts). */
const OWNER_PURPOSE = 'vrfy key owner v1';
const WEBHOOK_PURPOSE = 'vrfy key webhook v1';

const newSecret = (): string => makeWebhookSecret((octets) => crypto.getRandomValues(octets));

export function createKeyPorts(
  store: KeyStore,
  keeperOf: KeeperOf,
  cacheKey: Uint8Array<ArrayBuffer>,
  nowMs: () => number,
): KeyPorts {
  // Derived anew for each of the few uses: a promise that is kept would end with the request that began it.
  const sealFor = (purpose: string): KeySeal => ({
    seal: async (text) => sealText(await deriveSealKey(cacheKey, purpose), text),
    open: async (sealed) => openText(await deriveSealKey(cacheKey, purpose), sealed),
  });
  const owners = sealFor(OWNER_PURPOSE);
  const webhooks = sealFor(WEBHOOK_PURPOSE);
  const keys = createKeyRing((key) => getKey(store, key), nowMs);
  return {
    keys,
    keyService: {
      async make(wish) {
        const key = makeKey(wish.kind, (octets) => crypto.getRandomValues(octets));
        const created_at = new Date(nowMs()).toISOString();
        const webhook_secret = newSecret();
        const sealed = await webhooks.seal(JSON.stringify(withNewSecret(null, webhook_secret, nowMs())));
        return { ...(await putKey(store, key, { ...wish, created_at }, owners, sealed)), key, webhook_secret };
      },
      list: (cursor) => listKeyRecords(store, cursor, owners),
      find: (id) => getKeyRecord(store, id),
      async change(id, change) {
        const changed = await changeKeyRecord(keeperOf, id, change, owners);
        keys.forget(id);
        return changed;
      },
      async revoke(id) {
        const wasThere = await deleteKeyRecord(keeperOf, id);
        keys.forget(id);
        return wasThere;
      },
      async renewWebhookSecret(id) {
        const secret = newSecret();
        const next = (before: WebhookSecrets | null) => withNewSecret(before, secret, nowMs());
        return (await changeWebhookSecrets(keeperOf, id, next, webhooks)) ? secret : null;
      },
      async webhookSecretsOf(id) {
        const secrets = await getWebhookSecrets(store, id, webhooks);
        return secrets === null ? [] : signingSecretsOf(secrets, nowMs());
      },
    },
    keyBackup: {
      async backUp(cursor) {
        const page = await readKeyRecords(store, cursor);
        return { entries: page.records.map((record) => ({ entry: 'key', ...record })), cursor: page.cursor };
      },
      async restore({ entry: _, ...record }, isDry) {
        const isRestored = await restoreKeyRecord(store, keeperOf, record, isDry);
        if (isRestored === null) return { outcome: 'refused', detail: 'Its id is not that of a key.' };
        if (!isRestored) return { outcome: 'kept', detail: null };
        const { sealed_email: email, sealed_webhook: webhook } = record;
        const opens =
          (email === null || (await owners.open(email)) !== null) &&
          (webhook === null || (await webhooks.open(webhook)) !== null);
        return { outcome: 'restored', detail: opens ? null : FOREIGN_SEAL };
      },
    },
  };
}
