/** Asks for a key by mail, tells what is left of one, and names this edge in the lines to copy. */
import { render, useEffect, useState } from 'hono/jsx/dom';
import { createClient, type QuotaReport, VrfyError } from '../../../client/vrfy-client.ts';
import { askForKey } from './ask-for-key.tsx';
import { Fault } from './fault.tsx';
import { KeyForm } from './key-form.tsx';
import { QuotaLeft } from './quota-left.tsx';
import { forgetKey, storedKey } from './stored-key.ts';

const form = document.querySelector<HTMLFormElement>('#request');
const outcome = document.querySelector<HTMLElement>('#outcome');
const yours = document.querySelector<HTMLElement>('#yours');

for (const origin of document.querySelectorAll('[data-origin]')) origin.textContent = location.origin;
if (yours !== null) {
  render(<YourKey />, yours);
  // Without a script there would be nothing in it.
  document.querySelector('#have')?.removeAttribute('hidden');
}

form?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const email = new FormData(form).get('email');
  if (outcome === null || typeof email !== 'string') return;
  outcome.textContent = 'Asking.';
  outcome.textContent = await askForKey(email);
});

type Shown =
  | { readonly kind: 'none'; readonly fault: string | null }
  | { readonly kind: 'asking' }
  | { readonly kind: 'quota'; readonly quota: QuotaReport }
  | { readonly kind: 'fault'; readonly detail: string };

function YourKey() {
  const [shown, setShown] = useState<Shown>({ kind: 'none', fault: null });
  useEffect(() => {
    if (storedKey() !== undefined) look();
  }, []);

  function look(): void {
    setShown({ kind: 'asking' });
    createClient({ edge: location.origin, key: storedKey() })
      .quota()
      .then(
        (quota) => setShown({ kind: 'quota', quota }),
        (error: unknown) => {
          const detail = error instanceof Error ? error.message : 'That did not work; try again.';
          const isRefused = error instanceof VrfyError && (error.status === 401 || error.status === 403);
          if (isRefused) forgetKey();
          setShown(isRefused ? { kind: 'none', fault: detail } : { kind: 'fault', detail });
        },
      );
  }

  switch (shown.kind) {
    case 'none':
      return <KeyForm fault={shown.fault} onKey={look} />;
    case 'asking':
      return <p class="soft">Asking.</p>;
    case 'fault':
      return <Fault text={shown.detail} onAgain={look} />;
    case 'quota':
      return (
        <div class="stack">
          <QuotaLeft quota={shown.quota} />
          <p class="actions">
            <a class="button" href="/lists">
              Clean a list with it
            </a>
            <button type="button" class="button quiet" onClick={look}>
              Look again
            </button>
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                forgetKey();
                setShown({ kind: 'none', fault: null });
              }}
            >
              Forget the key
            </button>
          </p>
        </div>
      );
  }
}
