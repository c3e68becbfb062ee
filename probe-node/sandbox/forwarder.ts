/**
 * Forwards a DNS message to real DNS-over-HTTPS servers, unchanged, and returns their answer.
 *
 * For names outside the sandbox, under `npm start` with internet access. The servers are tried in the given order,
 * beginning with the one that answered last. It returns null if none does; it never throws.
 */
import { type Agent, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { After } from './smtp-server.ts';

/** Milliseconds for one server. Several are tried one after another, within the edge's own DNS timeout. */
const TIMEOUT_MS = 2_000;
/** RFC 8484 §6: a DNS message has at most 65535 octets. */
const MESSAGE_BYTES_MAX = 65_535;
const MEDIA_TYPE = 'application/dns-message';

export type Forwarder = {
  readonly forward: (message: Buffer) => Promise<Buffer | null>;
  /** Ends idle connections and open requests. */
  readonly close: () => void;
};

/** `after` runs a function once after a delay unless cancelled. */
export function createForwarder(dohUrls: readonly string[], after: After): Forwarder {
  const urls = dohUrls.map((text) => new URL(text));
  const plainAgent = new HttpAgent({ keepAlive: true });
  const tlsAgent = new HttpsAgent({ keepAlive: true });
  let preferred = 0;

  const forward = async (message: Buffer): Promise<Buffer | null> => {
    const start = preferred;
    for (const step of urls.keys()) {
      const at = (start + step) % urls.length;
      const url = urls[at];
      if (url === undefined) break;
      const agent = url.protocol === 'https:' ? tlsAgent : plainAgent;
      const answer = await askServer(url, message, agent, after);
      if (answer === null) continue;
      preferred = at;
      return answer;
    }
    return null;
  };
  const close = (): void => {
    plainAgent.destroy();
    tlsAgent.destroy();
  };
  return { forward, close };
}

/** One POST of RFC 8484 §4.1. Null for anything except a whole DNS message in time. */
async function askServer(url: URL, message: Buffer, agent: Agent, after: After): Promise<Buffer | null> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE, 'content-length': message.length };
  const request = send(url, { method: 'POST', agent, headers });
  const cancel = after(TIMEOUT_MS, () => request.destroy());
  try {
    return await new Promise<Buffer | null>((resolve) => {
      request.once('response', (response) => readAnswer(response, resolve));
      // The reason does not matter: the next server is tried.
      request.on('error', () => resolve(null));
      // 'close' always comes last; after an answer it changes nothing.
      request.once('close', () => resolve(null));
      request.end(message);
    });
  } finally {
    cancel();
  }
}

function readAnswer(response: IncomingMessage, resolve: (answer: Buffer | null) => void): void {
  const isAnswer = response.statusCode === 200 && response.headers['content-type'] === MEDIA_TYPE;
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MESSAGE_BYTES_MAX) response.destroy();
    else chunks.push(chunk);
  });
  response.once('end', () => resolve(isAnswer && bytes <= MESSAGE_BYTES_MAX ? Buffer.concat(chunks) : null));
  response.on('error', () => resolve(null));
}
