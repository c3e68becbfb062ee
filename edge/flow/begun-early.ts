/**
 * Reads that are begun while the names of disposable domains are still being read, which happens in the first requests of an isolate.
 *
 * Before it: verify.ts. A domain that is known to be disposable already needs none of them.
 */
import type { AddressClimb, ClimbPorts } from './climb.ts';

/** The ports, with the reads of memory under way; the DNS answers from its own memory by the time it is asked. */
export function begunEarly<Ports extends ClimbPorts>(
  { address, options, patience }: AddressClimb,
  ports: Ports,
): Ports {
  if (ports.isDisposable(address.domain)) return ports;
  const recalled = ports.recallBoth(address, options.maxAgeSeconds !== 0);
  const asked = ports.query(address.domain, 'MX', patience);
  // Each step that needs one meets its fault; none of them may ever be needed.
  for (const work of [recalled, asked]) work.catch(() => {});
  return {
    ...ports,
    // What was read belongs to this address alone.
    recallBoth: (other, isWanted) => (other === address ? recalled : ports.recallBoth(other, isWanted)),
  };
}
