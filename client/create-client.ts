/** All calls of one connection. Who needs one of them alone takes it as a function, and a bundler leaves out the others. */
import type { CallOptions, Connection } from './exchange.ts';
import { listsOf } from './lists.ts';
import { type BatchOptions, batch, stream, type VerifyOptions, verify, warm } from './verify.ts';

export type Client = ReturnType<typeof createClient>;

export function createClient(connection: Connection) {
  return {
    verify: (email: string, options?: VerifyOptions) => verify(connection, email, options),
    stream: (email: string, options?: VerifyOptions) => stream(connection, email, options),
    batch: (emails: readonly string[], options?: BatchOptions) => batch(connection, emails, options),
    warm: (domain: string, options?: CallOptions) => warm(connection, domain, options),
    lists: listsOf(connection),
  };
}
