/**
 * Submits of the forms whose fields are attached. One goes on at once if everything is known; else it waits for the answers,
 * as long as the fields allow and no longer, and then goes on as if nothing had been: same button, same handlers.
 *
 * The listeners are on the window and capture, so that a page's own handler runs once, when the submit really goes on.
 */
import type { Field } from './field.ts';

export const fields = new Set<Field>();

const waiting = new WeakSet<HTMLFormElement>();
/** Forms whose submit is ours, and passes. */
const passing = new WeakSet<HTMLFormElement>();

function fieldsOf(form: EventTarget | null): Field[] {
  return [...fields].filter(({ input }) => input.form === form && !input.disabled);
}

/** True if one of them refuses; that one gets the focus. */
function refuse(mine: readonly Field[]): boolean {
  const refusing = mine.filter((field) => field.isRefused());
  for (const field of refusing) field.noteRefusal();
  refusing[0]?.input.focus();
  return refusing.length > 0;
}

async function onSubmit(event: SubmitEvent): Promise<void> {
  const form = event.target as HTMLFormElement;
  const submitter = event.submitter as HTMLButtonElement | null;
  const mine = fieldsOf(form);
  const stop = (): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  // A button that skips validation is one to cancel or to go back.
  if (mine.length === 0 || passing.has(form) || submitter?.formNoValidate) return;
  // A second click while the first one waits.
  if (waiting.has(form)) return stop();
  const answers = mine.map((field) => field.check()).filter((pending) => pending !== null);
  if (answers.length === 0) return refuse(mine) ? stop() : undefined;
  stop();
  waiting.add(form);
  const values = mine.map(({ input }) => input.value);
  const longest = Math.max(...mine.map(({ waitMs }) => waitMs));
  await Promise.race([Promise.all(answers), new Promise((resolve) => setTimeout(resolve, longest))]);
  waiting.delete(form);
  for (const field of mine) field.giveUp();
  // The person went on typing: half a value must not be sent, and they will submit again.
  const isChanged = mine.some(({ input }, index) => input.value !== values[index]);
  if (isChanged || !form.isConnected || refuse(mine)) return;
  passing.add(form);
  try {
    form.requestSubmit(submitter?.form === form && submitter.isConnected ? submitter : undefined);
  } finally {
    passing.delete(form);
  }
}

export function guardSubmits(): void {
  addEventListener('submit', onSubmit, true);
  const onReset = ({ target }: Event): void => {
    for (const field of fieldsOf(target)) field.reset();
  };
  const sync = (): void => {
    for (const field of fields) field.sync();
  };
  addEventListener('reset', onReset, true);
  // Before the browser looks whether the form is valid.
  for (const name of ['click', 'keydown']) addEventListener(name, sync, true);
}
