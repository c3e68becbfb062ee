/** The lines of shell that the documents show for the use beside `npm start`, run as they are written. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from './system.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = ['README.md', 'docs/API.md', 'docs/CLI.md'];
/** These start the system, or need a second one beside it. */
const STARTS = /^npm |wrangler dev/m;

/** A fault of HTTP and wrong use end the block; that an address is invalid does not (exit code 1). */
const STRICT = `
  curl() { command curl -sS --fail-with-body "$@" || exit 90; }
  npx() { command npx "$@"; local code=$?; [ $code -le 1 ] || exit $code; }
`;

let system: System;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(() => system.close());

function blocksOf(document: string): readonly string[] {
  const text = readFileSync(`${ROOT}/${document}`, 'utf8');
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block ?? '');
  return blocks.filter((block) => !STARTS.test(block));
}

/** The output of a block, with the port and the state folder of this test in place of the documented ones. */
async function run(block: string): Promise<string> {
  const here = block.replaceAll('http://127.0.0.1:8787', system.url).replaceAll('.vrfy/', `${system.stateDir}/`);
  const env = { ...process.env, VRFY_EDGE: system.url };
  const { stdout } = await promisify(execFile)('bash', ['-c', `${STRICT}${here}`], { cwd: ROOT, env });
  return stdout;
}

test('the answer that the README shows is a part of the answer to its first question', async () => {
  const shown: unknown = JSON.parse(/```json\n(.*?)```/s.exec(readFileSync(`${ROOT}/README.md`, 'utf8'))?.[1] ?? '');
  const [question = ''] = blocksOf('README.md');
  expect(JSON.parse(await run(question))).toMatchObject(shown as object);
});

test.each(DOCUMENTS.flatMap((document) => blocksOf(document).map((block) => [document, block] as const)))(
  'the lines in %s work as written: %s',
  async (_, block) => {
    expect(await run(block)).not.toBe('');
  },
);
