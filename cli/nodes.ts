/**
 * `vrfy nodes ...`: the probe nodes as their operator sees and commands them. Needs the admin token of the edge.
 *
 * The table is for a terminal, `--json` for programs. Exit code 1 where a node is lost or resting.
 */
import * as z from 'zod';
import { type NodeReport, nodeReportSchema } from '../shared/enrolment.ts';
import { askAsAdmin } from './admin-client.ts';
import { CLIENT_OPTIONS, type ClientOptions } from './client.ts';
import { EXIT, readArguments, readNumber, UsageError } from './exit.ts';
import { renderNodes } from './nodes-table.ts';
import { toJsonLine } from './visible.ts';

const TTL_SECONDS_DEFAULT = '3600';

const nodesSchema = z.object({ nodes: z.array(nodeReportSchema) });
const tokenSchema = z.object({ token: z.string(), region: z.string(), expires_at: z.string() });

type Options = ClientOptions & {
  readonly isJson: boolean;
  readonly ttlSeconds: number;
  readonly forgetSince: string | undefined;
};

export async function nodesCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...CLIENT_OPTIONS,
      json: { type: 'boolean', default: false },
      ttl: { type: 'string', default: TTL_SECONDS_DEFAULT },
      'forget-since': { type: 'string' },
    },
  });
  const options: Options = {
    edge: values.edge,
    key: values.key,
    isJson: values.json,
    forgetSince: values['forget-since'],
    ttlSeconds: readNumber('ttl', values.ttl, 60, 604_800),
  };
  const [action = 'list', name, ...rest] = positionals;
  if (options.forgetSince !== undefined && action !== 'remove')
    throw new UsageError('--forget-since goes with nodes remove');
  if (rest.length > 0) throw new UsageError(`nodes ${action} takes one name`);
  switch (action) {
    case 'list':
      return list(options);
    case 'token':
      return makeToken(needed(name, 'nodes token needs a region, such as eu-central'), options);
    case 'drain':
    case 'activate':
      return change(needed(name, `nodes ${action} needs the id of a node`), action, options);
    case 'remove':
      return remove(needed(name, 'nodes remove needs the id of a node'), options);
    default:
      throw new UsageError(`there is no command nodes ${JSON.stringify(action)}`);
  }
}

function needed(name: string | undefined, fault: string): string {
  if (name === undefined) throw new UsageError(fault);
  return name;
}

async function list(options: Options): Promise<number> {
  const { nodes } = nodesSchema.parse(await ask('GET', '/v1/nodes', undefined, options));
  if (options.isJson) for (const node of nodes) process.stdout.write(toJsonLine(node));
  else process.stdout.write(renderNodes(nodes, Date.now()));
  const isIll = ({ state }: NodeReport): boolean => state === 'lost' || state === 'resting';
  return nodes.some(isIll) ? EXIT.problems : EXIT.fine;
}

/** The token alone on standard output, so that a script can take it. */
async function makeToken(region: string, options: Options): Promise<number> {
  const body = { region, ttl_s: options.ttlSeconds };
  const made = tokenSchema.parse(await ask('POST', '/v1/nodes/tokens', body, options));
  process.stdout.write(options.isJson ? toJsonLine(made) : `${made.token}\n`);
  if (process.stderr.isTTY && !options.isJson) {
    process.stderr.write(`For one node in ${made.region}, until ${made.expires_at}. It is not shown again.\n`);
  }
  return EXIT.fine;
}

async function change(id: string, action: 'drain' | 'activate', options: Options): Promise<number> {
  const body = { state: action === 'drain' ? 'draining' : 'active' };
  const node = nodeReportSchema.parse(await ask('PATCH', pathOf(id), body, options));
  process.stdout.write(options.isJson ? toJsonLine(node) : `${node.id} is ${node.state}\n`);
  return EXIT.fine;
}

async function remove(id: string, options: Options): Promise<number> {
  const { forgetSince } = options;
  const query = forgetSince === undefined ? '' : `?${new URLSearchParams({ forget_since: forgetSince })}`;
  await ask('DELETE', `${pathOf(id)}${query}`, undefined, options);
  process.stdout.write(options.isJson ? toJsonLine({ id, removed: true }) : `${id} is removed\n`);
  return EXIT.fine;
}

function pathOf(id: string): string {
  return `/v1/nodes/${encodeURIComponent(id)}`;
}

function ask(method: string, path: string, body: object | undefined, options: ClientOptions): Promise<unknown> {
  return askAsAdmin('nodes', method, path, body, options);
}
