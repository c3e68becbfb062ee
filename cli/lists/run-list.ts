/**
 * `vrfy list FILE -o OUT`: uploads a file, watches the list until its end, writes the rows with their verdicts, and sums
 * the list up. The list lives at the edge: after Ctrl-C or a lost connection, `--resume ID` goes on.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { CreatedList, ListStatus } from '../../client/api-types.ts';
import type { Client } from '../../client/create-client.ts';
import type { WantedRows } from '../../client/lists.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { VERDICTS, type Verdict } from '../../shared/verdict.ts';
import { type ClientOptions, withClient } from '../client.ts';
import { UsageError } from '../exit.ts';
import { withSignOfLife } from '../sign-of-life.ts';
import { toJsonLine, visible } from '../visible.ts';
import { createProgress } from './list-progress.ts';
import { openSource } from './list-source.ts';
import { detectionText, summaryText } from './list-text.ts';

/** As a shell has it for a program that SIGINT has ended. */
const INTERRUPTED = 130;

export type ListArguments = ClientOptions & {
  /** Path of the results, or `-` for standard output. */
  readonly output?: string | undefined;
  readonly resume?: string | undefined;
  readonly column?: string | undefined;
  readonly only?: string | undefined;
  /** False to leave them out of the results. */
  readonly duplicates?: boolean | undefined;
  readonly name?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly json?: true | undefined;
  /** Asks nothing. */
  readonly yes?: true | undefined;
};

/** The end of a run: the list as it is then. */
type Ending = { readonly status: ListStatus; readonly isWritten: boolean };

export async function runList(file: string | undefined, options: ListArguments): Promise<number> {
  const rows: WantedRows = {
    verdict: refuseWrongUse(file, options),
    duplicates: options.duplicates === false ? 'drop' : undefined,
  };
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal);
  let id = options.resume ?? null;
  try {
    const ending = await withClient(options, async (client): Promise<Ending | null> => {
      if (file !== undefined) {
        const made = await upload(client, file, options, stop.signal);
        id = made.id;
        if (!(await isConfirmed(made, file, options, stop.signal))) {
          await client.lists.delete(made.id);
          id = null;
          return null;
        }
      }
      const status = await watch(client, String(id), options, stop.signal);
      const isOver = status.state === 'done' || status.state === 'cancelled';
      const output = isOver ? options.output : undefined;
      if (output !== undefined) await writeResults(client, status.id, output, rows, stop.signal);
      return { status, isWritten: output !== undefined };
    });
    if (ending === null) {
      say('Nothing was verified, and the upload is deleted. To name the column of addresses: --column NAME\n');
      return EXIT.fine;
    }
    return tell(ending, options);
  } catch (error) {
    if (!stop.signal.aborted) throw withWayOn(error, id, options);
    say(id === null ? '\nNothing was uploaded as a whole, so nothing goes on.\n' : `\n${wayOn(id, options)}`);
    return INTERRUPTED;
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
}

/** The verdicts to write; all if none is named. */
function refuseWrongUse(
  file: string | undefined,
  { resume, output, dryRun, only, json, column, name }: ListArguments,
): readonly Verdict[] | undefined {
  if ((file === undefined) === (resume === undefined)) {
    throw new UsageError('list needs a file, or - for standard input, or --resume with the id of a list');
  }
  if (resume !== undefined && (column !== undefined || name !== undefined)) {
    throw new UsageError('--column and --name are for a new list');
  }
  if (output === undefined && dryRun === undefined) {
    throw new UsageError('say where the results go: -o OUT.csv, or -o - for standard output');
  }
  if (output === '-' && json) throw new UsageError('--json and the results cannot both go to standard output');
  if (output !== undefined && file !== undefined && file !== '-' && path.resolve(output) === path.resolve(file)) {
    throw new UsageError('the results would replace the file itself; give another name');
  }
  return only?.split(',').map((text) => {
    const verdict = VERDICTS.find((known) => known === text.trim());
    if (verdict === undefined) throw new UsageError(`--only takes ${VERDICTS.join(', ')}, not ${visible(text.trim())}`);
    return verdict;
  });
}

