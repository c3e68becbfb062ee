/**
 * The steps of `vrfy setup`, in order: title, equivalent command, and action. Each says what it has done or found, and what the
 * operator still has to do.
 *
 * Every step is idempotent: anything that exists is kept. A check changes nothing. No result ever holds a secret.
 */
import { UsageError } from '../exit.ts';
import { visible } from '../visible.ts';
import { type Cloud, CloudError } from './cloud.ts';
import {
  makeSecret,
  readVault,
  rotateSigningKey,
  SECRET_NAMES,
  type SecretName,
  type Vault,
  writeVault,
} from './secrets.ts';
import { checkNodes, checkService } from './service.ts';
import type { StepOutcome } from './step-outcome.ts';

export type SetupStep = {
  readonly title: string;
  /** The command that a person could type instead, or the reason why there is none. */
  readonly command: string;
  /** @param isCheck looks and changes nothing */
  readonly run: (isCheck: boolean) => Promise<StepOutcome>;
  /** Without it every later step would fail as well. */
  readonly isFirst?: true;
};

export type SetupPlan = {
  readonly env: string;
  /** The account that wrangler is told to work in; null if it is told none. */
  readonly accountId: string | null;
  /** Name of the worker. */
  readonly worker: string;
  readonly queues: readonly string[];
  /** R2 buckets. */
  readonly buckets: readonly string[];
  /** KV namespaces by their bindings; the id is null until wrangler.toml has one. */
  readonly namespaces: readonly { readonly binding: string; readonly id: string | null }[];
  /** Patterns of the routes that are custom domains. */
  readonly customDomains: readonly string[];
  /** True if wrangler.toml leaves the worker reachable below workers.dev. */
  readonly isOnWorkersDev: boolean;
  /** MAIL_FROM and the binding EMAIL, if wrangler.toml has them. */
  readonly mail: { readonly sender: string | null; readonly hasBinding: boolean };
  /** URL of the edge; null without a custom domain. */
  readonly edge: string | null;
  readonly secretsFile: string;
  readonly rotatesSigningKey: boolean;
};

export type SetupPorts = {
  readonly cloud: Cloud;
  /** Writes the id of a namespace into wrangler.toml; false if the file has no place for it. */
  readonly noteNamespace: (binding: string, id: string) => Promise<boolean>;
  readonly fetch: typeof fetch;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
};

const done = (told: string): StepOutcome => ({ told, left: null });

export function setupSteps(plan: SetupPlan, ports: SetupPorts): readonly SetupStep[] {
  const { env, queues, buckets, namespaces, secretsFile, rotatesSigningKey } = plan;
  const { cloud } = ports;
  const rotation = rotatesSigningKey ? '; the signing key gets a successor' : '';
  return [
    { title: 'account', command: 'npx wrangler whoami', run: () => checkAccount(plan, cloud), isFirst: true },
    {
      title: `domain of ${plan.worker}, with workers.dev and preview URLs off`,
      command: 'none: wrangler.toml says it, and the deploy makes record and certificate',
      run: async () => checkDomain(plan),
    },
    ...queues.map((queue) =>
      creation(`queue ${queue}`, `npx wrangler queues create ${queue}`, env, {
        isThere: () => cloud.hasQueue(queue),
        create: () => cloud.createQueue(queue),
      }),
    ),
    ...buckets.map((bucket) =>
      creation(`R2 bucket ${bucket}`, `npx wrangler r2 bucket create ${bucket}`, env, {
        isThere: () => cloud.hasBucket(bucket),
        create: () => cloud.createBucket(bucket),
      }),
    ),
    ...namespaces.map((namespace) => {
      const title = titleOf(plan, namespace.binding);
      return {
        title: `KV namespace ${namespace.binding}`,
        command: `npx wrangler kv namespace create ${title}`,
        run: (isCheck: boolean) => putNamespace(namespace, title, isCheck, plan, ports),
      };
    }),
    {
      title: `secrets ${SECRET_NAMES.join(', ')}, kept in ${secretsFile}${rotation}`,
      command: `npx wrangler secret bulk --env ${env}`,
      run: (isCheck) => (isCheck ? checkSecrets(plan, ports) : putSecrets(plan, ports)),
    },
    {
      title: 'mail sender of free keys',
      command: `npx wrangler email sending settings ${domainOf(plan.mail.sender) ?? 'DOMAIN'}`,
      run: () => checkMail(plan, cloud),
    },
    {
      title: `edge at ${plan.edge ?? 'its domain'}`,
      command: `curl ${plan.edge ?? 'https://DOMAIN'}/healthz`,
      run: () => checkService(plan, ports.fetch),
    },
    {
      title: 'nodes',
      command: 'npx vrfy nodes',
      run: async () => {
        const { secrets } = await readVault(secretsFile);
        return checkNodes({ ...plan, adminToken: secrets.ADMIN_TOKEN ?? null }, ports.fetch);
      },
    },
  ];
}

