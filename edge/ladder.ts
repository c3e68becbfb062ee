/**
 * The ladder: every step from an address to a verdict, cheapest first, and how it is climbed.
 *
 * Before it: verify.ts. After it: ask-nodes.ts. Each rung adds to the findings and the judge (verdict.ts) is asked after
 * each; the first judgement ends the climb, so a verdict that is settled early opens no connection.
 */
import { type Address, parseAddress } from '../shared/address.ts';
import type { StepReport } from '../shared/answer.ts';
import { canonicalOf } from '../shared/canonical.ts';
import type { Evidence } from '../shared/job.ts';
import { providerOfMx } from '../shared/providers.ts';
import { reasonRow } from '../shared/verdict.ts';
import { askNodes, type NodePorts, type Question } from './ask-nodes.ts';
import { isDisposableMx } from './checks/disposable.ts';
import { isFree } from './checks/free.ts';
import { brokenProviderRule } from './checks/provider-rules.ts';
import { isRole } from './checks/role.ts';
import { suggestDomain } from './checks/typo.ts';
import type { Known } from './compose.ts';
import type { DnsQuery } from './dns/doh.ts';
import { findMailHosts } from './dns/mx.ts';
import type { DomainMemory } from './memory/domains.ts';
import type { Remembered } from './memory/results.ts';
import { answersForEachMailbox, type Findings, type Judgement, judge } from './verdict.ts';

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

export type ClimbPorts = NodePorts & {
  readonly isDisposable: (domain: string) => boolean;
  /** The operator's word that a domain is none, whoever takes its mail. */
  readonly isAllowed: (domain: string) => boolean;
  readonly query: DnsQuery;
  readonly recall: (canonical: string) => Promise<Remembered | null>;
  readonly recallDomain: (domain: string) => Promise<DomainMemory | null>;
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
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  readonly startMs: number;
  findings: Findings;
  remembered: Remembered | null;
  rememberedDomain: DomainMemory | null;
  second: Known['second'];
  readonly steps: StepReport[];
};

type Rung = {
  readonly step: string;
  /** What it costs, for the reader. */
  readonly cost: 'nothing' | 'two KV reads' | 'DNS queries' | 'an SMTP conversation';
  /** Adds to the findings; true where it found something worth a flag. */
  readonly take: (climb: Climb, ports: ClimbPorts) => boolean | Promise<boolean>;
};

/** The order of work. */
export const LADDER: readonly Rung[] = [
  { step: 'syntax', cost: 'nothing', take: takeSyntax },
  { step: 'role', cost: 'nothing', take: takeRole },
  { step: 'disposable', cost: 'nothing', take: takeDisposable },
  { step: 'free', cost: 'nothing', take: (climb) => isFree(addressOf(climb).domain) },
  { step: 'typo', cost: 'nothing', take: (climb) => suggestDomain(addressOf(climb).domain) !== null },
  { step: 'provider_rules', cost: 'nothing', take: takeProviderRules },
  { step: 'memory', cost: 'two KV reads', take: takeMemory },
  { step: 'mx', cost: 'DNS queries', take: takeMailHosts },
  { step: 'probe', cost: 'an SMTP conversation', take: takeProbe },
];

/** An address at the foot of the ladder. */
export function startClimb(input: string, options: ClimbOptions, startMs: number, signal: AbortSignal): Climb {
  return {
    input,
    options,
    signal,
    startMs,
    findings: {
      parsed: null,
      isDisposable: null,
      isRole: null,
      brokenRule: null,
      mail: null,
      provider: null,
      probe: null,
      acceptsAll: null,
    },
    remembered: null,
    rememberedDomain: null,
    second: null,
    steps: [],
  };
}

/** Takes rung after rung until the judge has heard enough. */
export async function ascend(climb: Climb, ports: ClimbPorts): Promise<Judgement> {
  for (const { step, take } of LADDER) {
    const beforeMs = ports.nowMs();
    const found = await take(climb, ports);
    const judgement = climb.remembered === null ? judge(climb.findings) : recalled(climb.remembered);
    const outcome = judgement !== null ? 'stop' : found ? 'found' : 'pass';
    const report: StepReport = { step, outcome, ms: ports.nowMs() - beforeMs };
    climb.steps.push(report);
    ports.onStep?.(report);
    if (judgement !== null) return judgement;
  }
  throw new Error('the last rung left the judge undecided');
}

function takeSyntax(climb: Climb): boolean {
  const parsed = parseAddress(climb.input);
  climb.findings = { ...climb.findings, parsed };
  return !parsed.ok;
}

