/** Verdicts: of one address, of one with its steps as they end, of many; and a session that is opened ahead. */
import type { Answer, BatchAnswer, BatchRequest, VerifyRequest } from './api-types.ts';
import { ask, type CallOptions, type Connection, parse, readJson, streamed } from './exchange.ts';
import { readEvents } from './read-events.ts';
import { readLines } from './read-lines.ts';
import { VrfyError } from './vrfy-error.ts';

export type VerifyOptions = CallOptions & Omit<VerifyRequest, 'email'>;
export type BatchOptions = CallOptions & Omit<BatchRequest, 'emails'>;

/** An event of a stream: each step as it ends, and at the end the whole answer. */
export type StreamEvent =
  | { readonly event: 'step'; readonly data: Answer['steps'][number] }
  | { readonly event: 'verdict'; readonly data: Answer };

/** As at the edge. */
const DEADLINE_MS = 10_000;
const BATCH_DEADLINE_MS = 60_000;
/** Milliseconds beyond the deadline of a request before we give up on the edge. */
const GRACE_MS = 5_000;

/**
 * The verdict on one address. A negative one is no error.
 *
 * It is asked again after a fault that passes: to repeat the question costs no second probe.
 */
export function verify(connection: Connection, email: string, options: VerifyOptions = {}): Promise<Answer> {
  const { call, fields } = split(connection, options, DEADLINE_MS);
  return ask(connection, { ...call, method: 'POST', path: '/v1/verify', json: { email, ...fields } }, readAnswer);
}

async function readAnswer(response: Response): Promise<Answer> {
  return expectAnswer(await readJson(response));
}

function expectAnswer<T extends Answer>(answer: T | null): T {
  if (typeof answer?.verdict !== 'string') throw new VrfyError('bad_answer', 'This is not the answer of an edge.');
  return answer;
}

/** The steps of one address as they end, and then the verdict. */
export async function* stream(
  connection: Connection,
  email: string,
  options: VerifyOptions = {},
): AsyncGenerator<StreamEvent, void, undefined> {
  const { call, fields } = split(connection, options, DEADLINE_MS);
  const request = { ...call, method: 'POST', path: '/v1/verify/stream', json: { email, ...fields } } as const;
  yield* streamed(connection, request, async function* (response): AsyncGenerator<StreamEvent> {
    for await (const { event, data } of readEvents(response.body)) {
      if (event === 'step') yield { event, data: parse(data) };
      if (event === 'problem') {
        const { code, detail, status, errors } = parse<VrfyError & { readonly detail: string }>(data);
        throw new VrfyError(code, detail, { status, errors });
      }
      if (event === 'verdict') {
        yield { event, data: expectAnswer(parse(data)) };
        return;
      }
    }
    throw brokenOff();
  });
}

/**
 * A verdict for each distinct address as soon as it is known, in the order of completion; `index` names its places in the list.
 *
 * @param emails up to 1,000
 */
export async function* batch(
  connection: Connection,
  emails: readonly string[],
  options: BatchOptions = {},
): AsyncGenerator<BatchAnswer, void, undefined> {
  const { call, fields } = split(connection, options, BATCH_DEADLINE_MS);
  const request = { ...call, method: 'POST', path: '/v1/verify/batch', json: { emails, ...fields } } as const;
  yield* streamed(connection, request, async function* (response): AsyncGenerator<BatchAnswer> {
    let missing = emails.length;
    for await (const line of readLines(response.body)) {
      if (line.trim() === '') continue;
      const answer = expectAnswer(parse<BatchAnswer>(line));
      missing -= answer.index.length;
      yield answer;
    }
    if (missing > 0) throw brokenOff();
  });
}

/** Has a session with the domain ready for a verify soon after. */
export function warm(connection: Connection, domain: string, options: CallOptions = {}): Promise<void> {
  return ask(connection, { ...options, method: 'POST', path: '/v1/warm', json: { domain } }, (response) =>
    response.body?.cancel(),
  );
}

function brokenOff(): VrfyError {
  return new VrfyError('unreachable', 'The answer broke off.');
}

/** Splits the options into fields for the edge and those of the call. The call may last until the deadline and a grace, and be repeated. */
function split<O extends CallOptions & { readonly deadline_ms?: number | undefined }>(
  connection: Connection,
  { signal, timeoutMs = connection.timeoutMs, ...fields }: O,
  deadlineMs: number,
) {
  const patience = timeoutMs ?? (fields.deadline_ms ?? deadlineMs) + GRACE_MS;
  return { call: { signal, timeoutMs: patience, repeatable: true }, fields };
}
