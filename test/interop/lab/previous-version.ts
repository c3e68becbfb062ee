// The version before this one, out of git: the files of the last tag, or of the commit that ../previous-version names where there
// is no tag yet, with node_modules beside them.

import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
const COMMIT_FILE = 'test/interop/previous-version';
/** Octets of an archive; one has about six million. */
const ARCHIVE_OCTETS_MAX = 100_000_000;

export type PreviousVersion = { readonly name: string; readonly folder: string };

/** Writes its files into a new folder `folder`. Throws with the remedy if this clone does not have them. */
export async function checkOutPrevious(folder: string, root = ROOT): Promise<PreviousVersion> {
  const name = await nameOfPrevious(root);
  await git(root, 'cat-file', '-e', `${name}^{commit}`).catch(() => {
    throw new Error(
      `This clone lacks ${name}, the version before this one, which the interop test runs. A shallow clone gets it by: ` +
        `git fetch --unshallow --tags, or git fetch origin ${name}`,
    );
  });
  await mkdir(folder, { recursive: true });
  const archive = join(folder, 'archive.tar');
  const { stdout } = await run('git', ['archive', name], {
    cwd: root,
    encoding: 'buffer',
    maxBuffer: ARCHIVE_OCTETS_MAX,
  });
  await writeFile(archive, stdout);
  await run('tar', ['-xf', archive, '-C', folder]);
  await linkPackages(folder, root);
  return { name, folder };
}

/** The last tag before this commit; a tag on this commit names this version. */
async function nameOfPrevious(root: string): Promise<string> {
  const tag = await git(root, 'describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD^').catch(() => '');
  return tag === '' ? (await readFile(join(root, COMMIT_FILE), 'utf8')).trim() : tag;
}

/** Our packages serve it, unless it needs one that we have no more. */
async function linkPackages(folder: string, root: string): Promise<void> {
  const [before, now] = await Promise.all([packagesOf(folder), packagesOf(root)]);
  if (before.every((name) => now.includes(name))) {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    return;
  }
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, maxBuffer: ARCHIVE_OCTETS_MAX });
}

async function packagesOf(folder: string): Promise<readonly string[]> {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
}

async function git(root: string, ...args: readonly string[]): Promise<string> {
  return (await run('git', args, { cwd: root })).stdout.trim();
}
