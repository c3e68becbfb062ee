/**
 * Prints the nodes as a table, one per line, and below it the findings about nodes that are not well. Pure.
 *
 * p50 and p95 cover whole jobs of the last minutes; the TCP handshake is a moving average; the block rate is the share
 * of refusals of the node among all replies of a provider in the last ten minutes.
 */
import { styleText } from 'node:util';
import type { NodeReport, ProviderStats } from '../shared/enrolment.ts';
import { timeAgo } from '../shared/spoken-time.ts';
import { visible } from './visible.ts';

const STATE_COLOUR = { active: 'green', joining: 'cyan', draining: 'yellow', resting: 'yellow', lost: 'red' } as const;
const COLUMNS = ['node', 'region', 'state', 'load', 'p50', 'p95', 'connect', 'blocked by', 'last heartbeat'] as const;
/** Index of the state column, which is coloured. */
const STATE_COLUMN = 2;
/** Providers named per line, the worst first. */
const PROVIDERS_MAX = 3;

/** @param nowMs wall clock, milliseconds since 1970 */
export function renderNodes(nodes: readonly NodeReport[], nowMs: number): string {
  if (nodes.length === 0) return 'No node has joined. Make a token: vrfy nodes token REGION\n';
  const rows = nodes.map((node) => cellsOf(node, nowMs).map(visible));
  const widths = COLUMNS.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[], paint: (cell: string, index: number) => string): string =>
    `${cells
      .map((cell, index) => paint(cell.padEnd(widths[index] ?? 0), index))
      .join('  ')
      .trimEnd()}\n`;
  const head = line(COLUMNS, (cell) => painted('dim', cell));
  const body = rows.map((row, position) => {
    const colour = STATE_COLOUR[nodes[position]?.state ?? 'lost'];
    return line(row, (cell, index) => (index === STATE_COLUMN ? painted(colour, cell) : cell));
  });
  return `${head}${body.join('')}${nodes.flatMap(complaintsOf).join('')}`;
}

function cellsOf(node: NodeReport, nowMs: number): readonly string[] {
  const { id, region, state, running_jobs, capacity, phases, job_quantiles, last_heartbeat_at } = node;
  return [
    id,
    region,
    state,
    running_jobs === undefined || capacity === undefined ? '-' : `${running_jobs}/${capacity}`,
    msOf(job_quantiles?.p50_ms),
    msOf(job_quantiles?.p95_ms),
    msOf(phases?.connect),
    blockers(node.standings),
    last_heartbeat_at === null ? 'never' : timeAgo((nowMs - Date.parse(last_heartbeat_at)) / 1000),
  ];
}

function msOf(ms: number | null | undefined): string {
  return ms == null ? '-' : `${Math.round(ms)} ms`;
}

/** The providers that refuse the node most, with the share of refusals. */
function blockers(standings: readonly ProviderStats[]): string {
  const blocking = standings
    .map((stats) => ({ ...stats, share: blockShare(stats) }))
    .filter(({ share, is_resting }) => share > 0 || is_resting)
    .sort((a, b) => b.share - a.share);
  const named = blocking
    .slice(0, PROVIDERS_MAX)
    .map(
      ({ provider, share, is_resting }) => `${provider} ${Math.round(share * 100)} %${is_resting ? ' (rests)' : ''}`,
    );
  const rest = blocking.length - named.length;
  if (named.length === 0) return '-';
  return rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ');
}

function blockShare({ answers, refusals }: ProviderStats): number {
  return answers + refusals === 0 ? 0 : refusals / (answers + refusals);
}

function complaintsOf({ id, findings, second_looks }: NodeReport): readonly string[] {
  const { asked = 0, disputed = 0 } = second_looks ?? {};
  const dispute: NodeReport['findings'][number] = {
    check: 'second_looks',
    level: 'warning',
    detail: `of ${asked} refusals that it and another node were asked about, ${disputed} were disputed.`,
    fix: 'The log lines nodes_disagree name both nodes: the one that disagrees with several others is the one to look at.',
  };
  return [...(disputed > 0 ? [dispute] : []), ...findings]
    .filter(({ level }) => level === 'fault' || level === 'warning')
    .map(({ level, detail, fix }) => {
      const remedy = fix === null ? '' : ` ${visible(fix)}`;
      return `\n${id}: ${painted(level === 'fault' ? 'red' : 'yellow', level)}: ${visible(detail)}${remedy}\n`;
    });
}

function painted(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
