/**
 * The ladder: every step from an address to a verdict, cheapest first, and how it is climbed.
 *
 * Before it: verify.ts. After it: parallel-steps.ts (rungs at the same time), probe-once.ts. Each rung adds to the findings and
 * the judge (verdict.ts) is asked after each; the first judgement ends the climb, so a verdict that is settled early opens
 * no connection. Memory and DNS are asked at the same time, and one mailbox is probed once at a time.
 */
import { type Address, parseAddress } from '../../shared/address.ts';
import type { StepReport } from '../../shared/answer.ts';
import type { Evidence, MailHost, Outcome } from '../../shared/job.ts';
import { answersForEachMailbox, providerOfMx } from '../../shared/providers.ts';
import type { MaybeLater } from '../async/maybe-promise.ts';
import { isDisposableMx } from '../checks/disposable.ts';
import { isFree } from '../checks/free.ts';
import { brokenProviderRule } from '../checks/provider-rules.ts';
import { isRole } from '../checks/role.ts';
import { suggestDomain } from '../checks/typo.ts';
import type { RecordType } from '../dns/answer.ts';
import type { DnsQuery } from '../dns/doh.ts';
import { findMailHosts } from '../dns/mx.ts';
import { areAllPrivate, haveNoAddress } from '../dns/nowhere-hosts.ts';
import { type Findings, type Judgement, judge } from '../judge/verdict.ts';
import { type DomainMemory, learntAtMs } from '../memory/domains.ts';
import { isUsable } from '../memory/freshness.ts';
import type { Remembered } from '../memory/results.ts';
import type { Question } from '../probe/ask-nodes.ts';
import { type ProbePorts, probeOnce } from '../probe/probe-once.ts';
import type { Purse, Unit } from '../quota/reservation.ts';
import type { Known } from './compose.ts';
import { type Rung, recalled, takeStage } from './parallel-steps.ts';

export type ClimbOptions = {
  /** Milliseconds until the caller must have an answer. */
  readonly deadlineMs: number;
  /** Seconds that a remembered verdict may be old, or null for as long as it lives. */
  readonly maxAgeSeconds: number | null;
  /** False to stop before the probe. */
  readonly smtp: boolean;
  /** Set where this is a recheck of our own: the node to ask again, and how many rechecks there have been. */
  readonly recheck: { readonly node: string; readonly attempt: number } | null;
};

export type ClimbPorts = ProbePorts & {
  readonly isDisposable: (domain: string) => boolean;
  /** The operator's word that a domain is none, whoever takes its mail. */
  readonly isAllowed: (domain: string) => boolean;
  readonly query: DnsQuery;
  /** What is remembered and needs no waiting for. */
  readonly atHand: (address: string) => Remembered | null;
  readonly recall: (address: string) => Promise<Remembered | null>;
  readonly recallDomain: (domain: string) => Promise<DomainMemory>;
  /** What the caller pays a probe with, or null where it costs nothing. */
  readonly quota: Purse | null;
  /** True once the caller has hung up: a probe that has not begun is not begun, and costs nothing. */
  readonly isAbandoned?: () => boolean;
  /** Told of each step as it ends. */
  readonly onStep?: (step: StepReport) => void;
};

/** Milliseconds for which a climb goes on behind its caller's back: `waitUntil` grants 30 s after the answer. */
export const PATIENCE_MS = 28_000;
/** Milliseconds kept for the evidence to come back from the node. */
const WAY_BACK_MS = 250;

/** One address on its way up. */
export type Climb = {
  readonly input: string;
  readonly options: ClimbOptions;
  /** Its signal aborts when nobody waits any more. */
  readonly patience: Patience;
  readonly startMs: number;
  /** When the last rung ended. */
  reachedMs: number;
  readonly findings: { -readonly [finding in keyof Findings]: Findings[finding] };
  suggestion: Known['suggestion'];
  remembered: Remembered | null;
  /** What its mail hosts have shown before. */
  rememberedDomain: DomainMemory;
  /** True once memory has said that it has nothing. */
  isUnremembered: boolean;
  second: Known['second'];
  /** True where another climb's probe was joined: what comes of it is that climb's to keep. */
  isJoined: boolean;
  /** What the probe was paid with, or null where none was asked for. */
  unit: Unit | null;
  readonly steps: StepReport[];
};

