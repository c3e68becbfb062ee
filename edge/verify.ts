/**
 * THE FLOW: from an address to a verdict, one ladder of steps, cheapest first.
 *
 * Before it: routes/verify.ts. After it: nodes/dispatch.ts, the wire, probe-node/server.ts. Each rung adds to the
 * findings and the judge (verdict.ts) is asked after each; the first judgement ends the climb, so a verdict that is
 * settled early opens no connection. When the caller's deadline passes first, the answer is `pending` with what is
 * known by then, the climb goes on behind it, and its outcome is remembered for the next call.
 */
import { type Address, parseAddress } from '../shared/address.ts';
import type { Answer, StepReport } from '../shared/answer.ts';
import { canonicalOf } from '../shared/canonical.ts';
import type { Evidence } from '../shared/job.ts';
import { providerOfMx } from '../shared/providers.ts';
import { retryHintSeconds } from '../shared/replies/retry-hint.ts';
import { acceptsStrangers } from '../shared/replies/stranger.ts';
import { reasonRow } from '../shared/verdict.ts';
import { askNodes, type NodePorts, type Question } from './ask-nodes.ts';
import { isDisposableMx } from './checks/disposable.ts';
import { isFree } from './checks/free.ts';
import { brokenProviderRule } from './checks/provider-rules.ts';
import { isRole } from './checks/role.ts';
import { suggestDomain } from './checks/typo.ts';
import { compose, type Known } from './compose.ts';
import type { DnsQuery } from './dns/doh.ts';
import { findMailHosts } from './dns/mx.ts';
import type { DomainMemory } from './memory/domains.ts';
import { lifeSeconds, mayReplace } from './memory/freshness.ts';
import type { Remembered } from './memory/results.ts';
import type { Recheck } from './rechecks/message.ts';
import { recheckDelaySeconds } from './rechecks/schedule.ts';
import { answersForEachMailbox, type Findings, type Judgement, judge, judgePending } from './verdict.ts';

export type VerifyOptions = {
  /** Milliseconds until the caller must have an answer. */
  readonly deadlineMs: number;
  /** Seconds that a remembered verdict may be old, or null for as long as it lives. */
  readonly maxAgeSeconds: number | null;
  /** False to stop before the probe. */
  readonly smtp: boolean;
  /** Set where this is a recheck of our own: the node to ask again, and how many rechecks there have been. */
  readonly recheck: { readonly node: string; readonly attempt: number } | null;
};

export type VerifyPorts = NodePorts & {
  readonly isDisposable: (domain: string) => boolean;
  readonly query: DnsQuery;
  readonly recall: (canonical: string) => Promise<Remembered | null>;
  readonly remember: (canonical: string, value: Remembered, seconds: number) => Promise<void>;
  readonly recallDomain: (domain: string) => Promise<DomainMemory | null>;
  readonly rememberDomain: (domain: string, memory: DomainMemory) => Promise<void>;
  /** Plans to ask again by ourselves. */
  readonly scheduleRecheck: (recheck: Recheck, delaySeconds: number) => Promise<void>;
  /** Keeps work alive after the answer has gone out. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Wall clock, milliseconds since 1970. It stands still while a Worker computes. */
  readonly nowMs: () => number;
};

/** Milliseconds for which a climb goes on behind its caller's back: `waitUntil` grants 30 s after the answer. */
const PATIENCE_MS = 28_000;
/** Milliseconds kept for the evidence to come back from the node. */
const WAY_BACK_MS = 250;

type Climb = {
  readonly input: string;
  readonly options: VerifyOptions;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  readonly startMs: number;
  findings: Findings;
  remembered: Remembered | null;
  second: Known['second'];
  readonly steps: StepReport[];
};

