/**
 * Builds and runs containers without network, by Debian's buildah. The image that a container file starts from cannot be fetched
 * then: a stand-in under its name is made of this machine's own programs.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { tree } from './debian.ts';

export type Ended = { readonly code: number; readonly output: string };

/** Buildah with a store of its own below the folder, in a network namespace that has nothing in it. */
export async function buildahIn(folder: string): Promise<(...args: readonly string[]) => Promise<Ended>> {
  const { env, path: inTree } = await tree('buildah');
  const policy = path.join(folder, 'policy.json');
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const registries = path.join(folder, 'registries.conf');
  await writeFile(registries, '');
  const store = [
    '--root',
    path.join(folder, 'store'),
    '--runroot',
    path.join(folder, 'run'),
    '--storage-driver',
    'vfs',
  ];
  const common = ['--net', inTree('/usr/bin/buildah'), '--registries-conf', registries, ...store];
  return async (command, ...args) => {
    const own = command === 'build' ? ['--isolation', 'chroot', '--signature-policy', policy, '--pull-never'] : [];
    const chroot = command === 'run' ? ['--isolation', 'chroot'] : [];
    try {
      const { stdout, stderr } = await promisify(execFile)(
        'unshare',
        [...common, command ?? '', ...own, ...chroot, ...args],
        { cwd: folder, env: { ...env, HOME: folder, TMPDIR: folder } },
      );
      return { code: 0, output: `${stdout}${stderr}` };
    } catch (fault) {
      const { code, stdout, stderr } = fault as {
        readonly code: unknown;
        readonly stdout: string;
        readonly stderr: string;
      };
      if (typeof code !== 'number') throw fault;
      return { code, output: `${stdout}${stderr}` };
    }
  };
}

/** A root folder with a shell, the named programs, and the user `node`: as much as an image of Node has of what we use. */
export async function makeRoot(root: string, programs: readonly string[]): Promise<void> {
  await Promise.all(
    ['bin', 'etc', 'lib', 'tmp', 'usr/bin', 'var/lib'].map((name) => mkdir(path.join(root, name), { recursive: true })),
  );
  await writeFile(path.join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnode:x:1000:1000::/:/bin/sh\n');
  await writeFile(path.join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  await copyFile('/bin/sh', path.join(root, 'bin/sh'));
  for (const program of programs) await copyFile(program, path.join(root, 'usr/bin', path.basename(program)));
  for (const library of new Set((await Promise.all(['/bin/sh', ...programs].map(librariesOf))).flat())) {
    const copy = path.join(root, library);
    await mkdir(path.dirname(copy), { recursive: true });
    await copyFile(await realpath(library), copy);
  }
}

async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ldd', [program]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file);
}
