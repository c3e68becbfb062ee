/** Fetches the peers into caches that git ignores: npm's by a lock file, Debian's as the interop suite does. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Group, prepareAll, tree } from '../../../test/interop/lab/debian.ts';

const run = promisify(execFile);

const SOURCE = fileURLToPath(new URL('../peers/npm/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/vrfy-versus/', import.meta.url));
const FILES = ['package.json', 'package-lock.json'];

/** Folder with the `node_modules` of the peers, exactly as the lock file has them; no install script is run. */
export async function installNpmPeers(say: (line: string) => void): Promise<string> {
  const wanted = await Promise.all(FILES.map((file) => readFile(path.join(SOURCE, file), 'utf8')));
  const mark = path.join(CACHE, '.installed');
  if ((await readFile(mark, 'utf8').catch(() => '')) === wanted.join('')) return CACHE;
  say('fetching the peers from npm');
  await mkdir(CACHE, { recursive: true });
  for (const file of FILES) await copyFile(path.join(SOURCE, file), path.join(CACHE, file));
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: CACHE, timeout: 180_000 });
  await writeFile(mark, wanted.join(''));
  return CACHE;
}

/** Commands whose output begins with, or is, the version of each program. */
const VERSION_COMMANDS = {
  postfix: ['/usr/sbin/postconf', '-dh', 'mail_version'],
  exim: ['/usr/sbin/exim4', '-C', '/dev/null', '-bV'],
  swaks: ['/usr/bin/swaks', '--version'],
} as const satisfies Partial<Record<Group, readonly string[]>>;

/** Resolves with the version of each, by the id of the peer. */
export async function installDebianPeers(say: (line: string) => void): Promise<ReadonlyMap<string, string>> {
  const groups = Object.keys(VERSION_COMMANDS) as (keyof typeof VERSION_COMMANDS)[];
  await prepareAll(say, groups);
  const versions = groups.map(async (group) => {
    const { env, path: at } = await tree(group);
    const [program, ...args] = VERSION_COMMANDS[group];
    const { stdout } = await run(at(program), args, { env });
    return [group, /[0-9]+(?:\.[0-9]+)+/.exec(stdout)?.[0] ?? 'unknown'] as const;
  });
  return new Map(await Promise.all(versions));
}

/** What this machine lacks to run the benchmark, in words; empty if nothing. */
export async function missingParts(): Promise<readonly string[]> {
  const missing: string[] = [];
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (process.platform !== 'linux') return ['Linux, for network namespaces'];
  if (!/^ID=debian$/m.test(release)) missing.push('Debian, whose archive has Postfix, Exim and swaks');
  if (process.getuid?.() !== 0) missing.push('root, for network namespaces, port 25 and a resolv.conf of its own');
  for (const [program, name] of [
    ['unshare', 'unshare(1), package util-linux'],
    ['ip', 'ip(8), package iproute2'],
    ['perl', 'perl, for swaks'],
  ] as const) {
    await run('sh', ['-c', `command -v ${program}`]).catch(() => missing.push(name));
  }
  if (missing.length === 0) {
    await run('unshare', ['--net', '--mount', '--pid', '--fork', 'true']).catch(() =>
      missing.push('the right to make namespaces: this container forbids it'),
    );
  }
  return missing;
}
