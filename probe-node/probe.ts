/**
 * THE NODE'S FLOW: a job comes in, evidence goes out, one piece per recipient.
 *
 *   mail hosts by preference → addresses of the host → may we connect there? → greeting, EHLO → MAIL, RCPT, RCPT → evidence
 *
 * Before it: server.ts (token, schema). After it: smtp/connection.ts (one conversation); then the edge, which judges.
 * A host that cannot be reached, greets with 4yz, drops us or talks nonsense hands over to the next; a host that has
 * spoken about the sender or the mailbox has settled the matter. One AbortSignal bounds everything. Nothing is thrown
 * for what servers and DNS do.
 */
import { parseAddress } from '../shared/address.ts';
import type { Attempt, Evidence, MailHost, ProbeJob, Recipient } from '../shared/job.ts';
import { classify } from '../shared/replies/classify.ts';
import type { Reply } from '../shared/replies/reply.ts';
import type { Ending, SessionTarget } from './smtp/connection.ts';
import type { Answer, Transaction } from './smtp/dialogue.ts';
import { isAllowedTarget, type Network } from './smtp/public-ip.ts';
import { strangerLocalPart } from './smtp/stranger.ts';

/** Addresses tried of one host: a provider with fifty of them must not eat the deadline. */
const ADDRESSES_PER_HOST_MAX = 4;

/** Where a host listens. `isNamed` where the operator wrote the address down: it needs no further leave. */
export type Endpoint = { readonly ip: string; readonly port: number; readonly isNamed: boolean };

export type Resolution =
  | { readonly kind: 'endpoints'; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'no_address' }
  | { readonly kind: 'dns_failure'; readonly fault: string };

/** The part of a session that the flow needs. */
export type Askable = {
  readonly offersSmtputf8: boolean;
  ask(transaction: Transaction, signal: AbortSignal): Promise<Ending>;
  close(): void;
};

export type ProbeSettings = {
  readonly id: string;
  readonly region: string;
  readonly heloName: string;
  readonly mailFrom: string;
  readonly sourceIp: string | null;
  readonly allowedNetworks: readonly Network[];
};

export type ProbePorts = {
  resolve(host: string, signal: AbortSignal): Promise<Resolution>;
  open(target: SessionTarget, signal: AbortSignal): Promise<Askable | Ending>;
  /** Milliseconds on any steady scale. */
  nowMs(): number;
  /** In [0, 1). */
  random(): number;
};

/** What is asked in one go, the same at every host. */
type Question = { readonly address: string; readonly needsSmtputf8: boolean; readonly stranger: string | null };

/** An attempt with what only a settling one has. */
type Finding = Attempt & { readonly stranger: Reply | null };

export async function* probe(
  job: ProbeJob,
  settings: ProbeSettings,
  ports: ProbePorts,
  signal: AbortSignal,
): AsyncGenerator<Evidence> {
  const startMs = ports.nowMs();
  for (const recipient of job.recipients) {
    if (signal.aborted) return;
    const { attempts, finding } = await probeRecipient(job, recipient, settings, ports, signal);
    const { stage, reply, stranger } = finding;
    yield {
      id: recipient.id,
      ...finding,
      stranger,
      tls: false,
      rule: reply === null ? null : classify(stage, reply, job.provider).rule,
      node: settings.id,
      region: settings.region,
      attempts: [...attempts],
      ms: Math.round((ports.nowMs() - startMs) * 100) / 100,
    };
  }
}

type Findings = { readonly attempts: readonly Attempt[]; readonly finding: Finding };

async function probeRecipient(
  job: ProbeJob,
  recipient: Recipient,
  settings: ProbeSettings,
  ports: ProbePorts,
  signal: AbortSignal,
): Promise<Findings> {
  const parsed = parseAddress(recipient.address);
  if (!parsed.ok || parsed.address.domain !== job.domain) {
    return { attempts: [], finding: failure(null, null, 'bad_address', parsed.ok ? 'other_domain' : parsed.rule) };
  }
  const question: Question = {
    address: parsed.address.address,
    needsSmtputf8: parsed.address.needsSmtputf8,
    stranger: job.catch_all === 'ask' ? `${strangerLocalPart(ports.random)}@${job.domain}` : null,
  };
  const attempts: Finding[] = [];
  for (const host of inOrderOfPreference(job.mail_hosts, ports.random)) {
    for await (const finding of askHost(host, question, settings, ports, signal)) {
      if (isSettled(finding)) return { attempts: attempts.map(withoutStranger), finding };
      attempts.push(finding);
    }
    if (signal.aborted) break;
  }
  const finding = mostTelling(attempts);
  return { attempts: attempts.filter((attempt) => attempt !== finding).map(withoutStranger), finding };
}

function withoutStranger({ stranger: _, ...attempt }: Finding): Attempt {
  return attempt;
}

/** Lower preference first, at random among equals (RFC 5321 §5.1). */
function inOrderOfPreference(hosts: readonly MailHost[], random: () => number): readonly MailHost[] {
  return hosts
    .map((host) => ({ host, lot: random() }))
    .sort((a, b) => a.host.preference - b.host.preference || a.lot - b.lot)
    .map(({ host }) => host);
}

