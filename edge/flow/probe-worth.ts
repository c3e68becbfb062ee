/**
 * The worth of a climb to its payer: paid, free, or in vain.
 *
 * Before it: verify.ts. After it: quota/reservation.ts. An `unknown` is free. But the owner of a mail server can keep it
 * silent as often as they like, at the cost of our nodes. So an `unknown` at a host of no known provider is free and in
 * vain, and a day has a limit of those (quota/day-count.ts). A fault of ours is never in vain: no node, our own queue, a
 * node that a provider has turned away.
 */
import type { Answer } from '../../shared/answer.ts';
import type { Evidence } from '../../shared/job.ts';
import { providerOfMx } from '../../shared/providers.ts';
import type { Worth } from '../quota/reservation.ts';
import type { Climb } from './climb.ts';

/** @param answer the answer of the climb, or null if it broke on our side */
export function worthOf({ findings, isJoined, patience }: Climb, answer: Answer | null): Worth {
  if (answer === null || answer.cached || isJoined) return 'free';
  if (answer.verdict !== 'unknown') return 'paid';
  const { probe, mail } = findings;
  const hosts = mail?.kind === 'hosts' ? mail.hosts.map(({ host }) => host) : [];
  // A node that has said nothing for as long as we listen has been kept waiting; else there was none.
  if (probe === 'no_node') return patience.aborted && hosts.some(isNobodys) ? 'vain' : 'free';
  if (probe === null || typeof probe === 'string') return 'free';
  return isOurs(probe) || !(probe.host === null ? hosts : [probe.host]).some(isNobodys) ? 'free' : 'vain';
}

function isOurs({ outcome }: Evidence): boolean {
  return outcome === 'paced' || outcome === 'resting';
}

function isNobodys(host: string): boolean {
  return providerOfMx(host) === null;
}
