import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, test } from 'vitest';
import { createProgram, withDefaultAction } from '../../cli/program.ts';
import { VERSION } from '../../shared/version.ts';
import { run, vrfy } from './vrfy.ts';

/** Every command that does something, with the words that call it. */
function leavesOf(command: CommandUnknownOpts, path: readonly string[] = []): (readonly string[])[] {
  if (command.commands.length === 0) return [path];
  return command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
}

const LEAVES = leavesOf(createProgram());

describe.concurrent('vrfy', () => {
  test.each(['help', '--help', '-h'])(
    'vrfy %s prints every command, the environment and the exit codes',
    async (line) => {
      const { code, stdout, stderr } = await vrfy([line]);
      expect([code, stderr]).toEqual([0, '']);
      const names = LEAVES.map(([name]) => name ?? '');
      for (const word of [...names, 'VRFY_EDGE', 'VRFY_KEY', 'VRFY_ADMIN_TOKEN', 'NO_COLOR', '69']) {
        expect(stdout).toContain(word);
      }
    },
  );

  test.each(LEAVES.map((leaf) => [leaf.join(' ')]))(
    'vrfy %s --help has an example that the command takes',
    async (leaf) => {
      const { code, stdout } = await vrfy([...leaf.split(' '), '--help']);
      expect(code).toBe(0);
      const examples =
        stdout
          .split(/^Examples?:\n/m)[1]
          ?.trimEnd()
          .split('\n') ?? [];
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        const words = [...(/vrfy (?<args>[^#<>)]*)/.exec(example)?.groups?.['args'] ?? '').matchAll(/"[^"]*"|\S+/g)];
        const called = withDefaultAction(words.map(([word]) => word)).join(' ');
        expect(called).toMatch(new RegExp(`^${leaf}(?: |$)`));
        const options = called.match(/ --[a-z-]+/g) ?? [];
        for (const option of options) expect(stdout).toContain(` ${option}`);
      }
    },
  );

  test('vrfy help COMMAND prints the same as COMMAND --help', async () => {
    expect((await vrfy(['help', 'classify'])).stdout).toBe((await vrfy(['classify', '--help'])).stdout);
  });

  test.each(['--version', '-V'])('vrfy %s prints the version of the package', async (option) => {
    expect(await vrfy([option])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  test.each([[[]], [['node']]])('vrfy %j without a subcommand prints its help, as wrong use', async (args) => {
    const { code, stdout, stderr } = await vrfy(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: /);
  });

  test.each([
    ['verfy', "vrfy: unknown command 'verfy'\n(Did you mean verify?)\nTry: vrfy --help\n"],
    ['verify --jsn a@b.test', "vrfy: unknown option '--jsn'\n(Did you mean --json?)\nTry: vrfy verify --help\n"],
    ['nodes dran fra1', "vrfy: unknown command 'dran'\n(Did you mean drain?)\nTry: vrfy nodes --help\n"],
    ['__proto__', "vrfy: unknown command '__proto__'\nTry: vrfy --help\n"],
    ['a\u001b[31m', "vrfy: unknown command 'a\ufffd[31m'\nTry: vrfy --help\n"],
  ])('vrfy %j is wrong use; the message suggests the intended word and its help', async (line, said) => {
    expect(await vrfy(line.split(' '))).toEqual({ code: 2, stdout: '', stderr: said });
  });

  test.each([['lists cancel', '--json'], ['lists delete'], ['keys revoke']])(
    'vrfy %s takes an id that begins with "-" for an id',
    async (command, ...options) => {
      const id = '-q1W2e3R4t5Y6u7I8o9P0a';
      const answered = await vrfy([...command.split(' '), id, ...options], {
        VRFY_EDGE: 'http://127.0.0.1:1',
        VRFY_ADMIN_TOKEN: 'token',
      });
      expect([answered.code, answered.stderr]).toEqual([69, expect.not.stringContaining('unknown option')]);
    },
  );

  test('vrfy version and help load neither the schemas nor a command', async () => {
    const loader = `data:text/javascript,${encodeURIComponent(
      "import { registerHooks } from 'node:module'; import { writeSync } from 'node:fs';" +
        "registerHooks({ load(url, context, next) { writeSync(2, url + '\\n'); return next(url, context); } });",
    )}`;
    for (const option of ['--version', '--help']) {
      const { stderr } = await vrfy([option], { NODE_OPTIONS: `--import ${loader}` });
      expect(stderr).toContain('cli/program.ts');
      expect(stderr).not.toMatch(/\/(?:zod|undici|wrangler|jose|sandbox)\/|cli\/(?:verify|start|setup|nodes|keys)\.ts/);
    }
  });

  test('vrfy takes a reader that ends early for no fault', async () => {
    const command = `"$0" "$1" --help | head -1; echo "\${PIPESTATUS[0]}"`;
    const main = new URL('../../cli/main.ts', import.meta.url).pathname;
    const { stdout, stderr } = await run('bash', ['--norc', '-c', command, process.execPath, main], {
      PATH: process.env['PATH'] ?? '',
    });
    expect([stdout, stderr]).toEqual(['Usage: vrfy COMMAND [options]\n0\n', '']);
  });
});
