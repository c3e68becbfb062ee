/** The documents match the code: generated parts are fresh, and everything that they name exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { createProgram } from '../cli/program.ts';
import { scoreCases } from '../cli/score.ts';
import { openApiDocument } from '../edge/openapi/document.ts';
import { CHECKS } from '../probe-node/doctor/finding.ts';
import { DOCUMENT_NAMES, regenerate } from '../scripts/docs.ts';
import { answerSchema } from '../shared/answer.ts';
import { PROBLEMS } from '../shared/problem.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const README_LINES_MAX = 150;

function read(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8');
}

describe('the documents', () => {
  for (const name of DOCUMENT_NAMES) {
    test(`the generated parts of ${name} are up to date`, async () => {
      const firstStale = firstDifference(read(name), await regenerate(name, read(name)));
      expect(firstStale, `${name} is behind its source. To mend it: npm run docs`).toBeNull();
    });
  }

  for (const name of DOCS) {
    test(`every file that ${name} links to exists`, () => {
      const links = [...read(name).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
      const local = links.filter((link) => !/^[a-z]+:/.test(link));
      const missing = local.filter((link) => !existsSync(path.join(ROOT, path.dirname(name), link)));
      expect(missing).toEqual([]);
    });

    test(`every heading that ${name} links to exists`, () => {
      const links = [...read(name).matchAll(/\]\(([^)#:]*\.md)?#([^)]+)\)/g)];
      const missing = links.filter(([, file, anchor]) => {
        const target = file === undefined ? name : path.join(path.dirname(name), file);
        return !anchorsOf(read(target)).includes(anchor ?? '');
      });
      expect(missing.map(([link]) => link)).toEqual([]);
    });
  }

  test('every file that CONTRIBUTING.md names exists', () => {
    const named = [...read('CONTRIBUTING.md').matchAll(/`((?:[a-z-]+\/)+[\w.-]+\.[a-z]+)`/g)].map(
      ([, file]) => file ?? '',
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !file.startsWith('dist/') && !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  test('every route is named by some document', async () => {
    const named = [
      ...DOCS.map(read)
        .join('\n')
        .matchAll(/\/[a-z0-9_./-]*/g),
    ].map(([text]) => text.replace(/(?<=.)\/$/, ''));
    const paths = Object.keys((await openApiDocument()).paths).map((route) => route.replace(/\/\{.*/, ''));
    const unnamed = paths.filter((route) => !named.includes(route));
    expect(unnamed, 'name each in docs/API.md, or in docs/OPERATORS.md').toEqual([]);
  });

  test.each(readdirSync(path.join(ROOT, '.github/ISSUE_TEMPLATE')))('the issue form %s is whole', (name) => {
    const form: unknown = parseYaml(read(`.github/ISSUE_TEMPLATE/${name}`));
    if (name === 'config.yml') return expect(form).toHaveProperty('blank_issues_enabled');
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String), body: expect.any(Array) });
  });

  test(`the README has at most ${README_LINES_MAX} lines`, () => {
    expect(read('README.md').split('\n').length - 1).toBeLessThanOrEqual(README_LINES_MAX);
  });

  test('README.md or CONTRIBUTING.md names every npm script', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const text = `${read('README.md')}${read('CONTRIBUTING.md')}`;
    const isNamed = (script: string): boolean =>
      new RegExp(`npm (?:run (?:--silent )?)?${script}(?![\\w:])`).test(text);
    expect(Object.keys(scripts).filter((script) => !isNamed(script))).toEqual([]);
  });

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

  test('the answer that docs/API.md shows is complete', () => {
    const shown: unknown = JSON.parse(/```json\n(.*?)```/s.exec(read('docs/API.md'))?.[1] ?? '');
    expect(answerSchema().parse(shown)).toEqual(shown);
  });

  test('docs/CLI.md has a right case of each kind that is scored', () => {
    const lines = /```jsonl\n(.*?)\n```/s.exec(read('docs/CLI.md'))?.[1]?.split('\n') ?? [];
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
    const called = [...read(name).matchAll(/npx vrfy ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*)\b(?!@))?/g)];
    const unknown = called.filter(([, command = '', action]) => {
      const found = program.commands.find((known) => known.name() === command);
      if (found === undefined) return command !== 'help';
      const actions = found.commands.map((known) => known.name());
      return action !== undefined && actions.length > 0 && !actions.includes(action);
    });
    expect(unknown.map(([text]) => text)).toEqual([]);
  });
});

/** The first line that differs, with its number, or null. The whole of both would fill screens. */
function firstDifference(committed: string, fresh: string): string | null {
  const lines = fresh.split('\n');
  const committedLines = committed.split('\n');
  const index = lines.findIndex((line, at) => line !== committedLines[at]);
  if (index >= 0) return `line ${index + 1} should be: ${lines[index]}`;
  return lines.length === committedLines.length ? null : `line ${lines.length + 1} should not be there`;
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): readonly string[] {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading ?? '');
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
