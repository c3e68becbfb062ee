/**
 * A rehearsed edge: the upload in workerd under limits, with the platform's services beside it. The worker can be replaced while
 * the services and the storage of the objects stay, as in a deployment.
 */
import path from 'node:path';
import { unstable_readConfig as readConfig } from 'wrangler';
import { makeEntryModules } from './entry-modules.ts';
import { type Limits, PLATFORM } from './limits.ts';
import type { Consumer, Delivered } from './platform/queue.ts';
import { type Platform, startPlatform } from './platform/server.ts';
import type { Upload } from './upload.ts';
import { startWorkerd, type Workerd } from './workerd.ts';

const ROOT = path.join(import.meta.dirname, '..');

export type RehearsedEdge = {
  readonly url: string;
  readonly platform: Platform;
  /** Ends the worker and starts it, or another one, on the same port, over the same services and storage. */
  readonly restart: (changes?: Partial<Pick<RehearsalOptions, 'upload' | 'texts'>>) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type RehearsalOptions = {
  readonly upload: Upload;
  readonly limits?: Limits;
  /** Variables and secrets. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly storageDir: string;
  /** Receives a line of the worker's log. */
  readonly log?: (line: string) => void;
};

export async function startRehearsedEdge({
  upload,
  limits = PLATFORM,
  texts = {},
  port = 0,
  storageDir,
  log = () => {},
}: RehearsalOptions): Promise<RehearsedEdge> {
  let workerd: Workerd | null = null;
  const deliver = async (messages: readonly Delivered[]): Promise<readonly string[]> => {
    const response = await fetch(`http://127.0.0.1:${workerd?.controlPort}/`, {
      method: 'POST',
      body: JSON.stringify(messages),
    });
    if (!response.ok) throw new Error(`a batch was answered with ${response.status}`);
    return (await response.json()) as readonly string[];
  };
  const platform = await startPlatform({
    limits,
    consumer: consumerOf(),
    assets: path.join(ROOT, 'dist/assets'),
    deliver,
  });
  const start = async (worker: Pick<Required<RehearsalOptions>, 'upload' | 'texts' | 'port'>): Promise<Workerd> => {
    const entries = await makeEntryModules(worker.upload);
    return startWorkerd({ ...worker, entries, limits, platformPort: platform.port, storageDir, log });
  };
  try {
    workerd = await start({ upload, texts, port });
  } catch (error) {
    await platform.close();
    throw error;
  }
  const { port: ownPort } = workerd;
  return {
    url: `http://127.0.0.1:${ownPort}`,
    platform,
    async restart(changes = {}) {
      await workerd?.stop();
      workerd = await start({ upload, texts, ...changes, port: ownPort });
    },
    async close() {
      await workerd?.stop();
      await platform.close();
    },
  };
}

/** The consumer of wrangler.toml: not part of an upload, but of the deployment. */
function consumerOf(): Consumer {
  const { queues } = readConfig({ config: path.join(ROOT, 'wrangler.toml') });
  const [consumer] = queues.consumers ?? [];
  return {
    batchMax: consumer?.max_batch_size ?? 10,
    batchWaitMs: (consumer?.max_batch_timeout ?? 5) * 1000,
    retriesMax: consumer?.max_retries ?? 3,
    retryDelaySeconds: consumer?.retry_delay ?? 0,
    concurrencyMax: consumer?.max_concurrency ?? null,
  };
}
