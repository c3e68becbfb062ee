/**
 * Every command that a node can put on the wire (RFC 5321 §4.1.1). DATA, BDAT, VRFY and AUTH are not among them: a node
 * cannot send a message because the type has no such command.
 *
 * An argument with CR, LF, NUL or any other control character is refused here, whatever was checked before: one command
 * is one line. The refusal is a plain Error: it is a fault of ours and never of the caller's.
 */

/** `asks` tells which mailbox a RCPT is about: the index among the recipients, or the random one. */
export type Command =
  | { readonly verb: 'EHLO' | 'HELO'; readonly name: string }
  | { readonly verb: 'MAIL'; readonly from: string; readonly smtputf8: boolean }
  | { readonly verb: 'RCPT'; readonly to: string; readonly asks: number | 'stranger' }
  | { readonly verb: 'RSET' | 'QUIT' | 'STARTTLS' };

/** Octets of a command line with its CRLF, RFC 5321 §4.5.3.1.4 plus the allowance for SMTPUTF8 (RFC 6531 §3.4). */
export const COMMAND_OCTETS_MAX = 522;

/** The command as one line with its CRLF. */
export function writeCommand(command: Command): string {
  const line = lineOf(command);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are refused
  if (/[\u0000-\u001f\u007f]/.test(line)) throw new Error('a command may not hold control characters');
  if (octetsAtMost(line) + 2 > COMMAND_OCTETS_MAX) throw new Error('a command may not be so long');
  return `${line}\r\n`;
}

/** An upper bound on the octets in UTF-8, three a unit: only a long line is worth counting. */
function octetsAtMost(line: string): number {
  const most = line.length * 3;
  return most + 2 <= COMMAND_OCTETS_MAX ? most : new TextEncoder().encode(line).length;
}

function lineOf(command: Command): string {
  switch (command.verb) {
    case 'EHLO':
    case 'HELO':
      return `${command.verb} ${atomic(command.name)}`;
    case 'MAIL':
      return `MAIL FROM:<${path(command.from)}>${command.smtputf8 ? ' SMTPUTF8' : ''}`;
    case 'RCPT':
      return `RCPT TO:<${path(command.to)}>`;
    default:
      return command.verb;
  }
}

/** A name that would end or add an argument is refused. */
function atomic(name: string): string {
  if (!/^[A-Za-z0-9.:[\]_-]+$/.test(name)) throw new Error('not a name that can be given to EHLO');
  return name;
}

/** Outside a quoted local part, a path may hold neither a bracket nor a blank. */
function path(address: string): string {
  const bare = address.startsWith('"') ? address.replace(/^"(?:[^"\\]|\\.)*"(?=@)/, '') : address;
  if (/[<>\s"]/.test(bare)) throw new Error('not an address that can be put into a path');
  return address;
}
