/**
 * Free keys by mail for the routes: the bounds of requests, the message with its link, and the key for the link.
 * Wiring only; before it: services.ts, after it: keys/, quota/.
 */
import { base64url, type CryptoKey } from 'jose';
import type { KeyReport } from '../../shared/api-key.ts';
import { canonicalOf } from '../../shared/canonical.ts';
import { deriveSealKey, openText, sealText } from '../crypto/seal.ts';
import type { EdgeSettings, Env } from '../env.ts';
import { openLink, sealLink } from '../keys/key-link.ts';
import { type KeyMailer, keyMail } from '../keys/key-mail.ts';
import { clientNetworkOf, siteOf } from '../quota/client-network.ts';
import { createCounterLink } from '../quota/counter-link.ts';
import { secondsUntilReset } from '../quota/day-count.ts';
import type { KeyRequest, KeyService } from './key-ports.ts';

/** Messages a day (UTC): for one network, for all networks of a /48, for one mailbox, and of this edge. */
const CLIENT_DAILY_MAX = 10;
const SITE_DAILY_MAX = 40;
const MAILBOX_DAILY_MAX = 5;
const EDGE_DAILY_MAX = 1_000;
/** Seconds after which asking again is worthwhile if a counter cannot tell. */
const UNCOUNTED_SECONDS = 60;

/** Purpose of the key that seals links (crypto/seal.ts). */
const LINK_PURPOSE = 'vrfy key link v1';
const KEY_NAME = 'free key by mail';

/** `client`: this client has had enough messages of the day; `edge`: the edge has sent enough, or cannot count. */
type MailAdmission = { readonly kind: 'go' } | { readonly kind: 'client' | 'edge'; readonly retryAfterSeconds: number };

export type FreeKeys = {
  /** Counts a request. @param client address of the client, or null if it is unknown: then only the edge's bound counts */
  admit(client: string | null): Promise<MailAdmission>;
  /**
   * Sends the message. It resolves as well if the mailbox has had enough of them, or if sending fails: a requester learns
   * nothing about a mailbox.
   *
   * @param origin of the edge, as the client knows it
   */
  invite(email: string, origin: string): Promise<void>;
  /** Whether the text is a link of ours that has not had its time; whether it was used shows when it is redeemed. */
  isLink(text: string): Promise<boolean>;
  /** The key itself is returned once and not stored. Null for a link that is invalid, too old or used. */
  redeem(text: string): Promise<(KeyReport & { readonly key: string }) | null>;
};

export type FreeKeyPorts = {
  readonly mailer: KeyMailer;
  readonly keyService: KeyService;
  readonly secret: CryptoKey;
  readonly nowMs: () => number;
  readonly onFault: (error: unknown) => void;
};

export function createFreeKeys(
  { QUOTA, KEY_HOLDERS }: Pick<Env, 'QUOTA' | 'KEY_HOLDERS'>,
  { cacheKey, keyDailyQuota }: Pick<EdgeSettings, 'cacheKey' | 'keyDailyQuota'>,
  { mailer, keyService, secret, nowMs, onFault }: FreeKeyPorts,
): FreeKeys {
  const randomText = (): string => crypto.randomUUID();
  const link = createCounterLink({ counter: (name) => QUOTA.getByName(name), secret, nowMs, randomText, onFault });
  // Anew each time, as in key-ports.ts.
  const linkKey = () => deriveSealKey(cacheKey, LINK_PURPOSE);
  const seals = {
    seal: async (text: string) => sealText(await linkKey(), text),
    open: async (sealed: string) => openText(await linkKey(), sealed),
  };
  /** Seconds until there is one more; 0 if one was there. */
  const take = async (name: string, limit: number): Promise<number> => {
    const units = await link.reserve(`mail ${name}`, 1, limit);
    // Fail closed: a counter that fails must not mean messages without a bound.
    if (units === null) return UNCOUNTED_SECONDS;
    return units.granted > 0 ? 0 : (units.uncountedSeconds ?? secondsUntilReset(units.day, nowMs()));
  };
  const holderOf = async (email: string) => {
    const mac = await crypto.subtle.sign('HMAC', secret, new TextEncoder().encode(`key holder ${canonicalOf(email)}`));
    return KEY_HOLDERS.getByName(base64url.encode(new Uint8Array(mac)));
  };
  /** From here on the link is spent: a key that could not be deleted must not keep its holder from the new one. */
  const drop = (id: string): Promise<unknown> => keyService.revoke(id).catch(onFault);
  return {
    async admit(client) {
      if (client !== null) {
        const site = siteOf(client);
        const waits = [await take(`client ${clientNetworkOf(client)}`, CLIENT_DAILY_MAX)];
        if (site !== null) waits.push(await take(`client ${site}`, SITE_DAILY_MAX));
        const retryAfterSeconds = Math.max(...waits);
        if (retryAfterSeconds > 0) return { kind: 'client', retryAfterSeconds };
      }
      const retryAfterSeconds = await take('edge', EDGE_DAILY_MAX);
      return retryAfterSeconds > 0 ? { kind: 'edge', retryAfterSeconds } : { kind: 'go' };
    },
    async invite(email, origin) {
      try {
        if ((await take(`to ${canonicalOf(email)}`, MAILBOX_DAILY_MAX)) > 0) return;
        const url = new URL('/keys/confirm', origin);
        url.searchParams.set('link', await sealLink({ email, issuedMs: nowMs() }, seals));
        await mailer.send(keyMail(email, url.href, url.host));
      } catch (error) {
        onFault(error);
      }
    },
    isLink: async (text) => (await openLink(text, seals, nowMs())) !== null,
    async redeem(text) {
      const opened = await openLink(text, seals, nowMs());
      if (opened === null) return null;
      const { email, issuedMs } = opened;
      const holder = await holderOf(email);
      // A key costs writes: a spent link that is sent again and again must cost none.
      if (await holder.isSpent(issuedMs)) return null;
      const wish: KeyRequest = { kind: 'secret', name: KEY_NAME, email, origins: [], daily_quota: keyDailyQuota };
      // Before the link is spent: an unseen key is no loss, a spent link without a key is one.
      const made = await keyService.make(wish);
      const redeemed = await holder.redeem(issuedMs, made.id).catch(async (error: unknown) => {
        await drop(made.id);
        throw error;
      });
      if (!redeemed.ok) {
        await drop(made.id);
        return null;
      }
      if (redeemed.replaced !== null) await drop(redeemed.replaced);
      return made;
    },
  };
}
