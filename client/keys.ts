/** A free key by mail, and the quota of a key with its rest. */
import type { QuotaReport } from './api-types.ts';
import { ask, type CallOptions, type Connection, readJson } from './exchange.ts';

/** Has a link sent to the address, behind which a free key is shown once. Rejects if no key is sent to such an address. */
export function requestKey(connection: Connection, email: string, options: CallOptions = {}): Promise<void> {
  return ask(connection, { ...options, method: 'POST', path: '/v1/keys/request', json: { email } }, (response) =>
    response.body?.cancel(),
  );
}

/** The quota of the connection's key, or without one that of this network, and its rest today. */
export function quota(connection: Connection, options: CallOptions = {}): Promise<QuotaReport> {
  return ask(connection, { ...options, path: '/v1/quota' }, (response) => readJson<QuotaReport>(response));
}
