/** What a person is told of a list: its detection, its progress in one line, its summary, and many lists as a table. Pure. */
import { styleText } from 'node:util';
import type { CreatedList, ListStatus } from '../../client/api-types.ts';
import { inTime } from '../../shared/spoken-time.ts';
import { VERDICTS, type Verdict } from '../../shared/verdict.ts';
import { visible } from '../visible.ts';

/** Bounce rate beyond which providers begin to refuse a sender. */
const BOUNCE_RATE_MAX = 0.02;
const PREVIEW_ROWS_MAX = 3;
const CELL_LENGTH_MAX = 28;
const COLOURS = { deliverable: 'green', invalid: 'red', risky: 'yellow', unknown: 'gray' } as const satisfies Record<
  Verdict,
  string
>;
const WAITED_FOR = {
  mail_servers: 'mail servers that asked us to come again later',
  quota: 'the quota of tomorrow',
  nodes: 'a probe node',
} as const;

type Detected = NonNullable<CreatedList['detected']>;

/** How the file was understood, with its first rows. */
export function detectionText({ format, encoding, delimiter, header, column, preview }: Detected): string {
  const parted =
    delimiter === null ? '' : `, cells separated by ${delimiter === '\t' ? 'tabs' : JSON.stringify(delimiter)}`;
  const named = column.name === null ? '' : ` "${visible(column.name)}"`;
  const lines = [
    `The file is ${format} in ${encoding}${parted}, ${header ? 'with' : 'without'} a header.`,
    `The addresses are in column ${column.index}${named}:`,
    ...preview.slice(0, PREVIEW_ROWS_MAX).map((row) => `  ${row.map(cellText).join(' | ')}`),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}

function cellText(cell: string): string {
  return cell.length > CELL_LENGTH_MAX ? `${cell.slice(0, CELL_LENGTH_MAX - 1)}…` : cell;
}

/** What the list does now, without figures. */
export function stateText({ state, waiting_for, next_retry_at }: ListStatus, nowMs: number): string {
  if (state !== 'waiting' || waiting_for === null) return state;
  const again = next_retry_at === null ? '' : `, again ${inTime((Date.parse(next_retry_at) - nowMs) / 1000)}`;
  return `waiting for ${WAITED_FOR[waiting_for]}${again}`;
}

export function verdictCounts({ by_verdict }: Pick<ListStatus, 'by_verdict'>): string {
  return VERDICTS.map((verdict) => `${grouped(by_verdict[verdict] ?? 0)} ${verdict}`).join(', ');
}

/** One line of progress. `perSecond` is null while no rate is known. */
export function progressLine(status: ListStatus, perSecond: number | null, nowMs: number): string {
  const { state, rows, distinct, done, eta_seconds } = status;
  const doing = stateText(status, nowMs);
  if (state === 'receiving' || state === 'reading') return `${doing}: ${grouped(rows)} rows\n`;
  const rate = perSecond === null ? '' : `, ${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
  const eta = eta_seconds === null ? '' : `, done ${inTime(eta_seconds)}`;
  const share = distinct === 0 ? '' : ` (${Math.floor((done / distinct) * 100)} %)`;
  return `${doing}: ${grouped(done)} of ${grouped(distinct)}${share}${rate}${eta}; ${verdictCounts(status)}\n`;
}

/** The list in figures, with the bounce rate before and after. */
export function summaryText(status: ListStatus, stream: NodeJS.WritableStream): string {
  const { rows, distinct, duplicates, done, free, by_verdict } = status;
  const paint = (verdict: Verdict, text: string) =>
    styleText(COLOURS[verdict], text, { stream: stream as NodeJS.WriteStream });
  const share = (part: number) => (distinct === 0 ? '' : percent(part / distinct));
  const lines: (readonly [name: string, count: string, note: string])[] = [
    ['rows', grouped(rows), ''],
    ['distinct', grouped(distinct), `${grouped(duplicates)} ${duplicates === 1 ? 'duplicate' : 'duplicates'}`],
    ...VERDICTS.map((verdict): readonly [string, string, string] => {
      const count = by_verdict[verdict] ?? 0;
      return [paint(verdict, verdict.padEnd(NAME_WIDTH)), grouped(count), share(count)];
    }),
    ['not yet known', grouped(distinct - done), share(distinct - done)],
    ['free', grouped(free), 'known without asking a mail server'],
  ];
  const width = Math.max(...lines.map(([, count]) => count.length));
  const table = lines.map(([name, count, note]) =>
    `${name.padEnd(NAME_WIDTH)} ${count.padStart(width)}  ${note}`.trimEnd(),
  );
  return `${[...table, ...bounceLines(status)].join('\n')}\n`;
}

const NAME_WIDTH = 13;

function bounceLines({ expected_bounce_rate }: ListStatus): readonly string[] {
  if (expected_bounce_rate === null) return ['bounce rate   not known: it takes 200 decided addresses'];
  const { before, after, low, high } = expected_bounce_rate;
  const verdict = after < BOUNCE_RATE_MAX ? 'under 2 %' : 'not under 2 %';
  return [
    `${'bounce rate'.padEnd(NAME_WIDTH)} before ${percent(before)} (${percent(low)} to ${percent(high)}), ` +
      `after ${percent(after)} if only deliverable addresses are mailed: ${verdict}`,
  ];
}

export function listTable(lists: readonly ListStatus[]): string {
  if (lists.length === 0) return 'There is no list. Make one: vrfy list FILE.csv -o OUT.csv\n';
  const head = ['id', 'state', 'rows', 'done', 'made', 'name'];
  const rows = lists.map(({ id, state, rows: count, distinct, done, created_at, name }) => [
    id,
    state,
    grouped(count),
    distinct === 0 ? '-' : `${Math.floor((done / distinct) * 100)} %`,
    created_at.slice(0, 10),
    visible(name ?? '-'),
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return [head, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
