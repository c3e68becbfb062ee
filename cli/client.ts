/**
 * The edge as the command line reaches it: the client of client/, and each fault of it as one that has an exit code.
 */
import { type Client, createClient } from '../client/create-client.ts';
import { ask, type Call, type Connection, readJson } from '../client/exchange.ts';
import { VrfyError } from '../client/vrfy-error.ts';
import { type Answer, answerSchema } from '../shared/answer.ts';
import { inTime } from '../shared/spoken-time.ts';
import { UnreachableError, UsageError } from './exit.ts';
import { visible } from './visible.ts';

const EDGE_DEFAULT = 'http://127.0.0.1:8787';

export type ClientOptions = { readonly edge?: string | undefined; readonly key?: string | undefined };

export type VerifyRequest = {
  readonly email: string;
  readonly deadline_ms: number;
  readonly max_age?: number;
  readonly smtp: boolean;
};

export async function requestVerify({ email, ...request }: VerifyRequest, options: ClientOptions): Promise<Answer> {
  const answer: unknown = await withClient(options, (client) => client.verify(email, request));
  const parsed = answerSchema().safeParse(answer);
  if (!parsed.success) throw noAnswerOfEdge();
  return parsed.data;
}

/** Calls the edge of these options; a fault is a UsageError or an UnreachableError. */
export function withClient<T>(options: ClientOptions, act: (client: Client) => Promise<T>): Promise<T> {
  const edge = edgeOf(options);
  return withFaults(edge, act(createClient({ edge, key: options.key ?? process.env['VRFY_KEY'] })));
}

/** One call that has no function of its own in the client: its answer as JSON, null if there is none. */
export function callEdge(connection: Connection & { readonly edge: string }, call: Call): Promise<unknown> {
  const read = (response: Response) => (response.status === 204 ? null : readJson<unknown>(response));
  return withFaults(connection.edge, ask(connection, call, read));
}

async function withFaults<T>(edge: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (fault) {
    throw fault instanceof VrfyError ? exitFaultOf(edge, fault) : fault;
  }
}

/** A refused request (4xx), a spent quota included, is for the caller to correct; any other fault is one of the service. */
function exitFaultOf(edge: string, fault: VrfyError): Error {
  const { code, status, message, retryAfter } = fault;
  if (status === 0) return code === 'bad_answer' ? noAnswerOfEdge() : noEdge(edge, fault);
  const again = status === 429 && retryAfter !== null ? ` Ask again ${inTime(retryAfter)}.` : '';
  // A response that is not a problem of ours is described by its status.
  const isProblem = code !== 'bad_answer';
  const said = `the edge at ${edge} answered ${status}${isProblem ? `: ${visible(message)}` : ''}${again}`;
  return isProblem && status < 500 ? new UsageError(said) : new UnreachableError(said);
}

/** For an answer that does not fit its schema. */
export function noAnswerOfEdge(): UnreachableError {
  return new UnreachableError('the service at that URL does not answer like a vrfy edge of this version');
}

/** URL of the edge: `--edge`, else VRFY_EDGE, else the default of `npm start`. */
export function edgeOf({ edge }: Pick<ClientOptions, 'edge'>): string {
  const base = edge ?? process.env['VRFY_EDGE'] ?? EDGE_DEFAULT;
  refuseNoUrl(base);
  return base;
}

export function refuseNoUrl(text: string): void {
  // Node 20 lacks URL.parse.
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`${visible(text)} is not the URL of an edge`);
  }
}

export function noEdge(base: string, cause: unknown): UnreachableError {
  return new UnreachableError(`no edge answers at ${base}; is it running? (npm start)`, { cause });
}
