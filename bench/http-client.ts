/** One plain HTTP client for everything whose time is compared: another client's own time would be taken for the server's. */
import { type Agent, type OutgoingHttpHeaders, request } from 'node:http';

export type Answered = {
  readonly status: number;
  readonly text: string;
  /** From the first octet of the request to the last of the answer. */
  readonly ms: number;
};

/** A POST if there is a body, else a GET. */
export function ask(agent: Agent, url: string, headers: OutgoingHttpHeaders = {}, body?: Buffer): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const length = body === undefined ? {} : { 'content-length': body.length };
    const method = body === undefined ? 'GET' : 'POST';
    const asked = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const ms = performance.now() - startMs;
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), ms });
      });
      response.on('error', reject);
    });
    asked.setNoDelay(true);
    asked.on('error', reject);
    asked.end(body);
  });
}
