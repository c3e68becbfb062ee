/**
 * The widget: `<script src="https://EDGE/widget.js" data-key="vrfy_pk_..." defer></script>` attaches every field for an address
 * of the page, those that come later as well, and lets go of those that leave. `vrfy.attach(input, options)` does it by hand.
 *
 * It fails open: without an answer, or with one that is unknown, no submit is held back. After it: field.ts, gate.ts.
 */
import { createField, type Field } from './field.ts';
import { fields, guardSubmits } from './gate.ts';
import { type AttachOptions, settingsOf } from './settings.ts';

declare const VERSION: string;

export type Vrfy = {
  readonly version: string;
  /** Attaches a field and returns `detach`. An attached field is attached anew, with these options. */
  attach(input: HTMLInputElement, options?: AttachOptions): () => void;
};

const FIELDS = 'input[type=email i],[data-vrfy]';
const TEXT = /^(?:email|text|search|tel|url)$/;

const script = document.currentScript as HTMLScriptElement | null;
const attached = new WeakMap<HTMLInputElement, Field>();
/** Those that a page has attached or detached itself are its own affair. */
const byHand = new WeakSet<Element>();

function attach(input: HTMLInputElement, options: AttachOptions = {}): () => void {
  detach(input);
  const field = createField(input, settingsOf(input, script, options));
  attached.set(input, field);
  fields.add(field);
  return () => {
    if (attached.get(input) === field) detach(input);
  };
}

function detach(input: HTMLInputElement): void {
  const field = attached.get(input);
  if (field === undefined) return;
  attached.delete(input);
  fields.delete(field);
  field.detach();
}

/** An address that logs in works already, and a login is private: it is not checked. */
function isLogin({ form, autocomplete }: HTMLInputElement): boolean {
  if (form === null || form.querySelector('[autocomplete~=new-password]') !== null) return false;
  if (form.querySelector('[autocomplete~=current-password]') !== null) return true;
  const names = ['id', 'name', 'class', 'action'].map((name) => form.getAttribute(name)).join(' ');
  return (
    /\b(?:log|sign)[-_]?in\b/i.test(names) ||
    (/username/.test(autocomplete) && form.querySelectorAll('[type=password]').length === 1)
  );
}

function isWanted(element: Element): element is HTMLInputElement {
  if (!(element instanceof HTMLInputElement) || byHand.has(element) || attached.has(element)) return false;
  if (!TEXT.test(element.type) || element.multiple || element.closest('[data-vrfy=off]') !== null) return false;
  return element.hasAttribute('data-vrfy') || !isLogin(element);
}

function scan(root: ParentNode): void {
  // Bundled by a page, it knows no edge: the page attaches its fields itself.
  if (script === null) return;
  for (const element of root.querySelectorAll(FIELDS)) if (isWanted(element)) attach(element);
}

function onChanges(records: readonly MutationRecord[]): void {
  for (const { input } of fields) if (!input.isConnected) detach(input);
  for (const { addedNodes, target, type } of records) {
    if (type === 'attributes') scan(target.parentNode as ParentNode);
    for (const node of addedNodes) if (node instanceof Element && node.isConnected) scan(node.parentNode as ParentNode);
  }
}

declare global {
  interface Window {
    vrfy?: Vrfy;
  }
}

// A page may have the script twice.
if (window.vrfy === undefined) {
  window.vrfy = {
    version: VERSION,
    attach(input, options) {
      byHand.add(input);
      return attach(input, options);
    },
  };
  guardSubmits();
  const changes = { childList: true, subtree: true, attributeFilter: ['type', 'data-vrfy'] };
  new MutationObserver(onChanges).observe(document.documentElement, changes);
  scan(document);
}
