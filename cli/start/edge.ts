/**
 * Runs the edge worker in workerd, through wrangler's own development server: bundle, bindings and limits are those of
 * a deployment, and wrangler.toml stays the only description of the worker.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Keys } from './keys.ts';

/**
 * Flags of V8 in workerd. The young generation of each of its isolates (worker, KV, R2, objects) would grow to 48 MiB under load,
 * a quarter of a gigabyte together; small spaces cost a little processor instead.
 */
const V8_FLAGS = '--max-semi-space-size=2';

const CONFIG = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));

/** Settings that the edge takes from this environment. */
const HANDED_THROUGH = [
  'DOH_URLS',
  'ADMIN_TOKEN',
  'DISPOSABLE_LIST_URLS',
  'ANONYMOUS_DAILY_QUOTA',
  'EMAIL_KEY_DAILY_QUOTA',
  'MAIL_FROM',
] as const;

/** Sender of messages that stay on this machine. */
const LOCAL_SENDER = 'keys@vrfy.test';

/** With one of these as LOG_LEVEL request log lines are shown as well. */
const SHOWS_REQUESTS = /^(?:info|debug|trace)$/;

export type RunningEdge = {
  readonly url: string;
  /** Address of the registry through which other local Workers find this one. */
  readonly registryDir: string;
  close(): Promise<void>;
};

export type EdgeOptions = {
  readonly port: number;
  readonly stateDir: string;
  readonly keys: Keys;
  readonly sandboxDohUrl: string | null;
  /** Receives its mail by HTTP; without one it sends none. */
  readonly outboxUrl?: string;
  /** Another worker than that of wrangler.toml, with the same bindings; for drills. */
  readonly entrypoint?: string;
};

export async function startEdge({
  port,
  stateDir,
  keys,
  sandboxDohUrl,
  outboxUrl,
  entrypoint,
}: EdgeOptions): Promise<RunningEdge> {
  // Wrangler sends no metrics, asks no questions and writes nothing outside of the state folder.
  process.env['WRANGLER_SEND_METRICS'] = 'false';
  process.env['WRANGLER_LOG'] = 'none';
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false';
  // Its traces would write the URL of every request to disk, and with it the address.
  process.env['X_LOCAL_OBSERVABILITY'] = 'false';
  process.env['MINIFLARE_WORKERD_V8_FLAGS'] ??= V8_FLAGS;
  process.env['WRANGLER_LOG_PATH'] = path.join(stateDir, 'logs');
  const registryDir = path.join(stateDir, 'registry');
  process.env['WRANGLER_REGISTRY_PATH'] = registryDir;
  const { unstable_startWorker: startWorker } = await import('wrangler');
  // Nodes are on loopback here, which a deployed edge refuses. The quota is unlimited, since there is a single user.
  const texts: Record<string, string> = { ...keys, NODE_URLS: 'loopback', ANONYMOUS_DAILY_QUOTA: 'unlimited' };
  if (sandboxDohUrl !== null) texts['SANDBOX_DOH_URL'] = sandboxDohUrl;
  if (outboxUrl !== undefined) Object.assign(texts, { OUTBOX_URL: outboxUrl, MAIL_FROM: LOCAL_SENDER });
  for (const name of HANDED_THROUGH) {
    const value = process.env[name];
    if (value !== undefined && value !== '') texts[name] = value;
  }
  const worker = await startWorker({
    config: CONFIG,
    ...(entrypoint === undefined ? {} : { entrypoint }),
    envFiles: [],
    bindings: Object.fromEntries(
      Object.entries(texts).map(([name, value]) => [name, { type: 'plain_text' as const, value }]),
    ),
    dev: {
      server: { hostname: '127.0.0.1', port },
      inspector: false,
      persist: path.join(stateDir, 'storage'),
      // For a service binding to `Verifier`.
      registry: registryDir,
      watch: false,
      // Otherwise it logs a line per queue batch.
      logLevel: 'none',
      structuredLogsHandler: ({ level, message }: { level: string; message: string }) => {
        if (level === 'error' || level === 'warn' || SHOWS_REQUESTS.test(process.env['LOG_LEVEL'] ?? ''))
          showLog(message);
      },
    },
  });
  await worker.ready;
  const url = await worker.url;
  return { url: url.origin, registryDir, close: () => worker.dispose() };
}

/**
 * Passes on the worker's own log lines, which are JSON. workerd also prints messages of its own, such as a failed
 * look-up without internet; the verdict covers those, and they would only alarm.
 */
function showLog(message: string): void {
  if (message.startsWith('{')) process.stderr.write(`${message}\n`);
}
