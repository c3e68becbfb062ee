/**
 * Journal of used tokens, in two files of the state folder, so that a restart forgets none of them.
 *
 * The guard's rule of age is not enough across a restart: if the edge's clock is ahead of ours, within the tolerance, a
 * token that was used just before the restart is younger than the new process, and would be accepted again. The restart
 * itself needs no journal: the edge signs a job anew if its token was refused for its age.
 *
 * A line is an expiry (seconds since 1970) and a `jti` as JSON. It is written at once, or together with those that came
 * during the write before: a killed process loses those of that moment, and the guard then refuses by age. No fsync: a
 * machine that loses power takes longer to come back than a token lives. The files alternate: each is emptied once all
 * its entries have expired, and neither is read if it is larger than any that we write. A process that ends by itself
 * writes END, which tells the next one that nothing is missing.
 *
 * Fails at the start if the folder cannot be written (an Error of node:fs); a later failed write is reported once to
 * `onFault`, and the guard goes on from memory.
 */
import {
  appendFile,
  appendFileSync,
  closeSync,
  ftruncate,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { CLOCK_TOLERANCE_SECONDS, TOKEN_LIFETIME_SECONDS_MAX } from '../../shared/token.ts';
import { expiryMsOf, REMEMBERED_MAX, type ReplayJournal, type UsedToken } from './replay-guard.ts';

const END = 'end';
/** Age at which the other file takes over: every entry of that one, which is older still, has expired. */
const TURN_MS = (TOKEN_LIFETIME_SECONDS_MAX + 2 * CLOCK_TOLERANCE_SECONDS) * 1000;
/** Largest file that is still read, in octets: as many ids as the guard remembers, each of the greatest length. */
const FILE_OCTETS_MAX = REMEMBERED_MAX * 256;

export type OpenJournal = ReplayJournal & {
  /** Resolves when everything noted so far has been written. */
  readonly flushed: () => Promise<void>;
  /** Writes the rest and END. Synchronous, so that a process may do it as its last act. */
  readonly close: () => void;
};

export type JournalPorts = {
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly onFault: (error: Error) => void;
};

const append = promisify(appendFile);
const truncate = promisify(ftruncate);

/** @param nodeId part of the files' names: nodes of one machine may share a folder */
export function openReplayJournal(folder: string, nodeId: string, { nowMs, onFault }: JournalPorts): OpenJournal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const nameOf = (turn: 0 | 1): string => path.join(folder, `replay-${nodeId}-${turn}.journal`);
  const files = { first: nameOf(0), second: nameOf(1) };
  const past = recall(files, nowMs());
  let [current, other] = openFiles(files, past.remembered);
  let currentSinceMs = nowMs();
  let waiting: string[] = [];
  let underWay = '';
  /** After `close`, and after a write that failed. */
  let isClosed = false;
  let writing: Promise<void> | null = null;

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      underWay = waiting.join('');
      waiting = [];
      if (nowMs() - currentSinceMs >= TURN_MS) {
        await truncate(other);
        [current, other, currentSinceMs] = [other, current, nowMs()];
      }
      await append(current, underWay);
      underWay = '';
    }
  };
  const note = (used: UsedToken): void => {
    if (isClosed) return;
    waiting.push(lineOf(used));
    writing ??= write()
      .catch((error: Error) => {
        isClosed = true;
        waiting = [];
        onFault(error);
      })
      .finally(() => {
        writing = null;
      });
  };
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    try {
      // A write under way may have reached the file or not; a duplicate does no harm.
      appendFileSync(current, `${underWay}${waiting.join('')}${END}\n`);
    } catch {
      // Without END the next process trusts nothing, which is right.
    }
    waiting = [];
    if (writing === null) for (const file of [current, other]) closeSync(file);
  };
  return { ...past, note, close, flushed: async () => void (await writing) };
}

function lineOf({ jti, expiresAtSeconds }: UsedToken): string {
  return `${expiresAtSeconds} ${JSON.stringify(jti)}\n`;
}

type Files = { readonly first: string; readonly second: string };
type Past = Pick<ReplayJournal, 'remembered' | 'isWhole'>;

/** The live entries of both files. A torn line, or a foreign one, is skipped. */
function recall({ first, second }: Files, nowMs: number): Past {
  const lines = [first, second].flatMap(readLines);
  const used = new Map<string, UsedToken>();
  for (const token of lines.map(readLine)) {
    if (token !== null && expiryMsOf(token) >= nowMs) used.set(token.jti, token);
  }
  return { remembered: [...used.values()], isWhole: lines.includes(END) };
}

function readLines(file: string): readonly string[] {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size > 0 && size <= FILE_OCTETS_MAX ? readFileSync(file, 'utf8').split('\n') : [];
}

function readLine(line: string): UsedToken | null {
  const match = /^([0-9]{1,15}) ("(?:[^"\\]|\\.)*")$/.exec(line);
  if (match?.[2] === undefined) return null;
  try {
    return { jti: String(JSON.parse(match[2])), expiresAtSeconds: Number(match[1]) };
  } catch {
    // Not a line of ours.
    return null;
  }
}

/** Both files open for appending: the first with the remembered entries and no END, the second empty. */
function openFiles({ first, second }: Files, remembered: readonly UsedToken[]): [number, number] {
  writeFileSync(`${first}.new`, remembered.map(lineOf).join(''), { mode: 0o600 });
  renameSync(`${first}.new`, first);
  const emptied = openSync(second, 'a', 0o600);
  ftruncateSync(emptied);
  return [openSync(first, 'a', 0o600), emptied];
}
