/** A session as the pool lends it (pool.ts): to one asker at a time. */
import type { Session } from './connection.ts';

/** An open session with what its owner must know of it. */
export type HeldSession = {
  readonly session: Session;
  /** Host and source: who asks for them again may have it. */
  readonly key: string;
  /** Address, port, source and provider: who asks for another host there may have it while it is in clear. */
  readonly endpoint: string;
  /** Lane of the endpoint that it takes a place in: that of the address and our source, whatever the host is called. */
  readonly server: string;
  /** Lane of the limiter that it takes a place in: that of the host it was opened for, whoever uses it. */
  readonly lane: string;
  readonly host: string;
  readonly ip: string;
};
