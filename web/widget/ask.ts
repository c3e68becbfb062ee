/**
 * Requests to the edge that need no preflight: JSON as `text/plain`, the key in the query, the address in no
 * URL (Fetch standard §2.2.2). No cookie is sent.
 */
import type { Settings } from './settings.ts';

/** The part of an answer that a form needs. Of a fault, `problem` is its code, and the verdict unknown. */
export type FormAnswer = {
  readonly email: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly did_you_mean?: string | null;
  readonly token?: string;
  readonly problem?: string;
};

type Where = Pick<Settings, 'edge' | 'key'>;

function post({ edge, key }: Where, path: string, fields: object, init: RequestInit): Promise<Response> {
  const query = key === '' ? '' : `?key=${encodeURIComponent(key)}`;
  return fetch(`${edge}/v1/${path}${query}`, {
    method: 'POST',
    body: JSON.stringify(fields),
    credentials: 'omit',
    ...init,
  });
}

/** Rejects only if it is aborted. */
export async function askVerdict(where: Where, email: string, signal: AbortSignal): Promise<FormAnswer> {
  let problem = 'unreachable';
  try {
    const response = await post(where, 'verify', { email }, { signal });
    const told: unknown = await response.json();
    if (typeof told === 'object' && told !== null) {
      if ('verdict' in told) return told as FormAnswer;
      if ('code' in told) problem = String(told.code);
    }
  } catch (error) {
    if (signal.aborted) throw error;
  }
  return { email, verdict: 'unknown', reason: null, problem };
}

/** Asks the edge to prepare a session with the domain. The outcome does not matter: it only makes the verify faster. */
export function warmUp(where: Where, domain: string): void {
  post(where, 'warm', { domain }, { keepalive: true }).catch(() => {});
}
