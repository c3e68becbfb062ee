import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALSO_DISPOSABLE } from '../../../edge/checks/data/also-disposable.ts';
import sources from '../../../edge/checks/data/disposable.sources.json' with { type: 'json' };
import { DISPOSABLE_MX } from '../../../edge/checks/data/disposable-mx.ts';
import { GIANT_PROVIDERS } from '../../../edge/checks/data/mail-providers.ts';
import { NEVER_DISPOSABLE } from '../../../edge/checks/data/never-disposable.ts';
import { POPULAR_DOMAINS } from '../../../edge/checks/data/popular-domains.ts';
import { isDisposableMx, openDisposableSet } from '../../../edge/checks/disposable.ts';
import { freeDomains } from '../../../edge/checks/free.ts';
import { suggestDomain } from '../../../edge/checks/typo.ts';
import { PROVIDERS } from '../../../shared/providers.ts';

const BYTES = new Uint8Array(readFileSync(new URL('../../../edge/checks/data/disposable.bin', import.meta.url)));
const set = openDisposableSet(BYTES.buffer);

/** Two letters swapped, one lost, one typed twice, anywhere in the name. */
function plainSlipsOf(domain: string): string[] {
  const dot = domain.indexOf('.');
  const [name, end] = [domain.slice(0, dot), domain.slice(dot)];
  const slips = Array.from(name).flatMap((letter, at) => [
    name.slice(0, at) + name.slice(at + 1),
    name.slice(0, at) + letter + name.slice(at),
    name.slice(0, at) + (name[at + 1] ?? '') + letter + name.slice(at + 2),
  ]);
  return [...new Set(slips)].filter((slip) => slip !== name).map((slip) => slip + end);
}

