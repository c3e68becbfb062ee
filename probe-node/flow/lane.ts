/**
 * A lane is one party seen from one of our source addresses: what is paced (pace/limiter.ts). Its name holds both.
 *
 * The party goes by the host that is asked and by nothing else: what a domain lists beside that host, or what the edge takes
 * the domain's provider for, is anybody's word.
 */
import { providerOfMx } from '../../shared/providers.ts';
import { ownerOf } from './owner.ts';

/** Who is asked at a host, by its name: the id of the provider that runs it, or the host where nobody is known to. */
export function partyOf(host: string): string {
  return providerOfMx(host)?.id ?? host;
}

/** Who decides over a host: its provider, else the owner of its name. Hosts of one operator are likely to say the same. */
export function operatorOf(host: string): string {
  return providerOfMx(host)?.id ?? ownerOf(host);
}

export function laneOf(source: string | null, party: string): string {
  return `${source ?? 'default'}>${party}`;
}

export function partyOfLane(lane: string): string {
  return lane.slice(lane.indexOf('>') + 1);
}
