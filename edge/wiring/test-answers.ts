/**
 * The answers for test keys: the documented addresses (shared/documented-addresses.ts) as ports of the flow, so that the
 * ladder, the judge and the answer are the real ones while nothing is asked of DNS, memory, quota or nodes, and nothing
 * is kept.
 *
 * A mailbox that is not documented at a pretend domain that takes others is not found there; a name under `.test` that is
 * not documented does not exist; everything else that nothing earlier settles is `no_node`, since a test key has none.
 */

import { addressesAt, DOCUMENTED_ADDRESSES } from '../../shared/documented-addresses.ts';
import type { Evidence } from '../../shared/job.ts';
import { classify } from '../../shared/replies/classify.ts';
import type { Reply } from '../../shared/replies/reply.ts';
import type { Reason } from '../../shared/verdict.ts';
import { sharingNothing } from '../async/single-flight.ts';
import type { ManyPorts } from '../batch/verify-many.ts';
import type { DnsAnswer } from '../dns/answer.ts';
import type { VerifyPorts } from '../flow/verify.ts';

export type TestAnswers = { readonly ports: VerifyPorts; readonly gather: ManyPorts['gather'] };

/** The DNS answer of a domain, for reasons that follow from it alone. */
const DNS_BY_REASON: Readonly<Partial<Record<Reason, DnsAnswer>>> = {
  no_domain: { kind: 'nxdomain' },
  no_mx: { kind: 'nodata' },
  null_mx: mxTo('.'),
  dns_failure: { kind: 'failure', fault: 'servfail' },
  unverifiable: mxTo('mta5.am0.yahoodns.net'),
};

const ACCEPTED: Reply = { code: 250, enhanced: '2.1.5', text: 'Ok' };
const UNKNOWN_USER: Reply = { code: 550, enhanced: '5.1.1', text: 'User unknown' };
const TOLD_STRANGER: Pick<Evidence, 'stranger'> = { stranger: { reply: UNKNOWN_USER, age_s: 0 } };

/** The evidence of a node for the reason; null if no node would report any. */
const EVIDENCE_BY_REASON: Readonly<Partial<Record<Reason, Partial<Evidence> | null>>> = {
  accepted: TOLD_STRANGER,
  role: TOLD_STRANGER,
  catch_all: { stranger: { reply: ACCEPTED, age_s: 0 } },
  unconfirmed: {},
  mailbox_not_found: { reply: UNKNOWN_USER },
  mailbox_disabled: { reply: { code: 550, enhanced: '5.2.1', text: 'The email account is disabled' } },
  mailbox_full: { reply: { code: 452, enhanced: '4.2.2', text: 'The mailbox is full: over quota' } },
  greylisted: { reply: { code: 450, enhanced: '4.7.1', text: 'Greylisted, please try again in 1 second' } },
  rate_limited: { reply: { code: 450, enhanced: '4.7.1', text: 'Error: rate limit exceeded, try again later' } },
  paced: { stage: 'connect', outcome: 'paced', reply: null, retry_after_s: 60 },
  temporary_failure: { reply: { code: 451, enhanced: '4.3.0', text: 'Temporary lookup failure' } },
  blocked: {
    stage: 'connect',
    reply: { code: 554, enhanced: '5.7.1', text: 'Client host [192.0.2.1] blocked using zen.spamhaus.org' },
  },
  timeout: { stage: 'connect', outcome: 'timeout', reply: null },
  unreachable: { stage: 'connect', outcome: 'unreachable', reply: null },
  protocol_error: { stage: 'connect', outcome: 'protocol_error', reply: null },
  needs_smtputf8: { stage: 'ehlo', outcome: 'no_smtputf8', reply: null },
  // Documented for smtp=false. If it is probed all the same, the mailbox does not exist.
  not_probed: { reply: UNKNOWN_USER },
  no_node: null,
};

const REASON_BY_ADDRESS: ReadonlyMap<string, Reason> = new Map(
  DOCUMENTED_ADDRESSES.map(({ address, reason }) => [address.toLowerCase(), reason]),
);

/** @param isDisposable the compiled list alone */
export function createTestAnswers(isDisposable: (domain: string) => boolean, nowMs: () => number): TestAnswers {
  const ports: VerifyPorts = {
    isDisposable,
    isAllowed: () => false,
    query: async (name, type) => (type === 'MX' ? dnsOf(name) : { kind: 'nodata' }),
    quota: null,
    atHand: () => null,
    recall: async () => null,
    recallBoth: async () => ({ verdict: null, hosts: new Map() }),
    remember: async () => {},
    rememberHost: async () => {},
    scheduleRecheck: async () => {},
    answers: { get: () => null, hold: () => {} },
    claimRefresh: () => false,
    classify,
    probe: async ({ mail_hosts, recipients }, { otherThan }, signal) => {
      if (otherThan !== null) return null;
      const reason = reasonOf(recipients[0]?.address ?? '');
      // The deadline must pass, as it would.
      if (reason === 'pending') return ended(signal);
      const told = EVIDENCE_BY_REASON[reason] ?? null;
      return told === null ? null : evidenceOf(mail_hosts[0]?.host ?? null, told);
    },
    noteRefusal: () => {},
    noteUnrecorded: () => {},
    names: null,
    noteReason: () => {},
    noteLook: () => {},
    random: () => 1,
    probes: sharingNothing(),
    // Nothing of it need outlast the answer.
    waitUntil: (work) => void work.catch(() => {}),
    nowMs,
  };
  const { probe } = ports;
  return { ports, gather: () => ({ ports, join: () => ({ probe, leave: () => {} }), finish: () => {} }) };
}

function dnsOf(domain: string): DnsAnswer {
  const [first] = addressesAt(domain);
  if (first === undefined) return domain.endsWith('.test') ? { kind: 'nxdomain' } : mxTo(`mx.${domain}`);
  return DNS_BY_REASON[first.reason] ?? mxTo(`mx.${domain}`);
}

function reasonOf(address: string): Reason {
  const documented = REASON_BY_ADDRESS.get(address.toLowerCase());
  if (documented !== undefined) return documented;
  const reasons = addressesAt(address.slice(address.lastIndexOf('@') + 1)).map(({ reason }) => reason);
  return reasons.includes('accepted') ? 'mailbox_not_found' : (reasons[0] ?? 'no_node');
}

function evidenceOf(host: string | null, told: Partial<Evidence>): Evidence {
  return {
    id: 0,
    host,
    ip: '192.0.2.25',
    stage: 'rcpt',
    outcome: 'reply',
    reply: ACCEPTED,
    fault: null,
    stranger: null,
    tls: false,
    rule: null,
    retry_after_s: null,
    node: 'test',
    region: 'test',
    attempts: [],
    ms: 0,
    ...told,
  };
}

function mxTo(exchange: string): DnsAnswer {
  return { kind: 'records', mx: [{ preference: 10, exchange }], addresses: [] };
}

function ended(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}
