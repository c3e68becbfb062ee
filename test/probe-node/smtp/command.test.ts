import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_OCTETS_MAX, type Command, writeCommand } from '../../../probe-node/smtp/command.ts';
import { parseAddress } from '../../../shared/address.ts';

const mail = (from: string, smtputf8 = false): Command => ({ verb: 'MAIL', from, smtputf8 });
const rcpt = (to: string): Command => ({ verb: 'RCPT', to, asks: 0 });
const ehlo = (name: string): Command => ({ verb: 'EHLO', name });

describe('a command', () => {
  test.each<[string, Command, string]>([
    ['EHLO', ehlo('probe1.example.com'), 'EHLO probe1.example.com'],
    ['EHLO with an address literal', ehlo('[192.0.2.1]'), 'EHLO [192.0.2.1]'],
    ['HELO', { verb: 'HELO', name: 'probe1.example.com' }, 'HELO probe1.example.com'],
    ['MAIL', mail('verify@example.com'), 'MAIL FROM:<verify@example.com>'],
    ['MAIL with the null sender', mail(''), 'MAIL FROM:<>'],
    ['MAIL with SMTPUTF8', mail('verify@example.com', true), 'MAIL FROM:<verify@example.com> SMTPUTF8'],
    ['RCPT', rcpt('ada@example.com'), 'RCPT TO:<ada@example.com>'],
    ['RCPT with a quoted local part', rcpt('"a b"@example.com'), 'RCPT TO:<"a b"@example.com>'],
    ['RCPT with UTF-8', rcpt('ада@example.com'), 'RCPT TO:<ада@example.com>'],
    ['RSET', { verb: 'RSET' }, 'RSET'],
    ['QUIT', { verb: 'QUIT' }, 'QUIT'],
    ['STARTTLS', { verb: 'STARTTLS' }, 'STARTTLS'],
  ])('a command is one line: %s', (_, command, line) => {
    expect(writeCommand(command)).toBe(`${line}\r\n`);
  });

  test.each<[string, (text: string) => Command]>([
    ['the name of EHLO', (text) => ehlo(`a${text}b.example`)],
    ['the name of HELO', (text) => ({ verb: 'HELO', name: `a${text}b.example` })],
    ['the sender', (text) => mail(`a${text}b@example.com`)],
    ['a quoted sender', (text) => mail(`"a${text}b"@example.com`)],
    ['the recipient', (text) => rcpt(`a${text}b@example.com`)],
    ['a quoted recipient', (text) => rcpt(`"a${text}b"@example.com`)],
    ['an escape in a quoted recipient', (text) => rcpt(`"a\\${text}b"@example.com`)],
    ['the domain of the recipient', (text) => rcpt(`a@exam${text}ple.com`)],
  ])('a command with CR, LF, NUL or any other control character in %s is refused', (_, withText) => {
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).concat('\u007f');
    for (const text of [...controls, '\r\n', '\r\nDATA\r\n', '\n.\n']) {
      expect(() => writeCommand(withText(text))).toThrow(/^(a command may not|not a)/);
    }
  });

  test.each([
    ['a bracket that ends the path', 'ada@example.com> NOTIFY=NEVER'],
    ['a bracket that opens another', '<ada@example.com'],
    ['a blank', 'ada @example.com'],
    ['a no-break space', 'ada\u00a0b@example.com'],
    ['a line separator', 'ada\u2028b@example.com'],
    ['a quotation mark that is not closed', '"ada@example.com'],
    ['a closing bracket after a quoted local part', '"ada"@example.com>'],
    ['a quoted string that is not the whole local part', '"a b"c@example.com'],
    ['an escaped quotation mark that leaves the string open', '"a\\"@example.com> RSET'],
  ])('a command with %s is refused', (_, address) => {
    expect(() => writeCommand(rcpt(address))).toThrow('not an address that can be put into a path');
    expect(() => writeCommand(mail(address))).toThrow('not an address that can be put into a path');
  });

  test('a command stays one command when a quoted local part reads like another', () => {
    const line = writeCommand(rcpt('"x> RCPT TO:<y"@example.com'));
    expect(line).toBe('RCPT TO:<"x> RCPT TO:<y"@example.com>\r\n');
    expect(() => writeCommand(rcpt('"x>\r\nRCPT TO:<y"@example.com'))).toThrow('control characters');
  });

  test.each(['', 'a b', 'a<b', 'a\u00e9', 'a;b', 'mx.example.com SIZE=1'])(
    'a command never has the EHLO name %j',
    (name) => {
      expect(() => writeCommand(ehlo(name))).toThrow('not a name that can be given to EHLO');
    },
  );

  test('a command is refused when it is longer than a line may be, counted in octets', () => {
    const longest = COMMAND_OCTETS_MAX - 'RCPT TO:<@x.example>\r\n'.length;
    expect(writeCommand(rcpt(`${'a'.repeat(longest)}@x.example`))).toHaveLength(COMMAND_OCTETS_MAX);
    expect(() => writeCommand(rcpt(`${'a'.repeat(longest + 1)}@x.example`))).toThrow('so long');
    expect(() => writeCommand(rcpt(`${'ä'.repeat(longest)}@x.example`))).toThrow('so long');
  });

  test('a command holds nothing of what it refuses in the error', () => {
    expect(() => writeCommand(rcpt('secret\u0000@example.com'))).toThrow(expect.not.stringContaining('secret'));
    expect(() => writeCommand(ehlo('secret name'))).toThrow(expect.not.stringContaining('secret'));
  });
});

describe('whatever the arguments', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(fc.constantFrom('"', '\\', '<', '>', '@', ' ', '\r', '\n', '\0', 'a', 'DATA', '.example', 'é'), {
        maxLength: 12,
      })
      .map((parts) => parts.join('')),
    fc.tuple(fc.string({ unit: 'binary', maxLength: 12 }), fc.domain()).map(([local, host]) => `"${local}"@${host}`),
  );
  const command = fc.oneof(
    text.map(ehlo),
    text.map((name): Command => ({ verb: 'HELO', name })),
    fc.tuple(text, fc.boolean()).map(([from, smtputf8]) => mail(from, smtputf8)),
    text.map(rcpt),
    fc.constantFrom<Command>({ verb: 'RSET' }, { verb: 'QUIT' }, { verb: 'STARTTLS' }),
  );

  function written(wanted: Command): string | null {
    try {
      return writeCommand(wanted);
    } catch {
      // A refusal: nothing is put on the wire.
      return null;
    }
  }

  test('a written command is one bounded line that opens with its own verb, and never DATA', () => {
    const property = fc.property(command, (wanted) => {
      const line = written(wanted);
      if (line === null) return;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may stand before the line end
      expect(line).toMatch(/^[^\u0000-\u001f\u007f]+\r\n$/);
      expect(line.startsWith(wanted.verb)).toBe(true);
      expect(line).toMatch(/^(?:EHLO |HELO |MAIL FROM:<|RCPT TO:<|RSET\r|QUIT\r|STARTTLS\r)/);
      expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(COMMAND_OCTETS_MAX);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test('an address that the address parser takes can be asked', () => {
    const local = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((inside) => `"${inside}"`),
    );
    let taken = 0;
    const property = fc.property(local, fc.domain(), (before, host) => {
      const parsed = parseAddress(`${before}@${host}`);
      if (!parsed.ok) return;
      taken += 1;
      expect(writeCommand(rcpt(parsed.address.address))).toBe(`RCPT TO:<${parsed.address.address}>\r\n`);
    });
    fc.assert(property, { numRuns: 2_000 });
    expect(taken).toBeGreaterThan(100);
  });
});
