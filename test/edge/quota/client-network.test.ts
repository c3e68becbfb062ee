import { describe, expect, test } from 'vitest';
import { clientNetworkOf, siteOf } from '../../../edge/quota/client-network.ts';

describe('a client address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ])('a client address %s of IPv4 counts for itself', (address, network) => {
    expect(clientNetworkOf(address)).toBe(network);
  });

  test('a client address of IPv6 counts for its /64, in every spelling', () => {
    const same = ['2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:0DB8:0000:0001:0:0:0:2'];
    expect(new Set(same.map(clientNetworkOf)).size).toBe(1);
    expect(clientNetworkOf('2001:db8:0:2::1')).not.toBe(clientNetworkOf('2001:db8:0:1::1'));
    expect(clientNetworkOf('::1')).not.toBe(clientNetworkOf('1::'));
  });

  test('a client address of IPv6 belongs to the site of its /48, and one of IPv4 to none', () => {
    expect(siteOf('2001:db8:0:1::1')).toBe(siteOf('2001:db8:0:ffff::2'));
    expect(siteOf('2001:db8:0:1::1')).not.toBe(siteOf('2001:db8:1:1::1'));
    expect(siteOf('2001:db8:0:1::1')).not.toBe(clientNetworkOf('2001:db8:0:1::1'));
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1', 'local', '']) expect(siteOf(address)).toBeNull();
  });

  test.each(['local', '', 'not an address', '1.2.3.4, 5.6.7.8'])(
    'a client text %j that is not an address counts for itself',
    (text) => {
      expect(clientNetworkOf(text)).toBe(text);
    },
  );
});
