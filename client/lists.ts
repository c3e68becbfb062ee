/**
 * Lists that are verified in the background: made in one request or in parts, watched, and fetched.
 *
 * A list that is larger than one part goes up in parts, each of which may be sent again; nothing is held but the part on its way.
 */
import type { CreatedList, ListPage, ListStatus, Reason, Verdict } from './api-types.ts';
import {
  ask,
  type Call,
  type CallOptions,
  type Connection,
  exchange,
  faultOf,
  type Life,
  lifeOf,
  parse,
  readJson,
  streamed,
} from './exchange.ts';
import { readEvents } from './read-events.ts';
import { readLines } from './read-lines.ts';
import { VrfyError } from './vrfy-error.ts';

/** Octets of a part; all but the last have as many. */
export const PART_OCTETS = 8 * 1024 * 1024;

export type ListOptions = {
  readonly name?: string | undefined;
  /** Name of the column of addresses, or its number from 1. */
  readonly column?: string | number | undefined;
  readonly header?: 'auto' | 'yes' | 'no' | undefined;
  readonly dedupe?: 'canonical' | 'exact' | 'off' | undefined;
  /** `manual`: nothing is probed before `start`. */
  readonly start?: 'auto' | 'manual' | undefined;
  readonly on_quota?: 'finish' | 'wait' | undefined;
  readonly retention_days?: number | undefined;
  /** URL that is told of the end. */
  readonly webhook?: string | undefined;
};

export type UploadOptions = CallOptions &
  ListOptions & {
    /** Media type; default that of the Blob, else `text/csv`. */
    readonly type?: string | undefined;
    /** The content is compressed. It goes up in one request of any size. */
    readonly encoding?: 'gzip' | undefined;
    /** A second call with the same key makes no second list. Default: a new one for each call. */
    readonly idempotencyKey?: string | undefined;
  };

/** Rows as a file has them, or the addresses alone. */
export type ListContent = string | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | readonly string[];

/** `keep`: reasons of `risky` that are mailed too, for the expected bounce rate. */
export type StatusOptions = CallOptions & { readonly keep?: readonly Reason[] | undefined };

/** `duplicates`: with `drop` only the first row of each owner among the rows with the verdicts. */
export type WantedRows = {
  readonly verdict?: readonly Verdict[] | undefined;
  readonly duplicates?: 'keep' | 'drop' | undefined;
};

export type ResultOptions = CallOptions & WantedRows;

/** A row of the results; the fields of the file beside `vrfy_verdict`, `vrfy_reason` and the others. */
export type ListRow = Readonly<Record<string, unknown>>;

/** Milliseconds for one part, on a slow line. */
const UPLOAD_MS = 300_000;
/** Milliseconds without a line of an event stream after which it is opened anew. */
const SILENCE_MS = 60_000;
/** Connections in a row that may fail before an event stream is given up. */
const FAILURES_MAX = 5;
/** Milliseconds before an event stream is opened anew, times the failures in a row. */
const REOPEN_MS = 500;

export type Lists = {
  /** Makes a list and uploads it: in one request, or in parts if it is larger than one. */
  create(content: ListContent, options?: UploadOptions): Promise<CreatedList>;
  /** Opens an upload in parts. */
  open(options?: UploadOptions): Promise<CreatedList>;
  /** Sends a part, from 1 on, in any order; to send one again does no harm. */
  putPart(id: string, part: number, content: Blob, options?: CallOptions): Promise<void>;
  /** Says that all parts are there. */
  complete(id: string, options?: CallOptions): Promise<CreatedList>;
  get(id: string, options?: StatusOptions): Promise<ListStatus>;
  /** One page of the lists of this key, newest first. */
  list(options?: CallOptions & { readonly cursor?: string | undefined }): Promise<ListPage>;
  /** Goes on with a list that is `ready`. */
  start(id: string, options?: CallOptions): Promise<ListStatus>;
  /** Ends the work and keeps the verdicts so far. */
  cancel(id: string, options?: CallOptions): Promise<ListStatus>;
  /** Deletes the list and all that it holds. */
  delete(id: string, options?: CallOptions): Promise<void>;
  /** How the list is doing, at most once a second, until its end. */
  events(id: string, options?: StatusOptions): AsyncGenerator<ListStatus, void, undefined>;
  /** The uploaded rows with their verdicts, as CSV, at any time while the list runs. */
  results(id: string, options?: ResultOptions): Promise<ReadableStream<Uint8Array>>;
  /** The same row by row. */
  rows(id: string, options?: ResultOptions): AsyncGenerator<ListRow, void, undefined>;
};

