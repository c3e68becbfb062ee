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

/** Starts the product with these settings (docs/SETTINGS.md) on free ports; resolves when it says it is ready. */
export async function startSystem(settings: Readonly<Record<string, string>>, nodeCount = 1): Promise<System> {
  const folder = await labFolder('system');
  const port = await freePort(['127.0.0.1'], 1 + nodeCount);
  const nodePorts = Array.from({ length: nodeCount }, (_, index) => port + 1 + index);
  const child = startChild({
    name: 'npm start',
    command: 'npm',
    args: [
      ...['start', '--', '--no-sandbox', '--port', String(port), '--nodes', String(nodeCount)],
      ...['--state', join(folder.path, 'state')],
    ],
    env: { ...process.env, ...settings },
    cwd: join(import.meta.dirname, '../../..'),
    endSignal: 'SIGINT',
    endsAsGroup: true,
    graceMs: 20_000,
  });
  const url = `http://127.0.0.1:${port}`;
  let logs = '';
  const stop = async () => {
    await child.stop();
    logs = child.output();
    await folder.remove();
    for (const left of [port, ...nodePorts]) {
      if (await isListening('127.0.0.1', left))
        throw new Error(`something still listens on ${left} after Ctrl-C:\n${logs}`);
    }
  };
  try {
    await child.ready('"ready <url>"', () => /^ready http\S+$/m.test(child.output()), 90_000);
  } catch (cause) {
    await child.stop();
    await folder.remove();
    throw cause;
  }
  return {
    url,
    verify: (email, options = {}) => verify(url, email, options),
    warm: (domain) => warm(url, domain),
    idleSessions: async () => sum(await Promise.all(nodePorts.map((nodePort) => idleSessions(nodePort)))),
    logs: () => logs || child.output(),
    stop,
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
