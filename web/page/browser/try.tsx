/**
 * Brings the page at `/` to life: each step of a check appears as it ends, then the verdict; without it the form asks the
 * edge for a whole page. An address may come in the fragment of a link, which no server sees.
 */
import { render } from 'hono/jsx/dom';
import type { Answer } from '../../../client/vrfy-client.ts';
import { type StepReport, Steps, VerdictCard } from '../verdict-card.tsx';
import { showCopyButtons } from './copy.ts';
import { DropZone } from './drop-zone.tsx';
import { Fault } from './fault.tsx';
import { keepChosenFile } from './kept-file.ts';
import { watchVerify } from './watch-verify.ts';

const form = document.querySelector<HTMLFormElement>('#try');
const field = document.querySelector<HTMLInputElement>('#email');
const result = document.querySelector<HTMLElement>('#result');
const drop = document.querySelector<HTMLElement>('#drop');
if (form !== null && field !== null && result !== null) attachTry(form, field, result);
if (drop !== null) render(<DropZone onFile={(file) => void lookAtFile(file)} />, drop);

/** The page of lists looks at the file. */
async function lookAtFile(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  await keepChosenFile(file);
  location.assign('/lists');
}

function attachTry(form: HTMLFormElement, field: HTMLInputElement, result: HTMLElement): void {
  let current: AbortController | null = null;

  async function check(email: string): Promise<void> {
    current?.abort();
    const mine = new AbortController();
    current = mine;
    const steps: StepReport[] = [];
    const draw = (): void => render(<Running email={email} steps={steps} />, result);
    draw();
    try {
      const answer = await watchVerify(email, mine.signal, (step) => {
        steps.push(step);
        draw();
      });
      if (current === mine) showAnswer(answer);
    } catch (error) {
      if (current === mine) render(<Fault text={detailOf(error)} />, result);
    }
  }

  function showAnswer(answer: Answer): void {
    render(<VerdictCard answer={answer} origin={location.origin} />, result);
    showCopyButtons(result);
  }

  function take(email: string): void {
    field.value = email;
    void check(email);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (field.value.trim() !== '') void check(field.value);
  });
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-try]') : null;
    if (button === null) return;
    event.preventDefault();
    take(button.dataset['try'] ?? '');
    form.scrollIntoView({ block: 'start' });
    field.focus({ preventScroll: true });
  });
  const takeFragment = (): void => {
    const email = addressIn(location.hash);
    if (email !== null) take(email);
  };
  addEventListener('hashchange', takeFragment);
  takeFragment();
  showCopyButtons(result);
}

/** The address in a fragment, or null if there is none or it is not well encoded. */
function addressIn(fragment: string): string | null {
  try {
    const email = decodeURIComponent(fragment.slice(1));
    return email.includes('@') ? email : null;
  } catch {
    return null;
  }
}

function Running({ email, steps }: { readonly email: string; readonly steps: readonly StepReport[] }) {
  return (
    <div class="card stack">
      <p class="address">
        <code>{email}</code>
      </p>
      <Steps steps={steps} isRunning={true} />
    </div>
  );
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong; try again.';
}
