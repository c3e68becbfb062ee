/**
 * Writes the generated parts of the documents (`npm run docs`), between `<!-- generated: NAME -->` and `<!-- end -->`.
 *
 * With `--check` it writes nothing and exits 1 where a document is behind its source.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sandboxTable } from '../probe-node/sandbox/personas.ts';
import { REPLY_CLASSES, type ReplyClass, replyClassRow } from '../shared/replies/classes.ts';
import { RULES } from '../shared/replies/rules.ts';
import { REASON_NAMES, reasonRow } from '../shared/verdict.ts';

const DOCUMENTS: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'README.md': { sandbox: sandboxTable },
  'docs/VERDICTS.md': { reasons: reasonsTable, classes: classesTable, rules: rulesTable },
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function reasonsTable(): string {
  const rows = REASON_NAMES.map((reason) => {
    const { verdict, when, detail, advice, retryAfterSeconds } = reasonRow(reason);
    const wait = retryAfterSeconds === null ? '' : `${retryAfterSeconds} s`;
    return [verdict, `\`${reason}\``, when, detail, advice, wait];
  });
  return table(['verdict', 'reason', 'when', 'what a person is told', 'what to do', 'ask again after'], rows);
}

function classesTable(): string {
  const rows = Object.keys(REPLY_CLASSES).map((name) => {
    const { blame, reason, meaning } = replyClassRow(name as ReplyClass);
    const { verdict } = reasonRow(reason);
    return [`\`${name}\``, meaning, blame, `${verdict}, \`${reason}\``];
  });
  return table(['class', 'meaning', 'blames', 'verdict and reason'], rows);
}

/** Every rule in the order in which it is tried. */
function rulesTable(): string {
  const rows = RULES.map(({ id, provider, stages, codes, enhanced, class: replyClass, sample, source }) => [
    `\`${id}\``,
    provider ?? '',
    (stages ?? ['any']).join(', '),
    [
      codes.map((code) => (code < 10 ? `${code}yz` : code)).join(', '),
      (enhanced ?? []).map((status) => `x.${status}`).join(', '),
    ]
      .filter((part) => part !== '')
      .join('; '),
    `\`${replyClass}\``,
    `\`${sample.replaceAll('\n', ' ⏎ ')}\``,
    source,
  ]);
  return table(['rule', 'provider', 'stage', 'codes', 'class', 'a reply that it is for', 'source'], rows);
}

/** The document with every generated part made anew. Throws where a mark is missing. */
export function regenerate(name: string, text: string): string {
  let result = text;
  for (const [part, make] of Object.entries(DOCUMENTS[name] ?? {})) {
    const start = `<!-- generated: ${part} -->\n`;
    const from = result.indexOf(start);
    const to = result.indexOf('<!-- end -->', from);
    if (from < 0 || to < 0) throw new Error(`${name} has no place for ${part}`);
    result = `${result.slice(0, from + start.length)}\n${make().trimEnd()}\n\n${result.slice(to)}`;
  }
  return result;
}

export const DOCUMENT_NAMES = Object.keys(DOCUMENTS);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes('--check');
  for (const name of DOCUMENT_NAMES) {
    const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
    const text = readFileSync(file, 'utf8');
    const fresh = regenerate(name, text);
    if (fresh === text) continue;
    if (isCheck) {
      process.stderr.write(`${name} is behind its source; run: npm run docs\n`);
      process.exitCode = 1;
    } else {
      writeFileSync(file, fresh);
    }
  }
}
