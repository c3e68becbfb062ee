// The product as the outside meets it: `npm start` in a process of its own, asked over HTTP, ended with a Ctrl-C.

import { join } from 'node:path';
import { labFolder, startChild } from './child.ts';
import { freePort, isListening } from './port.ts';

/** The fields of an answer of `/v1/verify` (CONTRACT §3) that the lab looks at. */
export type Answer = {
  readonly verdict: string;
  readonly reason: string;
  readonly detail: string;
  readonly flags: { readonly catch_all: boolean | null; readonly mailbox_full: boolean | null };
  readonly mx: { readonly implicit: boolean; readonly hosts: readonly { readonly host: string }[] } | null;
  readonly smtp: {
    readonly host: string;
    readonly stage: string;
    readonly code: number;
    readonly text: string;
    readonly tls: boolean;
    readonly rule: string;
  } | null;
  readonly retry_after: number | null;
};

export type System = {
  readonly url: string;
  /** One question to the running edge. `max_age=0` unless said, so that nothing remembered answers. */
  verify(email: string, options?: { readonly maxAgeSeconds?: number }): Promise<Answer>;
  logs(): string;
  /** Ctrl-C; resolves when everything it started has ended. Safe to call twice. */
  stop(): Promise<void>;
};

/** How long an answer may take: over the longest greeting delay of the lab and the second session a node may need. */
const DEADLINE_MS = 30_000;

/** Starts the product with these settings (CONTRACT §2) on two free ports; resolves when it says it is ready. */
export async function startSystem(settings: Readonly<Record<string, string>>): Promise<System> {
  const folder = await labFolder('system');
  const port = await freePort(['127.0.0.1'], 2);
  const child = startChild({
    name: 'npm start',
    command: 'npm',
    args: ['start', '--', '--port', String(port), '--no-sandbox', '--state', join(folder.path, 'state')],
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
    for (const left of [port, port + 1]) {
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
    verify: (email, options) => verify(url, email, options?.maxAgeSeconds ?? 0),
    logs: () => logs || child.output(),
    stop,
  };
}

async function verify(url: string, email: string, maxAgeSeconds: number): Promise<Answer> {
  const query = new URLSearchParams({ email, max_age: String(maxAgeSeconds), deadline_ms: String(DEADLINE_MS) });
  const response = await fetch(`${url}/v1/verify?${query}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`verify answered ${response.status}: ${body}`);
  return JSON.parse(body) as Answer; // our own product, under test: a wrong shape fails the assertions
}
