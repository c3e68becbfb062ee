/**
 * `vrfy setup`: creates through wrangler everything that an edge at Cloudflare needs before its first deploy, and
 * prints each step with its outcome, looks at the deployed edge and its nodes, and says what is left. It may be run again at
 * any time; `--rotate-signing-key` adds a new key beside the old one.
 *
 * With `--dry-run` it runs and writes nothing; with `--check` it looks and changes nothing. No secret is ever printed: they are in a file of their own.
 */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { EXIT } from '../shared/exit-codes.ts';
import { UsageError } from './exit.ts';
import { createCloud, type Wrangler } from './setup/cloud.ts';
import { withNamespaceId } from './setup/config-file.ts';
import { readVault } from './setup/secrets.ts';
import type { StepOutcome } from './setup/step-outcome.ts';
import { type SetupPlan, setupSteps, takeStep } from './setup/steps.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIG = path.join(ROOT, 'wrangler.toml');

export type SetupOptions = {
  readonly env: string;
  readonly dryRun?: true | undefined;
  readonly check?: true | undefined;
  readonly rotateSigningKey?: true | undefined;
  /** Folder of the secrets. */
  readonly state: string;
};

/** Exit code 69 if Cloudflare has refused a step; 1 if a check has found something left that the service needs. */
export async function setup({ env, dryRun, check, rotateSigningKey, state }: SetupOptions): Promise<number> {
  const isDry = dryRun === true;
  const isCheck = check === true;
  if (isCheck && rotateSigningKey === true) throw new UsageError('--check changes nothing; --rotate-signing-key would');
  const needs = await readNeeds(env);
  const [domain] = needs.customDomains;
  const plan: SetupPlan = {
    env,
    ...needs,
    accountId: process.env['CLOUDFLARE_ACCOUNT_ID'] || needs.accountId,
    edge: domain === undefined ? null : `https://${domain}`,
    secretsFile: path.resolve(state, env, 'secrets.json'),
    rotatesSigningKey: rotateSigningKey === true,
  };
  const steps = setupSteps(plan, {
    cloud: createCloud(runWrangler, env),
    noteNamespace: (binding, id) => noteNamespace(env, binding, id),
    fetch,
    nowMs: () => Date.now(),
  });
  const manner = isDry ? ' (dry run: nothing is changed)' : isCheck ? ' (check: nothing is changed)' : '';
  process.stdout.write(`vrfy setup of the environment ${env}${manner}\n`);
  const outcomes: StepOutcome[] = [];
  for (const [index, step] of steps.entries()) {
    process.stdout.write(`\n${index + 1}/${steps.length} ${step.title}\n    ${step.command}\n`);
    if (isDry) continue;
    const outcome = await takeStep(step, isCheck, env);
    process.stdout.write(`    ${outcome.told.replaceAll('\n', '\n    ')}\n`);
    outcomes.push(outcome);
  }
  process.stdout.write(isDry ? `\nNothing was changed. Next: npx vrfy setup --env ${env}\n` : renderLeft(outcomes));
  const { secrets } = await readVault(plan.secretsFile);
  if (secrets.ADMIN_TOKEN !== undefined)
    process.stdout.write(`ADMIN_TOKEN is in ${plan.secretsFile}: keep that file as you keep a password.\n`);
  if (outcomes.some(({ isFault }) => isFault)) return EXIT.unreachable;
  return isCheck && outcomes.some(isNeeded) ? EXIT.problems : EXIT.fine;
}

const isNeeded = ({ left, isOptional }: StepOutcome): boolean => left !== null && isOptional !== true;

function renderLeft(outcomes: readonly StepOutcome[]): string {
  // One command may be the remedy of several steps.
  const lines = new Set(
    outcomes.flatMap(({ left, isOptional }) => (left === null ? [] : [`${left}${isOptional ? ' (optional)' : ''}`])),
  );
  if (lines.size === 0) return '\nNothing is left: the service is complete.\n';
  return `\nWhat is left, in this order:\n${[...lines].map((line) => `  - ${line}\n`).join('')}`;
}

async function noteNamespace(env: string, binding: string, id: string): Promise<boolean> {
  const text = withNamespaceId(await readFile(CONFIG, 'utf8'), env, binding, id);
  if (text === null) return false;
  await writeFile(CONFIG, text);
  return true;
}

/** The part of wrangler.toml that is read here. */
const configSchema = z.object({
  definedEnvironments: z.array(z.string()),
  name: z.string(),
  account_id: z.string().optional(),
  workers_dev: z.boolean().optional(),
  preview_urls: z.boolean().optional(),
  routes: z
    .array(z.union([z.string(), z.object({ pattern: z.string(), custom_domain: z.boolean().optional() })]))
    .optional(),
  kv_namespaces: z.array(z.object({ binding: z.string(), id: z.string().optional() })),
  r2_buckets: z.array(z.object({ bucket_name: z.string() })),
  send_email: z.array(z.object({ name: z.string() })).default([]),
  vars: z.looseObject({ MAIL_FROM: z.string().optional() }).default({}),
  queues: z.object({
    producers: z.array(z.object({ queue: z.string() })).default([]),
    consumers: z.array(z.object({ queue: z.string(), dead_letter_queue: z.string().optional() })).default([]),
  }),
});

async function readNeeds(env: string): Promise<Omit<SetupPlan, 'env' | 'edge' | 'secretsFile' | 'rotatesSigningKey'>> {
  const { unstable_readConfig: readConfig } = await import('wrangler');
  const read = (named: { readonly env?: string }) =>
    configSchema.parse(readConfig({ config: CONFIG, ...named }, { hideWarnings: true }));
  const known = read({}).definedEnvironments;
  if (!known.includes(env)) throw new UsageError(`--env takes one of ${known.join(', ')}`);
  const { name, queues, r2_buckets: buckets, kv_namespaces: namespaces, routes = [], ...config } = read({ env });
  const deadLetters = queues.consumers.flatMap(({ dead_letter_queue: queue }) => queue ?? []);
  const queueNames = [...queues.producers, ...queues.consumers].map(({ queue }) => queue);
  return {
    worker: name,
    accountId: config.account_id ?? null,
    queues: [...new Set([...queueNames, ...deadLetters])],
    buckets: buckets.map(({ bucket_name: bucket }) => bucket),
    namespaces: namespaces.map(({ binding, id = null }) => ({ binding, id })),
    customDomains: routes.flatMap((route) =>
      typeof route === 'object' && route.custom_domain === true ? [route.pattern] : [],
    ),
    // Both are on by default.
    isOnWorkersDev: config.workers_dev !== false || config.preview_urls !== false,
    mail: {
      sender: config.vars.MAIL_FROM ?? null,
      hasBinding: config.send_email.some((binding) => binding.name === 'EMAIL'),
    },
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
