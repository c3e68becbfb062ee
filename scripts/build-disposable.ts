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
import { getDomain, getPublicSuffix } from 'tldts';
import { NEVER_DISPOSABLE } from '../edge/checks/data/never-disposable.ts';
import { LISTED_LABELS_MAX, openDisposableSet } from '../edge/checks/disposable.ts';
import { freeDomains } from '../edge/checks/free.ts';
import { FILTER_HEADER_WORDS } from '../edge/checks/fuse-filter.ts';
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

/** Suffixes whose registries give names to nobody who would throw them away. */
const GUARDED =
  /(^|\.)(edu|gov|mil|int|arpa|(gov|gob|gouv|mil)\.[a-z]{2}|(ac|sch|nhs)\.uk|edu\.(au|cn|co|hk|it|my|sg|tr|tw)|ac\.(ae|il|in|jp|kr|nz|th|za))$/;

/**
 * A name that one list alone has while several names below it are listed one by one is where anybody gets a name
 * (dynamic DNS): the names below stay listed, the name itself would taint all others.
 */
const SHARED_CHILDREN_MIN = 3;

type Dropped = Record<'tooManyLabels' | 'publicSuffix' | 'guarded' | 'realProvider' | 'shared' | 'belowListed', number>;

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
  const keptSet = new Set(kept);
  const sources = lists.map(({ source, names }, index) => ({
    ...packageOf(source),
    file: source.file,
    names: names.size,
    kept: [...names].filter((name) => keptSet.has(name)).length,
    only_here: [...names].filter((name) => keptSet.has(name) && listsOf.get(name)?.every((at) => at === index)).length,
  }));
  const summary = {
    command: 'npm run data:disposable',
    built_on: builtOn,
    bytes: words.byteLength,
    kept: kept.length,
    union: listsOf.size,
    dropped,
  };
  writeFileSync(SOURCES, `${JSON.stringify({ ...summary, sources, subtracted: packageOf(OLD_FREE_MAIL) }, null, 2)}\n`);
  console.log(`${kept.length} names in ${words.byteLength} bytes`);
}

/** The names that stay, sorted. */
function select(listsOf: ReadonlyMap<string, readonly number[]>, dropped: Dropped): string[] {
  const never = new Set([...NEVER_DISPOSABLE.split(' '), ...freeDomains()]);
  const oldFreeMail = namesOf(OLD_FREE_MAIL);
  const childrenOf = countChildren(listsOf.keys());
  const own = [...listsOf.keys()].filter((raw) => {
    const fault = faultOf(raw, never);
    if (fault !== null) dropped[fault] += 1;
    else if (listsOf.get(raw)?.length === 1 && oldFreeMail.has(raw)) dropped.realProvider += 1;
    else if (listsOf.get(raw)?.length === 1 && (childrenOf.get(raw) ?? 0) >= SHARED_CHILDREN_MIN) dropped.shared += 1;
    else return true;
    return false;
  });
  const all = new Set(own);
  const topmost = own.filter((name) => !hasListedParent(name, all));
  dropped.belowListed = own.length - topmost.length;
  return topmost.sort();
}

function faultOf(name: string, never: ReadonlySet<string>): keyof Dropped | null {
  if (name.split('.').length > LISTED_LABELS_MAX) return 'tooManyLabels';
  if (getPublicSuffix(name, { allowPrivateDomains: true }) === name) return 'publicSuffix';
  if (GUARDED.test(name)) return 'guarded';
  return never.has(name) || never.has(getDomain(name) ?? '') ? 'realProvider' : null;
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
