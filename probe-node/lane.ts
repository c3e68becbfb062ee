/** A lane is one provider seen from one of our source addresses: what is paced (pace/limiter.ts). Its name holds both. */

export function laneOf(source: string | null, provider: string): string {
  return `${source ?? 'default'}>${provider}`;
}

export function providerOfLane(lane: string): string {
  return lane.slice(lane.indexOf('>') + 1);
}
