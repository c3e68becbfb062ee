/**
 * What a node makes of the replies it hears, for its own conduct: slow down, rest a source, stay with one, or ease.
 *
 * It judges no mailbox. The same rules that the edge judges by tell here who is meant (shared/replies).
 */
import { type ReplyClass, replyClassRow } from '../shared/replies/classes.ts';
import type { Reply, Stage } from '../shared/replies/reply.ts';
import { providerOfLane } from './lane.ts';
import type { LeaseRequest } from './lease.ts';
import type { Sources } from './memory/sources.ts';
import type { Meter } from './metrics.ts';
import { type Limiter, PACE_DEFAULT, PACE_SERVER } from './pace/limiter.ts';
import { createRepeatedClassify } from './repeated-reply.ts';

export type ConductPorts = {
  readonly limiter: Limiter;
  readonly servers: Limiter;
  readonly sources: Sources;
  readonly meter: Meter;
};

export function createConduct({ limiter, servers, sources, meter }: ConductPorts) {
  const classify = createRepeatedClassify();
  return (reply: Reply, stage: Stage, { domain, lane, source, provider }: LeaseRequest, endpoint: string): void => {
    const { class: replyClass } = classify(stage, reply, provider?.id ?? null);
    const pace = provider?.pace ?? PACE_DEFAULT;
    meter.reply(provider?.id ?? 'other', stage, replyClass);
    if (replyClass === 'greylisted') sources.greylisted(domain, source);
    if (replyClass === 'ip_blocked') sources.refused(source, providerOfLane(lane));
    if (isComplaint(reply, replyClass)) {
      limiter.backOff(lane, pace);
      if (provider === null) servers.backOff(endpoint, PACE_SERVER);
    } else if (replyClassRow(replyClass).blame === 'nobody' || replyClassRow(replyClass).blame === 'recipient') {
      limiter.ease(lane, pace);
      if (provider === null) servers.ease(endpoint, PACE_SERVER);
      sources.accepted(source, providerOfLane(lane));
    }
  };
}

/** 421, a rate text, or a temporary policy code (4.7.x) that is no greylisting: the provider wants less of us. */
function isComplaint({ code, enhanced }: Reply, replyClass: ReplyClass): boolean {
  if (replyClass === 'rate_limited' || code === 421) return true;
  return replyClass !== 'greylisted' && enhanced?.startsWith('4.7.') === true;
}
