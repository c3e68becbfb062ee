/** A fingerprint of the rules: equal for equal rules, so that an operator sees which nodes carry older ones. */
import { DOUBTS } from './doubts.ts';
import { type RuleRow, regExpOf } from './rule.ts';
import { RULES } from './rules.ts';

/** Characters that keep versions apart. */
const LENGTH = 12;

/**
 * SHA-256 over every deciding part of the rows and over the doubts, cut short; explanations (sample, source, date) do
 * not count.
 */
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
