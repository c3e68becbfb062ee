/** Raw outcomes of a run to the figures of the tables. */
import type { Verdict } from '../../../shared/verdict.ts';
import type { Behaviour, Honesty } from '../run/results.ts';
import { type LabelledReply, type ReplyOutcome, SUBJECTS, type Subject, scoreReply } from '../sets/replies.ts';
import { type BehaviourOutcome, type OddServer, scoreBehaviour } from '../sets/server.ts';
import { type Share, shareOf } from './interval.ts';

export type HonestyTally = {
  /** Of the replies about which invalid is false: all but those about a mailbox that is gone, and those of a server that relays nothing. */
  readonly falseInvalid: Share;
  /** Of the replies that do not accept the mailbox. */
  readonly falseDeliverable: Share;
  readonly right: Share;
  /** Neither right nor false. */
  readonly neither: Share;
  /** Right ones of each subject. */
  readonly bySubject: Readonly<Record<Subject, Share>>;
};

export function tallyHonesty({ verdicts }: Honesty, replies: readonly LabelledReply[]): HonestyTally {
  const scored = replies.map(({ id, about }) => ({ about, outcome: scoreReply(about, verdicts[id] ?? null) }));
  const count = (outcome: ReplyOutcome): number => scored.filter((each) => each.outcome === outcome).length;
  const canBe = (verdict: Verdict, outcome: ReplyOutcome): number =>
    replies.filter(({ about }) => scoreReply(about, verdict) === outcome).length;
  const subjects = Object.keys(SUBJECTS) as Subject[];
  const rightOf = (subject: Subject): Share => {
    const own = scored.filter(({ about }) => about === subject);
    return shareOf(own.filter(({ outcome }) => outcome === 'right').length, own.length);
  };
  return {
    falseInvalid: shareOf(count('false_invalid'), canBe('invalid', 'false_invalid')),
    falseDeliverable: shareOf(count('false_deliverable'), canBe('deliverable', 'false_deliverable')),
    right: shareOf(count('right'), scored.length),
    neither: shareOf(count('neither'), scored.length),
    bySubject: Object.fromEntries(subjects.map((subject) => [subject, rightOf(subject)])) as Record<Subject, Share>,
  };
}

export type BehaviourTally = Readonly<Record<BehaviourOutcome, Share>> & {
  /** Ids of the servers about which the peer was wrong, or hung. */
  readonly misled: readonly string[];
};

export function tallyBehaviour({ verdicts }: Behaviour, servers: readonly OddServer[]): BehaviourTally {
  const scored = servers.map((server) => ({ id: server.id, outcome: outcomeOf(server, verdicts) }));
  const share = (outcome: BehaviourOutcome): Share =>
    shareOf(scored.filter((each) => each.outcome === outcome).length, scored.length);
  return {
    right: share('right'),
    acceptable: share('acceptable'),
    wrong: share('wrong'),
    hung: share('hung'),
    misled: scored.filter(({ outcome }) => outcome === 'wrong' || outcome === 'hung').map(({ id }) => id),
  };
}

export function outcomeOf(server: OddServer, verdicts: Readonly<Record<string, Verdict | null>>): BehaviourOutcome {
  return scoreBehaviour(server, verdicts[server.id] ?? null);
}
