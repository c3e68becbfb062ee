/**
 * A relay between the edge and a node, through which everything passes but jobs that a drill deals with otherwise: the node
 * is enrolled, and its heartbeats say that all is well.
 */
import http, { type ServerResponse } from 'node:http';
import { type Arrived, startLoopback } from '../../edge/loopback.ts';

/** Fate of a probe request; `pass` lets it through. */
export type Conduct = (arrived: Arrived, response: ServerResponse, pass: () => void) => unknown;

export type Relay = {
  readonly url: string;
  readonly behave: (conduct: Conduct) => void;
  /** Requests for a probe that have come since it began to behave so. */
  readonly asked: () => number;
  readonly close: () => Promise<void>;
};

const honest: Conduct = (_, __, pass) => pass();

/** @param target address on which the node listens, or will */
export async function startRelay(target: string): Promise<Relay> {
  let behaviour = honest;
  let asked = 0;
  const agent = new http.Agent({ keepAlive: true });
  const { url, close } = await startLoopback((arrived, response) => {
    const pass = (): void => forward(arrived, new URL(arrived.path, target), response, agent);
    if (arrived.path !== '/v1/probe') return pass();
    asked += 1;
    return behaviour(arrived, response, pass);
  });
  return {
    url: url.href,
    behave: (conduct) => {
      behaviour = conduct;
      asked = 0;
    },
    asked: () => asked,
    close: async () => {
      agent.destroy();
      await close();
    },
  };
}

function forward({ method, headers, body }: Arrived, target: URL, response: ServerResponse, agent: http.Agent): void {
  const passed = http.request(target, { method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  // Either side may go away, and then the other is to see it.
  passed.on('error', () => response.destroy());
  response.on('close', () => passed.destroy());
  passed.end(body);
}
