/**
 * The rule rows in the order in which they are tried: the first match decides (classify.ts).
 *
 * The order is the policy of this folder. Provider rows come first. Then unmistakable wordings, with those about us and
 * about the server's load before those about the mailbox; then wordings that occur in passing; then statuses and bare
 * codes, which servers misuse more often than words; last the fallback for unrecognised replies. To add a row: put it
 * in the file of its theme, and at least one line for its id in test/replies/corpus.tsv. A widened phrase needs lines
 * in test/replies/traps.tsv as well: replies that sound alike and must not read as a missing mailbox.
 */
import type { RuleRow } from './rule.ts';
import { AFFIRMATIVE_ROWS, CODE_ROWS, FALLBACK_ROWS, STATUS_ROWS } from './rules/codes.ts';
import { FOREIGN_CLOSED, FOREIGN_FULL, FOREIGN_LIKELY, FOREIGN_MISSING, FOREIGN_US } from './rules/languages.ts';
import { MAILBOX_FIRST, MAILBOX_LIKELY, MAILBOX_PLAIN } from './rules/mailbox.ts';
import { PROVIDER_ROWS } from './rules/provider.ts';
import { SERVER_FAULT, SERVER_GREY, SERVER_RATE } from './rules/server.ts';
import { US_LIKELY, US_PEER, US_PLAIN } from './rules/us.ts';

/** Rows that stand together in the order. */
export type RuleTier = {
  readonly rows: readonly RuleRow[];
  /** True if hardly any reply matches a row: classify.ts then tests one common pattern first. */
  readonly isRare: boolean;
};

export const RULE_TIERS: readonly RuleTier[] = [
  { rows: AFFIRMATIVE_ROWS, isRare: false },
  { rows: SERVER_GREY, isRare: false },
  { rows: PROVIDER_ROWS, isRare: true },
  { rows: MAILBOX_FIRST, isRare: true },
  { rows: US_PLAIN, isRare: false },
  { rows: SERVER_RATE, isRare: false },
  { rows: US_PEER, isRare: false },
  { rows: FOREIGN_US, isRare: true },
  { rows: MAILBOX_PLAIN, isRare: false },
  { rows: [...FOREIGN_FULL, ...FOREIGN_CLOSED, ...FOREIGN_MISSING], isRare: true },
  { rows: US_LIKELY, isRare: false },
  { rows: FOREIGN_LIKELY, isRare: true },
  { rows: MAILBOX_LIKELY, isRare: false },
  { rows: SERVER_FAULT, isRare: false },
  { rows: STATUS_ROWS, isRare: false },
  { rows: CODE_ROWS, isRare: false },
  { rows: FALLBACK_ROWS, isRare: false },
];

/** Every row, in order. */
export const RULES: readonly RuleRow[] = RULE_TIERS.flatMap((tier) => tier.rows);
