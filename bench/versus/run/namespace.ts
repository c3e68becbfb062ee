/**
 * Runs one part with one peer in namespaces of its own (unshare(1)): a network with nothing but loopback, where ports 25 and
 * 53 are free and 10.64.0.0/10 is local, but for 10.127.0.0/16, which cannot be reached; a resolv.conf that names the world's DNS; processes that end with it.
 *
 * No peer is patched: it uses the system's resolver and port 25, and reaches the world only.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Part, partSchemas } from './results.ts';

const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));
const SETUP = `
ip link set lo up
ip route add local 10.64.0.0/10 dev lo quickack 1
ip route add unreachable 10.127.0.0/16 table local
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/hosts" /etc/hosts
shift
exec "$@"`;

/** The whole of one part; a peer that takes longer has failed. */
const LIMIT_MS = 600_000;

export type Order = {
  readonly peer: string;
  readonly part: Part;
  readonly npmFolder: string;
  /** The first so many questions only; the cost part has no such limit. */
  readonly limit?: number;
};

/** The outcome. Throws, with the last lines of the peer, if there is none. */
export async function runInNamespace({ peer, part, npmFolder, limit }: Order): Promise<unknown> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-versus-'));
  const file = path.join(folder, 'outcome.json');
  await writeFile(path.join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:5 attempts:1\n');
  await writeFile(path.join(folder, 'hosts'), '127.0.0.1 localhost\n');
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const inside = [process.execPath, INSIDE, peer, part, npmFolder, file, String(limit ?? Number.MAX_SAFE_INTEGER)];
  const child = spawn('unshare', [...namespaces, 'sh', '-ec', SETUP, 'sh', folder, ...inside], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
  }
  const endEarly = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endEarly);
  const timer = setTimeout(endEarly, LIMIT_MS);
  try {
    const [code, signal] = await once(child, 'exit');
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) throw new Error(`${peer}, ${part}: no outcome (${signal ?? `exit ${code}`})\n${said}`);
    return partSchemas[part].parse(JSON.parse(text));
  } finally {
    clearTimeout(timer);
    process.removeListener('exit', endEarly);
    await rm(folder, { recursive: true, force: true });
  }
}
