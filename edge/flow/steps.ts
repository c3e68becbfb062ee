/**
 * The steps of the ladder: each adds to the findings of the climb and decides nothing.
 *
 * Before it: ladder.ts (the order), parallel-steps.ts (takes them). After it: checks/, memory/ and dns/, which need no
 * mail server; probe/probe-once.ts for the question to a node.
 */
import { parseAddress } from '../../shared/address.ts';
import { canonicalOf } from '../../shared/canonical.ts';
import type { Evidence, MailHost, Outcome } from '../../shared/job.ts';
import { answersForEachMailbox, providerOfMx } from '../../shared/providers.ts';
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
import { learntAtMs } from '../memory/domains.ts';
import { isUsable } from '../memory/freshness.ts';
import type { RememberedVerdict } from '../memory/results.ts';
import type { Question } from '../probe/ask-nodes.ts';
import { probeOnce } from '../probe/probe-once.ts';
import type { Payment } from '../quota/reservation.ts';
import { type AddressClimb, type Climb, type ClimbPorts, PATIENCE_MS } from './climb.ts';

export type LadderStep = CheckStep | WaitingStep;

/** A step without I/O. `take` returns true if it found something worth a flag. */
export type CheckStep = { readonly step: string; readonly cost: 'nothing' } & (
  | { readonly isFirst: true; readonly take: (climb: Climb) => boolean }
  | { readonly isFirst?: false; readonly take: (climb: AddressClimb, ports: ClimbPorts) => boolean }
);

/** A step that must wait for an answer from elsewhere. */
export type WaitingStep = {
  readonly step: string;
  /** Its cost, for the reader. */
  readonly cost: 'a KV read' | 'DNS queries' | 'a call to a counter' | 'an SMTP conversation';
  /** True if it is taken at the same time as the one before it. */
  readonly isBeside?: boolean;
  readonly take: (climb: AddressClimb, ports: ClimbPorts) => Taken;
};

/**
 * Resolves with a function that writes down the result and returns true if it is worth a flag; that function is not called
 * if the climb has ended meanwhile. A boolean: the result was at hand. Null: there was nothing to do, so no step is
 * reported.
 */
type Taken = boolean | null | Promise<() => boolean>;

/** Milliseconds kept for the evidence to come back from the node. */
const WAY_BACK_MS = 250;

/** Before a node is believed that no mail host can be connected to, our own resolvers must say this of each host. */
const SECOND_LOOK: Readonly<Partial<Record<Outcome, typeof haveNoAddress>>> = {
  no_address: haveNoAddress,
  forbidden_address: areAllPrivate,
};

/** The only place of a climb in which its text is parsed and its canonical form is worked out. */
export function takeSyntax(climb: Climb): boolean {
  const parsed = climb.parsedBefore ?? parseAddress(climb.input);
  climb.findings.parsed = parsed;
  if (!parsed.ok) return true;
  climb.address = parsed.address;
  climb.canonical = canonicalOf(parsed.address);
  return false;
}

export function takeRole(climb: AddressClimb): boolean {
  const isRoleAddress = isRole(climb.address.local);
  climb.findings.isRole = isRoleAddress;
  return isRoleAddress;
}

export function takeDisposable(climb: AddressClimb, ports: ClimbPorts): boolean {
  const isDisposable = ports.isDisposable(climb.address.domain);
  climb.findings.isDisposable = isDisposable;
  return isDisposable;
}

export function takeFree({ address }: AddressClimb): boolean {
  return isFree(address.domain);
}

export function takeTypo(climb: AddressClimb): boolean {
  climb.suggestion = suggestDomain(climb.address.domain);
  return climb.suggestion !== null;
}

export function takeProviderRules(climb: AddressClimb): boolean {
  const { local, domain } = climb.address;
  const brokenRule = brokenProviderRule(local, domain)?.detail ?? null;
  climb.findings.brokenRule = brokenRule;
  return brokenRule !== null;
}

/** The remembered verdict of the address, and the remembered behaviour of its mail hosts. */
export function takeMemory(climb: AddressClimb, ports: ClimbPorts): boolean | Promise<() => boolean> {
  const isWanted = climb.options.maxAgeSeconds !== 0;
  if (isWanted && takeRemembered(climb, ports.atHand(climb.address.address), ports)) return true;
  return recall(climb, isWanted, ports);
}

async function recall(climb: AddressClimb, isWanted: boolean, ports: ClimbPorts): Promise<() => boolean> {
  const { verdict, hosts } = await ports.recallBoth(climb.address, isWanted);
  return () => {
    climb.rememberedDomain = hosts;
    climb.findings.strangers = hosts;
    climb.isUnremembered = isWanted && verdict === null;
    return takeRemembered(climb, verdict, ports) || hosts.size > 0;
  };
}

