/**
 * The visible and spoken part of one field: a `role=status` that is there and empty from the beginning, a button for a
 * suggestion, and the hidden field of the token. The page's own elements get attributes and nothing else.
 *
 * Looks come from a constructed style sheet, which a Content-Security-Policy of `style-src` does not forbid (CSSOM). Colours and
 * contrast are the page's own.
 */
import type { Settings } from './settings.ts';

const STYLE =
  ':where(.vrfy){display:block;overflow-wrap:anywhere}' +
  ':where(.vrfy:not(:empty)){margin-block:.25em;padding-inline-start:.5em;border-inline-start:.2em solid}' +
  ':where(.vrfy button){font:inherit;color:inherit;background:none;border:1px solid;border-radius:.25em;' +
  'margin-inline-start:.5em;padding:.25em .75em;min-height:2em;cursor:pointer}';

export type View = {
  show(text: string, isRefusal: boolean, suggestion: string, use: (suggestion: string) => void): void;
  /** For the style sheets of the page: `data-vrfy-state` on the field. */
  setState(state: string): void;
  setToken(token: string): void;
  clear(): void;
  /** Leaves the page as it was found. */
  remove(): void;
};

let count = 0;
const styled = new WeakSet<Node>();
/** True from the moment that a pointer goes down until its click is over. */
let isPointerDown = false;
let afterClick: (() => void)[] = [];

addEventListener('pointerdown', () => (isPointerDown = true), true);
for (const name of ['pointerup', 'pointercancel', 'keydown']) addEventListener(name, () => setTimeout(release), true);

function release(): void {
  isPointerDown = false;
  const shown = afterClick;
  afterClick = [];
  for (const show of shown) show();
}

/** @param root document or shadow root */
function styleIn(root: Node): void {
  if (styled.has(root) || !('adoptedStyleSheets' in root)) return;
  styled.add(root);
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    (root as Document).adoptedStyleSheets.push(sheet);
  } catch {
    // An old browser shows the message without it.
  }
}

export function createView(input: HTMLInputElement, { message, language, text: textOf }: Settings): View {
  const status = document.createElement('span');
  status.className = 'vrfy';
  count += 1;
  status.id = `vrfy-${count}`;
  status.setAttribute('role', 'status');
  status.lang = language;
  status.dir = 'auto';
  let token: HTMLInputElement | null = null;
  /** The page's own `aria-invalid`, empty if there was none, while ours says that the value is refused. Null otherwise. */
  let marked: string | null = null;
  /** Number of clears: a message that was queued before a clear is dropped. */
  let current = 0;

  const described = (): string[] => (input.getAttribute('aria-describedby') ?? '').split(/\s+/).filter(Boolean);
  const forget = (one: string): void => {
    const ids = described().filter((id) => id !== one);
    if (ids.length > 0) input.setAttribute('aria-describedby', ids.join(' '));
    else input.removeAttribute('aria-describedby');
  };
  /** A page that draws itself anew may have dropped one or the other. */
  const place = (): void => {
    if (!status.isConnected) {
      const elsewhere = message && (input.form?.querySelector(message) ?? document.querySelector(message));
      // In a label it would become part of the name of the field.
      if (elsewhere) elsewhere.append(status);
      else (input.closest('label') ?? input).after(status);
    }
    const ids = described();
    if (!ids.includes(status.id)) input.setAttribute('aria-describedby', [...ids, status.id].join(' '));
  };
  const draw = (text: string, isRefusal: boolean, suggestion: string, use: (suggestion: string) => void): void => {
    place();
    if (isRefusal) {
      marked = input.getAttribute('aria-invalid') ?? '';
      input.setAttribute('aria-invalid', 'true');
    }
    status.replaceChildren(text);
    if (suggestion === '') return;
    const button = document.createElement('button');
    button.type = 'button';
    // Isolated from the direction of the text around it.
    const address = document.createElement('bdi');
    address.append(suggestion);
    const [before = '', after = ''] = textOf('use').split('{}');
    button.append(before, address, after);
    button.addEventListener('click', () => use(suggestion));
    status.append(' ', button);
  };
  styleIn(input.getRootNode());
  // A copy of an attached field has its message and marks too, as in a page from a framework's cache.
  for (const stale of described().filter((id) => id.startsWith('vrfy-'))) {
    document.getElementById(stale)?.remove();
    forget(stale);
    input.removeAttribute('aria-invalid');
    input.removeAttribute('data-vrfy-state');
  }
  place();
  return {
    show(...shown) {
      const turn = current;
      // A message moves the content below it: a button that is being pressed must stay under the pointer.
      if (!isPointerDown) draw(...shown);
      else afterClick.push(() => turn === current && draw(...shown));
    },
    setState: (state) => input.setAttribute('data-vrfy-state', state),
    setToken(text) {
      if (input.form === null) return;
      token ??= document.createElement('input');
      token.type = 'hidden';
      token.name = 'vrfy_token';
      token.value = text;
      input.form.append(token);
    },
    clear() {
      current += 1;
      status.replaceChildren();
      input.removeAttribute('data-vrfy-state');
      if (marked === '') input.removeAttribute('aria-invalid');
      else if (marked !== null) input.setAttribute('aria-invalid', marked);
      marked = null;
      token?.remove();
    },
    remove() {
      status.remove();
      forget(status.id);
    },
  };
}
