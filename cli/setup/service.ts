/**
 * The deployed edge and its nodes, as the set-up looks at them: over HTTP, with time limits, changing nothing. A service that
 * does not answer is an outcome: before the first deploy there is none.
 */
import * as z from 'zod';
import { type NodeReport, nodeReportSchema } from '../../shared/enrolment.ts';
import { visible } from '../visible.ts';
import type { StepOutcome } from './step-outcome.ts';

const TIMEOUT_MS = 10_000;
/** Nodes and regions that a service needs to outlive one of them. */
const REGIONS_WANTED = 2;

const healthSchema = z.object({ status: z.literal('ok') });
const nodesSchema = z.object({ nodes: z.array(nodeReportSchema()) });

const START_NODE = 'start a node, after the deploy: npx vrfy nodes token REGION, and deploy/cloud-init.yaml';

export type ServicePlan = { readonly env: string; readonly edge: string | null };

type NodesPlan = ServicePlan & { readonly secretsFile: string; readonly adminToken: string | null };

export async function checkService({ env, edge }: ServicePlan, fetchIt: typeof fetch): Promise<StepOutcome> {
  const deploy = `npm run deploy -- --env ${env}`;
  if (edge === null) return { told: 'not known without a custom domain', left: deploy };
  const answer = await ask(`${edge}/healthz`, {}, fetchIt);
  if (answer.kind === 'none') return { told: `no answer (${answer.fault})`, left: deploy };
  if (healthSchema.safeParse(answer.body).success) return { told: 'well', left: null };
  const problem = z.object({ code: z.string(), detail: z.string() }).safeParse(answer.body);
  const told = problem.success
    ? `${answer.status}: ${visible(problem.data.detail)}`
    : `${answer.status}, not from an edge`;
  if (!problem.success) return { told, left: deploy };
  return {
    told,
    left: `correct the setting that it names (docs/SETTINGS.md), then: npx vrfy setup --env ${env} && ${deploy}`,
  };
}

export async function checkNodes(
  { env, edge, secretsFile, adminToken }: NodesPlan,
  fetchIt: typeof fetch,
): Promise<StepOutcome> {
  if (edge === null) return { told: 'not known without a custom domain', left: START_NODE };
  if (adminToken === null) {
    return {
      told: 'not known without ADMIN_TOKEN in the secrets file',
      left: `npx vrfy setup --env ${env}; if another machine has run it, put its ${secretsFile} here`,
    };
  }
  const answer = await ask(`${edge}/v1/nodes`, { authorization: `Bearer ${adminToken}` }, fetchIt);
  if (answer.kind === 'none') return { told: `no answer (${answer.fault})`, left: START_NODE };
  if (answer.status === 401) {
    return {
      told: 'the edge refuses the ADMIN_TOKEN of the secrets file',
      left: 'put the secrets file of this edge back, or renew ADMIN_TOKEN (docs/OPERATORS.md, "Keys")',
    };
  }
  const parsed = nodesSchema.safeParse(answer.body);
  if (!parsed.success) return { told: `${answer.status}, not from an edge`, left: `npm run deploy -- --env ${env}` };
  return outcomeOf(parsed.data.nodes);
}

function outcomeOf(nodes: readonly NodeReport[]): StepOutcome {
  const active = nodes.filter(({ state }) => state === 'active');
  const told =
    nodes.length === 0 ? 'none' : nodes.map(({ id, region, state }) => `${id} (${region}) ${state}`).join(', ');
  if (active.length === 0) return { told, left: START_NODE };
  const ill = nodes.filter(({ state }) => state === 'lost' || state === 'resting').map(({ id }) => id);
  const faulty = active.filter(({ findings }) => findings.some(({ level }) => level === 'fault')).map(({ id }) => id);
  const named = [...ill, ...faulty];
  if (named.length > 0) return { told, left: `see what ails ${named.join(', ')}: npx vrfy nodes` };
  if (new Set(active.map(({ region }) => region)).size >= REGIONS_WANTED) return { told, left: null };
  return { told, left: 'a node in a second region, so that the service outlives the first', isOptional: true };
}

type Asked =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'none'; readonly fault: string };

async function ask(url: string, headers: Readonly<Record<string, string>>, fetchIt: typeof fetch): Promise<Asked> {
  try {
    // A redirect would carry the token elsewhere.
    const response = await fetchIt(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    return { kind: 'answer', status: response.status, body: jsonOr(text) };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection';
    return { kind: 'none', fault: visible(code) };
  }
}

/** Null for a text that is no JSON. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An answer that is no JSON is not from an edge.
    return null;
  }
}
