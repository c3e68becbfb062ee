// Debian's mail and DNS servers as unpacked trees, without installing a single server.
// The mail servers conflict as packages and would start themselves, so apt fetches each group with everything that this
// machine lacks for it, and `dpkg -x` unpacks it under `.cache/interop/<group>/`. No maintainer script runs, no service
// starts, nothing outside the folder changes except the system users that the servers need (and netbase, if it is
// missing). An existing tree is used again. Fails, with one sentence each, if not root, not on Debian, or without
// Debian's archive.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CACHE = join(import.meta.dirname, '../../../.cache/interop');

/** The groups of packages; each becomes one tree, so that packages in conflict never meet. */
const GROUPS = {
  dns: ['nsd', 'dnsdist'],
  postfix: ['postfix', 'openssl'],
  postgrey: ['postgrey'],
  exim: ['exim4-daemon-heavy'],
  greylistd: ['greylistd'],
  opensmtpd: ['opensmtpd'],
  sendmail: ['sendmail-bin', 'sendmail-cf'],
  buildah: ['buildah'],
  /** Of the open benchmark (bench/versus) only. */
  swaks: ['swaks', 'libnet-dns-perl'],
} as const;

export type Group = keyof typeof GROUPS;
/** The groups of the interop suite. */
export const groups = (Object.keys(GROUPS) as Group[]).filter((group) => group !== 'swaks');

/** System users and groups that servers look up by name. */
const USERS = ['postfix', 'postdrop', 'Debian-exim', 'opensmtpd', 'opensmtpq', 'smmta', 'smmsp'];

/** An unpacked group: its folder, and the environment in which its programs find their libraries. */
export type Tree = {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** Maps a path of the package (`/usr/sbin/nsd`) to its unpacked place. */
  path(packagePath: string): string;
};

/** Throws one clear sentence when this machine cannot host the lab. */
export async function requireDebianRoot(): Promise<void> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID=debian$/m.test(release) || process.getuid?.() !== 0) {
    throw new Error(
      'The interop suite needs root on Debian: it unpacks real mail servers and starts them on loopback.',
    );
  }
}

/** Makes the trees and every user ready, fetching only missing packages. Run it once, before any server is started. */
export async function prepareAll(say: (line: string) => void, wanted: readonly Group[] = groups): Promise<void> {
  await requireDebianRoot();
  await addMissingUsers();
  const missing: Group[] = [];
  for (const group of wanted) if (!(await isReady(group))) missing.push(group);
  const hasNames = existsSync('/etc/protocols') && existsSync('/etc/services');
  if (missing.length === 0 && hasNames) return;
  say(`fetching from Debian: ${[...missing, ...(hasNames ? [] : ['netbase'])].join(', ')}`);
  await apt(['update', '-qq']);
  // The one package that is really installed: two lists of names under /etc, which Perl and Exim look up. It starts nothing.
  if (!hasNames) await apt(['install', '--yes', '--no-install-recommends', 'netbase']);
  for (const group of missing) await unpack(group);
}

/** The tree of a group that `prepareAll` has made ready. */
export async function tree(group: Group): Promise<Tree> {
  const root = join(CACHE, group);
  return {
    root,
    env: {
      PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
      LD_LIBRARY_PATH: (await libraryDirs(root)).join(':'),
    },
    path: (packagePath) => join(root, packagePath),
  };
}

async function addMissingUsers(): Promise<void> {
  for (const user of USERS) {
    const isKnown = await run('getent', ['passwd', user]).then(
      () => true,
      () => false, // getent answers 2 for a name it does not know
    );
    if (isKnown) continue;
    // Debian's own packages make these with --force-badname for the capital letter; useradd of Debian 12 calls it --badname.
    await run('useradd', [
      '--system',
      '--user-group',
      '--badname',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      user,
    ]);
  }
}

async function isReady(group: Group): Promise<boolean> {
  const root = join(CACHE, group);
  const mark = await readFile(join(root, '.ready'), 'utf8').catch(() => '');
  if (mark !== GROUPS[group].join(' ')) return false;
  // The tree holds the packages that this machine lacked when it was made; another machine may lack others.
  const { env } = await tree(group);
  for (const program of await programs(root)) {
    const { stdout } = await run('ldd', [program], { env }).catch(() => ({ stdout: '' })); // a static or foreign file
    if (stdout.includes('not found')) return false;
  }
  return true;
}

async function unpack(group: Group): Promise<void> {
  const archives = join(CACHE, 'archives', group);
  await mkdir(join(archives, 'partial'), { recursive: true });
  const apt = ['install', '--download-only', '--reinstall', '--yes', '--no-install-recommends'];
  const options = [
    `Dir::Cache::archives=${archives}`,
    'APT::Sandbox::User=root',
    'Debug::NoLocking=1',
    'Acquire::Retries=3',
  ];
  await run('apt-get', [...apt, ...options.flatMap((option) => ['-o', option]), ...GROUPS[group]], {
    timeout: 180_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const fresh = await mkdtemp(join(CACHE, `${group}.new-`));
  const hasPerl = existsSync('/usr/share/perl/5.36/Pod/Usage.pm');
  for (const archive of (await readdir(archives)).filter((name) => name.endsWith('.deb'))) {
    // apt likes to bring a newer perl along; a second interpreter beside the machine's own only invites mismatches.
    if (hasPerl && /^(lib)?perl(-base|-modules|5\.)?[-\d._]*_/.test(archive)) continue;
    await run('dpkg', ['-x', join(archives, archive), fresh]);
  }
  // The loader ignores LD_LIBRARY_PATH for set-uid and set-gid programs; started by root, none of them needs the bit.
  await run('chmod', ['-R', 'ug-s', fresh]);
  await run('chmod', ['755', fresh]);
  await writeFile(join(fresh, '.ready'), GROUPS[group].join(' '));
  const root = join(CACHE, group);
  await rm(root, { recursive: true, force: true });
  await rename(fresh, root);
  await rm(archives, { recursive: true, force: true });
}

async function apt(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-o', 'Acquire::Retries=3', ...args], { timeout: 180_000, env });
}

async function programs(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const dir of ['usr/sbin', 'usr/bin', 'usr/lib/postfix/sbin']) {
    const names = await readdir(join(root, dir)).catch(() => []); // not every package fills every folder
    found.push(...names.map((name) => join(root, dir, name)));
  }
  return found;
}

async function libraryDirs(root: string): Promise<string[]> {
  const dirs = [join(root, 'usr/lib')];
  for (const parent of ['lib', 'usr/lib']) {
    const names = await readdir(join(root, parent)).catch(() => []); // as above
    dirs.push(...names.filter((name) => /-linux-gnu|^postfix$/.test(name)).map((name) => join(root, parent, name)));
  }
  return dirs;
}
