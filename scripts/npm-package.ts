/**
 * A package for npm out of a folder that is filled for it. npm writes neither times nor owners into a package, and the files
 * come in the order of their names: the same content gives the same octets.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { sha256Of } from './bundle.ts';

export type BuiltPackage = {
  readonly file: string;
  readonly octets: number;
  /** In hexadecimal. */
  readonly sha256: string;
};

/** Writes the package into the folder. `fill` gets an empty one, and puts all that is to be in it there. */
export async function buildPackage(folder: string, fill: (stage: string) => Promise<unknown>): Promise<BuiltPackage> {
  const stage = await mkdtemp(path.join(tmpdir(), 'vrfy-package-'));
  try {
    await fill(stage);
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, await pack(stage, folder));
    const content = await readFile(file);
    return { file, octets: content.length, sha256: sha256Of(content) };
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Returns the name of the file. */
async function pack(stage: string, folder: string): Promise<string> {
  const args = [
    'pack',
    '--json',
    '--offline',
    '--ignore-scripts',
    '--no-update-notifier',
    '--pack-destination',
    path.resolve(folder),
  ];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: stage });
  const [made] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  if (made === undefined) throw new Error('npm has packed nothing');
  return made.filename;
}
