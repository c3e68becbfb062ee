/** Tells a file name from an address: people give `vrfy verify` a list in place of addresses. */
import { existsSync } from 'node:fs';

const LIST_NAME = /\.(?:csv|tsv|txt|list|json|jsonl|ndjson|xlsx?)$/i;

/**
 * `missing` for a text that looks like the name of a file that does not exist; null for anything that may be an
 * address.
 */
export function asFileName(text: string): 'there' | 'missing' | null {
  const looksLikeOne = LIST_NAME.test(text);
  // An address may contain a slash, and a file name may contain an @: only both together, with a file there, raise a
  // doubt.
  if (existsSync(text) && (looksLikeOne || !text.includes('@') || text.includes('/'))) return 'there';
  return looksLikeOne && !text.includes('@') ? 'missing' : null;
}
