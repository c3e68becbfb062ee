/**
 * Writes the generated parts of the documents (`npm run docs`), between `<!-- generated: NAME -->` and `<!-- end -->`, and the
 * files that are generated whole.
 *
 * With `--check` it writes nothing and exits with 1 if a document is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TEN_MILLION } from '../bench/scale/load.ts';
import { billTable, type Cells, rushTable, snapshotTable, usesTable } from '../bench/scale/tables.ts';
import { comparison, readmeTable, readResults } from '../bench/versus/score/documents.ts';
import sources from '../edge/checks/data/disposable.sources.json' with { type: 'json' };
import { sandboxTable } from '../probe-node/sandbox/personas.ts';
import { SETTING_MEANINGS } from '../probe-node/setting-meanings.ts';
import { REPLY_CLASSES, type ReplyClass, replyClassRow } from '../shared/replies/classes.ts';
import { isLawful } from '../shared/replies/classify.ts';
import { STAGES, type Stage } from '../shared/replies/reply.ts';
import { RULES } from '../shared/replies/rules.ts';
import { REASON_NAMES, reasonRow } from '../shared/verdict.ts';
import { buildWidget } from './build-widget.ts';
import { clientTypes } from './client-types.ts';
import { costRows, PRICE_PAGES, PRICES_READ_ON } from './costs.ts';

const DOCUMENTS: Readonly<Record<string, Readonly<Record<string, () => string | Promise<string>>>>> = {
  'README.md': { comparison: () => readmeTable(readResults()) },
  'docs/DISPOSABLE.md': { lists: listsTable },
  'docs/FORMS.md': { 'pinned script': pinnedScript },
  'docs/OPERATORS.md': { costs: costsTable },
  'docs/RULES.md': { rules: rulesTable },
  'docs/SANDBOX.md': { sandbox: sandboxTable },
  'docs/SCALE.md': {
    limits: () => cellTable(usesTable(TEN_MILLION)),
    snapshot: () => cellTable(snapshotTable(TEN_MILLION)),
    'lists and forms at once': async () => cellTable(await rushTable()),
    bill: () => cellTable(billTable(TEN_MILLION)),
  },
  'docs/SETTINGS.md': { 'settings of a node': nodeSettingsTable },
  'docs/VERDICTS.md': { reasons: reasonsTable, classes: classesTable },
};

/** Files that are generated whole. */
const FILES: Readonly<Record<string, () => string | Promise<string>>> = {
  'client/api-types.ts': clientTypes,
  'docs/COMPARISON.md': () => comparison(readResults()),
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function cellTable({ head, rows }: Cells): string {
  return table(head, rows);
}

function nodeSettingsTable(): string {
  const rows = SETTING_MEANINGS.map(({ names, meaning }) => [names.map((name) => `\`${name}\``).join(', '), meaning]);
  return table(['probe node', 'meaning'], rows);
}

function costsTable(): string {
  const { head, rows } = costRows();
  const pages = PRICE_PAGES.map((page) => `<${page}>`).join(', ');
  return `${table(head, rows)}\n\nPrices in US dollars without tax, as of ${PRICES_READ_ON}: ${pages}. The arithmetic is in [scripts/costs.ts](../scripts/costs.ts).`;
}

function reasonsTable(): string {
  const rows = REASON_NAMES.map((reason) => {
    const { verdict, when, detail, advice, retryAfterSeconds } = reasonRow(reason);
    const wait = retryAfterSeconds === null ? '' : `${retryAfterSeconds} s`;
    return [verdict, `\`${reason}\``, when, detail, advice, wait];
  });
  return table(['verdict', 'reason', 'condition', '`detail`', 'advice', '`retry_after`'], rows);
}

/** Each list of disposable domains: its size, the share that the set covers, and its known error rate. */
function listsTable(): string {
  const rows = sources.sources.map(({ package: name, file, version, licence, voice, names, wrong, ...list }) => [
    `\`${name}\` ${version}, \`${file}\``,
    licence,
    `\`${voice}\``,
    String(names),
    percent(list.on_two, names),
    `${list.recall} %`,
    `${list.recall_alone} %`,
    String(wrong.realProvider),
    String(wrong.publicSuffix + wrong.guarded + wrong.closedRegistry),
    String(wrong.sharedParent + wrong.sharedChildren + wrong.childOnly),
    String(wrong.nearMiss),
    String(wrong.freeMail + wrong.shortName + wrong.plainWord),
    String(list.wrong_per_1000),
  ]);
  const head = [
    'list',
    'licence',
    'voice',
    'names',
    'names that another voice has too',
    'names in the set',
    'the same, of names of this voice alone',
  ];
  const faults = [
    'real providers and sites',
    'suffixes',
    'parents',
    'near misses',
    'other doubts',
    'left out per 1,000',
  ];
  const { built_on, union, kept, on_two, wrong_per_1000 } = sources;
  return `Built on ${built_on}: ${union} names together, ${kept} kept, ${on_two} of them by two voices or more. Left out: ${wrong_per_1000.one_voice} in 1,000 of the names that one voice alone has, ${wrong_per_1000.two_or_more} of those on which two agree.

${table([...head, ...faults], rows)}`;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

function classesTable(): string {
  const rows = Object.keys(REPLY_CLASSES).map((name) => {
    const { blame, reason, meaning } = replyClassRow(name as ReplyClass);
    const { verdict } = reasonRow(reason);
    return [`\`${name}\``, meaning, blame, `${verdict}, \`${reason}\``];
  });
  return table(['class', 'meaning', 'party to blame', 'verdict and reason'], rows);
}

/** The widget of this version, bound to its hash. */
function pinnedScript(): string {
  const { version, integrity } = buildWidget();
  return `\`\`\`html
<script src="https://edge.example.com/widget/${version}.js" integrity="${integrity}" crossorigin="anonymous" data-key="vrfy_pk_..." defer></script>
\`\`\``;
}

/** Every rule in the order of trial. */
function rulesTable(): string {
  const rows = RULES.map(({ id, provider, stages, codes, enhanced, names, class: replyClass, sample, source }) => [
    `\`${id}\``,
    provider ?? '',
    stagesTold(stages, codes, replyClass),
    [
      codes.map((code) => (code < 10 ? `${code}yz` : code)).join(', '),
      (enhanced ?? []).map((status) => `x.${status}`).join(', '),
      names === undefined ? '' : `names our ${names}`,
    ]
      .filter((part) => part !== '')
      .join('; '),
    `\`${replyClass}\``,
    `\`${sample.replaceAll('\n', ' ⏎ ')}\``,
    source,
  ]);
  return table(['rule', 'provider', 'stage', 'codes', 'class', 'sample reply', 'source'], rows);
}

/** Stages at which a row is tried: its own, minus those that do not allow its class. */
function stagesTold(stages: readonly Stage[] = STAGES, codes: readonly number[], replyClass: ReplyClass): string {
  const digits = codes.map((code) => Number(String(code)[0]));
  const tried = stages.filter((stage) => digits.some((digit) => isLawful(replyClass, stage, digit)));
  return tried.length === STAGES.length ? 'any' : tried.join(', ');
}

/** The document with every generated part replaced. Throws if a mark is missing. */
export async function regenerate(name: string, text: string): Promise<string> {
  const whole = FILES[name];
  if (whole !== undefined) return whole();
  let result = text;
  for (const [part, make] of Object.entries(DOCUMENTS[name] ?? {})) {
    const start = `<!-- generated: ${part} -->\n`;
    const from = result.indexOf(start);
    const to = result.indexOf('<!-- end -->', from);
    if (from < 0 || to < 0)
      throw new Error(`${name} has no mark for ${part}: <!-- generated: ${part} --> … <!-- end -->`);
    result = `${result.slice(0, from + start.length)}\n${(await make()).trimEnd()}\n\n${result.slice(to)}`;
  }
  return result;
}

export const DOCUMENT_NAMES = [...Object.keys(DOCUMENTS), ...Object.keys(FILES)];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes('--check');
  for (const name of DOCUMENT_NAMES) {
    const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
    const text = readFileSync(file, 'utf8');
    const fresh = await regenerate(name, text);
    if (fresh === text) continue;
    if (isCheck) {
      process.stderr.write(`${name} is out of date; run: npm run docs\n`);
      process.exitCode = 1;
    } else {
      writeFileSync(file, fresh);
    }
  }
}
