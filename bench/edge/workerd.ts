/**
 * Plain workerd (`workerd serve`) with one worker, on the core of the process under test. No development server is in
 * front of it, so that only the worker is measured.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Machine } from '../machine.ts';
import { type BuiltWorker, buildSmall, type Module } from './built-worker.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const WORKERD = path.join(ROOT, 'node_modules/workerd/bin/workerd');
const START_TIMEOUT_MS = 20_000;

export type RunningWorker = {
  readonly url: string;
  /** Milliseconds of processor time used so far. */
  readonly cpuMs: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

export type WorkerSettings = {
  readonly texts: Readonly<Record<string, string>>;
  /** Durable Objects, by binding: class name. They end with the worker. */
  readonly objects: Readonly<Record<string, string>>;
  readonly kv: readonly string[];
  /** Initial contents of KV. */
  readonly values?: Readonly<Record<string, string>>;
  readonly queues: readonly string[];
  /** R2, for a worker that wants them to be there; the bench puts nothing in. */
  readonly buckets: readonly string[];
  readonly port?: number;
};

export const NO_BINDINGS: WorkerSettings = { texts: {}, objects: {}, kv: [], queues: [], buckets: [] };

export async function startWorkerd(
  machine: Machine,
  worker: BuiltWorker,
  settings: WorkerSettings,
): Promise<RunningWorker> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-workerd-'));
  const file = path.join(folder, 'config.capnp');
  await writeFile(file, config(worker, await buildSmall('bench/edge/kv-service.ts'), settings, folder));
  const [command, args] = machine.onOwnCore(WORKERD, ['serve', file, '--control-fd=3', '--experimental']);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4_000);
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const port = await listening(child.stdio[3] as Readable);
    const pid = child.pid ?? -1;
    return { url: `http://127.0.0.1:${port}`, cpuMs: () => cpuMs(pid), stop };
  } catch (cause) {
    await stop();
    throw new Error(`workerd did not listen: ${complaints}`, { cause });
  }
}

async function listening(control: Readable): Promise<number> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  let text = '';
  for (;;) {
    const [chunk] = await once(control, 'data', { signal });
    text += String(chunk);
    const port = /"socket":"http","port":([0-9]+)/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
}

/** Summed over its threads: the first field of schedstat is nanoseconds on a processor. */
async function cpuMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const texts = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/schedstat`, 'utf8')));
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e6;
}

/** workerd's configuration language (Cap'n Proto text). */
function config(worker: BuiltWorker, kv: BuiltWorker, settings: WorkerSettings, folder: string): string {
  const objects = Object.entries(settings.objects);
  const bindings = [
    ...Object.entries(settings.texts).map(([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`),
    ...settings.kv.map((name) => `(name = ${quoted(name)}, kvNamespace = "kv")`),
    ...settings.queues.map((name) => `(name = ${quoted(name)}, queue = "kv")`),
    ...settings.buckets.map((name) => `(name = ${quoted(name)}, r2Bucket = "kv")`),
    ...objects.map(([name, of]) => `(name = ${quoted(name)}, durableObjectNamespace = ${quoted(of)})`),
  ];
  const namespaces = objects.map(
    ([, of]) => `(className = ${quoted(of)}, uniqueKey = ${quoted(of)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "kv", worker = .kv),
    (name = "objects", disk = (path = ${quoted(folder)}, writable = true)),
    (name = "internet", network = (allow = ["local", "private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${settings.port ?? 0}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [${worker.modules.map((module) => moduleOf(module, folder)).join(', ')}],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
);
const kv :Workerd.Worker = (
  modules = [${kv.modules.map((module) => moduleOf(module, folder)).join(', ')}],
  compatibilityDate = "2026-11-01",
  bindings = [(name = "VALUES", text = ${quoted(JSON.stringify(settings.values ?? {}))})],
);
`;
}

function moduleOf({ name, file, kind }: Module, folder: string): string {
  return `(name = ${quoted(name)}, ${kind} = embed ${quoted(path.relative(folder, file))})`;
}

/** Cap'n Proto has the same escapes as JSON. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
