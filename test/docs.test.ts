/** The documents say what the code does: generated parts are fresh, and what is named exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../cli/program.ts';
import { scoreCases } from '../cli/score.ts';
import { CHECKS } from '../probe-node/doctor/finding.ts';
import { DOCUMENT_NAMES, regenerate } from '../scripts/docs.ts';
import { answerSchema } from '../shared/answer.ts';
import { PROBLEMS } from '../shared/problem.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCS = ['README.md', ...readdirSync(path.join(ROOT, 'docs')).map((name) => `docs/${name}`)];

function read(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8');
}

describe('the documents', () => {
  for (const name of DOCUMENT_NAMES) {
    test(`the generated parts of ${name} are those of the source`, () => {
      expect(regenerate(name, read(name))).toBe(read(name));
    });
  }

  for (const name of DOCS) {
    test(`every file that ${name} links to exists`, () => {
      const links = [...read(name).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
      const local = links.filter((link) => !/^[a-z]+:/.test(link));
      const missing = local.filter((link) => !existsSync(path.join(ROOT, path.dirname(name), link)));
      expect(missing).toEqual([]);
    });
  }

  test('the runbook has a row for every problem code, and no other', () => {
    const section = read('docs/RUNBOOK.md').split('## A node')[0] ?? '';
    const rows = [...section.matchAll(/^\| `([a-z0-9_]+)` \| (\d+) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])),
    );
  });

  test('the runbook names every metric of our own, and no other', () => {
    const made = [...read('probe-node/metrics.ts').matchAll(/'(vrfy_[a-z_]+)'/g)].map((match) => match[1] ?? '');
    const section = read('docs/RUNBOOK.md').split('## Metrics of a node')[1] ?? '';
    const named = [...section.matchAll(/^\| `(vrfy_[a-z_]+)/gm)].map((match) => match[1] ?? '');
    expect(named.sort()).toEqual(made.filter((name) => name !== 'vrfy_').sort());
  });

  test('SETTINGS.md names every setting that is read, and no other', () => {
    const sources = ['edge/env.ts', 'probe-node/settings.ts'].map(read).join('\n');
    const taken = new Set(
      [...sources.matchAll(/^ {2}([A-Z][A-Z_]+): z$|^ {2}([A-Z][A-Z_]+): (?:z\.|hostName|port)/gm)].map(
        (m) => m[1] ?? m[2],
      ),
    );
    const named = new Set([...read('docs/SETTINGS.md').matchAll(/`([A-Z][A-Z_]+)`/g)].map((match) => match[1]));
    expect([...named].sort()).toEqual([...taken].sort());
  });

  test('the answer that the README shows is a whole one', () => {
    const shown: unknown = JSON.parse(/```json\n(.*?)```/s.exec(read('README.md'))?.[1] ?? '');
    expect(answerSchema.parse(shown)).toEqual(shown);
  });

  test('the README has a case of each kind that is scored, and each is right', () => {
    const lines = /```jsonl\n(.*?)\n```/s.exec(read('README.md'))?.[1]?.split('\n') ?? [];
    const isDisposable = (domain: string): boolean => domain === 'mailinator.com';
    const scores = lines.map((line) => scoreCases([JSON.parse(line)], { isDisposable }));
    expect(scores.map(({ kind }) => kind)).toEqual(['replies', 'syntax', 'typos', 'disposable', 'roles', 'normalise']);
    expect(scores.flatMap(({ misses }) => misses)).toEqual([]);
  });

  test('the runbook has a row for every check of the doctor, and for no other', () => {
    const section = read('docs/RUNBOOK.md').split('## By finding of the doctor')[1]?.split('\n## ')[0] ?? '';
    expect([...section.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map((match) => match[1])).toEqual([...CHECKS]);
  });

  test.each(DOCS)('every script and every command that %s names exists', (name) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(name).matchAll(/npm run ([a-z]+(?::[a-z]+)*)/g)].map((match) => match[1] ?? '');
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
    const program = createProgram();
    const called = [...read(name).matchAll(/npx vrfy ([a-z]+)(?: ([a-z]+)\b(?!@))?/g)];
    const unknown = called.filter(([, command = '', action]) => {
      const found = program.commands.find((known) => known.name() === command);
      if (found === undefined) return command !== 'help';
      const actions = found.commands.map((known) => known.name());
      return action !== undefined && actions.length > 0 && !actions.includes(action);
    });
    expect(unknown.map(([text]) => text)).toEqual([]);
  });
});
