/**
 * Attack: a server that seems not to offer SMTPUTF8. `needs_smtputf8` is the verdict on a non-ASCII address only if
 * that is certain.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../../probe-node/certificate.ts';
import { type Lab, openLab, wordOf } from './lab.ts';
import type { Script } from './mail-host.ts';

const NAME = 'jörg';
const certificate = makeCertificate();
const knows: Script['knows'] = (address) => address.startsWith(`${NAME}@`);

const WITH: Script = { knows };
const WITHOUT: Script = { knows, keywords: ['PIPELINING', '8BITMIME'] };
const HELO_ONLY: Script = {
  knows,
  reply: ({ verb }) => (verb === 'EHLO' ? '502 5.5.1 Unrecognized command' : undefined),
};
const AFTER_TLS: Script = {
  knows,
  keywords: ['PIPELINING'],
  tls: { certificate, keywords: ['PIPELINING', '8BITMIME', 'SMTPUTF8'] },
};
const NEVER_WITH_TLS: Script = { knows, keywords: ['PIPELINING'], tls: { certificate } };
const NO_TLS_TODAY: Script = {
  ...AFTER_TLS,
  reply: ({ verb }) => (verb === 'STARTTLS' ? '454 4.7.0 TLS not available due to temporary reason' : undefined),
};
const DOWN: Script = { isDown: true };
const SHOUTS_NOT: Script = { knows, keywords: ['pipelining', 'smtputf8'] };
const MIXED: Script = { knows, keywords: ['Pipelining', 'SmtpUtf8'] };

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(() => lab.close());

const CASES: readonly (readonly [hosts: string, scripts: readonly Script[], words: readonly string[]])[] = [
  ['offers it after TLS', [AFTER_TLS], ['deliverable/accepted']],
  ['offers it in lower case', [SHOUTS_NOT], ['deliverable/accepted']],
  ['offers it in mixed case', [MIXED], ['deliverable/accepted']],
  ['does not, and the second one does', [WITHOUT, WITH], ['deliverable/accepted']],
  ['does not, and the second one does after TLS', [WITHOUT, AFTER_TLS], ['deliverable/accepted']],
  ['knows HELO only, and the second one offers it', [HELO_ONLY, WITH], ['deliverable/accepted']],
  ['knows HELO only', [HELO_ONLY], ['unknown/protocol_error']],
  ['does not, and the second one knows HELO only', [WITHOUT, HELO_ONLY], ['unknown/protocol_error']],
  ['has no TLS today', [NO_TLS_TODAY], ['unknown/protocol_error', 'unknown/temporary_failure', 'unknown/blocked']],
  ['does not, and the second one is down', [WITHOUT, DOWN], ['unknown/unreachable']],
  ['does not', [WITHOUT], ['invalid/needs_smtputf8']],
  ['does not after TLS either', [NEVER_WITH_TLS], ['invalid/needs_smtputf8']],
  ['does not, nor the second one', [WITHOUT, NEVER_WITH_TLS], ['invalid/needs_smtputf8']],
];

test.each(CASES)('if the mail host %s, a non-ASCII address is needs_smtputf8', async (what, scripts, words) => {
  const domain = `${what.replace(/[ ,]+/g, '-').toLowerCase()}.example`;
  await Promise.all(scripts.map((script, index) => lab.host(`mx${index}.${domain}`, script)));
  lab.mx(domain, Object.fromEntries(scripts.map((_, index) => [10 * (index + 1), `mx${index}.${domain}`])));
  expect(words).toContain(wordOf(await lab.ask(`${NAME}@${domain}`)));
});