/** The order of work. What else must be known before a node is asked goes beside `memory` and `mx`. */
export const LADDER: readonly Rung[] = [
  { step: 'syntax', cost: 'nothing', take: takeSyntax },
  { step: 'role', cost: 'nothing', take: takeRole },
  { step: 'disposable', cost: 'nothing', take: takeDisposable },
  { step: 'free', cost: 'nothing', take: (climb) => isFree(addressOf(climb).domain) },
  { step: 'typo', cost: 'nothing', take: takeTypo },
  { step: 'provider_rules', cost: 'nothing', take: takeProviderRules },
  { step: 'memory', cost: 'two KV reads', take: takeMemory },
  { step: 'mx', cost: 'DNS queries', isBeside: true, take: takeMailHosts },
  { step: 'quota', cost: 'a call to a counter', isBeside: true, take: takeQuota },
  { step: 'probe', cost: 'an SMTP conversation', take: takeProbe },
];

/** Rungs that are taken at the same time. */
const STAGES: readonly (readonly Rung[])[] = LADDER.reduce<Rung[][]>((stages, rung) => {
  if (rung.isBeside === true) stages.at(-1)?.push(rung);
  else stages.push([rung]);
  return stages;
}, []);

/** What our own resolvers must say of every mail host before a node is believed that there is no way to any of them. */
const SECOND_LOOK: Readonly<Partial<Record<Outcome, typeof haveNoAddress>>> = {
  no_address: haveNoAddress,
  forbidden_address: areAllPrivate,
};

const NOTHING_KNOWN: DomainMemory = new Map();

/** How long anybody waits for a climb. */
export type Patience = { readonly signal: AbortSignal };