describe('the disposable set', () => {
  test.each([
    'mailinator.com',
    'yopmail.com',
    'guerrillamail.com',
    '10minutemail.com',
    'sharklasers.com',
    'trashmail.com',
  ])('the disposable set holds %s', (domain) => {
    expect(set.has(domain)).toBe(true);
  });

  test('the disposable set holds the single names of also-disposable.ts, and the domains of disposable-mx.ts', () => {
    const missing = [...ALSO_DISPOSABLE, ...DISPOSABLE_MX].filter((domain) => !set.has(domain));
    expect(missing, 'to compile them in: npm run data:disposable && npm run docs').toEqual([]);
  });

  test('the disposable set counts a name below a listed one', () => {
    expect(set.has('inbox.of.somebody.mailinator.com')).toBe(true);
    expect(set.has('lovelace-mailinator.com')).toBe(false);
  });

  test('the disposable set leaves the neighbours of a listed name under a public suffix alone', () => {
    expect(set.has('connected.linkpc.net')).toBe(true);
    expect(set.has('mail.connected.linkpc.net')).toBe(true);
    expect(set.has('lovelace.linkpc.net')).toBe(false);
    expect(set.has('linkpc.net')).toBe(false);
    expect(set.has('lovelace.duckdns.org')).toBe(false);
  });

  test('the disposable set holds no real provider', () => {
    expect([...freeDomains()].filter((domain) => set.has(domain))).toEqual([]);
  });

  test.each([
    'google.com',
    'siemens.de',
    'mit.edu',
    'whitehouse.gov',
    'cam.ac.uk',
    'example.com',
    'addy.io',
    'simplelogin.com',
  ])('the disposable set does not hold %s', (domain) => {
    expect(set.has(domain)).toBe(false);
  });

  test('the disposable set holds no name of the allow list and no popular site', () => {
    const listed = [...NEVER_DISPOSABLE, ...POPULAR_DOMAINS.split(' ')].filter((domain) => set.has(domain));
    expect(listed, 'to compile the set without them: npm run data:disposable && npm run docs').toEqual([]);
  });

  test.each([
    ['a search engine with mailboxes', 'lilo.org'],
    ['a public access system', 'sdf.org'],
    ['aliases of registered people', '33mail.com'],
    ['an alias below it', 'lovelace.33mail.com'],
    ['mailboxes of paying people', 'sudomail.com'],
    ['aliases that come with an account', 'mozmail.com'],
    ['the parent of a listed name', 'l5.ca'],
    ['another name below that parent', 'lovelace.l5.ca'],
    ['a host of dynamic DNS', 'mooo.com'],
    ['a person’s own domain, of which a name was once listed', 'brainonfire.net'],
    ['a company whose name came from a list of spam', 'stanbondsa.com.au'],
    ['a chain of shops', 'swatch.com'],
    ['a domain parked for its plain name', 'numbers.com'],
    ['free mail of one country', 'hongkong.com'],
    ['mailboxes of schools', 'gaggle.net'],
  ])('the disposable set does not hold %s, which careless lists name', (_, domain) => {
    expect(set.has(domain)).toBe(false);
  });

  test('the disposable set holds the one listed name below a parent that it does not hold', () => {
    expect(set.has('e.l5.ca')).toBe(true);
  });

  test('the disposable set takes no simple typo of a giant for disposable', () => {
    const slips = GIANT_PROVIDERS.split(' ').flatMap(plainSlipsOf);
    expect(slips.length).toBeGreaterThan(500);
    expect(slips.filter((domain) => suggestDomain(domain) !== null && set.has(domain))).toEqual([]);
  });

  test.each(['gmial.com', 'hotmial.com', 'yaho.com', 'outlok.com', 'gmal.com', 'hotmai.com', 'iclod.com'])(
    'the disposable set leaves %s, which many lists name, to the suggestion of a domain',
    (domain) => {
      expect(set.has(domain)).toBe(false);
      expect(suggestDomain(domain)).not.toBeNull();
    },
  );

  test('the disposable set knows 99 in 100 names of the reviewed list and of the largest collection, and those of one voice alone', () => {
    const recallOf = (name: string): number => sources.sources.find((source) => source.package === name)?.recall ?? 0;
    expect(recallOf('disposable-email-domains-js')).toBeGreaterThanOrEqual(99.5);
    expect(recallOf('@dahoom/disposable-email')).toBeGreaterThanOrEqual(99);
    expect(recallOf('fakefilter')).toBeGreaterThanOrEqual(99.5);
    const alone = sources.sources.filter(({ voice }) => voice === 'seen' || voice === 'reviewed');
    expect(alone.filter((source) => source.recall_alone < 99.5)).toEqual([]);
  });

  test('the disposable set takes no invented name for a listed one', () => {
    const invented = Array.from({ length: 100_000 }, (_, index) => `lovelace-${index * 7919}.example`);
    expect(invented.filter((domain) => set.has(domain))).toEqual([]);
  });

  test('the disposable set answers for a single label, an empty text and a very long name', () => {
    expect(['com', '', '.', 'a'.repeat(1000), 'a.'.repeat(1000)].map((text) => set.has(text))).toEqual(
      Array(5).fill(false),
    );
  });

  test('the disposable set fits its table of sources and the room in the bundle', () => {
    expect(set.count).toBe(sources.kept);
    expect(BYTES.byteLength).toBe(sources.bytes);
    expect(BYTES.byteLength).toBeLessThanOrEqual(1_200_000);
    for (const { package: name, version, licence } of sources.sources) {
      expect([name, version, licence].every((text) => text !== '')).toBe(true);
    }
  });

  test('the disposable set is refused when cut short or of another version', () => {
    expect(() => openDisposableSet(BYTES.buffer.slice(0, -4))).toThrow('cut short');
    expect(() => openDisposableSet(new ArrayBuffer(64))).toThrow('not a filter');
  });
});

describe('a mail host of a disposable provider', () => {
  test.each(['mail.mailinator.com', 'MX.yopmail.com.', 'in.mail.tm', 'recv3.erinn.biz'])(
    'a mail host of a disposable provider is recognised: %s',
    (host) => {
      expect(isDisposableMx(host)).toBe(true);
    },
  );

  test.each(['aspmx.l.google.com', 'mx.mailinator.com.example', 'notyopmail.com', 'com', ''])(
    "a mail host is not taken for a disposable provider's: %j",
    (host) => {
      expect(isDisposableMx(host)).toBe(false);
    },
  );

  test.each([
    'route1.mx.cloudflare.net',
    'mx1.forwardemail.net',
    'mx.yandex.net',
    'mail.protonmail.ch',
    'mx2.33mail.com',
  ])(
    'a mail host of a disposable provider is not recognised in %s, which takes the mail of real people as well',
    (host) => {
      expect(isDisposableMx(host)).toBe(false);
    },
  );

  test("no mail host of a known provider is taken for a disposable provider's", () => {
    const hosts = PROVIDERS.flatMap(({ mx }) => mx);
    expect(hosts.length).toBeGreaterThan(100);
    expect(hosts.filter((host) => isDisposableMx(host))).toEqual([]);
  });
});
