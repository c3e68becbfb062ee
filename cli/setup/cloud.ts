/**
 * Cloudflare through wrangler, as far as the set-up needs it: the account; the queues, buckets, KV namespaces and secrets that
 * exist, and new ones; the domain that mail is sent from.
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

type WranglerEnded = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs wrangler with these arguments and this standard input. */
export type Wrangler = (args: readonly string[], input?: string) => Promise<WranglerEnded>;

/** Cloudflare, or wrangler itself, has refused. */
export class CloudError extends UnreachableError {}

const namespacesSchema = z.array(z.object({ id: z.string().regex(/^[0-9a-f]{32}$/), title: z.string() }));

const userSchema = z.object({ accounts: z.array(z.object({ id: z.string(), name: z.string() })) });

type KvNamespace = z.infer<typeof namespacesSchema>[number];

/** An account at Cloudflare that wrangler may work in. */
type CloudAccount = { readonly id: string; readonly name: string };

export type Cloud = {
  /** In the order that Cloudflare gives; none if the token may not list them. */
  readonly accounts: () => Promise<readonly CloudAccount[]>;
  readonly hasQueue: (name: string) => Promise<boolean>;
  readonly createQueue: (name: string) => Promise<void>;
  readonly hasBucket: (name: string) => Promise<boolean>;
  readonly createBucket: (name: string) => Promise<void>;
  readonly namespaces: () => Promise<readonly KvNamespace[]>;
  readonly createNamespace: (title: string) => Promise<void>;
  /** True if Email Sending is enabled for the domain. */
  readonly sendsMailFor: (domain: string) => Promise<boolean>;
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
    accounts: async () => {
      const ended = await wrangler(['whoami', '--json']);
      if (parseJson(z.object({ loggedIn: z.literal(false) }), ended.stdout) !== null)
        throw new CloudError(
          'wrangler is not logged in at Cloudflare; run: npx wrangler login, or export CLOUDFLARE_API_TOKEN=...',
        );
      if (ended.code !== 0) throw new CloudError(`wrangler whoami failed:\n${lastWordsOf(ended)}`);
      return parseJson(userSchema, ended.stdout)?.accounts ?? [];
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
    namespaces: async () => {
      const namespaces = parseJson(namespacesSchema, await run(['kv', 'namespace', 'list']));
      if (namespaces === null) throw new CloudError('wrangler kv namespace list has answered in another form');
      return namespaces;
    },
    createNamespace: async (title) => {
      await run(['kv', 'namespace', 'create', title]);
    },
    sendsMailFor: async (domain) => {
      // It fails for a domain that was never enabled, in words that we do not rely on.
      const { code, stdout } = await wrangler(['email', 'sending', 'settings', domain]);
      return code === 0 && /^ *Enabled: +true$/m.test(stdout);
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
