/**
 * One field: when the edge is asked, how the answer is applied, and if a submit is refused because of it.
 *
 * An answer belongs to the value that it was asked for. As soon as the field has another one, the message, the custom validity
 * and the token are gone and the request is aborted. Before it: gate.ts (submits) and widget.ts. After it: ask.ts, view.ts.
 */
import { askVerdict, type FormAnswer, warmUp } from './ask.ts';
import type { Settings } from './settings.ts';
import type { TextName } from './texts.ts';
import { createView } from './view.ts';

/** Milliseconds without a key after which a domain counts as typed, and an address. */
const WARM_PAUSE_MS = 150;
const ASK_PAUSE_MS = 400;

/** An address that is whole as far as a form can tell; the edge judges. The group is the domain. */
const WHOLE = /^.+@([^\s@]+\.[^\s@.]{2,})$/;

const TEXT_BY_REASON: Readonly<Record<string, TextName>> = {
  syntax: 'syntax',
  no_domain: 'domain',
  no_mx: 'domain',
  null_mx: 'domain',
  disposable: 'disposable',
};

export type Field = {
  readonly input: HTMLInputElement;
  readonly waitMs: number;
  /** Asks about the value as it is now; null if there is nothing to wait for. */
  check(): Promise<void> | null;
  /** A submit has waited long enough: it does not wait for this value again. A late answer is still shown. */
  giveUp(): void;
  /** True if a submit of the value as it is now must not pass. */
  isRefused(): boolean;
  /** A submit was refused: the next one of the same value passes, unless strict. */
  noteRefusal(): void;
  /** Drops the answer if a script has changed the value without an event. */
  sync(): void;
  reset(): void;
  detach(): void;
};

export function createField(input: HTMLInputElement, settings: Settings): Field {
  const view = createView(input, settings);
  /** The value that is asked about, or that `answer` is of; empty if there is none. */
  let checked = '';
  let answer: FormAnswer | null = null;
  let pending: Promise<void> | null = null;
  let request: AbortController | undefined;
  /** The value that was refused once. */
  let refused = '';
  let warmed = '';
  /** A prefilled value is checked on submit only. */
  let isTyped = input.value !== input.defaultValue;
  let hasOurValidity = false;
  let timers: ReturnType<typeof setTimeout>[] = [];

  const attached = new AbortController();

  const valueNow = (): string => input.value.trim();
  const fire = (name: string, detail: object): boolean =>
    input.dispatchEvent(new CustomEvent(`vrfy:${name}`, { detail, bubbles: true, composed: true, cancelable: true }));
  const setValidity = (text: string): void => {
    if (text === '' && !hasOurValidity) return;
    input.setCustomValidity(text);
    hasOurValidity = text !== '';
  };
  const clear = (): void => {
    request?.abort();
    for (const timer of timers) clearTimeout(timer);
    timers = [];
    checked = '';
    answer = pending = null;
    setValidity('');
    view.clear();
  };
  const isBlocked = (): boolean =>
    answer !== null && answer.verdict !== 'unknown' && settings.blocks(answer.verdict, answer.reason ?? '');

  const use = (suggestion: string): void => {
    input.focus();
    // The setter of the prototype: frameworks put one of their own on the element, and would take the event for an echo.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, suggestion);
    input.dispatchEvent(
      new InputEvent('input', { bubbles: true, inputType: 'insertReplacementText', data: suggestion }),
    );
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const settle = (told: FormAnswer): void => {
    answer = told;
    pending = null;
    view.setState(told.verdict);
    if (told.token !== undefined) view.setToken(told.token);
    if (!fire('result', told)) {
      answer = { ...told, verdict: 'unknown' };
      return;
    }
    const { verdict, reason, did_you_mean: suggestion } = told;
    const isWarned = isBlocked() || settings.warns(verdict, reason ?? '');
    const name = TEXT_BY_REASON[reason ?? ''] ?? (verdict === 'invalid' ? 'mailbox' : 'risky');
    const text = isWarned ? settings.text(name) : '';
    if (isBlocked()) setValidity(text);
    const isSuggested = suggestion != null && fire('suggest', { suggestion });
    view.show(text, isBlocked(), isSuggested ? suggestion : '', use);
  };
  const check = (): Promise<void> | null => {
    const value = valueNow();
    if (value === checked) return pending;
    clear();
    if (value === '') return null;
    checked = value;
    request = new AbortController();
    const { signal } = request;
    view.setState('checking');
    fire('start', { email: value });
    pending = askVerdict(settings, value, signal).then(
      (told) => {
        if (signal.aborted) return;
        if (valueNow() === value) settle(told);
        else clear();
      },
      () => {},
    );
    return pending;
  };
  const onInput = (): void => {
    isTyped = true;
    clear();
    const domain = WHOLE.exec(valueNow())?.[1]?.toLowerCase();
    if (domain === undefined) return;
    timers.push(
      setTimeout(() => {
        if (warmed !== domain) warmUp(settings, domain);
        warmed = domain;
      }, WARM_PAUSE_MS),
      setTimeout(check, ASK_PAUSE_MS),
    );
  };
  const onLeave = (): void => {
    if (isTyped) check();
  };
  const field: Field = {
    input,
    waitMs: settings.waitMs,
    check,
    giveUp: () => {
      pending = null;
    },
    isRefused: () => checked === valueNow() && isBlocked() && (settings.isStrict || refused !== checked),
    noteRefusal: () => {
      refused = checked;
      if (!settings.isStrict) setValidity('');
    },
    sync: () => {
      if (checked !== '' && checked !== valueNow()) clear();
    },
    reset: () => {
      clear();
      isTyped = false;
      refused = '';
    },
    detach: () => {
      clear();
      view.remove();
      attached.abort();
    },
  };
  /**
   * The browser itself has refused a submit for our custom validity, or a script has only looked whether the form is valid. A
   * person was told in the first case, and then the field has the focus; one that cannot have it would be refused in silence.
   */
  const onInvalid = (): void => {
    if (!hasOurValidity) return;
    setTimeout(() => {
      if (input.matches(':focus') || input.getClientRects().length === 0) field.noteRefusal();
    });
  };
  const listeners = { input: onInput, change: onLeave, blur: onLeave, invalid: onInvalid };
  for (const [name, listener] of Object.entries(listeners)) input.addEventListener(name, listener, attached);
  return field;
}
