/**
 * Runs the front and the objects in plain workerd (`workerd serve`); the front loads the isolates. Compatibility date and
 * flags are those of the upload.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { type EntryModules, overRuntime } from './entry-modules.ts';
import type { Limits } from './limits.ts';
import type { Upload } from './upload.ts';

const WORKERD = path.join(import.meta.dirname, '../node_modules/workerd/bin/workerd');
const START_TIMEOUT_MS = 60_000;
/**
 * Runs a command in the place of the shell, and kills it when its standard input closes: workerd would go on if the process that
 * started it were killed.
 */
const TIED = 'exec 4<&0; (cat <&4; kill -9 $$) >/dev/null 2>&1 3>&- & exec "$@" 4<&- </dev/null';

export type Workerd = {
  /** Port of the worker, and of the rehearsal's own calls. */
  readonly port: number;
  readonly controlPort: number;
  readonly stop: () => Promise<void>;
};

export type WorkerdOptions = {
  readonly upload: Upload;
  readonly entries: EntryModules;
  readonly limits: Limits;
  readonly platformPort: number;
  readonly texts: Readonly<Record<string, string>>;
  /** 0 for any. */
  readonly port: number;
  /** Folder of the objects' storage. */
  readonly storageDir: string;
  /** Receives a line of the worker's log. */
  readonly log: (line: string) => void;
};

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-rehearsal-'));
  await mkdir(options.storageDir, { recursive: true });
  const file = path.join(folder, 'config.capnp');
  await writeFile(file, await config(options, folder));
  const child = spawn('sh', ['-c', TIED, 'sh', WORKERD, 'serve', file, '--control-fd=3', '--experimental'], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-8_000);
      for (const line of text.split('\n')) if (line !== '') options.log(line);
    });
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('workerd ended')));
    const ports = await Promise.race([listening(child.stdio[3] as Readable, ['http', 'control']), ended]);
    return { port: ports['http'] ?? 0, controlPort: ports['control'] ?? 0, stop };
  } catch (cause) {
    await stop();
    throw new Error(`workerd did not listen: ${complaints}`, { cause });
  }
}

async function listening(control: Readable, sockets: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  const ports: Record<string, number> = {};
  let text = '';
  while (Object.keys(ports).length < sockets.length) {
    const [chunk] = await once(control, 'data', { signal });
    text += String(chunk);
    for (const [, socket = '', port] of text.matchAll(/"socket":"(\w+)","port":([0-9]+)/g))
      ports[socket] = Number(port);
  }
  return ports;
}

/** workerd's configuration language (Cap'n Proto text). */
async function config(
  { upload, entries, limits, platformPort, texts, port, storageDir }: WorkerdOptions,
  folder: string,
): Promise<string> {
  let files = 0;
  const embedded = async (content: Uint8Array | string): Promise<string> => {
    files += 1;
    await writeFile(path.join(folder, `module-${files}`), content);
    return `embed "module-${files}"`;
  };
  const flags = upload.compatibilityFlags.map(quoted).join(', ');
  const uploaded = upload.modules.map(({ name, kind, content }) => ({
    name,
    kind,
    content: kind === 'js' ? overRuntime(new TextDecoder().decode(content)) : content,
  }));
  const sources = [
    { name: 'entry.js', kind: 'js' as const, content: entries.isolate },
    { name: 'prelude.js', kind: 'js' as const, content: entries.prelude },
    { name: 'runtime.js', kind: 'js' as const, content: entries.runtime },
    ...uploaded,
  ];
  const code = {
    compatibilityDate: upload.compatibilityDate,
    compatibilityFlags: upload.compatibilityFlags,
    modules: Object.fromEntries(sources.map(({ name, kind }) => [name, kind])),
  };
  const shared = {
    LIMITS: JSON.stringify(limits),
    BINDINGS: JSON.stringify(upload.bindings),
    TEXTS: JSON.stringify(texts),
  };
  const textBindings = (given: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(given).map(([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`);
  const frontBindings = [
    '(name = "LOADER", workerLoader = ())',
    '(name = "PLATFORM", service = "platform")',
    '(name = "OBJECTS", service = (name = "objects", entrypoint = "ObjectHost"))',
    ...textBindings({ ...shared, CODE: JSON.stringify(code) }),
  ];
  for (const { name, kind, content } of sources) {
    frontBindings.push(`(name = ${quoted(name)}, ${kind === 'js' ? 'text' : 'data'} = ${await embedded(content)})`);
  }
  const objectModules = [
    `(name = "entry.js", esModule = ${await embedded(entries.objects)})`,
    `(name = "prelude.js", esModule = ${await embedded(entries.prelude)})`,
    `(name = "runtime.js", esModule = ${await embedded(entries.runtime)})`,
    `(name = "object-host.js", esModule = ${await embedded(entries.objectHost)})`,
  ];
  for (const { name, kind, content } of uploaded) {
    objectModules.push(`(name = ${quoted(name)}, ${kind === 'js' ? 'esModule' : 'data'} = ${await embedded(content)})`);
  }
  const classes = Object.entries(upload.objectClasses);
  const objectBindings = [
    '(name = "FRONT", service = (name = "front", entrypoint = "Front"))',
    '(name = "PLATFORM", service = "platform")',
    '(name = "OBJECTS", service = (name = "objects", entrypoint = "ObjectHost"))',
    ...textBindings({ ...shared, LOCATION: 'objects' }),
    ...classes.map(([name, of]) => `(name = ${quoted(`NAMESPACE_${name}`)}, durableObjectNamespace = ${quoted(of)})`),
  ];
  const namespaces = [...new Set(classes.map(([, of]) => of))].map(
    (of) => `(className = ${quoted(of)}, uniqueKey = ${quoted(`vrfy-${of}`)}, enableSql = true)`,
  );
  const storage = `durableObjectNamespaces = [${namespaces.join(', ')}], durableObjectStorage = (localDisk = "storage"),`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "front", worker = .front),
    (name = "objects", worker = .objects),
    (name = "platform", external = (address = "127.0.0.1:${platformPort}", http = ())),
    (name = "storage", disk = (path = ${quoted(storageDir)}, writable = true)),
    (name = "internet", network = (allow = ["local", "private", "public"])),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:${port}", http = (), service = "front"),
    (name = "control", address = "127.0.0.1:0", http = (), service = (name = "front", entrypoint = "Control")),
  ],
);
const front :Workerd.Worker = (
  modules = [(name = "front.js", esModule = ${await embedded(entries.front)})],
  compatibilityDate = ${quoted(upload.compatibilityDate)},
  compatibilityFlags = [${[flags, '"experimental"'].filter(Boolean).join(', ')}],
  bindings = [${frontBindings.join(', ')}],
);
const objects :Workerd.Worker = (
  modules = [${objectModules.join(', ')}],
  compatibilityDate = ${quoted(upload.compatibilityDate)},
  compatibilityFlags = [${flags}],
  bindings = [${objectBindings.join(', ')}],
  ${classes.length === 0 ? '' : storage}
);
`;
}

/** Cap'n Proto has the same escapes as JSON. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
