/**
 * Answers requests that the HTTP parser refuses before any handler sees them.
 *
 * Node's own answer to headers that are too long is a bare 431 and a cut connection. Here they get the answer of any
 * invalid token: 401 as a problem, because headers of that length hold no token of ours, and the limit stays small. The
 * connection is drained for a moment: a client that is cut off in the middle of its headers would see a broken
 * connection instead of the answer.
 */
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, type ProblemCode } from '../../shared/problem.ts';

/** Milliseconds for a client to read its answer. */
const LINGER_MS = 1_000;
/** Node's own answer. */
const TIMED_OUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/** @param onRefused gets the code of each refusal, once per connection */
export function answerUnreadable(server: Server, onRefused: (code: ProblemCode) => void): void {
  const answered = new WeakSet<Duplex>();
  const responses = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, response) => responses.set(socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // The parser complains of every further chunk.
    if (answered.has(socket)) return;
    answered.add(socket);
    const response = responses.get(socket);
    // Bytes behind a request that is being answered must not end up in the middle of its answer.
    const isBeingAnswered = response?.headersSent === true && !response.writableFinished;
    if (isBeingAnswered || !socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.end(TIMED_OUT, () => socket.destroy());
    const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
    const code = isTooLong ? 'token_malformed' : 'invalid_request';
    const problem = new Problem(code, {
      detail: isTooLong ? 'The headers are too long.' : 'This is not an HTTP request.',
    });
    onRefused(code);
    void write(problem, socket);
  });
}

async function write(problem: Problem, socket: Duplex): Promise<void> {
  const response = problem.toResponse();
  const body = await response.text();
  const headers = { ...Object.fromEntries(response.headers), connection: 'close', 'content-length': body.length };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join('')}\r\n${body}`);
}
