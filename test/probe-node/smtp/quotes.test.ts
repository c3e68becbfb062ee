import { describe, expect, test } from 'vitest';
import { quotesIn } from '../../../probe-node/smtp/quotes.ts';

/** A node behind NAT, like every test on loopback. */
const OURS = {
  sender: 'verify@probe.example.com',
  heloName: 'mx.probe.example.com',
  ourIp: '10.0.0.5',
  serverIp: '198.51.100.7',
  recipient: 'ada@firm.test',
};
/** One that has a public address of its own. */
const PUBLIC = { ...OURS, ourIp: '203.0.114.25' };

describe('a reply names', () => {
  test.each<[string, readonly string[]]>([
    ['No such user', []],
    ['<verify@probe.example.com>: Invalid address', ['sender']],
    ['sender VERIFY@Probe.Example.COM refused', ['sender']],
    ['postmaster@probe.example.com does not exist', ['sender']],
    ['postmaster@mx.probe.example.com does not exist', ['helo']],
    ['domain probe.example.com not found', ['sender']],
    ['<verify>: unknown', ['sender']],
    ['Rejected, look at http://www.openspf.org/why.html?sender=verify%40probe.example.com&ip=192.0.2.25', ['sender']],
    ['<ada@firm.test>: User unknown', ['recipient']],
    ['ADA@FIRM.TEST... no', ['recipient']],
    ['<ada>: Recipient address rejected', ['recipient']],
    ['unknown user: "ada"', ['recipient']],
    ['User ada unknown', ['recipient']],
    ['ada: no such mailbox', ['recipient']],
    ['<ada>: rejected: callback to verify@probe.example.com says: no', ['sender', 'recipient']],
    ['mx.probe.example.com does not resolve', ['helo']],
    ['<mx.probe.example.com[192.0.2.25]>: Helo command rejected', ['ip', 'helo']],
    ['address 192.0.2.25 not found in DNS', ['ip']],
    ['[192.0.2.25] is listed', ['ip']],
    ['blocked using 25.2.0.192.zen.example.org', ['ip']],
    ['[IPv6:2001:db8::25] has no PTR', ['ip']],
    ['2001:DB8:0:0:0:0:0:25 has no PTR', ['ip']],
  ])('a reply names in %j what it says: %j', (text, quotes) => {
    expect(quotesIn(text, OURS)).toEqual(quotes);
  });

  test.each([
    'canada@firm.test and lada@firm.test', // others
    'adam: unknown',
    'The Ada language is not spoken here',
    'ada@firm.test.example is another',
    'xprobe.example.com, probe.example.com.test and probe.example.community',
    'see https://firm.test/error?ip=192.0.2.25&to=ada@firm.test',
    'mailbox unavailable [x7aQ IP: 192.0.2.25]',
    'mailbox unavailable at [198.51.100.7]',
    'host mx2.firm.test[192.0.2.9] said: no such user',
    'ESMTP 4.92.1 at 12:34:56, id 5.1.1',
    '999.1.2.300 and 1.2.3.4.5',
    'dead:beef is no address',
  ])('nothing of ours in %j', (text) => {
    expect(quotesIn(text, OURS)).toEqual([]);
  });

  test('a reply names with a public address of our own, that one and no other', () => {
    for (const text of [
      '203.0.114.25 is listed',
      '[203.0.114.25]',
      '25.114.0.203.bl.example',
      '::ffff:203.0.114.25 no',
    ]) {
      expect(quotesIn(text, PUBLIC)).toEqual(['ip']);
    }
    expect(quotesIn('192.0.2.25 is listed', PUBLIC)).toEqual([]);
  });

  test('an IPv6 address of ours in whatever spelling', () => {
    const ours = { ...OURS, ourIp: '2a01:db8::2:1', serverIp: '2a01:4f8::1' };
    expect(quotesIn('2A01:0DB8:0000:0:0:0:0002:0001 is listed', ours)).toEqual(['ip']);
    expect(quotesIn('2a01:db8::2:2 is listed', ours)).toEqual([]);
  });

  test('the recipient, and not us, if both are at one domain', () => {
    const own = { ...OURS, recipient: 'ada@probe.example.com' };
    expect(quotesIn('<ada@probe.example.com>: unknown', own)).toEqual(['recipient']);
    expect(quotesIn('probe.example.com has no such user', own)).toEqual([]);
    expect(quotesIn('<verify@probe.example.com> refused', own)).toEqual(['sender']);
    const same = { ...OURS, recipient: 'Verify@probe.example.com' };
    expect(quotesIn('<verify@probe.example.com> unknown', same)).toEqual(['recipient']);
    const helo = { ...OURS, recipient: 'ada@mx.probe.example.com' };
    expect(quotesIn('no such user at mx.probe.example.com', helo)).toEqual([]);
    const below = { ...OURS, recipient: 'ada@mail.mx.probe.example.com' };
    expect(quotesIn('<ada@mail.mx.probe.example.com>: unknown', below)).toEqual(['recipient']);
  });

  test('a reply names no one by a local part that is a word of the reply', () => {
    for (const local of ['unknown', 'user', 'not', 'full']) {
      const own = { ...OURS, recipient: `${local}@firm.test` };
      expect(quotesIn('User unknown, mailbox not full', own)).toEqual([]);
      expect(quotesIn(`<${local}>: User unknown`, own)).toEqual(['recipient']);
    }
  });

  test('the recipient by a local part that can be no word', () => {
    const own = { ...OURS, recipient: 'ada.lovelace7@firm.test' };
    expect(quotesIn('no ada.lovelace7 here', own)).toEqual(['recipient']);
    expect(quotesIn('no ada.lovelace71 here', own)).toEqual([]);
  });

  test('a reply names us by an EHLO name of one label only if it stands as a name', () => {
    const own = { ...OURS, sender: 'verify@probe', heloName: 'probe' };
    expect(quotesIn('<verify@probe>: Invalid address', own)).toEqual(['sender', 'helo']);
    expect(quotesIn('postmaster@probe does not exist', own)).toEqual(['sender', 'helo']);
    expect(quotesIn('HELO probe rejected', own)).toEqual(['helo']);
    expect(quotesIn('this looks like a probe to us', own)).toEqual([]);
  });

  test('no recipient in the reply to MAIL', () => {
    expect(quotesIn('<ada@firm.test> and <verify@probe.example.com>', { ...OURS, recipient: null })).toEqual([
      'sender',
    ]);
  });
});

test('the time it takes grows with the text only: 2,000 characters of any kind are read at once', () => {
  for (const unit of ['(', '[', '1.', 'a@', ':', '<', 'http://', 'user ', '1.2.3.4 ', 'mx.probe.example.com']) {
    const startMs = performance.now();
    quotesIn(unit.repeat(2_000 / unit.length), OURS);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  }
});
