/** A command whose npm has been killed, with a shell in the place of npm. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';

const ORPHAN = new URL('../../cli/orphan.ts', import.meta.url).href;
const COMMAND = `
  const { whenOrphaned } = await import(${JSON.stringify(ORPHAN)});
  whenOrphaned(() => { console.log('orphaned'); process.exit(); });
  process.stdin.on('end', () => process.exit()).resume();
  console.log('runs');`;

let npm: ChildProcess;
let written: string;

/** The shell waits for the command, as npm does; the end of our pipe ends whatever is left. */
function start(environment: Readonly<Record<string, string>>): void {
  const script = '"$0" --input-type=module -e "$1" <&3 & wait';
  npm = spawn('sh', ['-c', script, process.execPath, COMMAND], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  written = '';
  npm.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
}

afterEach(() => {
  const [, , , pipe] = npm.stdio;
  if (pipe !== null && pipe !== undefined && 'end' in pipe) pipe.end();
});

test('a command that npm has started ends when npm has been killed', async () => {
  start({ npm_lifecycle_event: 'npx' });
  await expect.poll(() => written).toContain('runs');
  const gone = once(npm, 'exit');
  npm.kill('SIGKILL');
  await gone;
  await expect.poll(() => written).toContain('orphaned');
});
