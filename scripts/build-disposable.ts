/**
 * Builds edge/checks/data/disposable.bin and disposable.sources.json from the lists in node_modules.
 *
 *   npm run data:disposable            build anew (after `npm update` of the list packages)
 *   npm run data:disposable -- --check only compare the committed file with its checksum
 *
 * The set is the union of all lists, minus names that may never be listed (edge/checks/listable-name.ts), minus names
 * whose doubts outweigh their lists (disposable-evidence.ts), minus names below another name of the set. The same
 * packages give the same table. No network.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ALSO_DISPOSABLE } from '../edge/checks/data/also-disposable.ts';
import { DISPOSABLE_MX } from '../edge/checks/data/disposable-mx.ts';
import { openDisposableSet } from '../edge/checks/disposable.ts';
import { freeDomains } from '../edge/checks/free.ts';
import { FILTER_HEADER_WORDS } from '../edge/checks/fuse-filter.ts';
import { doubtOfListedName, faultOfListedName, NAME_FAULTS, type NameFault } from '../edge/checks/listable-name.ts';
import { parseDomainName } from '../shared/domain-name.ts';
import {
  DOUBT_WEIGHTS,
  type Doubt,
  decidingDoubt,
  doubtsOfParents,
  namesAbove,
  type Voice,
} from './disposable-evidence.ts';
import { faultOfDisposableMx } from './disposable-mx-fault.ts';
import { SUFFIXES } from './public-suffixes.ts';
import { checksumOf, writeFuseFilter } from './write-fuse-filter.ts';

const ROOT = new URL('..', import.meta.url);
const BIN = new URL('edge/checks/data/disposable.bin', ROOT);
const SOURCES = new URL('edge/checks/data/disposable.sources.json', ROOT);
/** Bytes that the worker's bundle has room for. */
const BIN_BYTES_MAX = 1_200_000;

type Source = { readonly package: string; readonly file: string; readonly names: (text: string) => Iterable<unknown> };

const fromJson = (text: string): Iterable<unknown> => JSON.parse(text) as unknown[];
const fromLines = (text: string): Iterable<unknown> => text.split('\n').filter((line) => !line.startsWith('#'));
const fromQuotes = (text: string): Iterable<unknown> =>
  Array.from(text.matchAll(/"([a-z0-9.-]+\.[a-z0-9-]+)"/g), (match) => match[1]);

/** Each list with its voice; a list and its copy share one voice. */
const LISTS: readonly (Source & { readonly voice: Voice })[] = [
  { package: 'fakefilter', file: 'txt/data.txt', names: fromLines, voice: 'seen' },
  {
    package: 'disposable-email-domains-js',
    file: 'dist/dict/disposable_email_blocklist.json',
    names: fromJson,
    voice: 'reviewed',
  },
  { package: 'disposable-email-domains', file: 'index.json', names: fromJson, voice: 'sentIn' },
  { package: 'disposable-email-domains', file: 'wildcard.json', names: fromJson, voice: 'sentIn' },
  // It began as a copy of the list above, and still holds 99.6 % of it.
  { package: 'disposable-domains', file: 'index.json', names: fromJson, voice: 'sentIn' },
  { package: 'mailchecker', file: 'platform/node/index.js', names: fromQuotes, voice: 'spam' },
  // It took over mailchecker, with the names of the forum spam list.
  { package: 'burner-email-providers', file: 'emails.txt', names: fromLines, voice: 'spam' },
  { package: '@dahoom/disposable-email', file: 'domains.json', names: fromJson, voice: 'collected' },
];

/** Free mail by another list. It has disposable names among them, so it only raises a doubt. */
const FREE_MAIL: Source = { package: '@activeprospect/freemail', file: 'data/free.txt', names: fromLines };
/** English words, for names that are a plain word. */
const WORDS: Source = { package: 'an-array-of-english-words', file: 'index.json', names: fromJson };
/** Letters from which a word counts: a shorter one may as well be a random key sequence. */
const WORD_LENGTH_MIN = 5;

type Dropped = Record<NameFault | Doubt | 'belowListed', number>;

type List = { readonly source: (typeof LISTS)[number]; readonly names: ReadonlySet<string> };

type Evidence = {
  readonly voicesOf: ReadonlyMap<string, ReadonlySet<Voice>>;
  readonly parentDoubts: ReadonlyMap<string, Doubt>;
  readonly freeMail: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
};

if (process.argv.includes('--check')) check();
else build();

