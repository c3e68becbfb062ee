/**
 * `vrfy keys ...`: keys of the API, as the operator gives and revokes them. Needs the admin token of the edge.
 *
 * A key is shown once, alone on standard output, so that a script can take it.
 */
import { styleText } from 'node:util';
import * as z from 'zod';
import { DAILY_QUOTA_MAX, KEY_KINDS, type KeyReport, keyPageSchema, madeKeySchema } from '../shared/api-key.ts';
import { askAsAdmin } from './admin-client.ts';
import { CLIENT_OPTIONS, type ClientOptions } from './client.ts';
import { EXIT, readArguments, readNumber, UsageError } from './exit.ts';
import { toJsonLine, visible } from './visible.ts';

const COLUMNS = ['id', 'kind', 'a day', 'made', 'name', 'email', 'origins'] as const;

type Options = ClientOptions & { readonly isJson: boolean };

export async function keysCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...CLIENT_OPTIONS,
      json: { type: 'boolean', default: false },
      kind: { type: 'string', default: 'secret' },
      name: { type: 'string' },
      email: { type: 'string' },
      origin: { type: 'string', multiple: true },
      quota: { type: 'string' },
    },
  });
  const options: Options = { edge: values.edge, key: values.key, isJson: values.json };
  const [action = 'list', id, ...rest] = positionals;
  if (rest.length > 0 || (action !== 'revoke' && id !== undefined)) {
    throw new UsageError(
      `keys ${action} takes no ${action === 'revoke' ? 'second id' : 'name of its own; see --name'}`,
    );
  }
  switch (action) {
    case 'list':
      return list(options);
    case 'create':
      return create({ ...values, origins: values.origin }, options);
    case 'revoke':
      if (id === undefined) throw new UsageError('keys revoke needs the id of a key; see vrfy keys list');
      return revoke(id, options);
    default:
      throw new UsageError(`there is no command keys ${JSON.stringify(action)}`);
  }
}

type Wish = {
  readonly kind: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly origins?: readonly string[] | undefined;
  readonly quota?: string | undefined;
};

async function create({ kind, name, email, origins, quota }: Wish, options: Options): Promise<number> {
  if (!z.enum(KEY_KINDS).safeParse(kind).success) throw new UsageError(`--kind takes one of ${KEY_KINDS.join(', ')}`);
  const daily_quota =
    quota === undefined || quota === 'unlimited' ? null : readNumber('quota', quota, 0, DAILY_QUOTA_MAX);
  const body = { kind, name, email, origins, ...(quota === undefined ? {} : { daily_quota }) };
  const made = madeKeySchema().parse(await askAsAdmin('keys', 'POST', '/v1/keys', body, options));
  process.stdout.write(options.isJson ? toJsonLine(made) : `${visible(made.key)}\n`);
  if (process.stderr.isTTY && !options.isJson) {
    process.stderr.write(`${made.kind} key ${visible(made.id)}. It is not shown again.\n`);
  }
  return EXIT.fine;
}

async function list(options: Options): Promise<number> {
  const keys: KeyReport[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `?${new URLSearchParams({ cursor })}`;
    const page = keyPageSchema().parse(await askAsAdmin('keys', 'GET', `/v1/keys${query}`, undefined, options));
    keys.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== null);
  process.stdout.write(options.isJson ? keys.map(toJsonLine).join('') : renderKeys(keys));
  return EXIT.fine;
}

async function revoke(id: string, options: Options): Promise<number> {
  await askAsAdmin('keys', 'DELETE', `/v1/keys/${encodeURIComponent(id)}`, undefined, options);
  process.stdout.write(options.isJson ? toJsonLine({ id, revoked: true }) : `${visible(id)} is revoked\n`);
  return EXIT.fine;
}

/** One line each. */
function renderKeys(keys: readonly KeyReport[]): string {
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

function cellsOf({ id, kind, name, email, origins, daily_quota, created_at }: KeyReport): readonly string[] {
  const quota = kind === 'test' ? '-' : daily_quota === null ? 'unlimited' : String(daily_quota);
  return [id, kind, quota, created_at.slice(0, 10), name ?? '-', email ?? '-', origins.join(' ') || '-'];
}
