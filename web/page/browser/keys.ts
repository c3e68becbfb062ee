/** Asks for a key by mail, and says what became of it; and names this edge in the lines to copy. */
const form = document.querySelector<HTMLFormElement>('#request');
const outcome = document.querySelector<HTMLElement>('#outcome');

for (const origin of document.querySelectorAll('[data-origin]')) origin.textContent = location.origin;

form?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const email = new FormData(form).get('email');
  if (outcome === null || typeof email !== 'string') return;
  outcome.textContent = 'Asking.';
  outcome.textContent = await requestKey(email);
});

/** What a person is told. */
async function requestKey(email: string): Promise<string> {
  try {
    const response = await fetch('/v1/keys/request', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email }),
    });
    if (response.status === 202) return 'Look into your mail: the link in it works once, for 30 minutes.';
    const problem = (await response.json()) as { readonly detail?: string };
    return problem.detail ?? 'That did not work; try again later.';
  } catch {
    return 'The service could not be reached; try again.';
  }
}
