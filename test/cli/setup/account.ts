/** An account at Cloudflare, and a wrangler that answers for it in the words of the real one; the set-up over both. */
import { createCloud, type Wrangler } from '../../../cli/setup/cloud.ts';
import type { StepOutcome } from '../../../cli/setup/step-outcome.ts';
import { type SetupPlan, setupSteps, takeStep } from '../../../cli/setup/steps.ts';

export const NOW_MS = 1_800_000_000_000;
export const ENV = 'production';

export type Account = {
  readonly queues: Set<string>;
  readonly buckets: Set<string>;
  /** KV namespaces: id by title. */
  readonly namespaces: Map<string, string>;
  /** Domains that may send mail. */
  readonly senders: Set<string>;
  readonly secrets: Map<string, string>;
  /** Ids that the set-up has written into wrangler.toml, by binding. */
  readonly noted: Map<string, string>;
  /** Changes, in order. */
  readonly changes: string[];
  /** Accounts that its holder may work in. */
  accounts: readonly { readonly id: string; readonly name: string }[];
  isLoggedIn: boolean;
  /** The error of `wrangler whoami`, if it fails. */
  whoamiFault: string | null;
  /** The token has the permission for queues. */
  mayUseQueues: boolean;
  isBroken: boolean;
  /** R2 is switched on. */
  hasR2: boolean;
  readonly wrangler: Wrangler;
};

export function createAccount(): Account {
  const fine = (stdout = '') => ({ code: 0, stdout, stderr: '' });
  const fault = (stderr: string) => ({ code: 1, stdout: '', stderr });
  const account: Account = {
    queues: new Set(),
    buckets: new Set(),
    namespaces: new Map(),
    senders: new Set(),
    secrets: new Map(),
    noted: new Map(),
    changes: [],
    accounts: [{ id: '1', name: 'Ada’s\u001b' }],
    isLoggedIn: true,
    whoamiFault: null,
    mayUseQueues: true,
    isBroken: false,
    hasR2: true,
    wrangler: async ([noun, verb, ...rest], input = '') => {
      const [name = '', second = ''] = rest;
      if (noun === 'whoami' && account.whoamiFault !== null) return fault(account.whoamiFault);
      if (noun === 'whoami' && !account.isLoggedIn) return { ...fault(''), stdout: '{"loggedIn":false}' };
      if (noun === 'whoami') return fine(JSON.stringify({ loggedIn: true, accounts: account.accounts }));
      if (!account.isLoggedIn) return fault('You are not authenticated.');
      if (!account.mayUseQueues && noun === 'queues') return fault('Authentication error [code: 10000]');
      if (noun === 'queues' && verb === 'info') {
        return account.queues.has(name) ? fine(`Queue Name: ${name}`) : fault(`Queue "${name}" does not exist.`);
      }
      if (noun === 'queues' && verb === 'create') {
        account.queues.add(name);
        account.changes.push(`queue ${name}`);
        return fine();
      }
      if (noun === 'r2' && !account.hasR2)
        return fault('Please enable R2 through the Cloudflare Dashboard. [code: 10042]');
      if (noun === 'r2' && name === 'info') {
        return account.buckets.has(second) ? fine() : fault('The specified bucket does not exist. [code: 10006]');
      }
      if (noun === 'r2') {
        account.buckets.add(second);
        account.changes.push(`bucket ${second}`);
        return fine();
      }
      if (noun === 'kv' && name === 'list') {
        const list = [...account.namespaces].map(([title, id]) => ({ id, title, supports_url_encoding: true }));
        return fine(JSON.stringify(list, null, '  '));
      }
      if (noun === 'kv') {
        account.namespaces.set(second, String(account.namespaces.size).padStart(32, 'a'));
        account.changes.push(`namespace ${second}`);
        return fine('Success!');
      }
      if (noun === 'email') {
        if (!account.senders.has(second)) return fault('No sending subdomain was found.');
        return fine(`Email Sending for ${second}:\n  Enabled:            true\n`);
      }
      if (rest.at(-1) !== ENV) return fault('another environment');
      if (verb === 'list') {
        if (account.secrets.size === 0) return fault('Worker "vrfy-edge-production" (env: production) not found.');
        return fine(JSON.stringify([...account.secrets.keys()].map((key) => ({ name: key, type: 'secret_text' }))));
      }
      if (account.isBroken) return fault('Secrets failed to upload');
      for (const [key, value] of Object.entries(JSON.parse(input))) {
        account.secrets.set(key, String(value));
        account.changes.push(`secret ${key}`);
      }
      return fine();
    },
  };
  return account;
}

export type Look = { readonly title: string; readonly outcome: StepOutcome };

/** Takes every step, or looks only. @param changes of a plan with one of each */
export async function takeSteps(
  account: Account,
  secretsFile: string,
  changes: Partial<SetupPlan> = {},
  isCheck = false,
): Promise<readonly Look[]> {
  const plan: SetupPlan = {
    env: ENV,
    accountId: null,
    worker: 'vrfy-edge-production',
    queues: ['q', 'q-dead'],
    buckets: ['b'],
    namespaces: [{ binding: 'MEMORY', id: account.noted.get('MEMORY') ?? null }],
    customDomains: ['vrfy.example.com'],
    isOnWorkersDev: false,
    mail: { sender: 'keys@example.com', hasBinding: true },
    edge: null,
    secretsFile,
    rotatesSigningKey: false,
    ...changes,
  };
  const steps = setupSteps(plan, {
    cloud: createCloud(account.wrangler, ENV),
    noteNamespace: async (binding, id) => {
      account.noted.set(binding, id);
      return true;
    },
    fetch,
    nowMs: () => NOW_MS,
  });
  const looks: Look[] = [];
  for (const step of steps) looks.push({ title: step.title, outcome: await takeStep(step, isCheck, ENV) });
  return looks;
}
