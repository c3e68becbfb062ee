/** A verifier that takes part, and how its answers become verdicts. */
import type { Verdict } from '../../../shared/verdict.ts';

/** Time-out of every verifier that has an option for one, and the deadline of this project: none is more patient than another. */
export const PATIENCE_MS = 20_000;

export type PeerFacts = {
  readonly id: string;
  /** Name in the tables. */
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly kind: 'npm' | 'Debian' | 'this project';
  /** Options that are set, and why. */
  readonly options: string;
  /** How its answers are read, by its own documents, in its favour if they leave a choice. */
  readonly mapping: string;
};

/** The answer of a peer as it gave it, or the error that it threw. */
export type Raw =
  | { readonly answer: unknown }
  | { readonly error: { readonly message: string; readonly code: string | null } };

/** A verifier from npm; it runs in a process of its own. */
export type NpmPeer = PeerFacts & {
  readonly kind: 'npm';
  readonly package: string;
  /** Asks once. `library` is the module of the package, as its documents have it imported. */
  readonly ask: (library: Library, address: string, sender: string) => Promise<unknown>;
  readonly read: (raw: Raw) => Verdict;
};

/** A module of unknown shape. */
export type Library = Readonly<Record<string, unknown>> & { readonly default?: unknown };

/** A peer at work within the namespace. */
export type RunningPeer = {
  /** Null: the peer broke. */
  readonly ask: (address: string) => Promise<Verdict | null>;
  /** The number of answers; for a peer whose interface takes many addresses at once. */
  readonly askMany?: (addresses: readonly string[]) => Promise<number>;
  readonly stop: () => Promise<void>;
};

/** A field of an answer of unknown shape; undefined if it is not there. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}

export function isError(raw: Raw): raw is Extract<Raw, { readonly error: unknown }> {
  return 'error' in raw;
}

/** Whether an error of the system's resolver says that the name, or the record, does not exist. */
export function isNotFound(code: string | null): boolean {
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

/** A function out of a module: by name, or the module itself, which old packages export. Throws if there is none. */
export function functionOf(library: Library, name: string): (...args: unknown[]) => unknown {
  const inner = library.default;
  const found = [field(library, name), field(inner, name), name === 'default' ? inner : undefined].find(
    (candidate) => typeof candidate === 'function',
  );
  if (typeof found !== 'function') throw new Error(`the package exports no ${name}`);
  return found as (...args: unknown[]) => unknown;
}
