/**
 * The licences of all code that browsers get: of this project, of the packages inside the scripts of its pages, and of those
 * inside the reference at `/docs`.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BundledPackage, licenceText, packageIn } from '../licences.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REFERENCE = path.join(ROOT, 'node_modules/@scalar/api-reference');

/** @param bundled those inside the scripts */
export async function licencesText(bundled: readonly BundledPackage[]): Promise<string> {
  const own = await readFile(path.join(ROOT, 'LICENSE'), 'utf8');
  const reference = await referencePackages();
  const named = new Map([...bundled, ...reference.packages].map((one) => [`${one.name} ${one.version}`, one]));
  const packages = [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const others = reference.others.map((name) => `\nIt also holds code of the package ${name}.\n`);
  return `${licenceText(own, 'This site', packages)}\n${others.join('')}`;
}

type ReferencePackages = {
  /** As they are installed: the reference, and those inside it. */
  readonly packages: readonly BundledPackage[];
  /** Names of those inside it that are not installed, since its makers use them in their build alone. */
  readonly others: readonly string[];
};

/** The reference comes bundled; its source map names the packages inside. Throws if it names none. */
async function referencePackages(): Promise<ReferencePackages> {
  const map = await readFile(path.join(REFERENCE, 'dist/browser/standalone.js.map'), 'utf8');
  const [, sources = '[]'] = /"sources":(\[.*?\])/s.exec(map) ?? [];
  const files = JSON.parse(sources) as readonly string[];
  const names = new Set(files.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
  if (names.size === 0) throw new Error('the source map of the reference at /docs names no package');
  const found = [...names].map((name) => ({ name, folder: folderOf(name) }));
  return {
    packages: [REFERENCE, ...found.flatMap(({ folder }) => folder ?? [])].map(packageIn),
    others: found.flatMap(({ name, folder }) => (folder === null ? [name] : [])),
  };
}

function folderOf(name: string): string | null {
  const folders = [path.join(REFERENCE, 'node_modules', name), path.join(ROOT, 'node_modules', name)];
  return folders.find((folder) => existsSync(folder)) ?? null;
}
