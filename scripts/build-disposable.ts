/**
 * Builds edge/checks/data/disposable.bin and disposable.sources.json from the lists in node_modules.
 *
 *   npm run data:disposable            build anew (after `npm update` of the list packages)
 *   npm run data:disposable -- --check only compare the committed file with its checksum
 *
 * The union of all lists, less what would be wrong to call disposable: public suffixes (their names have owners of
 * their own), suffixes under which nobody can register for an hour (edu, gov, mil, …), real mail providers, the allow
 * list, names of dynamic DNS services, and names below a name that is listed anyway. The same packages give the same
 * table. Asks no network.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { openDisposableSet } from '../edge/checks/disposable.ts';
import { freeDomains } from '../edge/checks/free.ts';
import { FILTER_HEADER_WORDS } from '../edge/checks/fuse-filter.ts';
import { faultOfListedName, type NameFault } from '../edge/checks/listable-name.ts';
import { parseDomainName } from '../shared/domain-name.ts';
import { checksumOf, writeFuseFilter } from './write-fuse-filter.ts';

const ROOT = new URL('..', import.meta.url);
const BIN = new URL('edge/checks/data/disposable.bin', ROOT);
const SOURCES = new URL('edge/checks/data/disposable.sources.json', ROOT);
/** The worker's bundle has room for this much, in bytes. */
const BIN_BYTES_MAX = 1_200_000;

type Source = { readonly package: string; readonly file: string; readonly names: (text: string) => Iterable<unknown> };

const fromJson = (text: string): Iterable<unknown> => JSON.parse(text) as unknown[];
const fromLines = (text: string): Iterable<unknown> => text.split('\n').filter((line) => !line.startsWith('#'));
const fromQuotes = (text: string): Iterable<unknown> =>
  Array.from(text.matchAll(/"([a-z0-9.-]+\.[a-z0-9-]+)"/g), (match) => match[1]);

const LISTS: readonly Source[] = [
  { package: 'disposable-domains', file: 'index.json', names: fromJson },
  { package: 'disposable-email-domains', file: 'index.json', names: fromJson },
  { package: 'disposable-email-domains', file: 'wildcard.json', names: fromJson },
  { package: 'disposable-email-domains-js', file: 'dist/dict/disposable_email_blocklist.json', names: fromJson },
  { package: '@dahoom/disposable-email', file: 'domains.json', names: fromJson },
  { package: 'fakefilter', file: 'txt/data.txt', names: fromLines },
  { package: 'burner-email-providers', file: 'emails.txt', names: fromLines },
  { package: 'mailchecker', file: 'platform/node/index.js', names: fromQuotes },
];

/** Free mail of old: a name that one list of disposables alone has and this one as well is a real provider. */
const OLD_FREE_MAIL: Source = { package: '@activeprospect/freemail', file: 'data/free.txt', names: fromLines };

/**
 * A name that one list alone has while several names below it are listed one by one is where anybody gets a name
 * (dynamic DNS): the names below stay listed, the name itself would taint all others.
 */
const SHARED_CHILDREN_MIN = 3;

type Dropped = Record<NameFault | 'shared' | 'belowListed', number>;

type List = { readonly source: Source; readonly names: ReadonlySet<string> };

if (process.argv.includes('--check')) check();
else build();

function build(): void {
  const lists = LISTS.map((source) => ({ source, names: namesOf(source) }));
  const listsOf = new Map<string, number[]>();
  for (const [index, { names }] of lists.entries()) {
    for (const name of names) listsOf.set(name, [...(listsOf.get(name) ?? []), index]);
  }
  const dropped: Dropped = {
    tooManyLabels: 0,
    publicSuffix: 0,
    guarded: 0,
    realProvider: 0,
    shared: 0,
    belowListed: 0,
  };
  const kept = select(listsOf, dropped);
  const builtOn = new Date().toISOString().slice(0, 10);
  const words = writeFuseFilter(kept, Number(builtOn.replaceAll('-', '')));
  verify(words, kept);
  writeFileSync(BIN, new Uint8Array(words.buffer));
  const sources = measure(lists, new Set(kept));
  const summary = {
    command: 'npm run data:disposable',
    built_on: builtOn,
    bytes: words.byteLength,
    kept: kept.length,
    union: listsOf.size,
    on_two: kept.filter((name) => packagesWith(name, lists).size > 1).length,
    wrong_per_1000: agreement(lists),
    dropped,
  };
  writeFileSync(SOURCES, `${JSON.stringify({ ...summary, sources, subtracted: packageOf(OLD_FREE_MAIL) }, null, 2)}\n`);
  console.log(`${kept.length} names in ${words.byteLength} bytes`);
}

/**
 * How often each list errs, by what is known to be real: `wrong` counts the names that it should not hold (real mail
 * providers and sites, public suffixes, guarded suffixes, hosts of dynamic DNS), `only_wrong` those of them that no other
 * package has. A lower bound: what nobody has noticed is not counted.
 */
