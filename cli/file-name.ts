/** Tells the name of a file from an address: people give `vrfy verify` a list where it wants addresses. */
import { existsSync } from 'node:fs';

const LIST_NAME = /\.(?:csv|tsv|txt|list|json|jsonl|ndjson|xlsx?)$/i;

/** `missing` for what looks like the name of a file that is not there; null for everything that may be an address. */
export function asFileName(text: string): 'there' | 'missing' | null {
  const looksLikeOne = LIST_NAME.test(text);
  // A slash or an @ may stand in an address, a file may be called like one: both together are needed to doubt it.
  if (existsSync(text) && (looksLikeOne || !text.includes('@') || text.includes('/'))) return 'there';
  return looksLikeOne && !text.includes('@') ? 'missing' : null;
}
