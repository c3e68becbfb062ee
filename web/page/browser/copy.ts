/** Milliseconds for which a button says that it has copied. */
const SAID_MS = 1_500;

/** Shows the buttons that copy a text, and makes them work. */
export function showCopyButtons(within: ParentNode): void {
  for (const button of within.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    button.hidden = false;
    button.onclick = () => void copy(button);
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  // What it says now is no name to go back to.
  if ('told' in button.dataset) return;
  button.dataset['told'] = '';
  const before = [...button.childNodes];
  try {
    await navigator.clipboard.writeText(button.dataset['copy'] ?? '');
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Select and copy';
  }
  setTimeout(() => {
    button.replaceChildren(...before);
    delete button.dataset['told'];
  }, SAID_MS);
}
