import { describe, expect, test } from 'vitest';
import { completionScript } from '../../cli/completion.ts';
import { createProgram } from '../../cli/program.ts';
import { run, vrfy } from './vrfy.ts';

/** The completions that bash offers for the last of these words. */
async function offered(words: readonly string[]): Promise<readonly string[]> {
  const ask = `${completionScript(createProgram(), 'bash')}
COMP_WORDS=(vrfy "$@"); COMP_CWORD=$#; _vrfy; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await run('bash', ['--norc', '-c', ask, 'bash', ...words], {
    PATH: process.env['PATH'] ?? '',
  });
  expect([code, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter(Boolean);
}

describe.concurrent('the completion in bash', () => {
  test.each<[readonly string[], readonly string[]]>([
    [['ver'], ['verify']],
    [['no'], ['nodes', 'node']],
    [['nodes', 'dr'], ['drain']],
    [['verify', 'ada@good.test', '--js'], ['--json']],
    [
      ['nodes', 'drain', '--'],
      ['--json', '--edge', '--key', '--help'],
    ],
    [
      ['keys', 'create', '--kind', ''],
      ['secret', 'publishable', 'test'],
    ],
    [['classify', '--json', '--stage', 'r'], ['rcpt']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', '--help'],
    ],
    [['nodes', 'drain', '--edge', ''], []],
  ])('the completion in bash offers after %j: %j', async (words, expected) => {
    expect(await offered(words)).toEqual(expected);
  });

  test('the completion in bash never runs the typed words', async () => {
    expect(await offered(['classify', '$(echo pwned >&2)', '--st'])).toEqual(['--stage']);
  });
});

describe.concurrent('the completion scripts', () => {
  test.each(['bash', 'zsh', 'fish'] as const)(
    'the completion script of %s is printed, and names every command',
    async (shell) => {
      const { code, stdout, stderr } = await vrfy(['completion', shell]);
      expect([code, stderr]).toEqual([0, '']);
      for (const { name } of createProgram().commands.map((command) => ({ name: command.name() }))) {
        expect(stdout).toContain(name);
      }
    },
  );

  test('a completion script for an unknown shell is wrong use', async () => {
    const { code, stderr } = await vrfy(['completion', 'tcsh']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Allowed choices are bash, zsh, fish.')]);
  });

  test('no text of ours ends a quoted word of fish', () => {
    for (const line of completionScript(createProgram(), 'fish').trimEnd().split('\n')) {
      const quotes = line.replace(/\\['\\]/g, '').match(/'/g) ?? [];
      expect(quotes.length % 2, line).toBe(0);
    }
  });
});
