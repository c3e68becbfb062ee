/**
 * Quirks of mail hosts: limits and oddities that a host has shown, remembered for an hour by the name that was asked.
 */
import type { ExpiringMap } from '../../shared/expiring-map.ts';
import type { Reply } from '../../shared/replies/reply.ts';
import type { Ending } from '../smtp/connection.ts';

/** Limits and oddities that a host has shown. */
export type HostQuirks = {
  readonly needsTls?: true;
  readonly isLockstep?: true;
  /** Recipients in one transaction. */
  readonly recipientsMax?: number;
  /** Refusals after which the host ends a session. */
  readonly refusalsMax?: number;
};

/** Milliseconds for which a host's quirks are remembered. */
const QUIRKS_MS = 3_600_000;

export function learn(host: string, quirks: HostQuirks, ports: { readonly quirks: ExpiringMap<HostQuirks> }): void {
  ports.quirks.set(host, { ...ports.quirks.get(host), ...quirks }, QUIRKS_MS);
}

/**
 * How to ask a host after a session in which replies and commands were out of step, or replies were missing: one by
 * one; and one recipient at a time if it hung up on several, and some of its replies could be another recipient's. Else
 * null.
 */
export function quirksAfter(ending: Ending, recipients: number): HostQuirks | null {
  if (ending.kind !== 'broken' && !(ending.kind === 'timeout' && ending.fault === 'replies_missing')) return null;
  return ending.fault === 'cut_short' && recipients > 1 ? { recipientsMax: 1 } : { isLockstep: true };
}

/**
 * Too many recipients for one transaction: RFC 3463 §3.6 (x.5.3); RFC 5321 §4.5.3.1.10 has 452 and takes an older 552
 * for the same. A 5yz must say so in as many words, since 552 is a full mailbox too.
 */
export function isOneTooMany({ code, enhanced, text }: Reply): boolean {
  if (code < 400) return false;
  if (enhanced?.endsWith('.5.3') === true) return true;
  if (/\btoo many (?:\w+ )?(?:recipients|rcpts?|addressees)\b/i.test(text)) return true;
  return code < 500
    ? /recipients/i.test(text)
    : /\b(?:recipients?|rcpt) (?:count |number )?(?:limit|exceeded)/i.test(text);
}