/** True if the remembered verdict may be the answer. */
function takeRemembered(climb: Climb, remembered: RememberedVerdict | null, { nowMs }: ClimbPorts): boolean {
  if (remembered === null || !isUsable(remembered, climb.options.maxAgeSeconds, nowMs())) return false;
  climb.remembered = remembered;
  return true;
}

export async function takeMailHosts(climb: AddressClimb, ports: ClimbPorts): Promise<() => boolean> {
  const { domain } = climb.address;
  const mail = await findMailHosts(domain, queryFor(climb, ports));
  return () => {
    const hosts = mail.kind === 'hosts' ? mail.hosts : [];
    const provider = hosts[0] === undefined ? null : providerOfMx(hosts[0].host);
    const isDisposable = hosts.some(({ host }) => isDisposableMx(host)) && !ports.isAllowed(domain);
    Object.assign(climb.findings, { mail, provider, isDisposable } satisfies Partial<Findings>);
    return provider !== null;
  };
}

/** Begins to reserve. Whether a unit was granted matters only to a climb that needs a probe. */
export function takeQuota({ options }: AddressClimb, { quota }: ClimbPorts): null | Promise<() => boolean> {
  const prepared = options.smtp && quota !== null ? quota.prepare() : null;
  return prepared === null ? null : nothingFound(prepared);
}

async function nothingFound(work: Promise<void>): Promise<() => boolean> {
  await work;
  return () => false;
}

export function takeProbe(climb: AddressClimb, ports: ClimbPorts): boolean | Promise<() => boolean> {
  if (!climb.options.smtp || isAbandoned(ports)) return leaveOut(climb);
  return ports.quota === null ? probe(climb, ports) : payAndProbe(climb, ports.quota, ports);
}

async function payAndProbe(climb: AddressClimb, quota: Payment, ports: ClimbPorts): Promise<() => boolean> {
  const unit = await quota.take();
  climb.unit = unit;
  if (isAbandoned(ports)) return () => leaveOut(climb);
  if (unit !== null) return probe(climb, ports);
  const spent = quota.status();
  return () => {
    Object.assign(climb.findings, { probe: 'spent', spent } satisfies Partial<Findings>);
    return true;
  };
}

/** The caller has hung up: a probe would have no reader. */
function isAbandoned(ports: ClimbPorts): boolean {
  return ports.isAbandoned?.() === true;
}

function leaveOut({ findings }: Climb): false {
  findings.probe = 'unwanted';
  return false;
}

async function probe(climb: AddressClimb, ports: ClimbPorts): Promise<() => boolean> {
  const { findings, patience } = climb;
  const { mail } = findings;
  if (mail?.kind !== 'hosts') throw new Error('a probe needs mail hosts');
  const judgeIt = (evidence: Evidence): Judgement => {
    const judgement = judge({ ...findings, mail, probe: withoutStaleStranger(evidence, climb, ports) }, ports.classify);
    if (judgement === null) throw new Error('evidence leaves nothing open');
    return judgement;
  };
  const { asked, isOwn } = await probeOnce(questionOf(climb, mail.hosts), judgeIt, ports, patience);
  const first = asked.first && withoutStaleStranger(asked.first, climb, ports);
  const { second } = asked;
  // A node may have been told by its own resolver that a host has no address to connect to: ours must say so too.
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
 * The evidence without the reply to a random mailbox, if we know better: another node has asked the host since, or it has
 * refused a mailbox since.
 */
function withoutStaleStranger(evidence: Evidence, { rememberedDomain }: Climb, { nowMs }: ClimbPorts): Evidence {
  const { host, stranger } = evidence;
  const known = host === null ? undefined : rememberedDomain.get(host);
  if (stranger === null || known === undefined) return evidence;
  return nowMs() - stranger.age_s * 1000 < learntAtMs(known) ? { ...evidence, stranger: null } : evidence;
}

function questionOf(climb: AddressClimb, hosts: readonly MailHost[]): Question {
  const { address, findings, options, startMs, rememberedDomain } = climb;
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
    priority: options.priority ?? 'interactive',
    deadlineAtMs: startMs + options.deadlineMs - WAY_BACK_MS,
    // The node may go on behind the caller's back for as long as we can listen to it.
    patienceAtMs: startMs + Math.max(PATIENCE_MS, options.deadlineMs) - WAY_BACK_MS,
  };
}

function queryFor({ patience }: Climb, ports: ClimbPorts): (name: string, type: RecordType) => ReturnType<DnsQuery> {
  return (name, type) => ports.query(name, type, patience);
}
