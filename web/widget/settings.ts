/** How one field is treated: options of `attach` before attributes of the field before attributes of the script. */
import { languageOf, type TextName, type Texts, textIn } from './texts.ts';

export type AttachOptions = {
  /** Origin of the edge; default that of the script. */
  readonly edge?: string;
  readonly key?: string;
  /** Milliseconds that a submit waits for an answer at most. */
  readonly wait?: number;
  /** Verdicts or reasons, separated by spaces, that a submit is refused for once. */
  readonly block?: string;
  /** Verdicts or reasons that a person is told of and nothing else. */
  readonly warn?: string;
  /** Selector of an element that takes the messages in the place of one behind the field. */
  readonly message?: string;
  /** True to refuse the same value again and again. */
  readonly strict?: boolean;
  readonly lang?: string;
  readonly texts?: Partial<Texts>;
};

export type Settings = {
  readonly edge: string;
  readonly key: string;
  readonly waitMs: number;
  readonly isStrict: boolean;
  readonly message: string;
  readonly language: string;
  /** True if one of these words is in the list. */
  readonly blocks: (...words: readonly string[]) => boolean;
  readonly warns: (...words: readonly string[]) => boolean;
  readonly text: (name: TextName) => string;
};

const WAIT_MS = 1500;

/** @param script the element that the widget came with, or null if a page has bundled it */
export function settingsOf(input: HTMLElement, script: HTMLScriptElement | null, options: AttachOptions): Settings {
  const attribute = (name: string): string | null =>
    input.getAttribute(`data-vrfy-${name}`) ?? script?.getAttribute(`data-vrfy-${name}`) ?? null;
  const lists =
    (list: string) =>
    (...words: readonly string[]): boolean =>
      words.some((word) => list.split(/[\s,]+/).includes(word));
  const strict = attribute('strict');
  const wait = Number(options.wait ?? attribute('wait') ?? WAIT_MS);
  const tag = options.lang ?? input.closest<HTMLElement>('[lang]')?.lang ?? '';
  const language = languageOf(tag);
  return {
    edge: options.edge ?? (script === null ? '' : new URL(script.src).origin),
    key: options.key ?? script?.getAttribute('data-key') ?? '',
    waitMs: wait >= 0 ? wait : WAIT_MS,
    isStrict: options.strict ?? (strict !== null && strict !== 'false'),
    message: options.message ?? attribute('message') ?? '',
    language,
    blocks: lists(options.block ?? attribute('block') ?? 'invalid'),
    warns: lists(options.warn ?? attribute('warn') ?? 'risky'),
    text: (name) => options.texts?.[name] ?? attribute(`text-${name}`) ?? textIn(language, name),
  };
}
