/**
 * The paths in comments: each names a file that exists, and "Before it" and "After it" of a header name files that
 * really call the file and that it really calls. CONTRIBUTING.md says how to write them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf, ROOT, targetOf } from './imports.ts';

/** Folders of other tools, in which files come and go while the tests run. */
const isForeign = (name: string): boolean => /^(?:node_modules|dist|\..*)$/.test(name);

const FILES: readonly string[] = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => {
  if (!entry.isDirectory()) return entry.name.endsWith('.ts') ? [entry.name] : [];
  if (isForeign(entry.name)) return [];
  const names = readdirSync(path.join(ROOT, entry.name), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts') && !name.split('/').some(isForeign))
    .map((name) => path.join(entry.name, name));
});

/** By importing file: the project's files that it imports, types counted. */
const IMPORTED: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  FILES.map((file) => [file, new Set(importsOf(file).flatMap((entry) => targetOf(entry) ?? []))]),
);

type Direction = 'before' | 'after';
/** `names`: files, or folders with a `/` at the end. `by`: the file that hands one to the other, if they only meet there. */
type Claim = { readonly direction: Direction; readonly names: readonly string[]; readonly by: string | null };

const FILE_NAME = /(?<![\w*./…-])(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*\.ts\b/g;
const NAME = new RegExp(`${FILE_NAME.source}|(?<![\\w*./-])(?:[\\w-]+/)+(?![\\w*])`, 'g');

function commentsOf(source: string): readonly string[] {
  const comments = source.match(/\/\*[\s\S]*?\*\/|(?<![:'"])\/\/[^\n]*/g) ?? [];
  return comments.map((comment) => comment.replace(/\n\s*\*? ?/g, ' '));
}

/** The claims of a header: a sentence each, or the part of one up to a semicolon. */
function claimsOf(header: string): readonly Claim[] {
  return [
    ...header.matchAll(/\b(before|after) it(?:, on the wire)?:(.*?)(?=\.\s|\.?\s*\*\/|;|,? (?:before|after) it:)/gi),
  ].map(([, word = '', text = '']) => {
    const by = /by way of (\S+\.ts)/.exec(text)?.[1] ?? null;
    return {
      direction: word.toLowerCase() as Direction,
      names: (text.match(NAME) ?? []).filter((name) => name !== by),
      by,
    };
  });
}

/** By the rule of headers: in the folder of the file, or else below its package, or else below the root. */
function resolve(file: string, name: string): string | null {
  const [folder = ''] = file.split('/');
  const places = [path.posix.dirname(file), folder, '.'].map((place) => path.posix.join(place, name));
  return places.find((place) => existsSync(path.join(ROOT, place))) ?? null;
}

function faultOf(file: string, { direction, names, by }: Claim): readonly string[] {
  if (names.length === 0) return [`${file}: "${direction} it" names no file`];
  return names.flatMap((name) => {
    const target = resolve(file, name);
    if (target === null) return [`${file}: ${direction} it: ${name} does not exist`];
    if (by !== null) {
      const broker = resolve(file, by);
      const isMet = broker !== null && reaches(broker, file) && reaches(broker, target);
      return isMet ? [] : [`${file}: ${direction} it: ${by} does not bring it together with ${name}`];
    }
    if (direction === 'before') return reaches(target, file) ? [] : [`${file}: before it: ${name} does not import it`];
    return reaches(file, target) ? [] : [`${file}: after it: it does not import ${name}`];
  });
}

/** Whether a file, or one of a folder, imports a file, or one of a folder. */
function reaches(from: string, to: string): boolean {
  return [...IMPORTED].some(
    ([file, targets]) =>
      (file === from || (from.endsWith('/') && file.startsWith(from))) &&
      [...targets].some((target) => target === to || (to.endsWith('/') && target.startsWith(to))),
  );
}

describe('the paths in comments', () => {
  test('the reader of claims sees files, folders and the file between them', () => {
    expect(
      claimsOf('/** X. Before it: edge/env.ts, edge/flow/climb.ts (why). After it: keys/, by way of edge/app.ts. */'),
    ).toEqual([
      { direction: 'before', names: ['edge/env.ts', 'edge/flow/climb.ts'], by: null },
      { direction: 'after', names: ['keys/'], by: 'edge/app.ts' },
    ]);
    expect(faultOf('edge/app.ts', { direction: 'before', names: ['worker.ts'], by: null })).toEqual([]);
    expect(faultOf('edge/app.ts', { direction: 'after', names: ['worker.ts'], by: null })).toHaveLength(1);
    expect(faultOf('edge/app.ts', { direction: 'after', names: ['gone.ts'], by: null })).toHaveLength(1);
    expect(faultOf('edge/app.ts', { direction: 'after', names: ['probe/'], by: 'env.ts' })).toHaveLength(1);
  });

  test('every header names only callers that import the file and callees that it imports', () => {
    const claims = FILES.flatMap((file) => {
      const header = commentsOf(readFileSync(path.join(ROOT, file), 'utf8'))[0] ?? '';
      return claimsOf(header).map((claim) => ({ file, claim }));
    });
    expect(claims.length).toBeGreaterThan(30);
    expect(claims.flatMap(({ file, claim }) => faultOf(file, claim))).toEqual([]);
  });

  test('every TypeScript file that a comment names exists', () => {
    const missing = FILES.flatMap((file) =>
      commentsOf(readFileSync(path.join(ROOT, file), 'utf8'))
        .flatMap((comment) => comment.match(FILE_NAME) ?? [])
        .filter((name) => resolve(file, name) === null)
        .map((name) => `${file}: ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