/** Takes a step. If Cloudflare refuses it, that is its outcome, and the next one can be taken; but the first step throws. */
export async function takeStep(
  { run, title, isFirst }: SetupStep,
  isCheck: boolean,
  env: string,
): Promise<StepOutcome> {
  try {
    return await run(isCheck);
  } catch (error) {
    if (isFirst === true || !(error instanceof CloudError)) throw error;
    const remedy = remedyOf(error.message) ?? `mend what the error of the step "${title}" says`;
    return { told: error.message, left: `${remedy}, then: npx vrfy setup --env ${env}`, isFault: true };
  }
}

/** Of a refusal that a new account or a new token meets; null for any other. Words and codes are those of Cloudflare's API. */
function remedyOf(refusal: string): string | null {
  if (/code: 10042|enable R2/i.test(refusal)) return 'switch R2 on (dashboard: R2 Object Storage)';
  if (/code: 10000|authentication error/i.test(refusal))
    return 'give the token the permissions of docs/OPERATORS.md, step 3';
  return null;
}

/** With several accounts, one must be named: wrangler would take the one that it was last told, or none. */
async function checkAccount({ accountId }: SetupPlan, cloud: Cloud): Promise<StepOutcome> {
  const accounts = await cloud.accounts();
  const [only] = accounts;
  if (accountId === null && accounts.length > 1) {
    const listed = accounts.map(({ id, name }) => `  ${visible(id)}  ${visible(name)}`).join('\n');
    throw new CloudError(`several accounts; name the one of your zone by: export CLOUDFLARE_ACCOUNT_ID=...\n${listed}`);
  }
  const account = accountId === null ? only : accounts.find(({ id }) => id === accountId);
  return done(visible(account?.name ?? accountId ?? 'an account that the token may not name'));
}

function creation(
  title: string,
  command: string,
  env: string,
  { isThere, create }: { readonly isThere: () => Promise<boolean>; readonly create: () => Promise<void> },
): SetupStep {
  return {
    title,
    command,
    run: async (isCheck) => {
      if (await isThere()) return done('kept');
      if (isCheck) return { told: 'missing', left: `npx vrfy setup --env ${env}` };
      await create();
      return done('made');
    },
  };
}

function checkDomain({ env, customDomains, isOnWorkersDev }: SetupPlan): StepOutcome {
  const [domain] = customDomains;
  if (domain === undefined) {
    return {
      told: 'no custom domain',
      left: `add to wrangler.toml, with a name in a zone of this account: [[env.${env}.routes]] with pattern = "vrfy.example.com" and custom_domain = true`,
    };
  }
  const found = customDomains.join(', ');
  if (!isOnWorkersDev) return done(found);
  return {
    told: `${found}, but the worker is reachable below workers.dev too`,
    left: 'set workers_dev = false and preview_urls = false in wrangler.toml: there the rules of your zone do not hold',
  };
}

/** The name that the first deploy would give it. */
function titleOf({ worker }: SetupPlan, binding: string): string {
  return `${worker}-${binding.toLowerCase().replaceAll('_', '-')}`;
}

