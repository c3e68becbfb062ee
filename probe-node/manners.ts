/**
 * What hosts teach us of how they want to be asked, kept for a while by the name that was asked.
 */
import type { Reply } from '../shared/replies/reply.ts';
import type { HostManners, LeasePorts } from './lease.ts';

/** How long a host's manners are remembered. */
const MANNERS_MS = 3_600_000;

export function learn(host: string, manners: HostManners, ports: Pick<LeasePorts, 'manners'>): void {
  ports.manners.set(host, { ...ports.manners.get(host), ...manners }, MANNERS_MS);
}

/** RFC 5321 §4.5.3.1.10, RFC 3463 §3.6 (x.5.3): too many recipients for one transaction. */
export function isOneTooMany({ code, enhanced, text }: Reply): boolean {
  if (code < 400) return false;
  return enhanced?.endsWith('.5.3') === true || (code < 500 && /recipients/i.test(text));
}
