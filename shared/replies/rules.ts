/**
 * The rule rows in the order in which they are tried: the first that fits decides (classify.ts).
 *
 * The order is the policy of this folder. Provider rows come first. Then wordings that cannot be meant otherwise, with
 * those about us and about the server's load before those about the mailbox; then wordings that occur in passing; then
 * statuses and bare codes, which servers misuse more often than words; last what becomes of the unrecognised.
 * To add a row: put it in the file of its theme, and at least one line for its id in test/replies/corpus.tsv.
 */
import type { RuleRow } from './rule.ts';
import { AFFIRMATIVE_ROWS, CODE_ROWS, FALLBACK_ROWS, STATUS_ROWS } from './rules/codes.ts';
import { FOREIGN_CLOSED, FOREIGN_FULL, FOREIGN_MISSING, FOREIGN_US } from './rules/languages.ts';
import { MAILBOX_FIRST, MAILBOX_LIKELY, MAILBOX_PLAIN } from './rules/mailbox.ts';
import { PROVIDER_ROWS } from './rules/provider.ts';
import { SERVER_FAULT, SERVER_GREY, SERVER_RATE } from './rules/server.ts';
import { US_LIKELY, US_PEER, US_PLAIN } from './rules/us.ts';

export const RULES: readonly RuleRow[] = [
  ...AFFIRMATIVE_ROWS,
  ...SERVER_GREY,
  ...PROVIDER_ROWS,
  ...MAILBOX_FIRST,
  ...US_PLAIN,
  ...SERVER_RATE,
  ...US_PEER,
  ...FOREIGN_US,
  ...MAILBOX_PLAIN,
  ...FOREIGN_FULL,
  ...FOREIGN_CLOSED,
  ...FOREIGN_MISSING,
  ...US_LIKELY,
  ...MAILBOX_LIKELY,
  ...SERVER_FAULT,
  ...STATUS_ROWS,
  ...CODE_ROWS,
  ...FALLBACK_ROWS,
];
