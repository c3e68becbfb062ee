/**
 * The law of the free keys of one mailbox: a link works once, and one key is alive. Pure but for its store; one for each
 * canonical address (objects/key-holder-object.ts).
 *
 * A link holds the time when it was made. To redeem one ends it and every one that was made before.
 */

/** The last redemption, and the key that it gave. */
export type Held = { readonly redeemedMs: number; readonly keyId: string };

export type HolderStore = { readonly read: () => Held | null; readonly write: (held: Held) => void };

/** `replaced`: id of the key that has had its time. */
type Redeemed = { readonly ok: true; readonly replaced: string | null } | { readonly ok: false };

export type KeyHolder = {
  /** Whether `redeem` would refuse a link of that time. */
  isSpent(issuedMs: number): Promise<boolean>;
  /** @param issuedMs when the link was made @param keyId of the key that it gives */
  redeem(issuedMs: number, keyId: string): Promise<Redeemed>;
};

export function createKeyHolder(store: HolderStore, nowMs: () => number): KeyHolder {
  const isBefore = (held: Held | null, issuedMs: number): boolean => held !== null && issuedMs <= held.redeemedMs;
  return {
    isSpent: async (issuedMs) => isBefore(store.read(), issuedMs),
    async redeem(issuedMs, keyId) {
      const held = store.read();
      if (isBefore(held, issuedMs)) return { ok: false };
      // A link of a moment ago may be of a clock that is ahead: also then it works once.
      store.write({ redeemedMs: Math.max(nowMs(), issuedMs), keyId });
      return { ok: true, replaced: held?.keyId ?? null };
    },
  };
}
