/** The copy of the registry in KV, which isolates without a snapshot go by while the registry is away. */
import { expect } from 'vitest';
import type { RehearsedEdge } from '../../rehearsal/rehearsed-edge.ts';

/**
 * Waits until the copy has so many nodes that can be asked. KV takes one write of it a second, so that the copy of nodes which came
 * at once is whole with a later heartbeat.
 *
 * @param location place in which it is read; one that has not read it before sees it at once
 */
export async function areCopied({ platform }: RehearsedEdge, count: number, location: () => string): Promise<void> {
  const active = (): number => {
    const copy = platform.kv.get(location(), 'n1:roster')?.value ?? '';
    return copy.split('"state":"active"').length - 1;
  };
  await expect.poll(active, { interval: 200 }).toBe(count);
}
