/**
 * `vrfy nodes ...`: lists and commands the probe nodes. Needs the admin token of the edge.
 *
 * The table is for a terminal, `--json` for programs. Exit code 1 if a node is lost or resting.
 */
import * as z from 'zod';
import { type NodeReport, nodeReportSchema } from '../shared/enrolment.ts';
import { EXIT } from '../shared/exit-codes.ts';
import { inTime } from '../shared/spoken-time.ts';
import { askAsAdmin, expectAnswer } from './admin-client.ts';
import type { ClientOptions } from './client.ts';
import { renderNodes } from './nodes-table.ts';
import { toJsonLine } from './visible.ts';

const nodesSchema = z.object({ nodes: z.array(nodeReportSchema()) });
const tokenSchema = z.object({ token: z.string(), region: z.string(), expires_at: z.string() });

type Options = ClientOptions & { readonly json?: true | undefined };

export async function listNodes(options: Options): Promise<number> {
  const { nodes } = expectAnswer(nodesSchema, await ask('GET', '/v1/nodes', undefined, options));
  if (options.json) for (const node of nodes) process.stdout.write(toJsonLine(node));
  else process.stdout.write(renderNodes(nodes, Date.now()));
  const isIll = ({ state }: NodeReport): boolean => state === 'lost' || state === 'resting';
  return nodes.some(isIll) ? EXIT.problems : EXIT.fine;
}

/** Prints the token alone on standard output, so that a script can capture it. */
export async function makeToken(region: string, { ttl, ...options }: Options & { ttl: number }): Promise<number> {
  const body = { region, ttl_s: ttl };
  const made = expectAnswer(tokenSchema, await ask('POST', '/v1/nodes/tokens', body, options));
  process.stdout.write(options.json ? toJsonLine(made) : `${made.token}\n`);
  if (!options.json) {
    const end = inTime((Date.parse(made.expires_at) - Date.now()) / 1000);
    process.stderr.write(
      `One node can join ${made.region} with this token, which ends ${end} and is shown this once.\n`,
    );
  }
  return EXIT.fine;
}

/** Drains a node, or activates it again. */
export async function setNodeState(id: string, state: 'draining' | 'active', options: Options): Promise<number> {
  const body = { state };
  const node = expectAnswer(nodeReportSchema(), await ask('PATCH', pathOf(id), body, options));
  process.stdout.write(options.json ? toJsonLine(node) : `${node.id} is ${node.state}\n`);
  return EXIT.fine;
}

export async function removeNode(
  id: string,
  { forgetSince, ...options }: Options & { readonly forgetSince?: string | undefined },
): Promise<number> {
  const query = forgetSince === undefined ? '' : `?${new URLSearchParams({ forget_since: forgetSince })}`;
  await ask('DELETE', `${pathOf(id)}${query}`, undefined, options);
  process.stdout.write(options.json ? toJsonLine({ id, removed: true }) : `${id} is removed\n`);
  return EXIT.fine;
}

function pathOf(id: string): string {
  return `/v1/nodes/${encodeURIComponent(id)}`;
}

function ask(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body: object | undefined,
  options: ClientOptions,
): Promise<unknown> {
  return askAsAdmin('nodes', method, path, body, options);
}
