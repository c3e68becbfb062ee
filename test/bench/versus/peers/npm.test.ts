import { describe, expect, test } from 'vitest';
import { NPM_PEERS } from '../../../../bench/versus/peers/npm.ts';
import { type Library, type NpmPeer, PATIENCE_MS, type Raw } from '../../../../bench/versus/peers/peer.ts';

function peer(id: string): NpmPeer {
  const found = NPM_PEERS.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no peer ${id}`);
  return found;
}

const failed = (code: string | null): Raw => ({ error: { message: 'failed', code } });
const smtp = (reason: string): Raw => ({
  answer: { valid: false, reason: 'smtp', validators: { smtp: { valid: false, reason } } },
});
const three = (validFormat: boolean, validMx: boolean | null, validSmtp: boolean | null): Raw => ({
  answer: { validFormat, validMx, validSmtp },
});
const deep = (wellFormed: boolean, validDomain: boolean | null, validMailbox: boolean | null): Raw => ({
  answer: { wellFormed, validDomain, validMailbox },
});
const info = (fields: object, code: string | null = null): Raw => ({ answer: { code, info: fields } });
const existence = (exists: boolean | undefined, isUndetermined = false, code: string | null = null): Raw => ({
  answer: { exists, isUndetermined, code },
});

/** Answers that the documents of each package describe. */
const CASES: readonly (readonly [string, Raw, string])[] = [
  ['deep-email-validator', { answer: { valid: true } }, 'deliverable'],
  ['deep-email-validator', smtp('Mailbox not found.'), 'invalid'],
  ['deep-email-validator', smtp('Timeout'), 'unknown'],
  ['deep-email-validator', { answer: { valid: false, reason: 'mx' } }, 'invalid'],
  ['deep-email-validator', failed(null), 'unknown'],
  ['devmehq', three(true, true, true), 'deliverable'],
  ['devmehq', three(true, true, false), 'invalid'],
  ['devmehq', three(true, true, null), 'unknown'],
  ['devmehq', three(true, false, null), 'invalid'],
  ['devmehq', three(false, null, null), 'invalid'],
  ['emailcheck', three(true, true, true), 'deliverable'],
  ['emailcheck', three(true, null, null), 'unknown'],
  ['email-deep-validator', deep(true, true, true), 'deliverable'],
  ['email-deep-validator', deep(true, true, false), 'invalid'],
  ['email-deep-validator', deep(true, true, null), 'unknown'],
  ['email-deep-validator', deep(true, false, null), 'invalid'],
  ['email-verify', info({ success: true, code: 1 }), 'deliverable'],
  ['email-verify', info({ success: false, code: 1 }), 'invalid'],
  ['email-verify', info({ success: false, code: 1, tryagain: true }), 'unknown'],
  ['email-verify', info({ success: false, code: 4 }), 'unknown'],
  ['email-verify', info({ success: false, code: 5 }, 'ENOTFOUND'), 'invalid'],
  ['email-verify', info({ success: false, code: 5 }, 'ESERVFAIL'), 'unknown'],
  ['email-check', { answer: true }, 'deliverable'],
  ['email-check', { answer: false }, 'invalid'],
  ['email-check', failed(null), 'unknown'],
  ['email-existence', existence(true), 'deliverable'],
  ['email-existence', existence(false), 'invalid'],
  ['email-existence', existence(false, true), 'unknown'],
  ['email-existence', existence(false, false, 'ENOTFOUND'), 'invalid'],
  ['email-existence', existence(false, false, 'ESERVFAIL'), 'unknown'],
  ['email-exists', { answer: 'MAY_EXIST' }, 'risky'],
  ['email-exists', { answer: 'NOT_FOUND' }, 'invalid'],
  ['email-exists', { answer: 'INVALID_SYNTAX' }, 'invalid'],
  ['email-exists', failed('ENOTFOUND'), 'invalid'],
  ['email-exists', failed('ETIMEDOUT'), 'unknown'],
];

describe('the answers of the verifiers from npm', () => {
  test.each(CASES)('%s is read by its own documents: %j is %s', (id, raw, verdict) => {
    expect(peer(id).read(raw)).toBe(verdict);
  });

  test('each verifier has a case for deliverable or risky, invalid and unknown', () => {
    for (const { id } of NPM_PEERS) {
      const verdicts = CASES.filter(([of]) => of === id).map(([, , verdict]) => verdict);
      expect([id, verdicts.some((verdict) => verdict === 'deliverable' || verdict === 'risky')]).toEqual([id, true]);
      if (id !== 'emailcheck') expect([id, verdicts.includes('invalid')]).toEqual([id, true]);
      expect([id, verdicts.includes('unknown')]).toEqual([id, true]);
    }
  });

  test('an answer of unknown shape is never a verdict of deliverable', () => {
    for (const { read } of NPM_PEERS) {
      for (const answer of [null, undefined, 'yes', 7, {}]) expect(read({ answer })).not.toBe('deliverable');
    }
  });
});

describe('the call of a verifier', () => {
  test('email-existence gets the sender, and its callback becomes an answer', async () => {
    const calls: unknown[][] = [];
    const library: Library = {
      check: (...args: unknown[]) => {
        calls.push(args);
        (args[1] as (...values: unknown[]) => void)(null, false, true);
      },
    };
    const answer = await peer('email-existence').ask(library, 'ada@a.example', 'me@b.example');
    expect(calls[0]?.[0]).toBe('ada@a.example');
    expect(calls[0]?.slice(2)).toEqual([PATIENCE_MS, 'me@b.example']);
    expect(peer('email-existence').read({ answer })).toBe('unknown');
  });

  test('email-verify gets the name of the sender as its own', async () => {
    const calls: unknown[][] = [];
    const library: Library = {
      default: {
        verify: (...args: unknown[]) => {
          calls.push(args);
          (args[2] as (...values: unknown[]) => void)(null, { success: true, code: 1 });
        },
      },
    };
    const answer = await peer('email-verify').ask(library, 'ada@a.example', 'me@b.example');
    expect(calls[0]?.[1]).toEqual({ sender: 'me@b.example', fqdn: 'b.example', timeout: PATIENCE_MS });
    expect(peer('email-verify').read({ answer })).toBe('deliverable');
  });

  test.each([
    ['devmehq', 'verifyEmail'],
    ['emailcheck', 'verifyEmail'],
    ['email-check', 'default'],
    ['email-exists', 'default'],
  ])('%s has as much patience as this project', async (id, name) => {
    const options: unknown[] = [];
    const library: Library = {
      [name]: (...args: unknown[]) => {
        options.push(args.at(-1));
      },
    };
    await peer(id).ask(library, 'ada@a.example', 'me@b.example');
    expect(options).toEqual([expect.objectContaining({ timeout: PATIENCE_MS })]);
  });

  test('a package without the function that its documents name is an error', () => {
    expect(() => peer('devmehq').ask({}, 'ada@a.example', 'me@b.example')).toThrow('exports no verifyEmail');
  });
});
