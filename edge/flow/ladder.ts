/**
 * The ladder: every step from an address to a verdict, cheapest first, and how it is climbed.
 *
 * Before it: verify.ts. After it: steps.ts (what each step does), parallel-steps.ts (steps at the same time). The judge
 * (judge/verdict.ts) is asked after each step; the first judgement ends the climb, so an address that is settled early
 * opens no connection. Memory, DNS and quota are asked at the same time.
 */
import type { MaybePromise } from '../async/maybe-promise.ts';
import type { Judgement } from '../judge/verdict.ts';
import type { Climb, ClimbPorts } from './climb.ts';
import { takeParallel } from './parallel-steps.ts';
import {
  type LadderStep,
  takeDisposable,
  takeFree,
  takeMailHosts,
  takeMemory,
  takeProbe,
  takeProviderRules,
  takeQuota,
  takeRole,
  takeSyntax,
  takeTypo,
} from './steps.ts';

/** The order of work. What else must be known before a node is asked goes beside `memory` and `mx`. */
export const LADDER: readonly LadderStep[] = [
  { step: 'syntax', cost: 'nothing', isFirst: true, take: takeSyntax },
  { step: 'role', cost: 'nothing', take: takeRole },
  { step: 'disposable', cost: 'nothing', take: takeDisposable },
  { step: 'free', cost: 'nothing', take: takeFree },
  { step: 'typo', cost: 'nothing', take: takeTypo },
  { step: 'provider_rules', cost: 'nothing', take: takeProviderRules },
  { step: 'memory', cost: 'two KV reads', take: takeMemory },
  { step: 'mx', cost: 'DNS queries', isBeside: true, take: takeMailHosts },
  { step: 'quota', cost: 'a call to a counter', isBeside: true, take: takeQuota },
  { step: 'probe', cost: 'an SMTP conversation', take: takeProbe },
];

/** Each step together with those that are taken beside it. */
const GROUPS: readonly (readonly LadderStep[])[] = LADDER.reduce<LadderStep[][]>((groups, step) => {
  if (step.isBeside === true) groups.at(-1)?.push(step);
  else groups.push([step]);
  return groups;
}, []);

/**
 * Takes step after step until the judge can decide. The judgement is there at once if no step had to wait, and otherwise
 * there is a promise of it.
 */
export function ascend(climb: Climb, ports: ClimbPorts, from = 0): MaybePromise<Judgement> {
  for (let index = from; index < GROUPS.length; index += 1) {
    const judgement = takeParallel(climb, GROUPS[index] ?? [], ports);
    if (judgement instanceof Promise) return judgement.then((it) => it ?? ascend(climb, ports, index + 1));
    if (judgement !== null) return judgement;
  }
  throw new Error('the last step left the judge undecided');
}
