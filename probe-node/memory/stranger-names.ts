/**
 * Derives the random mailbox for a host of a domain: the same one for a day, however often it is asked.
 *
 * A greylister that keys on (client address, MAIL FROM, RCPT) delays each name that it has not seen, and would delay a
 * random mailbox for ever if each try drew a new one. So the name is derived: HMAC-SHA256 of domain, host and day,
 * under a secret of the node. It needs no memory, outlasts a restart, and cannot be foreseen without the secret.
 */
import { createHmac } from 'node:crypto';
import { strangerLocalPart } from '../smtp/stranger.ts';
import type { Post } from './strangers.ts';

/** Longer than greylists delay a client; short enough that no name is asked for weeks. */
const PERIOD_MS = 86_400_000;

/** Returns the local part. */
export type StrangerNames = (post: Post) => string;

/** @param wallMs milliseconds since the epoch, so that a restart changes no name */
export function createStrangerNames(secret: string, wallMs: () => number): StrangerNames {
  return ({ domain, host }) => {
    const period = Math.floor(wallMs() / PERIOD_MS);
    const bits = createHmac('sha256', secret).update(`${domain} ${host} ${period}`).digest();
    let at = 0;
    return strangerLocalPart(() => {
      // A name takes six numbers, and the digest holds eight.
      const number = bits.readUInt32BE((at % 8) * 4) / 2 ** 32;
      at += 1;
      return number;
    });
  };
}
