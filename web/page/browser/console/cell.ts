/** How one provider treats one source address, as a word: for the matrix. */
import type { NodeReport, SourceReport } from '../../../../shared/enrolment.ts';

/** Worst first. */
export const TREATMENTS = ['blocks', 'mixed', 'paces', 'accepts'] as const;
export type TreatmentWord = (typeof TREATMENTS)[number];

export type Cell = {
  readonly word: TreatmentWord;
  readonly answers: number;
  readonly refusals: number;
  readonly deferrals: number;
  /** Class of the last reply, or null if the node does not say. */
  readonly last: string | null;
  /** Seconds for which the node leaves the provider alone with this address; 0 if it does not. */
  readonly restS: number;
};

export const MEANINGS: Readonly<Record<TreatmentWord, string>> = {
  blocks: 'refuses this address, or the node rests it there',
  mixed: 'refuses some questions and answers others',
  paces: 'asks us to come later or slower',
  accepts: 'answers about mailboxes',
};

/** Reports never change, and several parts of the page read each. */
const known = new WeakMap<SourceReport, ReadonlyMap<string, Cell>>();

/** By provider. A node of an older version says it for all its addresses together. */
export function cellsOf(node: NodeReport, source: SourceReport): ReadonlyMap<string, Cell> {
  const cells = known.get(source) ?? readCells(node, source);
  known.set(source, cells);
  return cells;
}

function readCells({ standings }: NodeReport, { resting, treatment }: SourceReport): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell>();
  const rests = new Map(resting.map(({ provider, left_s }) => [provider, left_s]));
  const add = (provider: string, counts: Omit<Cell, 'word' | 'restS'>): void => {
    const restS = rests.get(provider) ?? 0;
    const word = wordOf(counts, restS);
    if (word !== null) cells.set(provider, { ...counts, word, restS });
  };
  if (treatment === undefined) {
    for (const { provider, answers, refusals } of standings) {
      add(provider, { answers, refusals, deferrals: 0, last: null });
    }
  } else {
    for (const { provider, ...counts } of treatment) add(provider, counts);
  }
  for (const provider of rests.keys()) {
    if (!cells.has(provider)) add(provider, { answers: 0, refusals: 0, deferrals: 0, last: null });
  }
  return cells;
}

function wordOf({ answers, refusals, deferrals }: Omit<Cell, 'word' | 'restS'>, restS: number): TreatmentWord | null {
  if (restS > 0 || (refusals > 0 && answers === 0)) return 'blocks';
  if (refusals > 0) return 'mixed';
  if (deferrals > answers) return 'paces';
  return answers > 0 ? 'accepts' : null;
}

/** The node with the address, if it has one of its own. */
export function nameOfSource({ id }: NodeReport, { ip }: SourceReport): string {
  return ip === null ? id : `${id} ${ip}`;
}

/** The cell in a sentence. */
export function sentenceOfCell(name: string, provider: string, cell: Cell | undefined): string {
  if (cell === undefined) return `${provider} has said nothing to ${name} in the last ten minutes.`;
  const { word, answers, refusals, deferrals, last, restS } = cell;
  const rest = restS === 0 ? '' : ` The node rests this address there for ${Math.ceil(restS / 60)} more min.`;
  const said = last === null ? '' : ` Last reply: ${last.replaceAll('_', ' ')}.`;
  return `${provider} ${word === 'mixed' ? 'refuses some of' : word} ${name}: ${answers} answered, ${refusals} refused, ${deferrals} put off in the last ten minutes.${said}${rest}`;
}
