/**
 * The licences inside a bundle, read from the packages: name, version, SPDX expression and the texts that each one
 * ships.
 *
 * esbuild's metafile says which packages are inside, so that none is forgotten. Throws if a package names no licence:
 * then the bundle may not be distributed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';

export type BundledPackage = {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  /** Texts of its LICENSE, COPYING and NOTICE files; empty if it ships none. */
  readonly texts: readonly string[];
};

const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/** The packages with at least one octet in the output, sorted by name. */
export function bundledPackages(root: string, metafile: Metafile): readonly BundledPackage[] {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = new Set(
    inputs.flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? (packageFolderOf(file) ?? []) : [])),
  );
  return [...folders].sort().map((folder) => packageIn(path.join(root, folder)));
}

/** The licences as one comment of a script. */
export function licenceComment(own: string, packages: readonly BundledPackage[]): string {
  return `/*!\n${licenceText(own, 'This file', packages).replaceAll('*/', '* /')}\n*/\n`;
}

/** @param holder subject of the sentence, such as `This file` */
export function licenceText(own: string, holder: string, packages: readonly BundledPackage[]): string {
  const sections = packages.map(({ name, version, licence, texts }) =>
    [`${name} ${version} (${licence})`, ...texts].join('\n\n'),
  );
  return [`vrfy\n\n${own.trim()}`, `${holder} also holds the packages below.`, ...sections].join(`\n\n${RULE}\n\n`);
}

const RULE = '-'.repeat(80);

/** `node_modules/pino` of `node_modules/pino/lib/proto.js`; null for a file of our own. */
function packageFolderOf(file: string): string | null {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? null;
}

/** One package as it is installed. */
export function packageIn(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Partial<
    Record<'name' | 'version' | 'license', unknown>
  >;
  if (typeof name !== 'string' || typeof version !== 'string' || typeof license !== 'string') {
    throw new Error(`${folder} does not state its name, version and licence`);
  }
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return { name, version, licence: license, texts };
}
