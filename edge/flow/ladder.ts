/**
 * The ladder: every step from an address to a verdict, cheapest first, and how it is climbed.
 *
 * Before it: verify.ts. After it: steps.ts (the work of each step), parallel-steps.ts (steps at the same time). The judge
 * (judge/verdict.ts) is asked after each step; the first judgement ends the climb, so an address that is settled early
 * opens no connection. The first steps are checks: no I/O, taken at once. Memory, DNS and quota are asked
 * at the same time.
 */
import type { Judgement } from '../judge/verdict.ts';
import { type Climb, type ClimbPorts, judgementSoFar, reportStep, withAddress } from './climb.ts';
import { takeParallel } from './parallel-steps.ts';
import {
  type CheckStep,
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
  type WaitingStep,
} from './steps.ts';

/** The order of work. A step that must be over before a node is asked goes beside `memory` and `mx`. */
export const LADDER: readonly LadderStep[] = [
  { step: 'syntax', cost: 'nothing', isFirst: true, take: takeSyntax },
  { step: 'role', cost: 'nothing', take: takeRole },
  { step: 'disposable', cost: 'nothing', take: takeDisposable },
  { step: 'free', cost: 'nothing', take: takeFree },
  { step: 'typo', cost: 'nothing', take: takeTypo },
  { step: 'provider_rules', cost: 'nothing', take: takeProviderRules },
  { step: 'memory', cost: 'a KV read', take: takeMemory },
  { step: 'mx', cost: 'DNS queries', isBeside: true, take: takeMailHosts },
  { step: 'quota', cost: 'a call to a counter', isBeside: true, take: takeQuota },
  { step: 'probe', cost: 'an SMTP conversation', take: takeProbe },
];

const CHECKS: readonly CheckStep[] = LADDER.filter((step) => step.cost === 'nothing');

/** The steps that must wait: each together with those that are taken beside it. */
const GROUPS: readonly (readonly WaitingStep[])[] = LADDER.reduce<WaitingStep[][]>((groups, step) => {
  if (step.cost === 'nothing') return groups;
  if (step.isBeside === true) groups.at(-1)?.push(step);
  else groups.push([step]);
  return groups;
}, []);

/** Takes the check of the text itself, which needs nothing that must be read. As `takeChecks`. */
export function takeFirstCheck(climb: Climb, ports: ClimbPorts): Judgement | null {
  return takeUntilDecided(CHECKS.slice(0, 1), climb, ports);
}

/** Takes the other checks until the judge can decide; null if it cannot. They take no time and no I/O. */
export function takeChecks(climb: Climb, ports: ClimbPorts): Judgement | null {
  return takeUntilDecided(CHECKS.slice(1), climb, ports);
}

function takeUntilDecided(checks: readonly CheckStep[], climb: Climb, ports: ClimbPorts): Judgement | null {
  for (const check of checks) {
    const isFound = check.isFirst === true ? check.take(climb) : check.take(withAddress(climb), ports);
    const judgement = judgementSoFar(climb, climb.reachedMs, ports);
    const outcome = judgement !== null ? 'stop' : isFound ? 'found' : 'pass';
    reportStep(climb, ports, { step: check.step, outcome, ms: 0 });
    if (judgement !== null) return judgement;
  }
  return null;
}

/** Takes the steps after the checks until the judge can decide. */
export async function ascend(climb: Climb, ports: ClimbPorts): Promise<Judgement> {
  for (const group of GROUPS) {
    const judgement = await takeParallel(withAddress(climb), group, ports);
    if (judgement !== null) return judgement;
  }
  throw new Error('the last step left the judge undecided');
}
