/**
 * The node's reactions to replies: slow down, rest a source, stay with one source, or ease.
 *
 * It judges no mailbox. The rules are the edge's (shared/replies), used here to tell whom a reply is about. A reply
 * counts for the host that gave it, for its provider if the host's name shows one, and for the endpoint.
 */
import { type ReplyClass, replyClassRow } from '../../shared/replies/classes.ts';
import type { classify } from '../../shared/replies/classify.ts';
import type { Reply } from '../../shared/replies/reply.ts';
import type { Treatments } from '../edge-link/treatment.ts';
import type { Sources } from '../memory/sources.ts';
import type { Strangers } from '../memory/strangers.ts';
import type { Meter } from '../metrics.ts';
import { type Limiter, PACE_DEFAULT, PACE_SERVER } from '../pace/limiter.ts';
import { partyOfLane } from './lane.ts';
import type { ReplyListener } from './lease.ts';

export type ReplyPolicyPorts = {
  readonly limiter: Limiter;
  readonly servers: Limiter;
  readonly sources: Sources;
  readonly strangers: Strangers;
  readonly meter: Meter;
  readonly treatments: Pick<Treatments, 'heard'>;
  readonly classify: typeof classify;
};

export function createReplyPolicy({
  limiter,
  servers,
  sources,
  strangers,
  meter,
  treatments,
  classify,
}: ReplyPolicyPorts): ReplyListener {
  return (reply, stage, request, server) => {
    const { owner, lane, source, provider } = request;
    const providerId = provider?.id ?? null;
    const { class: replyClass } = classify(stage, reply, providerId);
    const { blame } = replyClassRow(replyClass);
    const pace = provider?.pace ?? PACE_DEFAULT;
    meter.reply(providerId ?? 'other', stage, replyClass);
    treatments.heard(source.ip, partyOfLane(lane), stage, reply, replyClass);
    if (replyClass === 'greylisted') sources.greylisted(request, source);
    if (replyClass === 'ip_blocked') sources.refused(source, partyOfLane(lane), owner);
    if (isComplaint(reply, replyClass)) {
      // Many domains share a provider, and replies about one domain alone must not close it to the others for long.
      const voice = provider === null ? null : owner;
      limiter.backOff(lane, pace, voice);
      servers.backOff(server, PACE_SERVER, voice);
    } else if (blame === 'nobody' || blame === 'recipient') {
      limiter.ease(lane, pace);
      servers.ease(server, PACE_SERVER);
      sources.answered(source, partyOfLane(lane), owner);
    }
    if (stage === 'rcpt' && isRefusalOfMailbox(reply, replyClass)) strangers.refuted(request, providerId);
  };
}

/**
 * 421, a rate text, or a temporary policy code (4.7.x) that is no greylisting: the server wants less of us. With a
 * status of the mailbox (x.2.x) the rate is that of the mailbox, for all senders ("receiving mail at a rate that …").
 */
function isComplaint({ code, enhanced }: Reply, replyClass: ReplyClass): boolean {
  if (code === 421) return true;
  if (replyClass === 'rate_limited') return enhanced?.slice(1, 4) !== '.2.';
  return replyClass !== 'greylisted' && enhanced?.startsWith('4.7.') === true;
}

function isRefusalOfMailbox({ code }: Reply, replyClass: ReplyClass): boolean {
  return code >= 500 && (replyClass === 'mailbox_not_found' || replyClass === 'mailbox_disabled');
}
