// The product as its users meet it: `npm start` in a process of its own, asked over HTTP, ended with a Ctrl-C.

import { join } from 'node:path';
import { type Answer, answerSchema } from '../../../shared/answer.ts';
import { labFolder, startChild } from './child.ts';
import { freePort, isListening } from './port.ts';

export type AskOptions = {
  /** 0 by default, so that no remembered verdict answers; null for the product's own default. */
  readonly maxAgeSeconds?: number | null;
  /** False to get remembered verdicts only: no mail server is asked. */
  readonly smtp?: boolean;
};

export type System = {
  readonly url: string;
  /** One question to the running edge; the answer is checked against its schema. */
  verify(email: string, options?: AskOptions): Promise<Answer>;
  /** `POST /v1/warm`; resolves when the request is taken, which is before the session stands. */
  warm(domain: string): Promise<void>;
  /** Sessions that the nodes hold open and idle, by their own metrics. */
  idleSessions(): Promise<number>;
  logs(): string;
  /** Ctrl-C; resolves when everything it started has ended. Safe to call twice. */
  stop(): Promise<void>;
};

/** How long an answer may take: over the longest greeting delay of the lab and the second session a node may need. */
const DEADLINE_MS = 30_000;

export type ProductOptions = {
  /** Of the edge; the nodes have the ports after it. */
  readonly port: number;
  readonly nodeCount: number;
  readonly stateDir: string;
  readonly hasSandbox: boolean;
  /** docs/SETTINGS.md. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type Product = {
  readonly url: string;
  readonly nodePorts: readonly number[];
  logs(): string;
  /** Ctrl-C; resolves when everything it started has ended. Safe to call twice. */
  stop(): Promise<void>;
};

/** `npm start` as it is; resolves when it says that it is ready. Keeps the folder of its state. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { port, nodeCount, stateDir, hasSandbox, settings = {} } = options;
  const nodePorts = Array.from({ length: nodeCount }, (_, index) => port + 1 + index);
  const child = startChild({
    name: 'npm start',
    command: 'npm',
    args: [
      ...['start', '--', '--port', String(port), '--nodes', String(nodeCount), '--state', stateDir],
      ...(hasSandbox ? [] : ['--no-sandbox']),
    ],
    env: { ...process.env, ...settings },
    cwd: join(import.meta.dirname, '../../..'),
    endSignal: 'SIGINT',
    endsAsGroup: true,
    graceMs: 20_000,
  });
  try {
    await child.ready('"ready <url>"', () => /^ready http\S+$/m.test(child.output()), 90_000);
  } catch (cause) {
    await child.stop();
    throw cause;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    nodePorts,
    logs: child.output,
    async stop() {
      await child.stop();
      for (const left of [port, ...nodePorts]) {
        if (await isListening('127.0.0.1', left))
          throw new Error(`something still listens on ${left} after Ctrl-C:\n${child.output()}`);
      }
    },
  };
}

/** Starts the product without its sandbox on free ports, with these settings (docs/SETTINGS.md) and a state of its own. */
export async function startSystem(settings: Readonly<Record<string, string>>, nodeCount = 1): Promise<System> {
  const folder = await labFolder('system');
  const port = await freePort(['127.0.0.1'], 1 + nodeCount);
  const stateDir = join(folder.path, 'state');
  const product = await startProduct({ port, nodeCount, stateDir, hasSandbox: false, settings }).catch(
    async (cause: unknown) => {
      await folder.remove();
      throw cause;
    },
  );
  const { url, nodePorts } = product;
  return {
    url,
    verify: (email, options = {}) => verify(url, email, options),
    warm: (domain) => warm(url, domain),
    idleSessions: async () => sum(await Promise.all(nodePorts.map((nodePort) => idleSessions(nodePort)))),
    logs: product.logs,
    async stop() {
      await product.stop();
      await folder.remove();
    },
  };
}

async function verify(url: string, email: string, { maxAgeSeconds = 0, smtp = true }: AskOptions): Promise<Answer> {
  const query = new URLSearchParams({ email, smtp: String(smtp), deadline_ms: String(DEADLINE_MS) });
  if (maxAgeSeconds !== null) query.set('max_age', String(maxAgeSeconds));
  const response = await fetch(`${url}/v1/verify?${query}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`verify answered ${response.status}: ${body}`);
  return answerSchema().parse(JSON.parse(body));
}

async function warm(url: string, domain: string): Promise<void> {
  const response = await fetch(`${url}/v1/warm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ domain }),
  });
  const body = await response.text();
  if (response.status !== 202) throw new Error(`warm answered ${response.status}: ${body}`);
}

async function idleSessions(nodePort: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${nodePort}/metrics`);
  const value = /^vrfy_idle_sessions (\d+)$/m.exec(await response.text())?.[1];
  if (value === undefined) throw new Error('the node does not say how many sessions it holds');
  return Number(value);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
