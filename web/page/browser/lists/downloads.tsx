/** The buttons that download a list, each with how much it brings. */
import type { ListStatus, Verdict, WantedRows } from '../../../../client/vrfy-client.ts';
import { counted, number } from '../../number.ts';

const VERDICTS_OF = [
  ['Safe to send', ['deliverable']],
  ['Risky', ['risky']],
  ['Unknown', ['unknown']],
  ['Invalid', ['invalid']],
] as const satisfies readonly (readonly [string, readonly [Verdict]])[];

const ONCE = 'Safe to send, once to each';

type Download = WantedRows & {
  readonly text: string;
  /** True if no row can have the verdict. */
  readonly isEmpty: boolean;
};

/** Addresses are counted once; a row that repeats one in another spelling may have a verdict that no count shows. */
export function downloadsOf({ rows, duplicates, by_verdict: counts }: ListStatus, isEnded: boolean): Download[] {
  const ofVerdicts = VERDICTS_OF.map(([name, verdict]) => {
    const count = counts[verdict[0]];
    const isEmpty = count === 0 && duplicates === 0;
    const said = isEmpty ? (isEnded ? 'no address' : 'no address yet') : counted(count, 'address', 'addresses');
    return { text: `${name}: ${said}`, verdict, isEmpty };
  });
  const once: Download = { text: ONCE, verdict: ['deliverable'], duplicates: 'drop', isEmpty: false };
  return [
    { text: `All rows: ${number.format(rows)}`, verdict: undefined, isEmpty: false },
    ...ofVerdicts,
    ...(duplicates === 0 ? [] : [once]),
  ];
}

type Props = {
  readonly list: ListStatus;
  readonly isEnded: boolean;
  readonly onSave: (rows: WantedRows) => void;
};

export function Downloads({ list, isEnded, onSave }: Props) {
  return (
    <fieldset class="actions">
      <legend>Download</legend>
      {downloadsOf(list, isEnded).map(({ text, verdict, duplicates, isEmpty }) => (
        <button
          type="button"
          class={
            isEnded && verdict?.[0] === 'deliverable' && duplicates === undefined
              ? 'button small'
              : 'button quiet small'
          }
          disabled={isEmpty}
          onClick={() => onSave({ verdict, duplicates })}
        >
          {text}
        </button>
      ))}
      {list.duplicates === 0 ? null : (
        <p class="soft small">
          Addresses are counted once, but a file has every row, duplicates too. Only “{ONCE}” leaves out a row if
          another of the same owner is in it. A duplicate names its first row in <code>vrfy_duplicate_of</code>, whose
          verdict may be another one.
        </p>
      )}
    </fieldset>
  );
}
