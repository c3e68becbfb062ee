/**
 * Lane: the unit of pacing (pace/limiter.ts), one party seen from one of our source addresses. Its name holds both.
 *
 * The party depends on the asked host alone: a domain's other records, or the edge's idea of the provider, can be set
 * by anyone.
 */
import { providerOfMx } from '../../shared/providers.ts';
import { ownerOf } from './owner.ts';

/** The party behind a host, by its name: the id of its provider, or the host itself if no provider is known. */
export function partyOf(host: string): string {
  return providerOfMx(host)?.id ?? host;
}

/**
 * The operator of a host: its provider, else the owner of its name. Hosts of one operator are likely to answer alike.
 */
export function operatorOf(host: string): string {
  return providerOfMx(host)?.id ?? ownerOf(host);
}

export function laneOf(source: string | null, party: string): string {
  return `${source ?? 'default'}>${party}`;
}

export function partyOfLane(lane: string): string {
  return lane.slice(lane.indexOf('>') + 1);
}