function takeRole(climb: Climb): boolean {
  const isRoleAddress = isRole(addressOf(climb).local);
  climb.findings = { ...climb.findings, isRole: isRoleAddress };
  return isRoleAddress;
}

function takeDisposable(climb: Climb, ports: ClimbPorts): boolean {
  const isDisposable = ports.isDisposable(addressOf(climb).domain);
  climb.findings = { ...climb.findings, isDisposable };
  return isDisposable;
}

function takeProviderRules(climb: Climb): boolean {
  const { local, domain } = addressOf(climb);
  const brokenRule = brokenProviderRule(local, domain)?.detail ?? null;
  climb.findings = { ...climb.findings, brokenRule };
  return brokenRule !== null;
}

/** What is remembered of the address, and of its domain. */
async function takeMemory(climb: Climb, ports: ClimbPorts): Promise<boolean> {
  const { maxAgeSeconds } = climb.options;
  const { address, domain } = addressOf(climb);
  const [remembered, known] = await Promise.all([
    maxAgeSeconds === 0 ? null : ports.recall(canonicalOf(address)),
    ports.recallDomain(domain),
  ]);
  climb.rememberedDomain = known;
  climb.findings = { ...climb.findings, acceptsAll: known?.accepts_all ?? null };
  if (remembered === null) return known !== null;
  const ageMs = ports.nowMs() - Date.parse(remembered.checked_at);
  if (maxAgeSeconds !== null && ageMs > maxAgeSeconds * 1000) return known !== null;
  climb.remembered = remembered;
  return true;
}

async function takeMailHosts(climb: Climb, ports: ClimbPorts): Promise<boolean> {
  const { domain } = addressOf(climb);
  const mail = await findMailHosts(domain, (name, type) => ports.query(name, type, climb.signal));
  const hosts = mail.kind === 'hosts' ? mail.hosts : [];
  const provider = hosts[0] === undefined ? null : providerOfMx(hosts[0].host);
  const isDisposable = hosts.some(({ host }) => isDisposableMx(host)) && !ports.isAllowed(domain);
  climb.findings = { ...climb.findings, mail, provider, isDisposable };
  return provider !== null;
}

async function takeProbe(climb: Climb, ports: ClimbPorts): Promise<boolean> {
  const { findings, options, startMs } = climb;
  const { mail, provider, acceptsAll } = findings;
  if (mail?.kind !== 'hosts') throw new Error('a probe needs mail hosts');
  if (!options.smtp) {
    climb.findings = { ...findings, probe: 'unwanted' };
    return false;
  }
  const address = addressOf(climb);
  const question: Question = {
    address,
    hosts: mail.hosts,
    provider,
    catchAll: acceptsAll !== null || answersForEachMailbox(provider, address.domain) ? 'skip' : 'ask',
    prefer: options.recheck?.node ?? null,
    deadlineAtMs: startMs + options.deadlineMs - WAY_BACK_MS,
    // The node may go on behind the caller's back for as long as we can listen to it.
    patienceAtMs: startMs + Math.max(PATIENCE_MS, options.deadlineMs) - WAY_BACK_MS,
  };
  const judgeIt = (probe: Evidence): Judgement => {
    const judgement = judge({ ...findings, probe });
    if (judgement === null) throw new Error('evidence leaves nothing open');
    return judgement;
  };
  const { first, second } = await askNodes(question, judgeIt, ports, climb.signal);
  climb.findings = { ...findings, probe: first ?? 'no_node' };
  climb.second = second === null ? null : { evidence: second, judgement: judgeIt(second) };
  return true;
}

/** The parsed address; every rung after the first is only taken where there is one. */
export function addressOf({ findings: { parsed } }: Climb): Address {
  if (parsed === null || !parsed.ok) throw new Error('this rung needs a parsed address');
  return parsed.address;
}

function recalled({ reason, catch_all }: Remembered): Judgement {
  const { detail, retryAfterSeconds } = reasonRow(reason);
  return { reason, detail, retryAfterSeconds, catchAll: catch_all, rule: null, blame: null, isOurReputation: false };
}

/** A verdict that has been remembered since the climb began, or null. */
export async function recallNow(climb: Climb, ports: ClimbPorts): Promise<Judgement | null> {
  const { parsed } = climb.findings;
  if (parsed === null || !parsed.ok) return null;
  const remembered = await ports.recall(canonicalOf(parsed.address.address));
  if (remembered === null || Date.parse(remembered.checked_at) <= climb.startMs) return null;
  climb.remembered = remembered;
  return recalled(remembered);
}
