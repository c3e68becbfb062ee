/**
 * A name for the rules as they are: equal for equal rules, so that an operator sees which nodes carry older ones.
 */
import { DOUBTS } from './doubts.ts';
import { type RuleRow, regExpOf } from './rule.ts';
import { RULES } from './rules.ts';

/** Characters that tell versions apart. */
const LENGTH = 12;

/** SHA-256 over everything in a row that decides and over the doubts, cut short; what only explains (sample, source, date) does not count. */
export async function rulesVersion(rules: readonly RuleRow[] = RULES): Promise<string> {
  const deciding = rules.map(({ sample: _, source: __, seen: ___, text, unless, url, ...rest }) => ({
    ...rest,
    patterns: [text, unless, url].map((pattern) => (pattern === undefined ? null : String(regExpOf(pattern)))),
  }));
  const digest = await crypto.subtle.digest(
    'SHA-256',
    new TextEncoder().encode(JSON.stringify([deciding, DOUBTS.map((doubt) => String(regExpOf(doubt)))])),
  );
  return [...new Uint8Array(digest)]
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, LENGTH);
}
