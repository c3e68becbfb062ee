/** The part of a job that is one host's, and what asking it takes: ask-host.ts, and ask-stranger.ts for the random mailbox. */
import type { Sources } from '../memory/sources.ts';
import type { Strangers } from '../memory/strangers.ts';
import type { LeasePorts, LeaseRequest } from './lease.ts';

export type HostJob = LeaseRequest & {
  readonly mailFrom: string;
  readonly needsSmtputf8: boolean;
  /** The random mailbox of the domain that is asked at this host: the same one each time, until it has an answer. */
  readonly drawStranger: () => string;
  readonly wantsStranger: boolean;
  readonly isWanted: IsWanted;
};

/** Whether a host, or another one at its address, is likely to be asked soon: else a session is parted with, not kept. */
export type IsWanted = (host: string, ip: string) => boolean;

export type AskPorts = LeasePorts & {
  readonly sources: Sources;
  readonly strangers: Strangers;
};