/** An address at the foot of the ladder. */
export function startClimb(input: string, options: ClimbOptions, startMs: number, patience: Patience): Climb {
  return {
    input,
    options,
    patience,
    startMs,
    reachedMs: startMs,
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

/**
 * Takes rung after rung until the judge has heard enough. As long as a rung needs nobody's answer no time passes: the
 * judgement is there at once, and otherwise a promise of it.
 */
export function ascend(climb: Climb, ports: ClimbPorts, from = 0): MaybeLater<Judgement> {
  for (let index = from; index < STAGES.length; index += 1) {
    const judgement = takeStage(climb, STAGES[index] ?? [], ports);
    if (judgement instanceof Promise) return judgement.then((it) => it ?? ascend(climb, ports, index + 1));
    if (judgement !== null) return judgement;
  }
  throw new Error('the last rung left the judge undecided');
}

function takeSyntax(climb: Climb): boolean {
  const parsed = parseAddress(climb.input);
  climb.findings.parsed = parsed;
  return !parsed.ok;
}

function takeRole(climb: Climb): boolean {
  const isRoleAddress = isRole(addressOf(climb).local);
  climb.findings.isRole = isRoleAddress;
  return isRoleAddress;
}

function takeDisposable(climb: Climb, ports: ClimbPorts): boolean {
  const isDisposable = ports.isDisposable(addressOf(climb).domain);
  climb.findings.isDisposable = isDisposable;
  return isDisposable;
}

function takeTypo(climb: Climb): boolean {
  climb.suggestion = suggestDomain(addressOf(climb).domain);
  return climb.suggestion !== null;
}

function takeProviderRules(climb: Climb): boolean {
  const { local, domain } = addressOf(climb);
  const brokenRule = brokenProviderRule(local, domain)?.detail ?? null;
  climb.findings.brokenRule = brokenRule;
  return brokenRule !== null;
}

/** What is remembered of the address, and of its domain. */
function takeMemory(climb: Climb, ports: ClimbPorts): boolean | Promise<() => boolean> {
  const { maxAgeSeconds } = climb.options;
  const { address, domain } = addressOf(climb);
  const takeUsable = (remembered: Remembered | null): boolean => {
    if (remembered === null || !isUsable(remembered, maxAgeSeconds, ports.nowMs())) return false;
    climb.remembered = remembered;
    return true;
  };
  if (maxAgeSeconds !== 0 && takeUsable(ports.atHand(address))) return true;
  const recalling = [maxAgeSeconds === 0 ? null : ports.recall(address), ports.recallDomain(domain)] as const;
  return Promise.all(recalling).then(([remembered, known]) => () => {
    climb.rememberedDomain = known;
    climb.findings.strangers = known;
    climb.isUnremembered = maxAgeSeconds !== 0 && remembered === null;
    return takeUsable(remembered) || known.size > 0;
  });
}

async function takeMailHosts(climb: Climb, ports: ClimbPorts): Promise<() => boolean> {
  const { domain } = addressOf(climb);
  const mail = await findMailHosts(domain, queryFor(climb, ports));
  return () => {
    const hosts = mail.kind === 'hosts' ? mail.hosts : [];
    const provider = hosts[0] === undefined ? null : providerOfMx(hosts[0].host);
    const isDisposable = hosts.some(({ host }) => isDisposableMx(host)) && !ports.isAllowed(domain);
    Object.assign(climb.findings, { mail, provider, isDisposable } satisfies Partial<Findings>);
    return provider !== null;
  };
}

/** Begins to reserve; whether there is a unit to be had matters to a climb that needs a probe, and to no other. */
function takeQuota({ options }: Climb, { quota }: ClimbPorts): null | Promise<() => boolean> {
  const prepared = options.smtp && quota !== null ? quota.prepare() : null;
  return prepared === null ? null : prepared.then(() => () => false);
}

function takeProbe(climb: Climb, ports: ClimbPorts): boolean | Promise<() => boolean> {
  const { findings, options } = climb;
  const { quota } = ports;
  const isAbandoned = (): boolean => ports.isAbandoned?.() === true;
  if (!options.smtp || isAbandoned()) {
    findings.probe = 'unwanted';
    return false;
  }
  if (quota === null) return probe(climb, ports);
  return quota.take().then((unit) => {
    climb.unit = unit;
    if (isAbandoned()) {
      return () => {
        findings.probe = 'unwanted';
        return false;
      };
    }
    if (unit !== null) return probe(climb, ports);
    const spent = quota.standing();
    return () => {
      Object.assign(findings, { probe: 'spent', spent } satisfies Partial<Findings>);
      return true;
    };
  });
}

async function probe(climb: Climb, ports: ClimbPorts): Promise<() => boolean> {
  const { findings, patience } = climb;
  const { mail } = findings;
  if (mail?.kind !== 'hosts') throw new Error('a probe needs mail hosts');
  const judgeIt = (evidence: Evidence): Judgement => {
    const judgement = judge({ ...findings, mail, probe: withoutStaleStranger(evidence, climb, ports) });
    if (judgement === null) throw new Error('evidence leaves nothing open');
    return judgement;
  };
  const { asked, isOwn } = await probeOnce(questionOf(climb, mail.hosts), judgeIt, ports, patience.signal);
  const first = asked.first && withoutStaleStranger(asked.first, climb, ports);
  const { second } = asked;
  // That a host has no address to connect to, a node may have been told by a resolver of its own: ours must say so too.
  const secondLook = first === null ? undefined : SECOND_LOOK[first.outcome];
  const isNowhere = secondLook !== undefined && (await secondLook(mail.hosts, queryFor(climb, ports)));
  return () => {
    findings.probe = first ?? 'no_node';
    if (isNowhere) findings.mail = { kind: 'no_mx' };
    climb.second = second === null ? null : { evidence: second, judgement: judgeIt(second) };
    climb.isJoined = !isOwn;
    return true;
  };
}

/**
 * The evidence without what its host told a random mailbox, where we know better: another node has asked the host since, or
 * it has refused a mailbox since.
 */
function withoutStaleStranger(evidence: Evidence, { rememberedDomain }: Climb, { nowMs }: ClimbPorts): Evidence {
  const { host, stranger } = evidence;
  const known = host === null ? undefined : rememberedDomain.get(host);
  if (stranger === null || known === undefined) return evidence;
  return nowMs() - stranger.age_s * 1000 < learntAtMs(known) ? { ...evidence, stranger: null } : evidence;
}

function questionOf(climb: Climb, hosts: readonly MailHost[]): Question {
  const { findings, options, startMs, rememberedDomain } = climb;
  const address = addressOf(climb);
  const isKnown = ({ host }: MailHost): boolean =>
    typeof rememberedDomain.get(host)?.accepts_all === 'boolean' ||
    answersForEachMailbox(providerOfMx(host), address.domain);
  const knownHosts = hosts.filter(isKnown).map(({ host }) => host);
  return {
    address,
    hosts,
    provider: findings.provider,
    knownHosts,
    prefer: options.recheck?.node ?? null,
    deadlineAtMs: startMs + options.deadlineMs - WAY_BACK_MS,
    // The node may go on behind the caller's back for as long as we can listen to it.
    patienceAtMs: startMs + Math.max(PATIENCE_MS, options.deadlineMs) - WAY_BACK_MS,
  };
}

function queryFor({ patience }: Climb, ports: ClimbPorts): (name: string, type: RecordType) => ReturnType<DnsQuery> {
  const { signal } = patience;
  return (name, type) => ports.query(name, type, signal);
}

/** The parsed address; every rung after the first is only taken where there is one. */
export function addressOf({ findings: { parsed } }: Climb): Address {
  if (parsed === null || !parsed.ok) throw new Error('this rung needs a parsed address');
  return parsed.address;
}

/** A verdict that is at hand and was found out since the climb began, or null. */
export function recallNow(climb: Climb, ports: ClimbPorts): Judgement | null {
  const { parsed } = climb.findings;
  if (parsed === null || !parsed.ok) return null;
  const remembered = ports.atHand(parsed.address.address);
  if (remembered === null || Date.parse(remembered.checked_at) <= climb.startMs) return null;
  climb.remembered = remembered;
  return recalled(remembered, ports.nowMs());
}
