/** Calls of the operator. The token is kept for the tab, and goes into a header, never into a URL. */
import { ask, type Call, readJson, streamed } from '../../../../client/exchange.ts';
import { readEvents } from '../../../../client/read-events.ts';
import { VrfyError } from '../../../../client/vrfy-client.ts';
import type { NodeEvent } from '../../../../shared/enrolment.ts';

const NAME = 'vrfy:admin';
/** Milliseconds without a sign of life after which a stream counts as dead. */
const SILENCE_MS = 45_000;

export function adminToken(): string | null {
  return sessionStorage.getItem(NAME);
}

export function keepAdminToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, token.trim());
}

/** Rejects with a VrfyError whose message is for a person. */
export function adminCall<T>(call: Call): Promise<T> {
  return ask(connection(), call, (response) => (response.status === 204 ? (null as T) : readJson<T>(response)));
}

/** The nodes as they change; ends when the edge ends the stream. Rejects with a VrfyError, or the signal's reason. */
export function watchNodes(signal: AbortSignal): AsyncGenerator<NodeEvent, void, undefined> {
  return streamed(connection(), { path: '/v1/nodes/events', signal, timeoutMs: SILENCE_MS }, (response, life) =>
    readNodeEvents(response, life.restart),
  );
}

async function* readNodeEvents(response: Response, onSign: () => void): AsyncGenerator<NodeEvent, void, undefined> {
  for await (const { event, data } of readEvents(response.body, onSign)) {
    const told: unknown = JSON.parse(data);
    if (event === 'problem') {
      const { code, detail } = told as { readonly code: 'internal'; readonly detail: string };
      throw new VrfyError(code, detail);
    }
    yield told as NodeEvent;
  }
}

function connection() {
  return { edge: location.origin, key: adminToken() ?? undefined };
}

/** Sentence for a person. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'That did not work.';
  const [first] = error instanceof VrfyError ? (error.errors ?? []) : [];
  return first === undefined ? error.message : `${first.field} ${first.detail}.`;
}
