import { describe, expect, test } from 'vitest';
import { DISPOSABLE_MX, DISPOSABLE_MX_BY_SOURCE } from '../../edge/checks/data/disposable-mx.ts';
import { freeDomains } from '../../edge/checks/free.ts';
import { faultOfDisposableMx } from '../../scripts/disposable-mx-fault.ts';
import { PROVIDERS } from '../../shared/providers.ts';

describe('the guard of the disposable mail hosts', () => {
  test('the guard of the disposable mail hosts refuses every mail host of a known provider, and any other host of its domain', () => {
    const hosts = PROVIDERS.flatMap(({ mx }) => mx).filter((host) => host.includes('.'));
    expect(hosts.length).toBeGreaterThan(100);
    expect(hosts.filter((host) => faultOfDisposableMx(host) === null)).toEqual([]);
    expect(hosts.filter((host) => faultOfDisposableMx(`mx9.${host}`) === null)).toEqual([]);
  });

  test('the guard of the disposable mail hosts refuses every domain of mailboxes for real people', () => {
    expect([...freeDomains()].filter((domain) => faultOfDisposableMx(domain) === null)).toEqual([]);
  });

  test.each([
    ['route1.mx.cloudflare.net', 'realMailHost'],
    ['us2.mx1.mailhostbox.com', 'realMailHost'],
    ['mx1-hosting.jellyfish.systems', 'realMailHost'],
    ['mx1.simplelogin.co', 'realMailHost'],
    ['park-mx.above.com', 'realMailHost'],
    ['ec2-192-0-2-1.compute.amazonaws.com', 'realMailHost'],
    ['smtp.github.com', 'realProvider'],
    ['co.uk', 'publicSuffix'],
    ['com', 'notAName'],
    ['Mail.Example.com', 'notAName'],
    ['bücher.example', 'notAName'],
    ['', 'notAName'],
  ])('the guard of the disposable mail hosts refuses %j as %s', (name, fault) => {
    expect(faultOfDisposableMx(name)).toBe(fault);
  });

  test('the guard of the disposable mail hosts accepts every name of disposable-mx.ts, each once and with a source', () => {
    expect(DISPOSABLE_MX.filter((name) => faultOfDisposableMx(name) !== null)).toEqual([]);
    expect(new Set(DISPOSABLE_MX).size).toBe(DISPOSABLE_MX.length);
    expect(DISPOSABLE_MX_BY_SOURCE.filter(([source]) => source.length < 10)).toEqual([]);
  });
});
