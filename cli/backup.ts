/**
 * `vrfy backup` and `vrfy restore`: the keys, marks and nodes of an edge in a file, one JSON object a line; the first line
 * says which edge and when. Needs the admin token.
 *
 * The file holds no secret, but names and public keys: only its owner can read it. A back-up that breaks off leaves no file
 * behind.
 */
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import * as z from 'zod';
import {
  type BackupEntry,
  type BackupPage,
  backupEntrySchema,
  backupPageSchema,
  RESTORE_ENTRIES_MAX,
  type RestoredEntry,
  restoreAnswerSchema,
} from '../shared/backup.ts';
import { EXIT } from '../shared/exit-codes.ts';
import { parseJson } from '../shared/parse-json.ts';
import { askAsAdmin, expectAnswer } from './admin-client.ts';
import { type ClientOptions, edgeOf } from './client.ts';
import { UsageError } from './exit.ts';
import { toJsonLine, visible } from './visible.ts';

/** Version of the file. */
const FORMAT = 1;
/** Milliseconds for one page: it has up to a hundred operations of KV. */
const PAGE_TIMEOUT_MS = 60_000;

const headSchema = z.object({ vrfy_backup: z.literal(FORMAT), edge: z.string(), made_at: z.string() });

type Options = ClientOptions & { readonly json?: true | undefined };

/** Entries by sort. */
type Counts = ReadonlyMap<string, number>;

export async function backUp(file: string, options: Options): Promise<number> {
  const draft = `${file}.new`;
  const counts = new Map<string, number>();
  const handle = await openDraft(draft).catch((error: unknown) => cannotWrite(file, error));
  try {
    await handle.writeFile(
      toJsonLine({ vrfy_backup: FORMAT, edge: edgeOf(options), made_at: new Date().toISOString() }),
    );
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `?${new URLSearchParams({ cursor })}`;
      const answer = await askAsAdmin('backup', 'GET', `/v1/backup${query}`, undefined, options, PAGE_TIMEOUT_MS);
      const page: BackupPage = expectAnswer(backupPageSchema(), answer);
      for (const entry of page.entries) {
        await handle.writeFile(toJsonLine(entry));
        counts.set(entry.entry, (counts.get(entry.entry) ?? 0) + 1);
      }
      cursor = page.cursor;
    } while (cursor !== null);
    await handle.sync();
    await handle.close();
    await rename(draft, file).catch((error: unknown) => cannotWrite(file, error));
  } catch (error) {
    await handle.close();
    await rm(draft, { force: true });
    throw error;
  }
  process.stdout.write(
    options.json ? toJsonLine(Object.fromEntries(counts)) : `${visible(file)} has ${inWords(counts)}\n`,
  );
  return EXIT.fine;
}

/** A new file for its owner alone. One that was left behind may be readable by others. */
async function openDraft(draft: string): Promise<FileHandle> {
  await rm(draft, { force: true });
  return open(draft, 'wx', 0o600);
}

function cannotWrite(file: string, error: unknown): never {
  throw new UsageError(`${visible(file)} cannot be written (${codeOf(error)})`);
}

/** Exit code 1 if the edge has refused an entry. */
export async function restore(
  file: string,
  { dryRun, ...options }: Options & { readonly dryRun?: true | undefined },
): Promise<number> {
  const entries = await readEntries(file);
  const outcomes: RestoredEntry[] = [];
  for (let from = 0; from < entries.length; from += RESTORE_ENTRIES_MAX) {
    const body = { entries: entries.slice(from, from + RESTORE_ENTRIES_MAX), dry_run: dryRun === true };
    const answer = await askAsAdmin('restore', 'POST', '/v1/restore', body, options, PAGE_TIMEOUT_MS);
    outcomes.push(...expectAnswer(restoreAnswerSchema(), answer).entries);
  }
  if (options.json) process.stdout.write(outcomes.map(toJsonLine).join(''));
  else process.stdout.write(renderOutcomes(outcomes, entries, dryRun === true));
  return outcomes.some(({ outcome }) => outcome === 'refused') ? EXIT.problems : EXIT.fine;
}

async function readEntries(file: string): Promise<readonly BackupEntry[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${visible(file)} cannot be read (${codeOf(error)})`);
  }
  const [head = '', ...lines] = text.split('\n').filter((line) => line !== '');
  if (parseJson(headSchema, head) === null)
    throw new UsageError(`${visible(file)} is no back-up that vrfy has written`);
  return lines.map((line, index) => {
    const entry = parseJson(backupEntrySchema(), line);
    if (entry === null) throw new UsageError(`${visible(file)}: line ${index + 2} is no entry of a back-up`);
    return entry;
  });
}

/** Code of a fault of the file system, such as ENOENT. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
}

/** Every entry that comes back is named: a key that was revoked since is among them. */
function renderOutcomes(outcomes: readonly RestoredEntry[], entries: readonly BackupEntry[], isDry: boolean): string {
  const word = { restored: isDry ? 'would be restored' : 'restored', kept: 'kept', refused: 'refused' } as const;
  const lines = outcomes.flatMap(({ entry, id, outcome, detail }, index) => {
    if (outcome === 'kept') return [];
    const asked = entries[index];
    const name = asked?.entry === 'key' && asked.name !== null ? ` (${asked.name})` : '';
    return [visible(`${entry} ${id}${name}: ${word[outcome]}${detail === null ? '' : `. ${detail}`}`)];
  });
  const sums = (['restored', 'kept', 'refused'] as const).map(
    (outcome) => `${outcomes.filter((one) => one.outcome === outcome).length} ${word[outcome]}`,
  );
  return `${[...lines, sums.join(', ')].join('\n')}\n`;
}

function inWords(counts: Counts): string {
  const words = { node: 'node', forgotten: 'forgotten span', mark: 'mark', key: 'key' };
  return Object.entries(words)
    .map(([entry, word]) => [counts.get(entry) ?? 0, word] as const)
    .map(([count, word]) => `${count} ${word}${count === 1 ? '' : 's'}`)
    .join(', ');
}
