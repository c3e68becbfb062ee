/**
 * `vrfy keys ...`: creates, lists and revokes keys of the API. Needs the admin token of the edge.
 *
 * A new key is shown once, alone on standard output, so that a script can capture it.
 */
import { styleText } from 'node:util';
import {
  type KeyReport,
  keyPageSchema,
  madeKeySchema,
  madeWebhookSecretSchema,
  type UsedKey,
} from '../shared/api-key.ts';
import { EXIT } from '../shared/exit-codes.ts';
import { askAsAdmin, expectAnswer } from './admin-client.ts';
import type { ClientOptions } from './client.ts';
import { toJsonLine, visible } from './visible.ts';

const COLUMNS = ['id', 'kind', 'used today', 'made', 'name', 'email', 'origins'] as const;

export type KeyOptions = {
  readonly kind: KeyReport['kind'];
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly origin?: readonly string[] | undefined;
  /** Probes a day. */
  readonly quota?: number | 'unlimited' | undefined;
};

type Options = ClientOptions & { readonly json?: true | undefined };

/** Prints the key alone on standard output, even on a terminal; notes for a person go to standard error. */
export async function createKey({
  kind,
  name,
  email,
  origin,
  quota,
  ...options
}: KeyOptions & Options): Promise<number> {
  const body = { kind, name, email, origins: origin, daily_quota: quota === 'unlimited' ? null : quota };
  // An edge one version older makes no secret.
  const schema = madeKeySchema().partial({ webhook_secret: true });
  const made = expectAnswer(schema, await askAsAdmin('keys', 'POST', '/v1/keys', body, options));
  process.stdout.write(options.json ? toJsonLine(made) : `${visible(made.key)}\n`);
  if (!options.json) {
    const id = visible(made.id);
    process.stderr.write(
      `This ${made.kind} key has the id ${id}. The key is shown this once: store it now. To revoke it: vrfy keys revoke ${id}\n` +
        (made.webhook_secret === undefined
          ? ''
          : `Secret of its webhooks, shown this once as well: ${visible(made.webhook_secret)}\n`),
    );
  }
  return EXIT.fine;
}

/** The new secret alone on standard output. */
export async function renewWebhookSecret(id: string, options: Options): Promise<number> {
  const where = `/v1/keys/${encodeURIComponent(id)}/webhook-secret`;
  const made = expectAnswer(madeWebhookSecretSchema(), await askAsAdmin('keys', 'POST', where, undefined, options));
  process.stdout.write(options.json ? toJsonLine(made) : `${visible(made.webhook_secret)}\n`);
  if (!options.json) {
    process.stderr.write('The secret is shown this once: store it now. The one before signs as well for 24 hours.\n');
  }
  return EXIT.fine;
}

export async function showKeys(options: Options): Promise<number> {
  const keys: UsedKey[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `?${new URLSearchParams({ cursor })}`;
    const page = expectAnswer(keyPageSchema(), await askAsAdmin('keys', 'GET', `/v1/keys${query}`, undefined, options));
    keys.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== null);
  process.stdout.write(options.json ? keys.map(toJsonLine).join('') : renderKeys(keys));
  return EXIT.fine;
}

export async function revokeKey(id: string, options: Options): Promise<number> {
  await askAsAdmin('keys', 'DELETE', `/v1/keys/${encodeURIComponent(id)}`, undefined, options);
  process.stdout.write(options.json ? toJsonLine({ id, revoked: true }) : `${visible(id)} is revoked\n`);
  return EXIT.fine;
}

function renderKeys(keys: readonly UsedKey[]): string {
  if (keys.length === 0) return 'There is no key. Make one: vrfy keys create --kind secret --name NAME\n';
  const rows = keys.map((key) => cellsOf(key).map(visible));
  const widths = COLUMNS.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return `${styleText('dim', line(COLUMNS), { stream: process.stdout })}\n${rows.map((row) => `${line(row)}\n`).join('')}`;
}

function cellsOf({ id, kind, name, email, origins, daily_quota, created_at, used_today }: UsedKey): readonly string[] {
  const used = used_today ?? '?';
  const quota = kind === 'test' ? '-' : daily_quota === null ? `${used} (unlimited)` : `${used} of ${daily_quota}`;
  return [id, kind, quota, created_at.slice(0, 10), name ?? '-', email ?? '-', origins.join(' ') || '-'];
}
