import { describe, expect, test } from 'vitest';
import type { AddressLookup } from '../../../../edge/dns/public-host.ts';
import { checkNodeUrl } from '../../../../edge/nodes/registry/node-url.ts';

/** Names and their addresses; other names do not exist. */
const ZONE: Readonly<Record<string, readonly string[]>> = {
  'probe1.example.com': ['8.8.8.8', '2a00:1450:4001::1'],
  'six.example.com': ['2a00:1450:4001::1'],
  'loopback.example.com': ['127.0.0.1'],
  'private.example.com': ['10.0.0.1'],
  'carrier.example.com': ['100.64.0.1'],
  'link-local.example.com': ['169.254.169.254'],
  'unspecified.example.com': ['0.0.0.0'],
  'loopback6.example.com': ['::1'],
  'unique-local.example.com': ['fd00::1'],
  'link-local6.example.com': ['fe80::1'],
  'mapped.example.com': ['::ffff:8.8.8.8'],
  'nat64.example.com': ['64:ff9b::808:808'],
  'half.example.com': ['8.8.8.8', '192.168.1.1'],
  'garbage.example.com': ['not an address'],
};

const lookUp: AddressLookup = async (name, type) => {
  if (name === 'broken.example.com') return { kind: 'failure' };
  const addresses = (ZONE[name] ?? []).filter((address) => address.includes(':') === (type === 'AAAA'));
  if (ZONE[name] === undefined) return { kind: 'nxdomain' };
  return addresses.length === 0 ? { kind: 'nodata' } : { kind: 'records', addresses };
};

const check = (url: string, allowsLoopback = false) => checkNodeUrl(url, { allowsLoopback }, lookUp);

describe('the URL of a node', () => {
  test.each([
    ['https://probe1.example.com', 'https://probe1.example.com/'],
    ['https://probe1.example.com/', 'https://probe1.example.com/'],
    ['HTTPS://Probe1.Example.com:443', 'https://probe1.example.com/'],
    ['https://probe1.example.com:8443', 'https://probe1.example.com:8443/'],
    ['https://six.example.com', 'https://six.example.com/'],
  ])('the URL of a node %s is accepted as %s', async (url, kept) => {
    expect(await check(url)).toEqual({ ok: true, url: kept });
  });

  test.each([
    ['probe1', 'it is no URL'],
    ['http://probe1.example.com', 'must begin with https://'],
    ['ftp://probe1.example.com', 'must begin with https://'],
    ['https://probe1.example.com/node', 'scheme, host and port only'],
    ['https://probe1.example.com/?a=b', 'scheme, host and port only'],
    ['https://user:secret@probe1.example.com/', 'scheme, host and port only'],
    ['https://8.8.8.8', 'must have a host name'],
    ['https://0x8080808', 'must have a host name'],
    ['https://[2a00:1450:4001::1]', 'must have a host name'],
    ['https://probe1', 'its host must be a name'],
    ['https://127.0.0.1:8788', 'leads to this machine itself'],
    ['https://2130706433', 'leads to this machine itself'],
    ['https://[::1]:8788', 'leads to this machine itself'],
    ['https://localhost', 'leads to this machine itself'],
    ['https://a.localhost', 'leads to this machine itself'],
    ['https://gone.example.com', 'has no address in the DNS'],
    ['https://broken.example.com', 'cannot be looked up just now'],
    ['https://loopback.example.com', 'leads to 127.0.0.1, which is not public'],
    ['https://private.example.com', 'leads to 10.0.0.1, which is not public'],
    ['https://carrier.example.com', 'leads to 100.64.0.1, which is not public'],
    ['https://link-local.example.com', 'leads to 169.254.169.254, which is not public'],
    ['https://unspecified.example.com', 'leads to 0.0.0.0, which is not public'],
    ['https://loopback6.example.com', 'leads to ::1, which is not public'],
    ['https://unique-local.example.com', 'leads to fd00::1, which is not public'],
    ['https://link-local6.example.com', 'leads to fe80::1, which is not public'],
    ['https://mapped.example.com', 'is not public'],
    ['https://nat64.example.com', 'is not public'],
    ['https://half.example.com', 'leads to 192.168.1.1, which is not public'],
    ['https://garbage.example.com', 'is not public'],
  ])('the URL of a node %s is refused: %s', async (url, detail) => {
    const checked = await check(url);
    expect(checked).toEqual({ ok: false, detail: expect.stringContaining(detail) });
    expect(JSON.stringify(checked)).not.toContain('secret');
  });

  test.each(['http://127.0.0.1:8788/', 'http://localhost:8788/', 'http://[::1]:8788/', 'https://127.0.0.1:8788/'])(
    'the URL of a node %s is accepted if nodes on loopback are allowed, and not otherwise',
    async (url) => {
      expect(await check(url, true)).toEqual({ ok: true, url });
      expect(await check(url, false)).toMatchObject({ ok: false });
    },
  );

  test.each(['http://10.0.0.1/', 'http://probe1.example.com/', 'https://private.example.com/', 'ftp://127.0.0.1/'])(
    'the URL of a node %s is refused even if nodes on loopback are allowed',
    async (url) => {
      expect(await check(url, true)).toMatchObject({ ok: false });
    },
  );
});
