import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import sources from '../../../edge/checks/data/disposable.sources.json' with { type: 'json' };
import { isDisposableMx, openDisposableSet } from '../../../edge/checks/disposable.ts';
import { freeDomains } from '../../../edge/checks/free.ts';
import { PROVIDERS } from '../../../shared/providers.ts';

const BYTES = new Uint8Array(readFileSync(new URL('../../../edge/checks/data/disposable.bin', import.meta.url)));
const set = openDisposableSet(BYTES.buffer);

describe('the disposable set', () => {
  test.each([
    'mailinator.com',
    'yopmail.com',
    'guerrillamail.com',
    '10minutemail.com',
    'sharklasers.com',
    'trashmail.com',
  ])('holds %s', (domain) => {
    expect(set.has(domain)).toBe(true);
  });

  test('counts a name below a listed one', () => {
    expect(set.has('inbox.of.somebody.mailinator.com')).toBe(true);
    expect(set.has('lovelace-mailinator.com')).toBe(false);
  });

  test('leaves the neighbours of a listed name under a public suffix alone', () => {
    expect(set.has('connected.linkpc.net')).toBe(true);
    expect(set.has('mail.connected.linkpc.net')).toBe(true);
    expect(set.has('lovelace.linkpc.net')).toBe(false);
    expect(set.has('linkpc.net')).toBe(false);
    expect(set.has('lovelace.duckdns.org')).toBe(false);
  });

  test('holds no real provider', () => {
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
  ])('does not hold %s', (domain) => {
    expect(set.has(domain)).toBe(false);
  });

  test('takes no invented name for a listed one', () => {
    const invented = Array.from({ length: 100_000 }, (_, index) => `lovelace-${index * 7919}.example`);
    expect(invented.filter((domain) => set.has(domain))).toEqual([]);
  });

  test('answers for a single label, a text without one and a very long name', () => {
    expect(['com', '', '.', 'a'.repeat(1000), 'a.'.repeat(1000)].map((text) => set.has(text))).toEqual(
      Array(5).fill(false),
    );
  });

  test('fits its table of sources and the room in the bundle', () => {
    expect(set.count).toBe(sources.kept);
    expect(BYTES.byteLength).toBe(sources.bytes);
    expect(BYTES.byteLength).toBeLessThanOrEqual(1_200_000);
    for (const { package: name, version, licence } of sources.sources) {
      expect([name, version, licence].every((text) => text !== '')).toBe(true);
    }
  });

  test('is refused when cut short or of another version', () => {
    expect(() => openDisposableSet(BYTES.buffer.slice(0, -4))).toThrow('cut short');
    expect(() => openDisposableSet(new ArrayBuffer(64))).toThrow('not a filter');
  });
});

describe('a mail host of a throw-away provider', () => {
  test.each(['mail.mailinator.com', 'MX.yopmail.com.', 'in.mail.tm', 'recv3.erinn.biz'])('is seen in %s', (host) => {
    expect(isDisposableMx(host)).toBe(true);
  });

  test.each(['aspmx.l.google.com', 'mx.mailinator.com.example', 'notyopmail.com', 'com', ''])(
    'is not seen in %j',
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
  ])('is not seen in %s, which takes the mail of real people as well', (host) => {
    expect(isDisposableMx(host)).toBe(false);
  });

  test('is seen in no mail host of a provider that we know', () => {
    const hosts = PROVIDERS.flatMap(({ mx }) => mx);
    expect(hosts.length).toBeGreaterThan(100);
    expect(hosts.filter((host) => isDisposableMx(host))).toEqual([]);
  });
});