function build(): void {
  const lists = LISTS.map((source) => ({ source, names: namesOf(source) }));
  const evidence = gather(lists);
  const dropped = Object.fromEntries(
    [...NAME_FAULTS, ...Object.keys(DOUBT_WEIGHTS), 'belowListed'].map((why) => [why, 0]),
  ) as Dropped;
  const kept = select(evidence, dropped);
  const builtOn = new Date().toISOString().slice(0, 10);
  const words = writeFuseFilter(kept, Number(builtOn.replaceAll('-', '')));
  const set = verify(words, kept);
  writeFileSync(BIN, new Uint8Array(words.buffer));
  const sources = measure(lists, evidence, new Set(kept), set);
  const summary = {
    command: 'npm run data:disposable',
    built_on: builtOn,
    bytes: words.byteLength,
    kept: kept.length,
    union: evidence.voicesOf.size,
    on_two: kept.filter((name) => (evidence.voicesOf.get(name)?.size ?? 0) > 1).length,
    wrong_per_1000: agreement(evidence),
    dropped,
  };
  const doubted_by = [packageOf(FREE_MAIL), packageOf(WORDS)];
  writeFileSync(SOURCES, `${JSON.stringify({ ...summary, sources, doubted_by }, null, 2)}\n`);
  console.log(`${kept.length} names in ${words.byteLength} bytes`);
}

function gather(lists: readonly List[]): Evidence {
  const voicesOf = new Map<string, Set<Voice>>();
  for (const { source, names } of lists) {
    for (const name of names) {
      const voices = voicesOf.get(name);
      if (voices === undefined) voicesOf.set(name, new Set([source.voice]));
      else voices.add(source.voice);
    }
  }
  return { voicesOf, parentDoubts: doubtsOfParents(voicesOf), freeMail: namesOf(FREE_MAIL), words: wordsOf(WORDS) };
}

/** The names that stay, sorted. */
function select(evidence: Evidence, dropped: Dropped): string[] {
  const own = [...evidence.voicesOf.keys()].filter((name) => {
    const why = whyLeftOut(name, evidence);
    if (why !== null) dropped[why] += 1;
    return why === null;
  });
  const all = new Set([...own, ...singleNames()]);
  const topmost = [...all].filter((name) => ![...namesAbove(name)].some((above) => all.has(above)));
  dropped.belowListed = all.size - topmost.length;
  return topmost.sort();
}

/**
 * The names added by hand: single domains, and mail hosts whose every domain is disposable, so that their own are.
 * No source outweighs a fault: the build stops and names the line.
 */
function singleNames(): readonly string[] {
  stopAtFault('also-disposable.ts', ALSO_DISPOSABLE, (name) => {
    const parsed = parseDomainName(name);
    return parsed.ok && parsed.ascii === name ? faultOfListedName(name, SUFFIXES) : 'notAName';
  });
  stopAtFault('disposable-mx.ts', DISPOSABLE_MX, faultOfDisposableMx);
  return [...ALSO_DISPOSABLE, ...DISPOSABLE_MX];
}

function stopAtFault(file: string, names: readonly string[], faultOf: (name: string) => string | null): void {
  const wrong = names.flatMap((name) => {
    const fault = faultOf(name);
    return fault === null ? [] : [`edge/checks/data/${file}: ${name} may not be listed: ${fault}\n`];
  });
  if (wrong.length === 0) return;
  process.stderr.write(wrong.join(''));
  process.exit(1);
}

/** The reason to leave a listed name out, or null if it stays. */
function whyLeftOut(name: string, evidence: Evidence): NameFault | Doubt | null {
  return (
    faultOfListedName(name, SUFFIXES) ??
    decidingDoubt(name, evidence.voicesOf.get(name) ?? new Set(), doubtsOf(name, evidence))
  );
}

function doubtsOf(name: string, { parentDoubts, freeMail, words }: Evidence): Doubt[] {
  const doubts = [doubtOfListedName(name), parentDoubts.get(name)].filter((doubt) => doubt != null);
  if (freeMail.has(name) && SUFFIXES.registrableDomainOf(name) === name) doubts.push('freeMail');
  if (name.endsWith('.com') && words.has(name.slice(0, -'.com'.length))) doubts.push('plainWord');
  return doubts;
}

/**
 * Error rates of each list, measured against names that are known to be real or doubted. `wrong`: names that it should
 * not hold, because of a fault or a doubt that the lists together do not outweigh. `only_wrong`: those of them that no
 * other voice has. `recall`: the share of its names that the set answers for. A lower bound: unnoticed errors are not
 * counted.
 */