async function putNamespace(
  { binding, id }: SetupPlan['namespaces'][number],
  title: string,
  isCheck: boolean,
  { env }: SetupPlan,
  { cloud, noteNamespace }: SetupPorts,
): Promise<StepOutcome> {
  const known = await cloud.namespaces();
  if (id !== null) {
    if (known.some((namespace) => namespace.id === id)) return done('kept');
    return {
      told: `wrangler.toml names ${id}, which this account does not have`,
      left: `take the id of ${binding} out of wrangler.toml, unless another account is meant, and run this again`,
    };
  }
  const before = known.find((namespace) => namespace.title === title);
  if (isCheck)
    return { told: before === undefined ? 'missing' : 'no id in wrangler.toml', left: `npx vrfy setup --env ${env}` };
  if (before === undefined) await cloud.createNamespace(title);
  const made = before ?? (await cloud.namespaces()).find((namespace) => namespace.title === title);
  const told = before === undefined ? 'made' : 'kept';
  if (made === undefined) return { told: 'made, but not yet listed', left: `npx vrfy setup --env ${env}` };
  if (await noteNamespace(binding, made.id)) return done(`${told}; its id is in wrangler.toml now: commit that file`);
  return { told, left: `add id = "${made.id}" below binding = "${binding}" of env.${env} in wrangler.toml` };
}

async function checkSecrets({ env, secretsFile }: SetupPlan, { cloud }: SetupPorts): Promise<StepOutcome> {
  const { secrets, pending } = await readVault(secretsFile);
  const there = new Set(await cloud.secretNames());
  const missing = SECRET_NAMES.filter((name) => !there.has(name) || pending.includes(name));
  const unknown = SECRET_NAMES.filter((name) => there.has(name) && secrets[name] === undefined);
  if (missing.length > 0) return { told: `missing: ${missing.join(', ')}`, left: `npx vrfy setup --env ${env}` };
  if (unknown.length === 0) return done('all are there');
  return {
    told: `all are there, but ${secretsFile} lacks ${unknown.join(', ')}`,
    left: `put the copy of ${secretsFile} back that you keep with your passwords`,
    isOptional: true,
  };
}

/** Write the file before the upload: a secret that only the edge has would be lost for good. */
async function putSecrets({ env, secretsFile, rotatesSigningKey }: SetupPlan, ports: SetupPorts): Promise<StepOutcome> {
  const vault = await readVault(secretsFile);
  const there = new Set(await ports.cloud.secretNames());
  const secrets: Record<string, string | undefined> = { ...vault.secrets };
  const told: string[] = [];
  const toPut: SecretName[] = [];
  for (const name of SECRET_NAMES) {
    const known = secrets[name];
    const isThere = there.has(name);
    if (rotatesSigningKey && name === 'PROBE_SIGNING_KEY' && (isThere || known !== undefined)) {
      if (known === undefined)
        throw new UsageError(`the signing key of ${env} is not in ${secretsFile}; run this on the machine that has it`);
      secrets[name] = await rotateSigningKey(known, ports.nowMs());
      told.push(`${name} rotated`);
    } else if (isThere && !vault.pending.includes(name)) {
      told.push(`${name} kept${known === undefined ? ' (its value is not in the file)' : ''}`);
      continue;
    } else {
      secrets[name] = known ?? (await makeSecret(name));
      told.push(`${name} ${known === undefined ? 'made' : 'put again'}`);
    }
    toPut.push(name);
  }
  if (toPut.length > 0) await hand(secretsFile, { secrets, pending: toPut }, ports.cloud);
  return done(told.join(', '));
}

async function hand(file: string, vault: Vault, cloud: Cloud): Promise<void> {
  await writeVault(file, vault);
  await cloud.putSecrets(Object.fromEntries(vault.pending.map((name) => [name, vault.secrets[name] ?? ''])));
  await writeVault(file, { ...vault, pending: [] });
}

async function checkMail({ env, mail: { sender, hasBinding } }: SetupPlan, cloud: Cloud): Promise<StepOutcome> {
  const domain = domainOf(sender);
  if (domain === null || !hasBinding) {
    const lacking = [...(hasBinding ? [] : ['the binding EMAIL']), ...(domain === null ? ['MAIL_FROM'] : [])];
    return {
      told: `none: wrangler.toml lacks ${lacking.join(' and ')}`,
      left: `for free keys by mail add to wrangler.toml: [[env.${env}.send_email]] with name = "EMAIL", and MAIL_FROM = "keys@example.com" below [env.${env}.vars]`,
      isOptional: true,
    };
  }
  const isEnabled = await cloud.sendsMailFor(domain);
  if (isEnabled) return done(`${domain} may send`);
  return { told: `${domain} may not send yet`, left: `npx wrangler email sending enable ${domain}` };
}

function domainOf(sender: string | null): string | null {
  const domain = sender?.split('@').at(-1) ?? '';
  return domain === '' ? null : domain;
}
