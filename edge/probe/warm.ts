/**
 * Warms up a domain: resolves its mail hosts and lets the node that will be asked open a session, so that a verify soon
 * after costs one round trip.
 *
 * If the verdict needs no session (disposable domains, providers that accept everybody), none is opened.
 */
import { PROTOCOL_VERSION, type ProbeJob } from '../../shared/job.ts';
import { providerOfMx } from '../../shared/providers.ts';
import { isDisposableMx } from '../checks/disposable.ts';
import type { DnsQuery } from '../dns/doh.ts';
import { findMailHosts } from '../dns/mx.ts';
import type { WarmBounds } from './warm-bounds.ts';

/** Milliseconds for warming: after that, the person has finished typing. */
const WARM_DEADLINE_MS = 10_000;

export type WarmPorts = {
  /** Whether this caller may have this domain warmed up now. */
  readonly admitWarm: WarmBounds['admit'];
  readonly isDisposable: (domain: string) => boolean;
  readonly isAllowed: (domain: string) => boolean;
  readonly query: DnsQuery;
  /** Sends a job without recipients to a node. */
  readonly warm: (job: ProbeJob, signal: AbortSignal, traceparent?: string) => Promise<void>;
};

/** @param domain in A-labels, lower case */
export async function warm(domain: string, ports: WarmPorts): Promise<void> {
  if (ports.isDisposable(domain)) return;
  const signal = AbortSignal.timeout(WARM_DEADLINE_MS);
  const mail = await findMailHosts(domain, (name, type) => ports.query(name, type, signal));
  if (mail.kind !== 'hosts') return;
  if (mail.hosts.some(({ host }) => isDisposableMx(host)) && !ports.isAllowed(domain)) return;
  const provider = mail.hosts[0] === undefined ? null : providerOfMx(mail.hosts[0].host);
  if (provider?.rcpt === 'accepts_all' && provider.rcptHosted === 'accepts_all') return;
  const job: ProbeJob = {
    version: PROTOCOL_VERSION,
    domain,
    provider: provider?.id ?? null,
    mail_hosts: [...mail.hosts],
    recipients: [],
    catch_all: 'skip',
    deadline_ms: WARM_DEADLINE_MS,
  };
  await ports.warm(job, signal);
}
