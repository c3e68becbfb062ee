/**
 * The record of a climb: one address on its way up the ladder, the findings about it, and the judgement so far.
 *
 * Before it: verify.ts, which starts a climb. The steps (steps.ts) write into the record; compose.ts, probe-worth.ts and
 * record-outcome.ts read it. The syntax step parses the text and works out the canonical form, each once; every later
 * step finds both here.
 */
import type { Address, ParsedAddress } from '../../shared/address.ts';
import type { StepReport } from '../../shared/answer.ts';
import type { Evidence, Priority } from '../../shared/job.ts';
import type { classify } from '../../shared/replies/classify.ts';
import { reasonRow } from '../../shared/verdict.ts';
import type { DnsQuery } from '../dns/doh.ts';
import { type Findings, type Judgement, judge } from '../judge/verdict.ts';
import type { DomainMemory } from '../memory/domains.ts';
import { retryAfterNow } from '../memory/freshness.ts';
import type { RecallBoth } from '../memory/recall-both.ts';
import type { RememberedVerdict } from '../memory/results.ts';
import type { ProbePorts } from '../probe/probe-once.ts';
import type { Payment, Unit } from '../quota/reservation.ts';

export type ClimbOptions = {
  /** Milliseconds until the caller must have an answer. */
  readonly deadlineMs: number;
  /** Maximum age in seconds of a remembered verdict, or null for as long as it lives. */
  readonly maxAgeSeconds: number | null;
  /** False to stop before the probe. */
  readonly smtp: boolean;
  /** Set if this is a recheck of our own: the node to ask again, and how many rechecks there have been. */
  readonly recheck: { readonly node: string; readonly attempt: number } | null;
  /** `bulk` if nobody waits for this address in particular; `interactive` if it is left out. */
  readonly priority?: Priority;
};

export type ClimbPorts = ProbePorts & {
  readonly isDisposable: (domain: string) => boolean;
  /** The operator has marked the domain as not disposable, whatever its mail hosts are. */
  readonly isAllowed: (domain: string) => boolean;
  readonly query: DnsQuery;
  /** The remembered verdict, if it can be had without waiting. */
  readonly atHand: (address: string) => RememberedVerdict | null;
  readonly recallBoth: RecallBoth;
  /** May be one with a memory. */
  readonly classify: typeof classify;
  /** Pays for the caller's probes, or null if they cost nothing. */
  readonly quota: Payment | null;
  /** True once the caller has hung up: a probe that has not begun is not begun, and costs nothing. */
  readonly isAbandoned?: () => boolean;
  /** Called with each step as it ends. */
  readonly onStep?: (step: StepReport) => void;
};

/** Milliseconds for which a climb goes on after its caller has been answered: `waitUntil` grants 30 s after the answer. */
export const PATIENCE_MS = 28_000;

export type Climb = {
  readonly input: string;
  /** The input as the caller has parsed it already, or null. */
  readonly parsedBefore: ParsedAddress | null;
  readonly options: ClimbOptions;
  /** Aborts when the climb is called off. */
  readonly patience: AbortSignal;
  readonly startMs: number;
  /** When the last step ended. */
  reachedMs: number;
  /** The parsed address and its canonical form. The syntax step sets them; they stay null if the input is no address. */
  address: Address | null;
  canonical: string | null;
  readonly findings: { -readonly [finding in keyof Findings]: Findings[finding] };
  /** Domain that may have been meant, or null; undefined before the typo step. */
  suggestion: string | null | undefined;
  remembered: RememberedVerdict | null;
  /** Earlier observations of the domain's mail hosts. */
  rememberedDomain: DomainMemory;
  /** True once memory has answered that it holds no verdict. */
  isUnremembered: boolean;
  /** If two nodes were asked: the evidence of the other one, and its judgement. */
  second: { readonly evidence: Evidence; readonly judgement: Judgement } | null;
  /** True if the probe of another climb was joined: that climb records the outcome. */
  isJoined: boolean;
  /** The unit that paid for the probe, or null if none was asked for. */
  unit: Unit | null;
  readonly steps: StepReport[];
};

/** A climb after the syntax step, if the input is an address. */
export type AddressClimb = Climb & { readonly address: Address };

const NOTHING_KNOWN: DomainMemory = new Map();

/**
 * A climb before its first step.
 *
 * @param parsedBefore the input as the caller has parsed it already, or null
 */
export function startClimb(
  input: string,
  options: ClimbOptions,
  startMs: number,
  patience: AbortSignal,
  parsedBefore: ParsedAddress | null = null,
): Climb {
  return {
    input,
    parsedBefore,
    options,
    patience,
    startMs,
    reachedMs: startMs,
    address: null,
    canonical: null,
    findings: {
      parsed: null,
      isDisposable: null,
      isRole: null,
      brokenRule: null,
      mail: null,
      provider: null,
      probe: null,
      strangers: NOTHING_KNOWN,
    },
    suggestion: undefined,
    remembered: null,
    rememberedDomain: NOTHING_KNOWN,
    isUnremembered: false,
    second: null,
    isJoined: false,
    unit: null,
    steps: [],
  };
}

/** Writes a step into the record, and tells the caller of it. */
export function reportStep(climb: Climb, { onStep }: ClimbPorts, step: StepReport): void {
  climb.steps.push(step);
  onStep?.(step);
}

/** The climb with its address. Throws if there is none: then the judge has ended the climb at the syntax step. */
export function withAddress(climb: Climb): AddressClimb {
  if (!hasAddress(climb)) throw new Error('the climb has no address yet');
  return climb;
}

function hasAddress(climb: Climb): climb is AddressClimb {
  return climb.address !== null;
}

/** The judgement so far: the remembered verdict, or the judge's of the findings; null while more must be known. */
export function judgementSoFar(
  { findings, remembered }: Climb,
  nowMs: number,
  { classify }: ClimbPorts,
): Judgement | null {
  return remembered === null ? judge(findings, classify) : judgementOfRemembered(remembered, nowMs);
}

/** A verdict that is at hand and was found out since the climb began, or null. */
export function recallNow(climb: Climb, ports: ClimbPorts): Judgement | null {
  if (climb.address === null) return null;
  const remembered = ports.atHand(climb.address.address);
  if (remembered === null || Date.parse(remembered.checked_at) <= climb.startMs) return null;
  climb.remembered = remembered;
  return judgementOfRemembered(remembered, ports.nowMs());
}

function judgementOfRemembered(remembered: RememberedVerdict, nowMs: number): Judgement {
  const { reason, catch_all } = remembered;
  return {
    reason,
    detail: reasonRow(reason).detail,
    retryAfterSeconds: retryAfterNow(remembered, nowMs),
    catchAll: catch_all,
    rule: null,
    blame: null,
    isOurReputation: false,
  };
}
