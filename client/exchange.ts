/**
 * One call of the edge: request, time-out, retries, and each fault as a VrfyError.
 *
 * A repeatable call is retried after a network fault or a temporary status (408, 429, 502, 503, 504): at most twice, after
 * `Retry-After` (RFC 9110 §10.2.3) or a short delay, and only if that ends within the time-out of the call.
 */
import type { ProblemDocument } from './api-types.ts';
import { VrfyError } from './vrfy-error.ts';

export type Connection = {
  /** URL of the edge. */
  readonly edge: string | URL;
  /** A key of the API; without one the edge counts by network. */
  readonly key?: string | undefined;
  /** Default: that of the runtime. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Milliseconds that a call may take in all. Default: the deadline of a verify and 5 s, else 30 s. */
  readonly timeoutMs?: number | undefined;
};

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** In place of the connection's. */
  readonly timeoutMs?: number | undefined;
};

export type Call = CallOptions & {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string | Blob | Uint8Array<ArrayBuffer>;
  /** False if a second request would do something a second time. Default: true for all but POST and PATCH. */
  readonly repeatable?: boolean;
};

/** Milliseconds of a call of which nothing else is said. */
const TIMEOUT_MS = 30_000;
const RETRIES_MAX = 2;
/** Milliseconds before the first retry, if the edge names no time; the second waits twice as long. */
const RETRY_MS = 250;

/** How long one call lives. */
export type Life = {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Begins the time-out anew. */
  readonly restart: () => void;
  /** Ends the time-out, and nothing else. */
  readonly untimed: () => void;
  /** Resolves after that time; rejects if the life ends before. */
  readonly wait: (ms: number) => Promise<void>;
  /** Frees the timer, and cancels a response that is still being read. */
  readonly end: () => void;
};

export function lifeOf(
  { timeoutMs: usual = TIMEOUT_MS }: Connection,
  { signal, timeoutMs = usual }: CallOptions,
): Life {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  let timer: ReturnType<typeof setTimeout>;
  const restart = (): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => controller.abort(new VrfyError('timeout', `No answer within ${timeoutMs} ms.`)),
      timeoutMs,
    );
  };
  restart();
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    timeoutMs,
    restart,
    untimed: () => clearTimeout(timer),
    wait: (ms) =>
      new Promise((resolve, reject) => {
        const over = setTimeout(resolve, ms);
        const stop = (): void => {
          clearTimeout(over);
          reject(controller.signal.reason);
        };
        if (controller.signal.aborted) stop();
        controller.signal.addEventListener('abort', stop);
      }),
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      controller.abort();
    },
  };
}

/** Asks and reads; rejects with a VrfyError, or with the reason of the caller's signal. */
export async function ask<T>(
  connection: Connection,
  call: Call,
  read: (response: Response) => T | Promise<T>,
  life: Life = lifeOf(connection, call),
): Promise<T> {
  try {
    return await exchange(connection, call, read, life);
  } finally {
    life.end();
  }
}

/** The same for a response whose body is read later: the caller must end the life. */
export async function exchange<T>(
  connection: Connection,
  call: Call,
  read: (response: Response) => T | Promise<T>,
  life: Life,
): Promise<T> {
  const { method = 'GET', repeatable = method !== 'POST' && method !== 'PATCH' } = call;
  const { url, init } = requestOf(connection, method, call);
  for (let attempt = 1; ; attempt += 1) {
    const fault = await attemptOnce();
    if (!(fault instanceof VrfyError)) return fault.value;
    const waitMs = fault.retryAfter === null ? RETRY_MS * attempt : fault.retryAfter * 1000;
    if (!repeatable || attempt > RETRIES_MAX || !mayPass(fault) || waitMs >= life.timeoutMs) throw fault;
    await life.wait(waitMs).catch((reason) => {
      throw reason instanceof VrfyError ? fault : reason;
    });
  }

  async function attemptOnce(): Promise<VrfyError | { readonly value: T }> {
    try {
      const response = await (connection.fetch ?? fetch)(url, { ...init, signal: life.signal });
      return response.ok ? { value: await read(response) } : await problemOf(response);
    } catch (cause) {
      return faultOf(cause, life);
    }
  }
}

/**
 * A response whose body is read as it comes; leaving the loop early cancels it. The time-out holds for each value anew, and the time
 * of the caller with a value does not count.
 */
export async function* streamed<T>(
  connection: Connection,
  call: Call,
  read: (response: Response, life: Life) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const life = lifeOf(connection, call);
  try {
    const response = await exchange(connection, call, (answer) => answer, life);
    for await (const value of read(response, life)) {
      life.untimed();
      yield value;
      life.restart();
    }
  } catch (cause) {
    throw faultOf(cause, life);
  } finally {
    life.end();
  }
}

/** Throws if the life has ended: with the time-out, or as the caller has said. */
export function faultOf(cause: unknown, { signal }: Life): VrfyError {
  if (signal.aborted) throw signal.reason;
  return cause instanceof VrfyError ? cause : new VrfyError('unreachable', 'The edge cannot be reached.', { cause });
}

function mayPass({ code, status }: VrfyError): boolean {
  return code === 'unreachable' || [408, 429, 502, 503, 504].includes(status);
}

function requestOf({ edge, key }: Connection, method: string, { path, query = {}, headers, json, body }: Call) {
  const url = new URL(path, edge);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, `${value}`);
  const sent: Record<string, string> = { ...headers };
  // A page asks without a preflight: its key is public and may stand in the URL, and JSON may be called text.
  const isPage = key?.startsWith('vrfy_pk_') === true;
  if (isPage) url.searchParams.set('key', key);
  else if (key !== undefined) sent['authorization'] = `Bearer ${key}`;
  if (json !== undefined) sent['content-type'] = isPage ? 'text/plain' : 'application/json';
  const content = json === undefined ? body : JSON.stringify(json);
  return { url: url.href, init: { method, headers: sent, ...(content === undefined ? {} : { body: content }) } };
}

async function problemOf(response: Response): Promise<VrfyError> {
  const { status } = response;
  const told = (await response.json().catch(() => null)) as Partial<ProblemDocument> | null;
  const wait = response.headers.get('retry-after') ?? '';
  return new VrfyError(told?.code ?? 'bad_answer', told?.detail ?? `The edge answered ${status}.`, {
    status,
    errors: told?.errors,
    retryAfter: /^\d+$/.test(wait) ? Number(wait) : null,
  });
}

/** The body of an answer as JSON. */
export async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  return parse(text);
}

/** Parses JSON as T; the fields are not checked. */
export function parse<T>(text: string): T {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words would quote the answer.
    throw new VrfyError('bad_answer', 'This is not the answer of an edge.');
  }
}
