/**
 * `vrfy setup`: creates through wrangler everything that an edge at Cloudflare needs before its first deploy, and
 * prints each step with its outcome. It may be run again at any time; `--rotate-signing-key` adds a new key beside the
 * old one.
 *
 * With `--dry-run` it runs and writes nothing. No secret is ever printed: they are in a file of their own.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { EXIT } from '../shared/exit-codes.ts';
import { UsageError } from './exit.ts';
import { createCloud, type Wrangler } from './setup/cloud.ts';
import { type SetupPlan, type SetupStep, setupSteps } from './setup/steps.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export type SetupOptions = {
  readonly env: string;
  readonly dryRun?: true | undefined;
  readonly rotateSigningKey?: true | undefined;
  /** Folder of the secrets. */
  readonly state: string;
};

export async function setup({ env, dryRun, rotateSigningKey, state }: SetupOptions): Promise<number> {
  const isDry = dryRun === true;
  const { queues, buckets, namespaces } = await readNeeds(env);
  const secretsFile = path.resolve(state, env, 'secrets.json');
  const rotatesSigningKey = rotateSigningKey === true;
  const ports = { cloud: createCloud(runWrangler, env), nowMs: () => Date.now() };
  const steps = setupSteps({ env, queues, buckets, namespaces, secretsFile, rotatesSigningKey }, ports);
  process.stdout.write(`vrfy setup of the environment ${env}${isDry ? ' (dry run: nothing is changed)' : ''}\n`);
  for (const [index, step] of steps.entries()) await take(step, `${index + 1}/${steps.length}`, isDry);
  process.stdout.write(
    `\nNothing has been deployed. Next: npm run deploy -- --env ${env}\nADMIN_TOKEN is in ${secretsFile}: keep that file as you keep a password.\n`,
  );
  return EXIT.fine;
}

async function take({ title, command, run }: SetupStep, place: string, isDry: boolean): Promise<void> {
  process.stdout.write(`\n${place} ${title}\n    ${command}\n`);
  if (!isDry) process.stdout.write(`    ${await run()}\n`);
}

/** The part of wrangler.toml that is read here. */
const configSchema = z.object({
  definedEnvironments: z.array(z.string()),
  kv_namespaces: z.array(z.object({ binding: z.string(), id: z.string().optional() })),
  r2_buckets: z.array(z.object({ bucket_name: z.string() })),
  queues: z.object({
    producers: z.array(z.object({ queue: z.string() })).default([]),
    consumers: z.array(z.object({ queue: z.string(), dead_letter_queue: z.string().optional() })).default([]),
  }),
});

async function readNeeds(env: string): Promise<Pick<SetupPlan, 'queues' | 'buckets' | 'namespaces'>> {
  const { unstable_readConfig: readConfig } = await import('wrangler');
  const read = (named: { readonly env?: string }) =>
    configSchema.parse(readConfig({ config: path.join(ROOT, 'wrangler.toml'), ...named }, { hideWarnings: true }));
  const known = read({}).definedEnvironments;
  if (!known.includes(env)) throw new UsageError(`--env takes one of ${known.join(', ')}`);
  const { queues, r2_buckets: buckets, kv_namespaces: namespaces } = read({ env });
  const deadLetters = queues.consumers.flatMap(({ dead_letter_queue: name }) => name ?? []);
  const names = [...queues.producers, ...queues.consumers].map(({ queue }) => queue);
  return {
    queues: [...new Set([...names, ...deadLetters])],
    buckets: buckets.map(({ bucket_name: name }) => name),
    namespaces: namespaces.filter(({ id }) => id === undefined).map(({ binding }) => binding),
  };
}

const runWrangler: Wrangler = (args, input = '') => {
  const bin = fileURLToPath(new URL('../bin/wrangler.js', import.meta.resolve('wrangler')));
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', WRANGLER_SEND_METRICS: 'false' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A wrangler that ends before it reads its input breaks the pipe; its exit code says more than EPIPE.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
};
