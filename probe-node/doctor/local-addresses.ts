/** The addresses of this machine's interfaces at this moment. */
import { networkInterfaces } from 'node:os';

export function localAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((ofOne) => (ofOne ?? []).map(({ address }) => address));
}
