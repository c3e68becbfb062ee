/** All calls of one connection. A program that needs a single one takes it as a function, and a bundler leaves out the others. */
import type { Answer, BatchAnswer, QuotaReport } from './api-types.ts';
import type { CallOptions, Connection } from './exchange.ts';
import { quota, requestKey } from './keys.ts';
import { type Lists, listsOf } from './lists.ts';
import { type BatchOptions, batch, type StreamEvent, stream, type VerifyOptions, verify, warm } from './verify.ts';

export type Client = {
  /** The verdict on one address. A negative one is no error. */
  verify(email: string, options?: VerifyOptions): Promise<Answer>;
  /** The steps of one address as they end, and then the verdict. */
  stream(email: string, options?: VerifyOptions): AsyncGenerator<StreamEvent, void, undefined>;
  /** A verdict for each distinct address as soon as it is known; up to 1,000 addresses. */
  batch(emails: readonly string[], options?: BatchOptions): AsyncGenerator<BatchAnswer, void, undefined>;
  /** Has a session with the domain ready for a verify soon after. */
  warm(domain: string, options?: CallOptions): Promise<void>;
  /** The quota, and its rest today. */
  quota(options?: CallOptions): Promise<QuotaReport>;
  /** Has a link to a free key sent by mail. */
  requestKey(email: string, options?: CallOptions): Promise<void>;
  readonly lists: Lists;
};

export function createClient(connection: Connection): Client {
  return {
    verify: (email, options) => verify(connection, email, options),
    stream: (email, options) => stream(connection, email, options),
    batch: (emails, options) => batch(connection, emails, options),
    warm: (domain, options) => warm(connection, domain, options),
    quota: (options) => quota(connection, options),
    requestKey: (email, options) => requestKey(connection, email, options),
    lists: listsOf(connection),
  };
}
