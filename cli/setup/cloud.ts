/**
 * Cloudflare through wrangler, as far as the set-up needs it: the account, the queues, buckets and secrets that exist, new ones.
 *
 * Secrets go in by standard input only, never as an argument, which other processes could see. If wrangler refuses, the
 * CloudError quotes its last lines.
 */
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';
import { UnreachableError } from '../exit.ts';
import { visible } from '../visible.ts';

/** Characters of wrangler's output that are shown. */
const COMPLAINT_LENGTH_MAX = 600;

export type WranglerEnded = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs wrangler with these arguments and this standard input. */
export type Wrangler = (args: readonly string[], input?: string) => Promise<WranglerEnded>;

/** Cloudflare, or wrangler itself, has refused. */
export class CloudError extends UnreachableError {}

export type Cloud = {
  readonly account: () => Promise<string>;
  readonly hasQueue: (name: string) => Promise<boolean>;
  readonly createQueue: (name: string) => Promise<void>;
  readonly hasBucket: (name: string) => Promise<boolean>;
  readonly createBucket: (name: string) => Promise<void>;
  readonly secretNames: () => Promise<readonly string[]>;
  readonly putSecrets: (secrets: Readonly<Record<string, string>>) => Promise<void>;
};

export function createCloud(wrangler: Wrangler, env: string): Cloud {
  const run = async (args: readonly string[], input?: string): Promise<string> => {
    const ended = await wrangler(args, input);
    if (ended.code !== 0) throw new CloudError(`wrangler ${args.join(' ')} failed:\n${lastWordsOf(ended)}`);
    return ended.stdout;
  };
  return {
    account: async () => {
      const { code, stdout } = await wrangler(['whoami', '--json']);
      if (code !== 0) throw new CloudError('wrangler is not logged in at Cloudflare; run: npx wrangler login');
      const user = parseJson(z.object({ accounts: z.array(z.object({ name: z.string() })) }), stdout);
      return user === null ? 'unknown account' : user.accounts.map(({ name }) => visible(name)).join(', ');
    },
    hasQueue: async (name) => {
      const ended = await wrangler(['queues', 'info', name]);
      if (ended.code === 0) return true;
      if (/does not exist/.test(ended.stdout + ended.stderr)) return false;
      throw new CloudError(`wrangler queues info ${name} failed:\n${lastWordsOf(ended)}`);
    },
    createQueue: async (name) => {
      await run(['queues', 'create', name]);
    },
    hasBucket: async (name) => {
      const ended = await wrangler(['r2', 'bucket', 'info', name]);
      if (ended.code === 0) return true;
      if (/does not exist|not found|10006/i.test(ended.stdout + ended.stderr)) return false;
      throw new CloudError(`wrangler r2 bucket info ${name} failed:\n${lastWordsOf(ended)}`);
    },
    createBucket: async (name) => {
      await run(['r2', 'bucket', 'create', name]);
    },
    secretNames: async () => {
      const ended = await wrangler(['secret', 'list', '--format', 'json', '--env', env]);
      // A worker that was never deployed has no secrets; the first secret creates it.
      if (ended.code !== 0 && /Worker ".*" not found|\(env: .*\) not found/.test(ended.stdout + ended.stderr))
        return [];
      const secrets = parseJson(z.array(z.object({ name: z.string() })), ended.stdout);
      if (ended.code === 0 && secrets !== null) return secrets.map(({ name }) => name);
      throw new CloudError(`wrangler secret list failed:\n${lastWordsOf(ended)}`);
    },
    putSecrets: async (secrets) => {
      await run(['secret', 'bulk', '--env', env], JSON.stringify(secrets));
    },
  };
}

function lastWordsOf({ stdout, stderr }: WranglerEnded): string {
  const words = `${stdout}\n${stderr}`.trim().slice(-COMPLAINT_LENGTH_MAX);
  return words.split('\n').map(visible).join('\n');
}
