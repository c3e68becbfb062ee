// One lab: DNS for some domains, real mail servers on loopback addresses of their own, and the product set loose on them.

import type { Answer } from '../../../shared/answer.ts';
import { type Dns, LAB_ZONE, startDns } from './dns.ts';
import { freePort } from './port.ts';
import { type AskOptions, type System, startSystem } from './system.ts';
import { until } from './until.ts';

/** A mail server or one of its companions, as the lab sees it. */
export type Server = { logs(): string; stop(): Promise<void> };

export type LabSettings = {
  /** Loopback addresses that servers will listen on; the SMTP port is free on all of them. */
  readonly ips: readonly string[];
  readonly records: readonly string[];
  readonly servfailDomains?: readonly string[];
  /** One node with the lab's EHLO name and sender unless said; several have names and senders of their own. */
  readonly nodeCount?: number;
  /**
   * Starts the servers and hands each to `keep` at its start: all that are kept are stopped in reverse order in any
   * case.
   */
  readonly servers: (smtpPort: number, keep: Keep) => Promise<void>;
};

type Keep = <T extends Server>(starting: Promise<T>) => Promise<T>;

export type Lab = {
  readonly system: System;
  /** Asks once. */
  ask(email: string, options?: AskOptions): Promise<Answer>;
  /** Asks until the verdict is no longer `unknown`, at most `withinMs`; the last answer either way. */
  askUntilKnown(email: string, withinMs: number): Promise<Answer>;
  /** Ends the product: the logs are complete only once it has closed its sessions. */
  endSystem(): Promise<void>;
  stop(): Promise<void>;
};

/** Opens a lab; resolves when the product can be asked. On failure everything started so far is stopped again. */
export async function openLab(settings: LabSettings): Promise<Lab> {
  const running: Server[] = [];
  const stop = async () => {
    for (const part of running.splice(0).reverse()) await part.stop();
  };
  try {
    const { nodeCount = 1 } = settings;
    const smtpPort = await freePort(settings.ips);
    const keep: Keep = async (starting) => {
      const started = await starting;
      running.push(started);
      return started;
    };
    await settings.servers(smtpPort, keep);
    const dns = await keep(startDns({ records: settings.records, servfailDomains: settings.servfailDomains ?? [] }));
    const system = await keep(startSystem(productSettings(dns, smtpPort, nodeCount), nodeCount));
    return {
      system,
      ask: (email, options) => system.verify(email, options),
      askUntilKnown: (email, withinMs) => askUntilKnown(system, email, withinMs),
      endSystem: () => system.stop(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The records of mail domains that share one host: an MX each, and the host's address. */
export function mailDomains(host: string, ip: string, domains: readonly string[]): string[] {
  return [`${host}. ${ip.includes(':') ? 'AAAA' : 'A'} ${ip}`, ...domains.map((domain) => `${domain}. MX 10 ${host}.`)];
}

/** EHLO name of one of several nodes, as `npm start -- --nodes N` names them. */
export function heloNameOf(nodeId: string): string {
  return `${nodeId}.vrfy.test`;
}

function productSettings(dns: Dns, smtpPort: number, nodeCount: number): Record<string, string> {
  const one = { PROBE_HELO: `probe.${LAB_ZONE}`, PROBE_MAIL_FROM: `postmaster@probe.${LAB_ZONE}` };
  return {
    DOH_URLS: dns.dohUrl,
    PROBE_DNS: dns.resolver,
    PROBE_SMTP_PORT: String(smtpPort),
    PROBE_ALLOW_NETWORKS: '127.0.0.0/8,::1/128',
    ...(nodeCount === 1 ? one : {}),
  };
}

async function askUntilKnown(system: System, email: string, withinMs: number): Promise<Answer> {
  let last = await system.verify(email);
  const ask = async () => {
    if (last.verdict === 'unknown') last = await system.verify(email);
    return last.verdict === 'unknown' ? undefined : last;
  };
  // A failure is an answer as well: the caller's assertion shows it.
  return until(`a verdict on ${email}`, ask, { timeoutMs: withinMs, everyMs: 1000 }).catch(() => last);
}
