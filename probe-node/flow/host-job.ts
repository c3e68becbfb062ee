/**
 * The part of a job for one host, with the capabilities for it: ask-host.ts, and ask-stranger.ts for the random
 * mailbox.
 */
import type { Sources } from '../memory/sources.ts';
import type { Strangers } from '../memory/strangers.ts';
import type { LeasePorts, LeaseRequest } from './lease.ts';

export type HostJob = LeaseRequest & {
  readonly mailFrom: string;
  readonly needsSmtputf8: boolean;
  /** The random mailbox of the domain for this host: the same one each time, until it has an answer. */
  readonly drawStranger: () => string;
  readonly wantsStranger: boolean;
  readonly isWanted: IsWanted;
};

/**
 * Whether a job is likely to need this host, or another one at its address, soon: if not, the session is closed instead
 * of kept.
 */
export type IsWanted = (host: string, ip: string) => boolean;

export type AskPorts = LeasePorts & {
  readonly sources: Sources;
  readonly strangers: Strangers;
};