type Rung = {
  readonly step: string;
  /** What it costs, for the reader. */
  readonly cost: 'nothing' | 'two KV reads' | 'DNS queries' | 'an SMTP conversation';
  /** Adds to the findings; true where it found something worth a flag. */
  readonly take: (climb: Climb, ports: VerifyPorts) => boolean | Promise<boolean>;
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

/** Verifies one address. Never throws for what DNS, nodes or mail servers do. */
export async function verify(input: string, options: VerifyOptions, ports: VerifyPorts): Promise<Answer> {
  const startMs = ports.nowMs();
  const patience = new AbortController();
  const climb: Climb = {
    input,
    options,
    signal: patience.signal,
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
    second: null,
    steps: [],
  };
  let isLate = false;
  const work = ascend(climb, ports).then(async (judgement) => {
    const answer = compose(climb, judgement, ports.nowMs());
    await keep(climb, answer, isLate, ports);
    return answer;
  });
  const deadline = timer(options.deadlineMs);
  const first = await Promise.race([work, deadline.passed]);
  deadline.clear();
  if (first !== null) return first;
  isLate = true;
  const patienceTimer = timer(Math.max(0, PATIENCE_MS - options.deadlineMs));
  ports.waitUntil(
    Promise.race([work, patienceTimer.passed.then(() => patience.abort())]).finally(() => patienceTimer.clear()),
  );
  return compose(climb, judgePending(), ports.nowMs());
}

/** Takes rung after rung until the judge has heard enough. */
async function ascend(climb: Climb, ports: VerifyPorts): Promise<Judgement> {
  for (const { step, take } of LADDER) {
    const beforeMs = ports.nowMs();
    const found = await take(climb, ports);
    const judgement = climb.remembered === null ? judge(climb.findings) : recalled(climb.remembered);
    const outcome = judgement !== null ? 'stop' : found ? 'found' : 'pass';
    climb.steps.push({ step, outcome, ms: ports.nowMs() - beforeMs });
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

function takeDisposable(climb: Climb, ports: VerifyPorts): boolean {
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
async function takeMemory(climb: Climb, ports: VerifyPorts): Promise<boolean> {
  const { maxAgeSeconds } = climb.options;
  const { address, domain } = addressOf(climb);
  const [remembered, known] = await Promise.all([
    maxAgeSeconds === 0 ? null : ports.recall(canonicalOf(address)),
    ports.recallDomain(domain),
  ]);
  climb.findings = { ...climb.findings, acceptsAll: known?.accepts_all ?? null };
  if (remembered === null) return known !== null;
  const ageMs = ports.nowMs() - Date.parse(remembered.checked_at);
  if (maxAgeSeconds !== null && ageMs > maxAgeSeconds * 1000) return known !== null;
  climb.remembered = remembered;
  return true;
}

async function takeMailHosts(climb: Climb, ports: VerifyPorts): Promise<boolean> {
  const mail = await findMailHosts(addressOf(climb).domain, (name, type) => ports.query(name, type, climb.signal));
  const hosts = mail.kind === 'hosts' ? mail.hosts : [];
  const provider = hosts[0] === undefined ? null : providerOfMx(hosts[0].host);
  const isDisposable = hosts.some(({ host }) => isDisposableMx(host));
  climb.findings = { ...climb.findings, mail, provider, isDisposable };
  return provider !== null;
}

async function takeProbe(climb: Climb, ports: VerifyPorts): Promise<boolean> {
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
function addressOf({ findings: { parsed } }: Climb): Address {
  if (parsed === null || !parsed.ok) throw new Error('this rung needs a parsed address');
  return parsed.address;
}

function recalled({ reason, catch_all }: Remembered): Judgement {
  const { detail, retryAfterSeconds } = reasonRow(reason);
  return { reason, detail, retryAfterSeconds, catchAll: catch_all, rule: null, blame: null, isOurReputation: false };
}

/** Remembers what a mail server said, and plans a recheck where it said "later"; nothing from memory is kept again. */
async function keep(climb: Climb, answer: Answer, wasPending: boolean, ports: VerifyPorts): Promise<void> {
  if (answer.smtp === null || answer.cached) return;
  const work = Promise.all([
    keepVerdict(climb, answer, answer.smtp, wasPending, ports),
    keepDomain(climb, ports),
    planRecheck(climb, answer, answer.smtp.node, ports),
  ]);
  // Before the answer it would cost the caller time; after it the answer must be there for the next one.
  if (wasPending) await work;
  else ports.waitUntil(work);
}

async function keepVerdict(
  climb: Climb,
  answer: Answer,
  { text: _, ...smtp }: NonNullable<Answer['smtp']>,
  wasPending: boolean,
  ports: VerifyPorts,
): Promise<void> {
  const { reason, mx, checked_at } = answer;
  const seconds = lifeSeconds(reason, wasPending);
  if (seconds === 0) return;
  const canonical = canonicalOf(addressOf(climb).address);
  const before = await ports.recall(canonical);
  if (before !== null && !mayReplace(reason, before.reason)) return;
  await ports.remember(canonical, { reason, catch_all: answer.flags.catch_all, mx, smtp, checked_at }, seconds);
}

/** What a random mailbox was told, where that says something of the domain. */
async function keepDomain({ findings, ...climb }: Climb, ports: VerifyPorts): Promise<void> {
  const { probe, provider } = findings;
  if (probe === null || typeof probe === 'string' || probe.stranger === null) return;
  const { reply, age_s } = probe.stranger;
  const acceptsAll = acceptsStrangers(reply, provider?.id ?? null);
  if (acceptsAll === null) return;
  const learntAt = new Date(ports.nowMs() - age_s * 1000).toISOString();
  const memory = { accepts_all: acceptsAll, code: reply.code, enhanced: reply.enhanced, learnt_at: learntAt };
  await ports.rememberDomain(addressOf({ ...climb, findings }).domain, memory);
}

async function planRecheck(climb: Climb, answer: Answer, node: string, ports: VerifyPorts): Promise<void> {
  const { probe } = climb.findings;
  const reply = probe === null || typeof probe === 'string' ? null : probe.reply;
  const attempt = climb.options.recheck?.attempt ?? 0;
  const delay = recheckDelaySeconds(answer.reason, attempt, reply === null ? null : retryHintSeconds(reply));
  if (delay === null) return;
  const { address } = addressOf(climb);
  await ports.scheduleRecheck({ address, node, attempt, planned_at_ms: ports.nowMs() }, delay);
}

function timer(ms: number): { passed: Promise<null>; clear: () => void } {
  let handle: ReturnType<typeof setTimeout>;
  const passed = new Promise<null>((resolve) => {
    handle = setTimeout(() => resolve(null), ms);
  });
  return { passed, clear: () => clearTimeout(handle) };
}
