/**
 * The steps of `vrfy setup`, in order: title, equivalent command, and action.
 *
 * Every step is idempotent: anything that exists is kept. No result ever holds a secret.
 */
import { UsageError } from '../exit.ts';
import type { Cloud } from './cloud.ts';
import {
  makeSecret,
  readVault,
  rotateSigningKey,
  SECRET_NAMES,
  type SecretName,
  type Vault,
  writeVault,
} from './secrets.ts';

export type SetupStep = {
  readonly title: string;
  /** The command that a person could type instead, or the reason why there is none. */
  readonly command: string;
  /** Performs the step, and reports the outcome in a few words. */
  readonly run: () => Promise<string>;
};

export type SetupPlan = {
  readonly env: string;
  readonly queues: readonly string[];
  /** R2 buckets. */
  readonly buckets: readonly string[];
  /** Bindings of KV namespaces that have no id yet. */
  readonly namespaces: readonly string[];
  readonly secretsFile: string;
  readonly rotatesSigningKey: boolean;
};

export type SetupPorts = {
  readonly cloud: Cloud;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
};

export function setupSteps(plan: SetupPlan, ports: SetupPorts): readonly SetupStep[] {
  const { env, queues, buckets, namespaces, secretsFile, rotatesSigningKey } = plan;
  const { cloud } = ports;
  const rotation = rotatesSigningKey ? '; the signing key gets a successor' : '';
  return [
    { title: 'account', command: 'wrangler whoami', run: () => cloud.account() },
    ...queues.map((queue) => ({
      title: `queue ${queue}`,
      command: `wrangler queues create ${queue}`,
      run: async () => {
        if (await cloud.hasQueue(queue)) return 'kept';
        await cloud.createQueue(queue);
        return 'made';
      },
    })),
    ...buckets.map((bucket) => ({
      title: `R2 bucket ${bucket}`,
      command: `wrangler r2 bucket create ${bucket}`,
      run: async () => {
        if (await cloud.hasBucket(bucket)) return 'kept';
        await cloud.createBucket(bucket);
        return 'made';
      },
    })),
    ...namespaces.map((binding) => ({
      title: `KV namespace ${binding}`,
      command: 'none: the first deploy creates it',
      run: async () => 'the first deploy will create it',
    })),
    {
      title: `secrets ${SECRET_NAMES.join(', ')}, kept in ${secretsFile}${rotation}`,
      command: `wrangler secret bulk --env ${env}`,
      run: () => putSecrets(plan, ports),
    },
  ];
}

/** Write the file before the upload: a secret that only the edge has would be lost for good. */
async function putSecrets({ env, secretsFile, rotatesSigningKey }: SetupPlan, ports: SetupPorts): Promise<string> {
  const vault = await readVault(secretsFile);
  const there = new Set(await ports.cloud.secretNames());
  const secrets: Record<string, string | undefined> = { ...vault.secrets };
  const done: string[] = [];
  const toPut: SecretName[] = [];
  for (const name of SECRET_NAMES) {
    const known = secrets[name];
    const isThere = there.has(name);
    if (rotatesSigningKey && name === 'PROBE_SIGNING_KEY' && (isThere || known !== undefined)) {
      if (known === undefined)
        throw new UsageError(`the signing key of ${env} is not in ${secretsFile}; run this on the machine that has it`);
      secrets[name] = await rotateSigningKey(known, ports.nowMs());
      done.push(`${name} rotated`);
    } else if (isThere && !vault.pending.includes(name)) {
      done.push(`${name} kept${known === undefined ? ' (its value is not in the file)' : ''}`);
      continue;
    } else {
      secrets[name] = known ?? (await makeSecret(name));
      done.push(`${name} ${known === undefined ? 'made' : 'put again'}`);
    }
    toPut.push(name);
  }
  if (toPut.length > 0) await hand(secretsFile, { secrets, pending: toPut }, ports.cloud);
  return done.join(', ');
}

async function hand(file: string, vault: Vault, cloud: Cloud): Promise<void> {
  await writeVault(file, vault);
  await cloud.putSecrets(Object.fromEntries(vault.pending.map((name) => [name, vault.secrets[name] ?? ''])));
  await writeVault(file, { ...vault, pending: [] });
}
