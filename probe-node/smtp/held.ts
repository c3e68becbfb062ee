/** A pooled session with its keys (pool.ts): lent to one job at a time. */
import type { Session } from './connection.ts';

/** An open session with the data that its holder needs. */
export type HeldSession = {
  readonly session: Session;
  /** Host and source: a job for the same host and source may take it. */
  readonly key: string;
  /** Address, port, source and provider: a job for another host there may take it while it is in clear text. */
  readonly endpoint: string;
  /** Lane of the endpoint that the session takes a place in: by the address and our source, under any host name. */
  readonly server: string;
  /** Lane of the limiter that the session takes a place in: that of the host it was opened for, for all its users. */
  readonly lane: string;
  readonly host: string;
  readonly ip: string;
};
