/** A small real HTTP server on a loopback port of its own, for tests of HTTP clients. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Loopback = {
  readonly url: URL;
  /** How many requests have arrived. */
  readonly asked: () => number;
  readonly close: () => Promise<void>;
};

/** One request as received. */
export type Arrived = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array<ArrayBuffer>;
};

export async function startLoopback(
  answer: (arrived: Arrived, response: ServerResponse) => unknown,
): Promise<Loopback> {
  let count = 0;
  const listener: RequestListener = async (request, response) => {
    count += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    await answer({ method, path, headers, body: new Uint8Array(Buffer.concat(chunks)) }, response);
  };
  const server = createServer((request, response) => {
    // Some tests abort the request.
    Promise.resolve(listener(request, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    asked: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A URL at which no server listens. */
export async function refusedUrl(): Promise<URL> {
  const server = await startLoopback(() => {});
  await server.close();
  return server.url;
}