function measure(
  lists: readonly List[],
  evidence: Evidence,
  kept: ReadonlySet<string>,
  set: { has(name: string): boolean },
): readonly object[] {
  return lists.map(({ source, names }) => {
    const all = [...names];
    const isAlone = (name: string): boolean => evidence.voicesOf.get(name)?.size === 1;
    const left = all.map((name) => ({ name, why: whyLeftOut(name, evidence) }));
    const wrong = left.filter(({ why }) => why !== null && why !== 'tooManyLabels');
    const missed = left.filter(({ name }) => !set.has(name));
    const alone = all.filter(isAlone);
    return {
      ...packageOf(source),
      file: source.file,
      voice: source.voice,
      names: names.size,
      kept: all.filter((name) => kept.has(name)).length,
      on_two: all.length - alone.length,
      only_here: alone.filter((name) => kept.has(name)).length,
      recall: percent(all.length - missed.length, all.length),
      recall_alone: percent(alone.filter((name) => set.has(name)).length, alone.length),
      wrong: count(wrong.map(({ why }) => why)),
      only_wrong: wrong.filter(({ name }) => isAlone(name)).length,
      wrong_per_1000: perThousand(wrong.length, names.size),
    };
  });
}

function count(whys: readonly (string | null)[]): Record<string, number> {
  return Object.fromEntries(
    [...NAME_FAULTS, ...Object.keys(DOUBT_WEIGHTS)].map((why) => [why, whys.filter((each) => each === why).length]),
  );
}

/** Share of wrong names among those that only one voice has, and among those on which two voices agree. */
function agreement(evidence: Evidence): { one_voice: number; two_or_more: number } {
  const shareOf = (isOne: boolean): number => {
    const those = [...evidence.voicesOf].filter(([, voices]) => (voices.size === 1) === isOne);
    const wrong = those.filter(([name]) => whyLeftOut(name, evidence) !== null);
    return perThousand(wrong.length, those.length);
  };
  return { one_voice: shareOf(true), two_or_more: shareOf(false) };
}

function perThousand(part: number, whole: number): number {
  return Number(((1000 * part) / whole).toFixed(2));
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Number(((100 * part) / whole).toFixed(2));
}

/** The names of a list in A-label form; entries that are no domain are dropped. */
function namesOf(source: Source): Set<string> {
  const found = new Set<string>();
  for (const raw of source.names(textOf(source))) {
    const parsed = parseDomainName(String(raw).trim().toLowerCase());
    if (parsed.ok) found.add(parsed.ascii);
  }
  return found;
}

function wordsOf(source: Source): Set<string> {
  return new Set([...source.names(textOf(source))].map(String).filter((word) => word.length >= WORD_LENGTH_MIN));
}

function textOf({ package: packageName, file }: Source): string {
  return readFileSync(new URL(`node_modules/${packageName}/${file}`, ROOT), 'utf8');
}

function packageOf(source: Source): { package: string; version: string; licence: string; homepage: string } {
  const text = readFileSync(new URL(`node_modules/${source.package}/package.json`, ROOT), 'utf8');
  const { version = '', license = '', homepage = '' } = JSON.parse(text) as Record<string, string>;
  return { package: source.package, version, licence: license, homepage };
}

/** Reads the filter back and checks it: every name is found, no real provider is, and the size is within its bound. */
function verify(words: Uint32Array<ArrayBuffer>, kept: readonly string[]): ReturnType<typeof openDisposableSet> {
  const set = openDisposableSet(words.buffer);
  const lost = kept.find((name) => !set.has(name));
  if (lost !== undefined) throw new Error(`the filter does not find ${lost}`);
  const wrong = [...freeDomains()].find((name) => set.has(name));
  if (wrong !== undefined) throw new Error(`the filter takes ${wrong} for disposable`);
  if (words.byteLength > BIN_BYTES_MAX) throw new Error(`${words.byteLength} bytes are more than ${BIN_BYTES_MAX}`);
  return set;
}

function check(): void {
  const bytes = readFileSync(BIN);
  const words = new Uint32Array(new Uint8Array(bytes).buffer);
  const isSound = words[FILTER_HEADER_WORDS - 1] === checksumOf(words.subarray(FILTER_HEADER_WORDS));
  console.log(isSound ? 'disposable.bin is sound' : 'disposable.bin does not fit its checksum');
  process.exitCode = isSound ? 0 : 1;
}