export function listsOf(connection: Connection): Lists {
  const call = <T>(method: Method, path: string, options?: CallOptions, rest: Partial<Call> = {}): Promise<T> =>
    ask(connection, { ...options, ...rest, method, path }, (response) => readJson<T>(response));

  const open: Lists['open'] = (options = {}) => {
    const { common, query, headers } = uploadOf(connection, options, 'text/csv');
    return call('POST', '/v1/lists', common, { query: { ...query, parts: true }, headers, repeatable: true });
  };
  const putPart: Lists['putPart'] = (id, part, content, options = {}) => {
    const { common } = uploadOf(connection, options, '');
    return ask(connection, { ...common, method: 'PUT', path: pathOf(id, `/parts/${part}`), body: content }, drop);
  };
  const complete: Lists['complete'] = (id, options) => call('POST', pathOf(id, '/complete'), options);

  return {
    async create(content, options = {}) {
      const { type, pieces } = piecesOf(
        content,
        options.encoding === undefined ? PART_OCTETS : Number.POSITIVE_INFINITY,
      );
      const { common, query, headers } = uploadOf(connection, options, type);
      const first = await pieces.next();
      let next = await pieces.next();
      const body = first.value ?? new Blob([]);
      if (next.done) return call('POST', '/v1/lists', common, { query, headers, body, repeatable: true });
      try {
        const opened = await open({ ...options, type: headers['content-type'] });
        await putPart(opened.id, 1, body, common);
        for (let part = 2; !next.done; part += 1) {
          await putPart(opened.id, part, next.value, common);
          next = await pieces.next();
        }
        return await complete(opened.id, common);
      } finally {
        await pieces.return();
      }
    },
    open,
    putPart,
    complete,
    get: (id, { keep, ...options } = {}) => call('GET', pathOf(id), options, { query: { keep: keep?.join(',') } }),
    list: ({ cursor, ...options } = {}) => call('GET', '/v1/lists', options, { query: { cursor } }),
    start: (id, options) => call('POST', pathOf(id, '/start'), options),
    cancel: (id, options) => call('POST', pathOf(id, '/cancel'), options),
    delete: (id, options) => ask(connection, { ...options, method: 'DELETE', path: pathOf(id) }, drop),
    events: (id, options) => watch(connection, id, options),
    results: (id, options) => openResults(connection, id, options),
    rows: (id, options) => streamed(connection, resultsCall(id, options, 'application/x-ndjson'), readRows),
  };
}

type Method = NonNullable<Call['method']>;

function pathOf(id: string, rest = ''): string {
  return `/v1/lists/${encodeURIComponent(id)}${rest}`;
}

function drop(response: Response): Promise<void> | undefined {
  return response.body?.cancel();
}

/** Query and headers of an upload. It has an idempotency key, and so it may be repeated. */
function uploadOf(connection: Connection, options: UploadOptions, usualType: string) {
  const { signal, timeoutMs = connection.timeoutMs ?? UPLOAD_MS, type, encoding, idempotencyKey, ...query } = options;
  const headers: Record<string, string> = {
    'content-type': type ?? usualType,
    'idempotency-key': idempotencyKey ?? crypto.randomUUID(),
  };
  if (encoding !== undefined) headers['content-encoding'] = encoding;
  return { common: { signal, timeoutMs }, query, headers };
}