async function upload(client: Client, file: string, options: ListArguments, signal: AbortSignal): Promise<CreatedList> {
  const { content, type, name, encoding } = await openSource(file);
  const made = client.lists.create(content, {
    signal,
    type,
    encoding,
    name: options.name ?? name ?? undefined,
    column: options.column,
    // What costs nothing comes first; a person has a look before anything is probed.
    start: options.dryRun || isAsking(file, options) ? 'manual' : 'auto',
  });
  const created = await withSignOfLife('the upload', made, process.stderr);
  say(`List ${created.id}\n`);
  if (created.detected !== undefined) say(detectionText(created.detected));
  return created;
}

function isAsking(file: string, { yes, column }: ListArguments): boolean {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return isTerminal && file !== '-' && yes !== true && column === undefined;
}

async function isConfirmed(
  { detected }: CreatedList,
  file: string,
  options: ListArguments,
  signal: AbortSignal,
): Promise<boolean> {
  if (detected === undefined || !isAsking(file, options)) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // On a terminal Ctrl-C comes as a key.
  terminal.once('SIGINT', () => process.emit('SIGINT'));
  try {
    const answer = await terminal.question('Is this right? [Y/n] ', { signal });
    return !/^\s*n/i.test(answer);
  } finally {
    terminal.close();
  }
}

/** Shows how the list is doing until it has come to its end; a dry run ends when nothing but probes is left. */
async function watch(client: Client, id: string, options: ListArguments, signal: AbortSignal): Promise<ListStatus> {
  const progress = createProgress(process.stderr, () => performance.timeOrigin + performance.now());
  let latest: ListStatus | null = null;
  try {
    for await (const status of client.lists.events(id, { signal })) {
      const isNew: boolean = latest?.state !== status.state;
      latest = status;
      progress.show(status);
      if (status.state !== 'ready') continue;
      if (options.dryRun) break;
      if (isNew) await client.lists.start(id, { signal });
    }
  } finally {
    progress.end();
  }
  return latest ?? client.lists.get(id, { signal });
}

/** Under another name until it is whole, so that half of it is not taken for all. */
async function writeResults(
  client: Client,
  id: string,
  output: string,
  rows: WantedRows,
  signal: AbortSignal,
): Promise<void> {
  const results = await client.lists.results(id, { ...rows, signal });
  if (output === '-') {
    for await (const chunk of results) await written(process.stdout, chunk);
    return;
  }
  const half = `${output}.part`;
  const file = createWriteStream(half);
  const failed = once(file, 'error').then(([error]) => Promise.reject(asUsage(error, output)));
  failed.catch(() => {});
  try {
    for await (const chunk of results) await Promise.race([written(file, chunk), failed]);
    await Promise.race([new Promise<void>((resolve) => file.end(resolve)), failed]);
    await rename(half, output).catch((error: unknown) => Promise.reject(asUsage(error, output)));
  } catch (error) {
    file.destroy();
    await rm(half, { force: true });
    throw error;
  }
}

async function written(stream: NodeJS.WritableStream, chunk: Uint8Array): Promise<void> {
  if (!stream.write(chunk)) await once(stream, 'drain');
}

function asUsage(error: unknown, output: string): Error {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return new UsageError(`${visible(output)} cannot be written${code}`);
}

function tell({ status, isWritten }: Ending, options: ListArguments): number {
  const { state } = status;
  if (options.json) process.stdout.write(toJsonLine(status));
  say(`\n${summaryText(status, process.stderr)}`);
  if (isWritten && options.output !== '-') say(`The results are in ${visible(options.output ?? '')}\n`);
  if (state === 'ready') say(wayOn(status.id, options, 'Nothing was asked of a mail server yet. To go on'));
  if (state === 'cancelled') say('The list was cancelled before its end.\n');
  if (state === 'failed') say(`The list has failed: ${visible(status.failure?.detail ?? 'the edge says no more.')}\n`);
  return state === 'done' || state === 'ready' ? EXIT.fine : EXIT.problems;
}

/** How to go on with a list that this process leaves. */
function wayOn(
  id: string,
  { output, edge }: ListArguments,
  lead = 'The list goes on without this. To come back',
): string {
  const at = edge === undefined ? '' : ` --edge ${visible(edge)}`;
  return `${lead}: vrfy list --resume ${visible(id)} -o ${visible(output ?? 'OUT.csv')}${at}\n`;
}

/** A fault after the upload must not cost the list: the message says how to come back. */
function withWayOn(error: unknown, id: string | null, options: ListArguments): unknown {
  if (id !== null && options.resume === undefined) say(wayOn(id, options));
  return error;
}

function say(text: string): void {
  process.stderr.write(text);
}