function measure(lists: readonly List[], kept: ReadonlySet<string>): readonly object[] {
  const childrenOf = countChildren(new Set(lists.flatMap(({ names }) => [...names])));
  return lists.map(({ source, names }) => {
    const all = [...names];
    const isAlone = (name: string): boolean => packagesWith(name, lists).size === 1;
    const wrong: Record<string, number> = { realProvider: 0, publicSuffix: 0, guarded: 0, shared: 0 };
    let onlyWrong = 0;
    for (const name of all) {
      const fault = faultOf(name, isAlone(name), childrenOf);
      if (fault === null || wrong[fault] === undefined) continue;
      wrong[fault] += 1;
      if (isAlone(name)) onlyWrong += 1;
    }
    const wrongInAll = Object.values(wrong).reduce((sum, count) => sum + count, 0);
    return {
      ...packageOf(source),
      file: source.file,
      names: names.size,
      kept: all.filter((name) => kept.has(name)).length,
      on_two: all.filter((name) => !isAlone(name)).length,
      only_here: all.filter((name) => kept.has(name) && isAlone(name)).length,
      wrong,
      only_wrong: onlyWrong,
      wrong_per_1000: perThousand(wrongInAll, names.size),
    };
  });
}

/** How often names are wrong that one package alone has, and how often those on which two agree. */
function agreement(lists: readonly List[]): { one_package: number; two_or_more: number } {
  const names = [...new Set(lists.flatMap((list) => [...list.names]))];
  const childrenOf = countChildren(names);
  const shareOf = (isOne: boolean): number => {
    const those = names.filter((name) => (packagesWith(name, lists).size === 1) === isOne);
    const wrong = those.filter((name) => faultOf(name, isOne, childrenOf) !== null);
    return perThousand(wrong.length, those.length);
  };
  return { one_package: shareOf(true), two_or_more: shareOf(false) };
}

/** Why a name is known to be wrong; one that is only too long for the set is not. */
function faultOf(name: string, isAlone: boolean, childrenOf: ReadonlyMap<string, number>): keyof Dropped | null {
  const fault = faultOfListedName(name);
  if (fault !== null) return fault === 'tooManyLabels' ? null : fault;
  return isShared(name, isAlone, childrenOf) ? 'shared' : null;
}

function perThousand(part: number, whole: number): number {
  return Number(((1000 * part) / whole).toFixed(2));
}

/** The packages that list the name; two files of one package are one opinion. */
function packagesWith(name: string, lists: readonly List[]): ReadonlySet<string> {
  return new Set(lists.filter(({ names }) => names.has(name)).map(({ source }) => source.package));
}

function isShared(name: string, isAlone: boolean, childrenOf: ReadonlyMap<string, number>): boolean {
  return isAlone && (childrenOf.get(name) ?? 0) >= SHARED_CHILDREN_MIN;
}

/** The names that stay, sorted. */
function select(listsOf: ReadonlyMap<string, readonly number[]>, dropped: Dropped): string[] {
  const oldFreeMail = namesOf(OLD_FREE_MAIL);
  const childrenOf = countChildren(listsOf.keys());
  const own = [...listsOf.keys()].filter((raw) => {
    const fault = faultOfListedName(raw);
    if (fault !== null) dropped[fault] += 1;
    else if (listsOf.get(raw)?.length === 1 && oldFreeMail.has(raw)) dropped.realProvider += 1;
    else if (isShared(raw, listsOf.get(raw)?.length === 1, childrenOf)) dropped.shared += 1;
    else return true;
    return false;
  });
  const all = new Set(own);
  const topmost = own.filter((name) => !hasListedParent(name, all));
  dropped.belowListed = own.length - topmost.length;
  return topmost.sort();
}

/** How many listed names lie below each name. */
function countChildren(names: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    for (let rest = name.slice(name.indexOf('.') + 1); rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
      counts.set(rest, (counts.get(rest) ?? 0) + 1);
    }
  }
  return counts;
}

function hasListedParent(name: string, all: ReadonlySet<string>): boolean {
  for (let rest = name.slice(name.indexOf('.') + 1); rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
    if (all.has(rest)) return true;
  }
  return false;
}

/** The names of a list in A-label form, less what is no domain. */
function namesOf({ package: packageName, file, names }: Source): Set<string> {
  const text = readFileSync(new URL(`node_modules/${packageName}/${file}`, ROOT), 'utf8');
  const found = new Set<string>();
  for (const raw of names(text)) {
    const parsed = parseDomainName(String(raw).trim().toLowerCase());
    if (parsed.ok) found.add(parsed.ascii);
  }
  return found;
}

function packageOf(source: Source): { package: string; version: string; licence: string; homepage: string } {
  const text = readFileSync(new URL(`node_modules/${source.package}/package.json`, ROOT), 'utf8');
  const { version = '', license = '', homepage = '' } = JSON.parse(text) as Record<string, string>;
  return { package: source.package, version, licence: license, homepage };
}

/** Reads the filter back: every name is found, no real provider is, and it is small enough. */
function verify(words: Uint32Array<ArrayBuffer>, kept: readonly string[]): void {
  const set = openDisposableSet(words.buffer);
  const lost = kept.find((name) => !set.has(name));
  if (lost !== undefined) throw new Error(`${lost} is lost`);
  const wrong = [...freeDomains()].find((name) => set.has(name));
  if (wrong !== undefined) throw new Error(`${wrong} is taken for disposable`);
  if (words.byteLength > BIN_BYTES_MAX) throw new Error(`${words.byteLength} bytes are too many`);
}

function check(): void {
  const bytes = readFileSync(BIN);
  const words = new Uint32Array(new Uint8Array(bytes).buffer);
  const isSound = words[FILTER_HEADER_WORDS - 1] === checksumOf(words.subarray(FILTER_HEADER_WORDS));
  console.log(isSound ? 'disposable.bin is sound' : 'disposable.bin does not fit its checksum');
  process.exitCode = isSound ? 0 : 1;
}
