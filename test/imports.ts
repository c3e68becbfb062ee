/** Reads the imports of a file by its text, types among them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** `file` is relative to the root of the project; `specifier` is as the statement has it. */
export type Import = { readonly file: string; readonly specifier: string };

export function importsOf(file: string): readonly Import[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  const statement = /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...source.matchAll(statement)].map((match) => ({ file, specifier: match[1] ?? match[2] ?? '' }));
}

/** The project's own file that an import names, relative to the root; null for a package. */
export function targetOf({ file, specifier }: Import): string | null {
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : null;
}
