/** The contents of deploy/, for the tests that compare its files. */
import { readFileSync } from 'node:fs';

export function readProjectFile(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
}

/** Names of the settings that a node reads. */
export function settingNames(): ReadonlySet<string> {
  const source = readProjectFile('probe-node/settings.ts');
  return new Set([...source.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name));
}

/** `NAME=value` lines, those behind a comment sign as well. */
export function variablesOf(text: string): readonly (readonly [name: string, value: string])[] {
  return [...text.matchAll(/^#?([A-Z][A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]);
}