/** Asks one host at its addresses in turn; each finding but the last has settled nothing. */
async function* askHost(
  { host }: MailHost,
  question: Question,
  settings: ProbeSettings,
  ports: ProbePorts,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const resolution = await ports.resolve(host, signal);
  if (resolution.kind === 'no_address') return yield failure(host, null, 'no_address', null);
  if (resolution.kind === 'dns_failure') return yield failure(host, null, 'dns_failure', resolution.fault);
  const endpoints = resolution.endpoints.filter(
    ({ ip, isNamed }) => isNamed || isAllowedTarget(ip, settings.allowedNetworks),
  );
  if (endpoints.length === 0) return yield failure(host, null, 'forbidden_address', null);
  for (const endpoint of endpoints.slice(0, ADDRESSES_PER_HOST_MAX)) {
    const finding = await askEndpoint(host, endpoint, question, settings, ports, signal);
    yield finding;
    if (signal.aborted) return;
  }
}

async function askEndpoint(
  host: string,
  endpoint: Endpoint,
  question: Question,
  settings: ProbeSettings,
  ports: ProbePorts,
  signal: AbortSignal,
): Promise<Finding> {
  const target: SessionTarget = { ...endpoint, heloName: settings.heloName, sourceIp: settings.sourceIp };
  const ask = async (asked: Question): Promise<Finding> => {
    const session = await ports.open(target, signal);
    if ('kind' in session) return findingOf(host, endpoint.ip, session);
    if (asked.needsSmtputf8 && !session.offersSmtputf8) {
      session.close();
      return failure(host, endpoint.ip, 'no_smtputf8', null);
    }
    const ending = await session.ask(
      {
        mailFrom: settings.mailFrom,
        recipient: asked.address,
        stranger: asked.stranger,
        strangerApart: false,
        smtputf8: asked.needsSmtputf8,
        isLast: true,
      },
      signal,
    );
    session.close();
    return findingOf(host, endpoint.ip, ending);
  };
  const finding = await ask(question);
  if (question.stranger === null || !leftStrangerOpen(finding)) return finding;
  const alone = await ask({ address: question.stranger, needsSmtputf8: false, stranger: null });
  return { ...finding, stranger: alone.stage === 'rcpt' ? alone.reply : null };
}

/** Accepted, but the random mailbox got no answer of its own: hung up on, or one recipient too many (RFC 5321 §4.5.3.1.10). */
function leftStrangerOpen({ stage, reply, stranger }: Finding): boolean {
  if (stage !== 'rcpt' || reply === null || reply.code >= 300) return false;
  return stranger === null || stranger.code === 452 || stranger.code === 421 || stranger.enhanced === '4.5.3';
}

function findingOf(host: string, ip: string, ending: Ending): Finding {
  const base = { host, ip, reply: null, stranger: null, fault: null };
  switch (ending.kind) {
    case 'answer':
      return { ...base, outcome: 'reply', ...settledBy(ending.answer) };
    case 'refused':
      return { ...base, outcome: 'reply', stage: ending.stage, reply: ending.reply };
    case 'timeout':
      return { ...base, outcome: 'timeout', stage: ending.stage, fault: ending.fault };
    case 'broken':
      return { ...base, outcome: 'protocol_error', stage: ending.stage, fault: ending.fault };
    case 'dropped':
      return { ...base, outcome: 'dropped', stage: ending.stage };
    case 'unreachable':
      return { ...base, outcome: 'unreachable', stage: 'connect', fault: ending.fault };
  }
}

function settledBy({ mail, recipient, stranger }: Answer): Pick<Finding, 'stage' | 'reply' | 'stranger'> {
  if (recipient === null) return { stage: 'mail', reply: mail, stranger: null };
  return { stage: 'rcpt', reply: recipient, stranger: recipient.code < 300 ? stranger : null };
}

function failure(host: string | null, ip: string | null, outcome: Attempt['outcome'], fault: string | null): Finding {
  return { host, ip, stage: 'connect', outcome, reply: null, stranger: null, fault };
}

/** A reply settles the matter, but for a greeting that says "not now": the next host may say otherwise. */
function isSettled({ outcome, stage, reply }: Finding): boolean {
  return outcome === 'reply' && !(stage === 'connect' && reply !== null && reply.code < 500);
}

const TELLING: readonly Attempt['outcome'][] = [
  'reply',
  'timeout',
  'protocol_error',
  'dropped',
  'unreachable',
  'dns_failure',
  'forbidden_address',
  'no_address',
  'no_smtputf8',
];

/**
 * Of many failures, the one to report. `no_smtputf8` comes last on purpose: it makes an address invalid, so it counts
 * only where no host is left that might have offered the extension.
 */
function mostTelling(attempts: readonly Finding[]): Finding {
  const isFinal = ({ outcome }: Finding): boolean => outcome === 'no_smtputf8' || outcome === 'no_address';
  const withoutExtension = attempts.find(({ outcome }) => outcome === 'no_smtputf8');
  if (withoutExtension !== undefined && attempts.every(isFinal)) return withoutExtension;
  const rank = ({ outcome }: Finding): number => TELLING.indexOf(outcome);
  const [first] = [...attempts].sort((a, b) => rank(a) - rank(b));
  return first ?? failure(null, null, 'timeout', 'deadline');
}