/** The content in pieces of so many octets, and its default media type. */
function piecesOf(
  content: ListContent,
  octets: number,
): { readonly type: string; readonly pieces: AsyncGenerator<Blob, void> } {
  if (content instanceof ReadableStream) return { type: 'text/csv', pieces: piecesOfStream(content, octets) };
  if (content instanceof Blob) return { type: content.type || 'text/csv', pieces: piecesOfBlob(content, octets) };
  if (typeof content === 'string' || content instanceof Uint8Array) {
    return { type: 'text/csv', pieces: piecesOfBlob(new Blob([content]), octets) };
  }
  return { type: 'application/json', pieces: piecesOfBlob(new Blob([JSON.stringify({ emails: content })]), octets) };
}

async function* piecesOfBlob(blob: Blob, octets: number): AsyncGenerator<Blob, void> {
  for (let start = 0; start < blob.size; start += octets) yield blob.slice(start, start + octets);
}

async function* piecesOfStream(stream: ReadableStream<Uint8Array>, octets: number): AsyncGenerator<Blob, void> {
  const reader = stream.getReader();
  let held = new Blob([]);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (value !== undefined) held = new Blob([held, new Uint8Array(value)]);
      for (; held.size > octets; held = held.slice(octets)) yield held.slice(0, octets);
      if (done) break;
    }
    if (held.size > 0) yield held;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * How the list is doing, at most once a second, until it has come to its end. A connection that breaks or falls silent is
 * opened anew.
 */
async function* watch(
  connection: Connection,
  id: string,
  { signal, timeoutMs = SILENCE_MS, keep }: StatusOptions = {},
): AsyncGenerator<ListStatus, void, undefined> {
  let lastId = '';
  for (let failures = 0; ; ) {
    const headers = { accept: 'text/event-stream', ...(lastId === '' ? {} : { 'last-event-id': lastId }) };
    const query = { keep: keep?.join(',') };
    const call = { signal, timeoutMs, path: pathOf(id, '/events'), query, headers };
    let isOver = false;
    try {
      const events = streamed(connection, call, (response, life) => {
        isOver = response.status === 204;
        return readEvents(response.body, life.restart);
      });
      for await (const event of events) {
        if (event.event === 'progress' || event.event === 'done') yield parse<ListStatus>(event.data);
        if (event.event === 'done') return;
        lastId = event.id;
        failures = 0;
      }
      if (isOver) return;
    } catch (fault) {
      if (!(fault instanceof VrfyError) || !['unreachable', 'timeout'].includes(fault.code)) throw fault;
      if (failures >= FAILURES_MAX) throw fault;
    }
    failures += 1;
    if (failures > FAILURES_MAX)
      throw new VrfyError('unreachable', 'The events of the list break off again and again.');
    const life = lifeOf(connection, { signal });
    await life.wait(REOPEN_MS * failures).finally(life.end);
  }
}

function resultsCall(id: string, { verdict, duplicates, ...options }: ResultOptions = {}, accept: string): Call {
  const query = { verdict: verdict?.join(','), duplicates };
  return { ...options, path: pathOf(id, '/results'), query, headers: { accept } };
}

/** The time-out is that of the beginning: a large file takes its time. A body that breaks off ends with a VrfyError. */
async function openResults(
  connection: Connection,
  id: string,
  options: ResultOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const life = lifeOf(connection, options);
  try {
    const body = await exchange(connection, resultsCall(id, options, 'text/csv'), (response) => response.body, life);
    life.untimed();
    return withFaults(body ?? new Blob([]).stream(), life);
  } catch (fault) {
    life.end();
    throw fault;
  }
}

function withFaults(body: ReadableStream<Uint8Array>, life: Life): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw faultOf(cause, life);
      });
      if (!done) return controller.enqueue(value);
      life.end();
      controller.close();
    },
    cancel: life.end,
  });
}

async function* readRows(response: Response): AsyncGenerator<ListRow, void, undefined> {
  for await (const line of readLines(response.body)) {
    if (line.trim() !== '') yield parse<ListRow>(line);
  }
}
