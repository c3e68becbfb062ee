/**
 * The Public Suffix List in its own format, out of the trie of tldts, which has its rules and no file of them: so that the
 * worker, the scripts and the node (which uses tldts) go by the same version.
 */
import { createRequire } from 'node:module';
import { PRIVATE_RULES_BEGIN, readPublicSuffixes } from '../edge/checks/public-suffix.ts';

/** The trie of tldts: nodes with their flags; the edges of each node lie side by side, and so do the labels of the edges. */
type Trie = {
  readonly nodeFlags: Uint8Array;
  readonly edgeStart: Uint16Array;
  readonly edgeLength: Uint8Array;
  readonly edgeChild: Uint16Array;
  readonly labelText: string;
  readonly rulesRoot: number;
  readonly exceptionsRoot: number;
};

const require = createRequire(import.meta.url);

const OF_REGISTRY = 1;
const OF_COMPANY = 2;

/** The list of this installation. */
export const SUFFIXES = readPublicSuffixes(publicSuffixText());

/** Deterministic. Throws if tldts has changed its data. */
export function publicSuffixText(): string {
  const trie = require('tldts/dist/cjs/src/data/trie.js') as Trie;
  const rulesOf = (flag: number): string => {
    const rules = [...namesBelow(trie, trie.rulesRoot, flag)];
    const exceptions = [...namesBelow(trie, trie.exceptionsRoot, flag)].map((name) => `!${name}`);
    return [...rules, ...exceptions].sort().join('\n');
  };
  return [
    '// Public Suffix List, https://publicsuffix.org/, Mozilla Public License 2.0, https://mozilla.org/MPL/2.0/',
    rulesOf(OF_REGISTRY),
    PRIVATE_RULES_BEGIN,
    rulesOf(OF_COMPANY),
    '',
  ].join('\n');
}

/** The names of all nodes below one that have the flag. */
function namesBelow(trie: Trie, root: number, flag: number): readonly string[] {
  const labels = labelsOf(trie);
  const walk = (node: number, above: string): string[] => {
    const found: string[] = [];
    for (let edge = trie.edgeStart[node] ?? 0; edge < (trie.edgeStart[node + 1] ?? 0); edge += 1) {
      const child = trie.edgeChild[edge] ?? 0;
      const name = above === '' ? (labels[edge] ?? '') : `${labels[edge]}.${above}`;
      if (((trie.nodeFlags[child] ?? 0) & flag) !== 0) found.push(name);
      found.push(...walk(child, name));
    }
    return found;
  };
  return walk(root, '');
}

function labelsOf({ edgeLength, labelText }: Trie): readonly string[] {
  let end = 0;
  return Array.from(edgeLength, (length) => {
    end += length;
    return labelText.slice(end - length, end);
  });
}
